// SPDX-License-Identifier: GPL-2.0-or-later
// The certificate that the web shows itself with: its own, one that somebody brings, or an authority's.
import { useState } from "preact/hooks";
import { freshly } from "../../lib/again";
import { formatTime } from "../../lib/format";
import { hubText } from "../../lib/hub-text";
import { t } from "../../lib/i18n";
import { useResource } from "../../lib/resource";
import { mayHub } from "../../lib/session";
import type { Acme, Certificate, FieldProblem } from "../../lib/types";
import { askFor } from "../../ui/ask";
import { Ago, Card, CopyValue, Dot, Facts, Note, type Tone } from "../../ui/bits";
import { Button } from "../../ui/button";
import { EditDialog, useEditor } from "../../ui/editor";
import { FileButton } from "../../ui/file";
import { AreaField } from "../../ui/form";
import { Read, SettingsArea, useSection } from "./area";
import { SettingList } from "./setting-list";

function PemField({ label, hint, value, wrong, onInput }: { label: string; hint: string; value: string; wrong: FieldProblem[]; onInput: (text: string) => void }) {
  return (
    <div class="stack-s">
      <AreaField label={label} hint={hint} value={value} wrong={value ? wrong : []} onInput={onInput} />
      <div>
        <FileButton small label={t("file_choose", { what: label })} accept=".pem,.crt,.cer,.key" onFile={(file) => void file.text().then(onInput)} />
      </div>
    </div>
  );
}

function ImportDialog({ onClose }: { onClose: () => void }) {
  const editor = useEditor<{ chain: string; key: string }, Certificate>({ chain: "", key: "" }, ({ chain, key }) => (chain.trim() && key.trim() ? { method: "POST", path: "/tls/import", body: { chain, key } } : null));
  const { draft, change, wrong, judged } = editor;
  return (
    <EditDialog
      wide
      title={t("tls_import")}
      verb={t("tls_import_do")}
      editor={editor}
      fields={["chain", "key"]}
      changes={judged.plan?.changes}
      done={() => ({ said: t("tls_imported_said"), refresh: "/" })}
      onClose={onClose}
    >
      <p class="second">{t("tls_import_text")}</p>
      <PemField label={t("tls_chain")} hint={t("tls_chain_hint")} value={draft.chain} wrong={wrong("chain")} onInput={(chain) => change({ chain })} />
      <PemField label={t("tls_key")} hint={t("tls_key_hint")} value={draft.key} wrong={wrong("key")} onInput={(key) => change({ key })} />
    </EditDialog>
  );
}

function goBack() {
  return askFor({
    title: t("tls_back"),
    text: t("tls_back_text"),
    verb: t("tls_back"),
    danger: true,
    request: { method: "POST", path: "/tls/self-signed" },
    said: t("tls_back_said"),
    refresh: "/",
  });
}

const tones: Record<Acme["state"], Tone> = { off: "off", waiting: "warn", ordering: "busy", issued: "ok", failed: "bad" };

function order(acme: Acme) {
  return askFor({
    title: t("acme_order_title", { name: acme.name ?? "" }),
    text: t("acme_order_text"),
    verb: t("acme_order"),
    hideChanges: true,
    request: { method: "POST", path: "/tls/acme" },
    said: t("acme_order_said"),
    refresh: "/tls",
  });
}

function Authority({ acme }: { acme: Acme | undefined }) {
  const settings = useSection("acme");
  if (!acme && settings.length === 0) return null;
  return (
    <Card title={t("section_acme")} bare actions={acme && /waiting|issued|failed/.test(acme.state) && mayHub("owner") && <Button onClick={() => void order(acme)}>{t("acme_order")}</Button>}>
      {acme && (
        <div class="card-body stack">
          <Facts
            items={[
              [t("state"), <Dot key="s" tone={tones[acme.state]}>{t(`acme_${acme.state}`)}</Dot>],
              [t("acme_name"), <code key="n">{acme.name ?? "–"}</code>],
              [t("acme_tried"), <Ago key="t" time={acme.tried_at} />],
              [t("acme_next"), <Ago key="x" time={acme.next_at} never="–" />],
            ]}
          />
          {acme.reason && <Note tone={acme.state === "failed" ? "bad" : undefined}>{hubText(acme.reason)}</Note>}
        </div>
      )}
      <SettingList settings={settings} />
    </Card>
  );
}

export function CertificatePage() {
  const shown = useResource<Certificate>("/tls", { on: (event) => event.kind.startsWith("tls.") || event.kind.startsWith("acme.") });
  const [importing, setImporting] = useState(false);
  return (
    <SettingsArea>
      <Read from={shown} waits={t("waits_certificate")}>
        {(tls) => (
          <>
            <Card
              title={t("certificate")}
              actions={
                mayHub("owner") && (
                  <>
                    {tls.source !== "self-signed" && (
                      <Button icon="undo" onClick={() => void freshly().then((fresh) => fresh && goBack())}>
                        {t("tls_back")}
                      </Button>
                    )}
                    <Button icon="upload" onClick={() => void freshly().then(setImporting)}>
                      {t("tls_import")}
                    </Button>
                  </>
                )
              }
            >
              <div class="stack">
                <Facts
                  items={[
                    [t("field_source"), t(`tls_${tls.source.replace("-", "_") as "self_signed" | "imported" | "acme"}`)],
                    [t("field_names"), <code key="n" class="break">{tls.names.join(", ")}</code>],
                    [t("field_fingerprint"), <CopyValue key="f" text={tls.fingerprint} what={t("field_fingerprint")} />],
                    [t("field_issuer"), <span key="i" class="break">{tls.issuer}</span>],
                    [t("field_not_before"), formatTime(tls.not_before)],
                    [t("field_not_after"), <span key="e">{formatTime(tls.not_after)} (<Ago time={tls.not_after} />)</span>],
                  ]}
                />
                {tls.source === "self-signed" && <p class="second">{t("tls_self_signed_text")}</p>}
              </div>
            </Card>
            <Authority acme={tls.acme} />
          </>
        )}
      </Read>
      {importing && <ImportDialog onClose={() => setImporting(false)} />}
    </SettingsArea>
  );
}
