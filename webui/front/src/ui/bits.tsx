// SPDX-License-Identifier: GPL-2.0-or-later
// The small parts that every page is made of.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Problem } from "../lib/api";
import { formatAgo, formatTime } from "../lib/format";
import { signInAgain } from "../lib/again";
import { hubText } from "../lib/hub-text";
import { t } from "../lib/i18n";
import { problemText } from "../lib/problem";
import { Button, IconButton } from "./button";
import { Icon, type IconName } from "./icon";

export type Tone = "ok" | "warn" | "bad" | "off" | "busy";

// A state is never told by colour alone.
export function Dot({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return (
    <span class="dot" data-tone={tone}>
      <span class="dot-mark" aria-hidden="true" />
      {children}
    </span>
  );
}

export function Tag({ tone, children }: { tone?: "ok" | "warn" | "bad" | "accent"; children: ComponentChildren }) {
  return (
    <span class="tag" data-tone={tone}>
      {children}
    </span>
  );
}

export function Note({ tone, icon, children, live }: { tone?: "ok" | "warn" | "bad"; icon?: IconName; children: ComponentChildren; live?: boolean }) {
  const usual: IconName = tone === "ok" ? "check" : tone === "warn" || tone === "bad" ? "warn" : "about";
  return (
    <div class="note" data-tone={tone} role={live ? (tone === "bad" ? "alert" : "status") : undefined}>
      <Icon name={icon ?? usual} />
      <div class="grow">{children}</div>
    </div>
  );
}

export function Card({
  title,
  actions,
  children,
  foot,
  bare,
  level = 2,
}: {
  title?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
  foot?: ComponentChildren;
  bare?: boolean; // the body comes with its own margins
  level?: 2 | 3;
}) {
  const Heading = level === 2 ? "h2" : "h3";
  return (
    <section class="card">
      {title !== undefined && (
        <div class="card-head">
          <Heading>{title}</Heading>
          {actions && <div class="line">{actions}</div>}
        </div>
      )}
      {bare ? children : <div class="card-body">{children}</div>}
      {foot && <div class="card-foot">{foot}</div>}
    </section>
  );
}

export function Empty({ title, text, children, level = 2 }: { title: string; text?: string; children?: ComponentChildren; level?: 1 | 2 | 3 }) {
  const Heading = `h${level}` as const;
  return (
    <div class="empty">
      <Heading class="empty-title">{title}</Heading>
      {text && <p>{text}</p>}
      {children}
    </div>
  );
}

// Nothing spins without saying what it waits for. A wait that is over within a moment is not shown.
export function Waits({ what }: { what: string }) {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), 150);
    return () => clearTimeout(timer);
  }, []);
  if (!shown) return <div class="waits" />;
  return (
    <div class="waits" role="status">
      <span>{what}</span>
      <span class="waits-bar" aria-hidden="true" />
      <span class="waits-bar" aria-hidden="true" />
      <span class="waits-bar" aria-hidden="true" />
    </div>
  );
}

// What the hub said no to, and what would do.
export function ProblemNote({ problem, onRetry }: { problem: Problem; onRetry?: () => void }) {
  return (
    <Note tone="bad" live>
      <div class="stack-s">
        {/* Its detail says the first of its errors once more. */}
        {(problem.errors.length === 0 || problem.type !== "invalid") && (
          <span>
            {problemText(problem)}
            {problem.retryAfter !== null && <> {t("wait_seconds", { n: problem.retryAfter })}</>}
          </span>
        )}
        {problem.errors.length > 0 && (
          <ul class="stack-s">
            {problem.errors.map((error) => (
              <li key={error.field + error.wrong}>
                <code>{error.field}</code> {hubText(error.wrong)}
                {error.would && <> {t("would_do", { value: error.would })}</>}
              </li>
            ))}
          </ul>
        )}
        {problem.type === "sign-in-again" && (
          <div>
            <Button small icon="key" onClick={() => void signInAgain().then((done) => done && onRetry?.())}>
              {t("again_title")}
            </Button>
          </div>
        )}
        {onRetry && problem.type !== "sign-in-again" && (
          <div>
            <Button small onClick={onRetry}>
              {t("try_again")}
            </Button>
          </div>
        )}
      </div>
    </Note>
  );
}

