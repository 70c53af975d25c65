// SPDX-License-Identifier: GPL-2.0-or-later
// The machine, where it is Warren's own image: its system, updates of it, and what it may be asked to do.
import type { ComponentChildren } from "preact";
import { hubText } from "../../lib/hub-text";
import { t } from "../../lib/i18n";
import { sendParts } from "../../lib/parts";
import { reload, useResource } from "../../lib/resource";
import { mayHub } from "../../lib/session";
import type { BoxWish, Status, Update } from "../../lib/types";
import { askFor } from "../../ui/ask";
import { Ago, Card, Empty, Facts, Note, ProblemNote } from "../../ui/bits";
import { Button } from "../../ui/button";
import { FileButton, Progress, useTransfer } from "../../ui/file";
import { toast } from "../../ui/toast";
import { Read, SettingsArea, useBox, useSection } from "./area";
import { SettingList } from "./setting-list";

function wish(what: BoxWish, name: string) {
  return askFor({
    title: t(`wish_${what}_title`),
    text: t(`wish_${what}_text`),
    verb: t(`wish_${what}`),
    danger: true,
    hideChanges: true,
    typed: what === "restart" ? undefined : name,
    request: { method: "POST", path: "/box/wish", body: { wish: what.replace("_", "-"), ...(what === "factory_reset" && { confirm: "delete everything" }) } },
    said: t("wish_said"),
  });
}

type Step = "reboot" | "confirm" | "rollback";

function step(what: Step) {
  return askFor({
    title: t(`update_${what}_title`),
    text: t(`update_${what}_text`),
    verb: t(`update_${what}`),
    danger: what !== "confirm",
    hideChanges: true,
    request: { method: "POST", path: `/update/${what}` },
    said: t(`update_${what}_said`),
    refresh: "/update",
  });
}

function StepButton({ verb, main }: { verb: Step; main?: boolean }) {
  return (
    <Button kind={main ? "main" : "plain"} onClick={() => void step(verb)}>
      {t(`update_${verb}`)}
    </Button>
  );
}

function standing(update: Update): ComponentChildren {
  const version = update.update_version ?? "";
  const { state } = update;
  if (state === "idle") return <p class="second">{t("update_idle")}</p>;
  if (state === "installing") return <Progress what={t("update_installing")} share={update.received / (update.total || 1)} />;
  if (state === "failed") return <Note tone="bad">{hubText(update.problem ?? t("update_failed"))}</Note>;
  return (
    <Note tone={state === "installed" ? "ok" : "warn"} live>
      {t(`update_${state}_text`, { version, slot: (update.update_slot ?? "").toUpperCase() })}
      {state === "trial" && (
        <>
          {" "}
          {update.until && <>{t("update_until")} <Ago time={update.until} />. </>}
          {update.waiting_for && t("update_waits", { what: hubText(update.waiting_for) })}
        </>
      )}
    </Note>
  );
}

function UpdateCard({ update, owner }: { update: Update; owner: boolean }) {
  const { transfer, problem, run } = useTransfer();
  const send = async (file: File) => {
    if (await run(t("update_sending", { file: file.name }), (told, signal) => sendParts<Update>("/update/install", file, told, signal))) toast(t("update_installed"));
    reload("/update");
  };
  const { state } = update;
  const free = state === "idle" || state === "failed" || state === "installed";
  return (
    <Card title={t("update")} bare>
      <div class="card-body stack">
        {transfer ? <Progress {...transfer} /> : standing(update)}
        {problem && <ProblemNote problem={problem} />}
        {owner && !transfer && (
          <div class="line">
            {state === "installed" && <StepButton verb="reboot" main />}
            {state === "trial" && <StepButton verb="confirm" main />}
            {(state === "trial" || state === "installed") && <StepButton verb="rollback" />}
            {free && <FileButton label={t("update_choose")} onFile={(file) => void send(file)} />}
          </div>
        )}
      </div>
      <SettingList settings={useSection("update")} />
    </Card>
  );
}

export function MachinePage() {
  const box = useBox();
  const update = useResource<Update>("/update", { on: (event) => event.kind.startsWith("update."), every: 5000 });
  const hub = useResource<Status>("/status").data;
  const owner = mayHub("owner");
  const name = hub?.public_name || hub?.region || t("product");
  return (
    <SettingsArea>
      {box && !box.appliance && (
        <div class="card">
          <Empty title={t("machine_none")} text={t("machine_none_text")} />
        </div>
      )}
      {box?.appliance && (
        <>
          {box.problems.map((each) => (
            <Note key={each} tone="bad">
              {hubText(each)}
            </Note>
          ))}
          <Read from={update} waits={t("waits_update")}>
            {(now) => (
              <>
                <Card title={t("machine")}>
                  <Facts
                    items={[
                      [t("version"), now.version],
                      [t("machine_slot"), (box.slot ?? "–").toUpperCase()],
                      [t("machine_boot"), box.boot ? t(`boot_${box.boot}`) : "–"],
                      [t("machine_seed"), box.seed ?? "–"],
                    ]}
                  />
                </Card>
                {now.available && <UpdateCard update={now} owner={owner} />}
              </>
            )}
          </Read>
          {owner && (
            <Card title={t("wishes")}>
              <div class="line">
                <Button icon="undo" onClick={() => void wish("restart", name)}>
                  {t("wish_restart")}
                </Button>
                <Button icon="power" onClick={() => void wish("power_off", name)}>
                  {t("wish_power_off")}
                </Button>
                <Button kind="danger" icon="trash" onClick={() => void wish("factory_reset", name)}>
                  {t("wish_factory_reset")}
                </Button>
              </div>
            </Card>
          )}
        </>
      )}
    </SettingsArea>
  );
}
