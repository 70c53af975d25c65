// SPDX-License-Identifier: GPL-2.0-or-later
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Answer, ask, asProblem, makeKey, type Problem, type Request } from "../../lib/api";
import { hubText } from "../../lib/hub-text";
import { t } from "../../lib/i18n";
import { useResource } from "../../lib/resource";
import { navigate, pathOf } from "../../lib/router";
import { findStanding } from "../../lib/session";
import type { Instance, Page, Peer, Setting, SettingsChange } from "../../lib/types";
import { emptyInstance, instanceBody, InstanceNameFields } from "../../things/instance-fields";
import { passwordMinimum, passwordStrength } from "../../things/password";
import { emptyPeer, type PeerDraft, peerFields, PeerNameField, peerRequest, TunnelField } from "../../things/peer-fields";
import { FirstHandshake, ProfilePanel } from "../../things/profile-panel";
import { isReady, ReadySteps } from "../../things/ready-steps";
import { settingName, settingsRequest } from "../../things/settings";
import { Note, ProblemNote, Waits } from "../../ui/bits";
import { Button } from "../../ui/button";
import { EditorEnd, useEditor } from "../../ui/editor";
import { hasOther, problemsOf, TextField, useDryRun } from "../../ui/form";

interface StepForm {
  verb: string;
  disabled?: boolean;
  busy: boolean;
  onSubmit: () => void;
  children: ComponentChildren;
  onSkip?: () => void;
}

function StepForm({ verb, disabled, busy, onSubmit, children, onSkip }: StepForm) {
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
      <div class="line">
        <Button kind="main" submit busy={busy} disabled={disabled}>
          {verb}
        </Button>
        {onSkip && (
          <Button kind="quiet" onClick={onSkip}>
            {t("skip_step")}
          </Button>
        )}
      </div>
    </form>
  );
}

// Asks once, whatever happens to the answer; the problem is shown until something is changed.
function useSend<T>() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const key = useRef(makeKey());
  const send = async (request: Request): Promise<Answer<T> | null> => {
    setBusy(true);
    setProblem(null);
    try {
      return await ask<T>({ ...request, key: key.current });
    } catch (error) {
      const refused = asProblem(error);
      if (refused.status > 0) key.current = makeKey();
      setProblem(refused);
      return null;
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, send };
}

/* ---- the owner ---- */

function StrengthHint({ password }: { password: string }) {
  const strength = passwordStrength(password);
  if (!password || strength === "short") return <>{t("password_hint", { n: passwordMinimum })}</>;
  return <>{strength === "weak" ? t("password_weak") : t("password_good")}</>;
}