// A time as its distance from now, with the time itself on hover.
export function Ago({ time, never }: { time: string | null; never?: string }) {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 10000);
    return () => clearInterval(timer);
  }, []);
  if (!time) return <span class="muted">{never ?? t("never")}</span>;
  return (
    <time dateTime={time} title={formatTime(time)}>
      {formatAgo(time)}
    </time>
  );
}

async function toClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

export function CopyButton({ text, what, small = true }: { text: string; what: string; small?: boolean }) {
  const [done, setDone] = useState<boolean | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async () => {
    setDone(await toClipboard(text));
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setDone(null), 1800);
  };
  const label = done === null ? t("copy_what", { what }) : done ? t("copied") : t("copy_failed");
  return (
    <>
      <IconButton small={small} icon={done ? "check" : done === false ? "warn" : "copy"} label={label} onClick={() => void copy()} />
      <span class="hidden-text" role="status">
        {done === null ? "" : label}
      </span>
    </>
  );
}

// Long names and addresses are broken where they have a joint.
export function Jointed({ text }: { text: string }) {
  return <>{(text.match(/[^.:@]+[.:@]*|[.:@]+/g) ?? []).flatMap((part, at) => (at ? [<wbr key={at} />, part] : [part]))}</>;
}

export function CopyValue({ text, what }: { text: string; what: string }) {
  return (
    <span class="copy-value">
      <code class="break">
        <Jointed text={text} />
      </code>
      <CopyButton text={text} what={what} />
    </span>
  );
}

export function Code({ text, what, wrap }: { text: string; what: string; wrap?: boolean }) {
  return (
    <div class="code" data-wrap={wrap}>
      {/* It scrolls: the keyboard must get there too. */}
      <pre tabIndex={0} role="region" aria-label={what}>
        {text}
      </pre>
      <CopyButton text={text} what={what} />
    </div>
  );
}

export function Facts({ items }: { items: [string, ComponentChildren][] }) {
  return (
    <dl class="facts">
      {items.map(([name, value]) => [<dt key={`${name}-name`}>{name}</dt>, <dd key={name}>{value}</dd>])}
    </dl>
  );
}

export function Figure({ name, value, sub }: { name: string; value: ComponentChildren; sub?: ComponentChildren }) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>
        {value} {sub && <small>{sub}</small>}
      </dd>
    </div>
  );
}

export interface Tab {
  href: string;
  label: string;
  current: boolean;
}

// Each tab is a page of its own, with an address. Where they have no room, the one that is shown is in sight.
export function Tabs({ label, tabs }: { label: string; tabs: Tab[] }) {
  const element = useRef<HTMLElement>(null);
  const current = tabs.findIndex((tab) => tab.current);
  const look = () => {
    const nav = element.current;
    if (nav) nav.dataset.end = String(nav.scrollLeft + nav.clientWidth >= nav.scrollWidth - 4);
  };
  useEffect(() => {
    const nav = element.current;
    const tab = nav?.children[current] as HTMLElement | undefined;
    if (nav && tab) nav.scrollLeft = tab.offsetLeft + tab.offsetWidth / 2 - nav.offsetLeft - nav.clientWidth / 2;
    look();
  }, [current]);
  return (
    <nav class="tabs" aria-label={label} ref={element} onScroll={look}>
      {tabs.map((tab) => (
        <a key={tab.href} class="tab" href={tab.href} aria-current={tab.current ? "page" : undefined}>
          {tab.label}
        </a>
      ))}
    </nav>
  );
}

export function Segments<T extends string>({ label, value, options, onChange }: { label: string; value: T; options: [T, string][]; onChange: (value: T) => void }) {
  return (
    <div class="segments" role="group" aria-label={label}>
      {options.map(([key, text]) => (
        <button key={key} type="button" class="segment" aria-pressed={key === value} onClick={() => onChange(key)}>
          {text}
        </button>
      ))}
    </div>
  );
}
