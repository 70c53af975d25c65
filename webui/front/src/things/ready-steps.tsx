// SPDX-License-Identifier: GPL-2.0-or-later
// What an instance goes through until it is ready, as it happens.
import { t } from "../lib/i18n";
import { formatAgo } from "../lib/format";
import { hubText } from "../lib/hub-text";
import type { Instance } from "../lib/types";
import { Icon } from "../ui/icon";

type Step = keyof Instance["ready"];

const order: Step[] = ["namespace_ready", "link_ready", "openvpn_ready", "uplink_ready", "configured", "dns_ready"];

type StepTone = "ok" | "bad" | "busy" | undefined;

export function isReady(instance: Instance): boolean {
  return order.every((step) => instance.ready[step]);
}

function Mark({ tone }: { tone: StepTone }) {
  return (
    <span class="step-mark" data-tone={tone} aria-hidden="true">
      {tone === "ok" && <Icon name="check" size={14} />}
      {tone === "bad" && <Icon name="cross" size={14} />}
      {tone === "busy" && <span class="spinner" />}
    </span>
  );
}

export function ReadySteps({ instance }: { instance: Instance }) {
  const firstOpen = order.find((step) => !instance.ready[step]);
  return (
    <ol class="steps" aria-live="polite">
      {order.map((step) => {
        const pending = instance.pending.find((each) => each.step === step);
        const failed = Boolean(pending?.reason);
        const tone: StepTone = instance.ready[step] ? "ok" : failed ? "bad" : step === firstOpen ? "busy" : undefined;
        return (
          <li key={step}>
            <Mark tone={tone} />
            <div class="step-body">
              <span class={tone ? undefined : "muted"}>{t(`ready_${step}`)}</span>
              <span class="hidden-text">{t(tone === "ok" ? "step_done" : tone === "bad" ? "step_failed" : "step_open")}</span>
              {failed && (
                <p class="small bad-text">
                  {hubText(pending?.reason ?? "")}
                  {pending?.retry_at && <> {t("retried_at", { when: formatAgo(pending.retry_at) })}</>}
                </p>
              )}
            </div>
          </li>
        );
      })}
    </ol>
  );
}
