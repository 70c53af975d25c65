// SPDX-License-Identifier: GPL-2.0-or-later
// The hub at a glance: what is up, what needs attention, what happened.
import { recent } from "../../lib/events";
import { formatAgo, formatNumber, formatRate } from "../../lib/format";
import { hubText } from "../../lib/hub-text";
import { t, tMaybe } from "../../lib/i18n";
import { useResource } from "../../lib/resource";
import { pathOf } from "../../lib/router";
import { mayHub } from "../../lib/session";
import { useStore } from "../../lib/store";
import type { Concern, Instance, Page as List, Status, TrafficHistory } from "../../lib/types";
import { Page } from "../../shell/page";
import { EventLine } from "../../things/event-line";
import { InstanceDot } from "../../things/state";
import { TrafficCard } from "../../things/traffic";
import { Card, Code, Dot, Empty, Figure, ProblemNote, Waits } from "../../ui/bits";
import { LinkButton } from "../../ui/button";
import { Icon } from "../../ui/icon";

const most = 8;
const icons = { problem: "warn", soon: "clock", note: "about" } as const;

function hrefOf(concern: Concern): string | null {
  if (/^(web-certificate|acme)-/.test(concern.kind)) return mayHub("owner") ? "/settings/certificate" : null;
  if (concern.kind === "settings-wrong" || concern.kind === "no-public-name" || concern.kind === "dns-third-party") return mayHub("owner") ? "/settings" : null;
  if (!concern.instance_id) return null;
  if (concern.peer_id) return pathOf("instances", concern.instance_id, "peers", concern.peer_id);
  if (concern.kind === "check-failing" || concern.kind === "rule-of-nobody") return pathOf("instances", concern.instance_id, "firewall");
  return concern.count > 1 ? pathOf("instances", concern.instance_id, "peers") : pathOf("instances", concern.instance_id);
}

// Told by its kind; what only a newer hub says, in the hub's own words.
function concernTexts({ kind, text, would, instance, peer, count }: Concern): { text: string; would: string | null } {
  const key = `concern_${kind.replaceAll("-", "_")}`;
  const values = { instance: instance ?? "", peer: peer ?? "", n: count };
  return { text: tMaybe(key, hubText(text), values), would: would && tMaybe(`${key}_would`, hubText(would)) };
}

function ConcernLine({ concern }: { concern: Concern }) {
  const href = hrefOf(concern);
  const { text, would } = concernTexts(concern);
  const place = [concern.instance, concern.at && formatAgo(concern.at)].filter(Boolean).join(" · ");
  return (
    <li class="concern">
      <span class={`tone-${concern.level}`}>
        <Icon name={icons[concern.level]} />
      </span>
      <div class="grow">
        {href ? (
          <a class="row-link break" href={href}>
            {text}
          </a>
        ) : (
          <span class="row-link break">{text}</span>
        )}
        {place && <p class="muted small">{place}</p>}
        {would && <p class="second small break">{would}</p>}
        {concern.command && !href && <Code text={concern.command} what={t("command")} wrap />}
      </div>
    </li>
  );
}

function Attention() {
  const list = useResource<List<Concern>>("/attention", { on: (event) => /^(instance|peer|firewall|dns|openvpn|settings)\./.test(event.kind), every: 30000 });
  const concerns = list.data?.items ?? [];
  return (
    <Card title={t("attention")} bare>
      {list.problem && !list.data && <ProblemNote problem={list.problem} onRetry={list.reload} />}
      {!list.data && !list.problem && <Waits what={t("waits_attention")} />}
      {list.data && concerns.length === 0 && (
        <div class="card-body">
          <Dot tone="ok">{t("attention_none")}</Dot>
        </div>
      )}
      {concerns.length > 0 && (
        <ul class="rows">
          {concerns.slice(0, most).map((concern, at) => (
            <ConcernLine key={at} concern={concern} />
          ))}
          {concerns.length > most && <li class="muted">{t("and_more", { n: concerns.length - most })}</li>}
        </ul>
      )}
    </Card>
  );
}