export function tokenOf(text: string): string {
  return text.trim().replace(/^.*#/, "");
}

export function OwnerStep({ token: given, onDone }: { token: string; onDone: () => void }) {
  const [token, setToken] = useState(given);
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const { busy, problem, send } = useSend();
  const create = async () => {
    const body = { token: tokenOf(token), name: name.trim(), password };
    const answer = await send({ method: "POST", path: "/setup", body });
    if (!answer) return;
    // The token has done its work: it stays in no history.
    navigate("/setup", { replace: true });
    onDone();
    await findStanding();
  };
  return (
    <StepForm verb={t("setup_owner_do")} busy={busy} disabled={!token.trim() || !name.trim() || passwordStrength(password) === "short"} onSubmit={() => void create()}>
      {!given && (
        <TextField label={t("setup_token")} hint={t("setup_token_hint")} value={token} onInput={setToken} mono required wrong={problemsOf(problem, "token")} autofocus />
      )}
      <TextField
        label={t("setup_name")}
        hint={t("setup_name_hint")}
        value={name}
        onInput={setName}
        autocomplete="username"
        required
        autofocus={Boolean(given)}
        wrong={problemsOf(problem, "name")}
        onWould={setName}
      />
      <TextField
        label={t("password")}
        hint={<StrengthHint password={password} />}
        type="password"
        value={password}
        onInput={setPassword}
        autocomplete="new-password"
        required
        wrong={problemsOf(problem, "password")}
      />
      {problem && hasOther(problem, given ? ["name", "password"] : ["token", "name", "password"]) && <ProblemNote problem={problem} />}
    </StepForm>
  );
}

/* ---- the hub's name ---- */

const asked = ["hub.region", "hub.public_name"];

function valueOf(settings: Setting[], name: string): string {
  return settings.find((setting) => settingName(setting) === name)?.value ?? "";
}

function HubForm({ settings, onDone }: { settings: Setting[]; onDone: () => void }) {
  const [values, setValues] = useState<Record<string, string>>(() => Object.fromEntries(asked.map((name) => [name, valueOf(settings, name)])));
  const changed = Object.fromEntries(asked.filter((name) => values[name]?.trim() !== valueOf(settings, name)).map((name) => [name, (values[name] ?? "").trim()]));
  const some = Object.keys(changed).length > 0;
  const judged = useDryRun<SettingsChange>(some ? settingsRequest(changed) : null);
  const { busy, problem: refused, send } = useSend();
  const problem = refused ?? judged.problem;
  const set = (name: string) => (value: string) => setValues({ ...values, [name]: value });
  const save = async () => {
    if (!some || (await send(settingsRequest(changed)))) onDone();
  };
  const wrong = (name: string) => [...problemsOf(problem, name), ...problemsOf(problem, `values.${name}`)];
  return (
    <StepForm verb={t("continue")} busy={busy} disabled={some && !judged.plan && !refused} onSubmit={() => void save()} onSkip={onDone}>
      <TextField label={t("setup_public_name")} hint={t("setup_public_name_hint")} value={values["hub.public_name"] ?? ""} onInput={set("hub.public_name")} mono required autofocus wrong={wrong("hub.public_name")} onWould={set("hub.public_name")} />
      <TextField label={t("setup_region")} hint={t("setup_region_hint")} value={values["hub.region"] ?? ""} onInput={set("hub.region")} required wrong={wrong("hub.region")} onWould={set("hub.region")} />
      {judged.plan?.would?.notice && <Note tone="warn">{hubText(judged.plan.would.notice)}</Note>}
      {problem && wrong("hub.region").length + wrong("hub.public_name").length === 0 && <ProblemNote problem={problem} />}
    </StepForm>
  );
}

export function HubStep({ onDone }: { onDone: () => void }) {
  const settings = useResource<Page<Setting>>("/settings");
  if (settings.data) return <HubForm settings={settings.data.items} onDone={onDone} />;
  return settings.problem ? <ProblemNote problem={settings.problem} onRetry={settings.reload} /> : <Waits what={t("waits_settings")} />;
}

/* ---- the first instance ---- */

function Making({ id, onDone }: { id: string; onDone: (instance: Instance) => void }) {
  const instance = useResource<Instance>(pathOf("instances", id), { on: (event) => event.instance_id === id, every: 1000 });
  const ready = instance.data && (instance.data.state === "active" || isReady(instance.data));
  useEffect(() => {
    if (ready && instance.data) onDone(instance.data);
  }, [ready]);
  return instance.data ? <ReadySteps instance={instance.data} /> : <Waits what={t("waits_instance")} />;
}

export function InstanceStep({ onDone, onSkip }: { onDone: (instance: Instance) => void; onSkip: () => void }) {
  const editor = useEditor<typeof emptyInstance, Instance>(emptyInstance, (draft) => (draft.name.trim() ? { method: "POST", path: "/instances", body: instanceBody(draft) } : null));
  const [made, setMade] = useState<Instance | null>(null);
  if (made) return <Making id={made.id} onDone={onDone} />;
  return (
    <StepForm verb={t("setup_instance_do")} busy={editor.busy} disabled={!editor.ready} onSubmit={() => void editor.save().then(setMade)} onSkip={onSkip}>
      <InstanceNameFields draft={editor.draft} onChange={editor.change} problem={editor.problem} would={editor.judged.plan?.would ?? null} />
      <EditorEnd editor={editor} fields={["name", "hostname"]} />
    </StepForm>
  );
}

/* ---- the first device ---- */

export function DeviceStep({ instance, onDone, onSkip }: { instance: Instance; onDone: (peer: Peer) => void; onSkip: () => void }) {
  const editor = useEditor<PeerDraft, Peer>({ ...emptyPeer, routeAll: true }, (draft) => peerRequest(instance.id, draft));
  const props = { draft: editor.draft, problem: editor.problem, onChange: editor.change };
  const make = async () => {
    const peer = await editor.save();
    if (peer) onDone(peer);
  };
  return (
    <StepForm verb={t("setup_device_do")} busy={editor.busy} disabled={!editor.ready} onSubmit={() => void make()} onSkip={onSkip}>
      <PeerNameField {...props} autofocus />
      <TunnelField {...props} />
      <EditorEnd editor={editor} fields={peerFields} />
    </StepForm>
  );
}

export function ScanStep({ peer: made }: { peer: Peer }) {
  const path = pathOf("instances", made.instance_id, "peers", made.id);
  const peer = useResource<Peer>(path, { on: (event) => event.peer_id === made.id, every: 2000 });
  const now = peer.data ?? made;
  return (
    <div class="stack-l">
      <div class="card">
        <div class="card-body stack">
          <ProfilePanel peer={now} open />
          <FirstHandshake peer={now} />
        </div>
      </div>
      {now.connected && <Note tone="ok">{t("setup_done")}</Note>}
      <div class="line">
        <Button kind="main" onClick={() => navigate("/")}>
          {t("to_overview")}
        </Button>
        <Button onClick={() => navigate(pathOf("instances", made.instance_id))}>{t("to_instance")}</Button>
      </div>
    </div>
  );
}
