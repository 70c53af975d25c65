// SPDX-License-Identifier: GPL-2.0-or-later
// A one-time link, for a person who has no account. Nothing is asked of the hub before a button is pressed: what looks
// at the page ahead of the person (previews, scanners) does not use the link up.
import { useState } from "preact/hooks";
import { ask, asProblem, type Problem } from "../../lib/api";
import { t, type TextKey, tMaybe } from "../../lib/i18n";
import type { OpenedLink } from "../../lib/types";
import { Plain } from "../../shell/plain";
import { Note, ProblemNote } from "../../ui/bits";
import { Button } from "../../ui/button";
import { TextField } from "../../ui/form";
import { Icon, type IconName } from "../../ui/icon";
import { OpenedPage } from "./opened";

const drawings: Record<string, IconName> = {
  unknown: "question",
  expired: "clock",
  used_up: "check",
  blocked: "lock",
  rekeyed: "key",
  key_forgotten: "key",
  peer_expired: "clock",
  too_many: "clock",
};

// "link-used-up" -> "used_up"; those that end it for good.
function endOf(problem: Problem): string | null {
  const kind = problem.type.replace(/^link-/, "").replaceAll("-", "_");
  return tMaybe(`get_problem_${kind}_text`, "") ? kind : null;
}

function EndPage({ kind }: { kind: string }) {
  return (
    <Plain title={t(`get_problem_${kind}` as TextKey)}>
      <div class="get-end">
        <span class="get-sign" aria-hidden="true">
          <Icon name={drawings[kind] ?? "warn"} size={32} />
        </span>
        <p role="alert">{t(`get_problem_${kind}_text` as TextKey)}</p>
      </div>
    </Plain>
  );
}

interface Asked {
  needsPin: boolean;
  triesLeft: number | null; // after a wrong one
  problem: Problem | null;
}

function AskPage({ asked, busy, onOpen }: { asked: Asked; busy: boolean; onOpen: (pin: string) => void }) {
  const [pin, setPin] = useState("");
  const wrong = asked.triesLeft === null ? [] : [{ field: "pin", wrong: t("get_pin_wrong", { n: asked.triesLeft }), would: null }];
  return (
    <Plain title={t("get_title")} lead={asked.needsPin ? t("get_pin_lead") : t("get_lead")}>
      <form
        class="stack get-do"
        onSubmit={(event) => {
          event.preventDefault();
          onOpen(pin);
        }}
      >
        {asked.needsPin && <TextField label={t("get_pin")} value={pin} onInput={setPin} wrong={wrong} autofocus autocomplete="one-time-code" />}
        {asked.problem && (
          <div class="stack-s">
            <strong>{t("get_problem_other")}</strong>
            <ProblemNote problem={asked.problem} />
          </div>
        )}
        <Button kind="main" submit busy={busy} disabled={asked.needsPin && !pin.trim()}>
          {busy ? t("get_waits") : t("get_open")}
        </Button>
        {!asked.needsPin && <Note>{t("get_once")}</Note>}
      </form>
    </Plain>
  );
}

export function GetPage({ token }: { token: string }) {
  const [asked, setAsked] = useState<Asked>({ needsPin: false, triesLeft: null, problem: null });
  const [opened, setOpened] = useState<OpenedLink | null>(null);
  const [end, setEnd] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const open = async (pin: string) => {
    setBusy(true);
    try {
      setOpened((await ask<OpenedLink>({ method: "POST", path: "/links/open", body: { token, ...(pin.trim() && { pin: pin.trim() }) } })).body);
    } catch (error) {
      const problem = asProblem(error);
      const ended = endOf(problem);
      if (problem.type === "link-pin-needed") setAsked({ needsPin: true, triesLeft: null, problem: null });
      else if (problem.type === "link-pin-wrong") setAsked({ needsPin: true, triesLeft: problem.triesLeft, problem: null });
      else if (ended) setEnd(ended);
      else setAsked({ ...asked, problem });
    }
    setBusy(false);
  };
  if (opened) return <OpenedPage opened={opened} />;
  if (end) return <EndPage kind={end} />;
  return <AskPage asked={asked} busy={busy} onOpen={(pin) => void open(pin)} />;
}