function Instances({ items }: { items: Instance[] }) {
  const shown = items.slice(0, 12);
  return (
    <Card title={t("nav_instances")} actions={<LinkButton small kind="quiet" href="/instances">{t("all_of_them")}</LinkButton>} bare>
      <ul class="rows">
        {shown.map((instance) => (
          <li key={instance.id}>
            <div class="grow">
              <a class="row-link" href={pathOf("instances", instance.id)}>
                {instance.name}
              </a>
              <p class="muted small cut">{instance.networks[0]}</p>
            </div>
            <span class="small nowrap second wide-only">{t("connected_of", { connected: instance.peers.connected, n: instance.peers.enabled })}</span>
            <span class="small nowrap second phone-only">{t("of_each", { some: instance.peers.connected, n: instance.peers.enabled })}</span>
            <span class="small state-cell">
              <InstanceDot instance={instance} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Events() {
  // Steps on the way to being ready are told by its end.
  const events = useStore(recent).filter((event) => event.kind !== "instance.step");
  return (
    <Card title={t("events")} bare>
      {events.length === 0 ? (
        <Empty level={3} title={t("events_none")} text={t("events_none_text")} />
      ) : (
        <ul class="rows rows-dense">
          {events.slice(0, 14).map((event) => (
            <EventLine key={event.id} event={event} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function sum(items: Instance[], of: (instance: Instance) => number): number {
  return items.reduce((total, instance) => total + of(instance), 0);
}

// Of the last minute that is known, a second.
function newestRate(bytes: (number | null)[] | undefined): string {
  const known = bytes?.filter((each) => each !== null) ?? [];
  return known.length ? formatRate((known.at(-1) ?? 0) / 60) : "–";
}

function First() {
  return (
    <div class="card">
      <Empty title={t("first_title")} text={t("first_text")}>
        {mayHub("operator") && (
          <LinkButton kind="main" icon="plus" href="/instances/new">
            {t("instance_add")}
          </LinkButton>
        )}
      </Empty>
    </div>
  );
}

export function OverviewPage() {
  const on = (event: { kind: string }) => /^(instance|peer|role|drift)\./.test(event.kind);
  const status = useResource<Status>("/status", { on, every: 15000 });
  const list = useResource<List<Instance>>("/instances?limit=1000", { on, every: 15000 });
  const hour = useResource<TrafficHistory>("/traffic?span=hour", { every: 15000 }).data;
  const items = list.data?.items ?? [];
  const problem = status.problem ?? list.problem;
  if (!status.data || !list.data) {
    return (
      <Page title={t("nav_overview")}>
        <div class="card">{problem ? <ProblemNote problem={problem} onRetry={list.reload} /> : <Waits what={t("waits_hub")} />}</div>
      </Page>
    );
  }
  const { instances, public_name: publicName } = status.data;
  return (
    <Page title={t("nav_overview")} beside={publicName && <span class="muted">{publicName}</span>}>
      <dl class="figures">
        <Figure name={t("instances_active")} value={formatNumber(instances.active)} sub={t("of_n", { n: instances.total })} />
        <Figure name={t("peers_connected")} value={formatNumber(sum(items, (each) => each.peers.connected))} sub={t("of_n", { n: sum(items, (each) => each.peers.enabled) })} />
        <Figure name={t("received_now")} value={newestRate(hour?.rx)} />
        <Figure name={t("sent_now")} value={newestRate(hour?.tx)} />
      </dl>
      {items.length === 0 ? (
        <>
          <First />
          <Attention />
        </>
      ) : (
        <>
          <TrafficCard />
          <div class="columns">
            <div class="stack-l">
              <Instances items={items} />
            </div>
            <Attention />
          </div>
        </>
      )}
      <Events />
    </Page>
  );
}
