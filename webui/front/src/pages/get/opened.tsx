// SPDX-License-Identifier: GPL-2.0-or-later
// What a link holds: one thing to press, the steps for the system at hand, the code for another device.
import { useState } from "preact/hooks";
import { formatAgo, formatTime } from "../../lib/format";
import { t, tMaybe } from "../../lib/i18n";
import type { OpenedFormat, OpenedLink } from "../../lib/types";
import { Plain } from "../../shell/plain";
import { Qr } from "../../things/qr";
import { formatName, protocolName } from "../../things/state";
import { Code, Note, Segments } from "../../ui/bits";
import { Button, LinkButton } from "../../ui/button";
import { Icon } from "../../ui/icon";
import { chooseSystem, commandOf, guessSystem, storeOf, systems } from "./systems";

function save(format: OpenedFormat): void {
  const url = URL.createObjectURL(new Blob([format.content], { type: format.media_type }));
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = format.file_name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

function Systems({ offered, value, onChange }: { offered: string[]; value: string; onChange: (system: string) => void }) {
  return (
    <div class="systems" role="group" aria-label={t("get_system")}>
      {offered.map((key) => {
        const system = systems[key];
        if (!system) return null;
        return (
          <button key={key} type="button" class="system" aria-pressed={key === value} onClick={() => onChange(key)}>
            <Icon name={system.icon} size={24} />
            <span>{t(system.name)}</span>
          </button>
        );
      })}
    </div>
  );
}

function Step({ step, system, format }: { step: string; system: string; format: OpenedFormat }) {
  const store = storeOf(step, system);
  const command = commandOf(step, format.file_name);
  const text = tMaybe(`step_${step.replaceAll("-", "_")}`, step, { file: format.file_name });
  return (
    <li>
      <div class="stack-s grow">
        <span>{text}</span>
        {store && (
          <a href={store.url} target="_blank" rel="noreferrer noopener">
            {t("store_of", { app: store.app })}
          </a>
        )}
        {command && <Code wrap text={command} what={command} />}
      </div>
    </li>
  );
}

function QrPart({ format, isPhone, name }: { format: OpenedFormat; isPhone: boolean; name: string }) {
  const [shown, setShown] = useState(!isPhone);
  if (!format.qr) return null;
  if (!shown) {
    return (
      <Button icon="qr" onClick={() => setShown(true)}>
        {t("get_qr_show")}
      </Button>
    );
  }
  return (
    <figure class="qr-frame get-qr">
      <Qr svg={format.qr} label={t("qr_label", { name })} />
      <figcaption class="muted small">{t(format.import_url ? "get_qr_camera" : "get_qr_other")}</figcaption>
    </figure>
  );
}

function Do({ opened, format, system }: { opened: OpenedLink; format: OpenedFormat; system: string }) {
  // Where the app is that takes it.
  const importUrl = system === "linux" || system === "routeros" ? null : format.import_url;
  return (
    <div class="stack get-do">
      {importUrl && (
        <div class="stack-s">
          <LinkButton kind="main" icon="link" href={importUrl}>
            {t("get_import")}
          </LinkButton>
          <p class="muted small">{t("get_import_text", { until: formatTime(opened.file_until) })}</p>
        </div>
      )}
      <Button kind={importUrl ? "plain" : "main"} icon="download" onClick={() => save(format)}>
        {t("get_download")}
      </Button>
    </div>
  );
}

function Left({ opened }: { opened: OpenedLink }) {
  if (opened.uses_left === 0) return <Note tone="warn">{t("get_left_none")}</Note>;
  return <p class="muted small">{t("get_left", { n: opened.uses_left, until: formatTime(opened.valid_until) })}</p>;
}

export function OpenedPage({ opened }: { opened: OpenedLink }) {
  const offered = Object.keys(systems).filter((key) => opened.steps[key]);
  const [system, setSystem] = useState(() => chooseSystem(offered, guessSystem({ userAgent: navigator.userAgent, touches: navigator.maxTouchPoints })));
  const [chosen, setChosen] = useState(opened.formats[0]?.format ?? "");
  // What a router reads is another file than what other systems do.
  const fits = opened.formats.filter((each) => (system === "routeros") === each.format.startsWith("routeros"));
  const format = fits.find((each) => each.format === chosen) ?? fits[0] ?? opened.formats[0];
  const isPhone = systems[system]?.isPhone ?? false;
  if (!format) return null;
  return (
    <Plain wide title={opened.peer.name} lead={t("get_opened_lead", { instance: opened.instance.name, protocol: protocolName(opened.peer.protocol) })}>
      {opened.peer.expires_at && <Note>{t("get_ends", { ago: formatAgo(opened.peer.expires_at) })}</Note>}
      {offered.length > 1 && <Systems offered={offered} value={system} onChange={setSystem} />}
      {fits.length > 1 && <Segments label={t("profile_format")} value={format.format} options={fits.map((each): [string, string] => [each.format, formatName(each)])} onChange={setChosen} />}
      <div class="get" data-phone={isPhone}>
        <div class="stack grow">
          <Do opened={opened} format={format} system={system} />
          <h2>{t("get_steps")}</h2>
          <ol class="numbered">
            {(opened.steps[system] ?? []).map((step) => (
              <Step key={step} step={step} system={system} format={format} />
            ))}
          </ol>
        </div>
        {opened.peer.type === "client" && <QrPart key={system} format={format} isPhone={isPhone} name={opened.peer.name} />}
      </div>
      <details class="more">
        <summary>{t("get_text")}</summary>
        <Code text={format.content} what={format.file_name} />
      </details>
      <Note icon="lock">{t("get_keep")}</Note>
      <Left opened={opened} />
    </Plain>
  );
}
