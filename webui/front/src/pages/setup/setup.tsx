// SPDX-License-Identifier: GPL-2.0-or-later
// First start: an owner, the hub's name, an instance, a device, its QR code. Whoever loads the page again goes on at the
// first step that is not done.
import { useEffect, useState } from "preact/hooks";
import { asProblem, get, type Problem } from "../../lib/api";
import { t } from "../../lib/i18n";
import { navigate, pathOf, place, setQuery } from "../../lib/router";
import { standing } from "../../lib/session";
import { useStore } from "../../lib/store";
import type { Instance, Page, Peer } from "../../lib/types";
import { Plain } from "../../shell/plain";
import { ProblemNote, Waits } from "../../ui/bits";
import { DeviceStep, HubStep, InstanceStep, OwnerStep, ScanStep } from "./steps";

const steps = ["owner", "hub", "instance", "device", "scan"];

interface At {
  step: number;
  instance?: Instance;
  peer?: Peer;
}

// What the address says of steps that leave nothing behind, and for the others what there is. null: all is done.
export function stepOf(said: number, instance?: Instance, peer?: Peer): At | null {
  if (!instance) return { step: said === 2 ? 2 : 1 };
  if (!peer) return { step: 3, instance };
  return said === 4 && !peer.connected ? { step: 4, instance, peer } : null;
}

async function findStep(): Promise<At | null> {
  const said = steps.indexOf(place.get().query.get("step") ?? "");
  const [instance] = (await get<Page<Instance>>("/instances", { limit: 1 })).items;
  const [peer] = instance ? (await get<Page<Peer>>(pathOf("instances", instance.id, "peers"), { limit: 1 })).items : [];
  return stepOf(said, instance, peer);
}

function Progress({ step }: { step: number }) {
  return (
    <div class="progress" role="img" aria-label={t("setup_step", { step: step + 1, count: steps.length })}>
      {steps.map((name, at) => (
        <span key={name} data-done={at <= step} />
      ))}
    </div>
  );
}

export function SetupPage() {
  const now = useStore(standing);
  const [token] = useState(() => place.get().hash);
  const [at, setAt] = useState<At | null>(now.state === "in" ? null : { step: 0 });
  const [problem, setProblem] = useState<Problem | null>(null);
  const leave = () => navigate("/");
  const find = () => {
    setProblem(null);
    findStep()
      .then((found) => (found ? setAt(found) : leave()))
      .catch((error: unknown) => setProblem(asProblem(error)));
  };
  useEffect(() => {
    if (!at) find();
  }, []);
  const go = (next: At) => {
    setQuery({ step: steps[next.step] ?? null });
    setAt(next);
  };
  if (!at) return <Plain title={t("setup_owner")}>{problem ? <ProblemNote problem={problem} onRetry={find} /> : <Waits what={t("waits_hub")} />}</Plain>;
  const { step, instance, peer } = at;
  const titles = [t("setup_owner"), t("setup_hub"), t("setup_instance"), t("setup_device"), t("setup_scan")];
  const leads = [t("setup_owner_lead"), t("setup_hub_lead"), t("setup_instance_lead"), t("setup_device_lead"), t("setup_scan_lead")];
  return (
    <Plain title={titles[step] ?? ""} lead={leads[step]} wide={step === 4}>
      <Progress step={step} />
      {step === 0 && <OwnerStep token={token} onDone={() => go({ step: 1 })} />}
      {step === 1 && <HubStep onDone={() => go({ step: 2 })} />}
      {step === 2 && <InstanceStep onDone={(made) => go({ step: 3, instance: made })} onSkip={leave} />}
      {step === 3 && instance && <DeviceStep instance={instance} onDone={(made) => go({ step: 4, instance, peer: made })} onSkip={leave} />}
      {step === 4 && peer && <ScanStep peer={peer} />}
    </Plain>
  );
}
