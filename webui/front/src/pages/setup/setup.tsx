// SPDX-License-Identifier: GPL-2.0-or-later
// First start: an owner, the hub's name, an instance, a device, its QR code.
import { useState } from "preact/hooks";
import { t } from "../../lib/i18n";
import { place } from "../../lib/router";
import { standing } from "../../lib/session";
import { useStore } from "../../lib/store";
import type { Instance, Peer } from "../../lib/types";
import { Plain } from "../../shell/plain";
import { DeviceStep, HubStep, InstanceStep, OwnerStep, ScanStep } from "./steps";

const count = 5;

function Progress({ step }: { step: number }) {
  return (
    <div class="progress" role="img" aria-label={t("setup_step", { step: step + 1, count })}>
      {Array.from({ length: count }, (_, at) => (
        <span key={at} data-done={at <= step} />
      ))}
    </div>
  );
}

export function SetupPage() {
  const now = useStore(standing);
  const [token] = useState(() => place.get().hash);
  const [step, setStep] = useState(now.state === "in" ? 1 : 0);
  const [instance, setInstance] = useState<Instance | null>(null);
  const [peer, setPeer] = useState<Peer | null>(null);
  const titles = [t("setup_owner"), t("setup_hub"), t("setup_instance"), t("setup_device"), t("setup_scan")];
  const leads = [t("setup_owner_lead"), t("setup_hub_lead"), t("setup_instance_lead"), t("setup_device_lead"), t("setup_scan_lead")];
  return (
    <Plain title={titles[step] ?? ""} lead={leads[step]} wide={step === 4}>
      <Progress step={step} />
      {step === 0 && <OwnerStep token={token} onDone={() => setStep(1)} />}
      {step === 1 && <HubStep onDone={() => setStep(2)} />}
      {step === 2 && (
        <InstanceStep
          onDone={(made) => {
            setInstance(made);
            setStep(3);
          }}
        />
      )}
      {step === 3 && instance && (
        <DeviceStep
          instance={instance}
          onDone={(made) => {
            setPeer(made);
            setStep(4);
          }}
        />
      )}
      {step === 4 && peer && <ScanStep peer={peer} />}
    </Plain>
  );
}
