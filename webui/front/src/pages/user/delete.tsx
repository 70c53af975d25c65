// SPDX-License-Identifier: GPL-2.0-or-later
// A user goes; who had devices is asked what becomes of them.
import { useRef, useState } from "preact/hooks";
import { ask, asProblem, makeKey, type Problem, type Request } from "../../lib/api";
import { t } from "../../lib/i18n";
import { reloadBelow } from "../../lib/resource";
import { pathOf } from "../../lib/router";
import type { User } from "../../lib/types";
import { FailingChecks } from "../../ui/ask";
import { ProblemNote, Waits } from "../../ui/bits";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Choices, useDryRun } from "../../ui/form";
import { toast } from "../../ui/toast";

type What = "keep" | "disable" | "delete";

function requestOf(user: User, what: What): Request {
  return { method: "DELETE", path: pathOf("users", user.id), query: user.peers.total > 0 ? { peers: what } : {} };
}

export function UserDelete({ user, onClose, onDone }: { user: User; onClose: () => void; onDone: () => void }) {
  const [what, setWhat] = useState<What>("disable");
  const [typed, setTyped] = useState("");
  const [refused, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const key = useRef(makeKey());
  const judged = useDryRun(requestOf(user, what), what);
  const problem = refused ?? judged.problem;
  const force = problem?.isCheck ?? false;
  const remove = async () => {
    setBusy(true);
    try {
      await ask({ ...requestOf(user, what), force, key: key.current });
      toast(t("user_deleted", { name: user.name }));
      reloadBelow("/users");
      onDone();
    } catch (error) {
      key.current = makeKey();
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t("user_delete_title", { name: user.name })}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button kind="danger" busy={busy} disabled={typed !== user.name || (!judged.plan && !force)} onClick={() => void remove()}>
            {force ? t("all_the_same", { verb: t("delete") }) : t("delete")}
          </Button>
        </>
      }
    >
      <p class="second">{t("user_delete_text")}</p>
      {user.peers.total > 0 && (
        <Choices
          label={t("user_delete_peers")}
          value={what}
          onChange={(value) => {
            setProblem(null);
            setWhat(value);
          }}
          choices={[
            { value: "disable", title: t("user_delete_disable"), text: t("user_delete_disable_text"), icon: "power" },
            { value: "keep", title: t("user_delete_keep"), text: t("user_delete_keep_text"), icon: "check" },
            { value: "delete", title: t("user_delete_delete"), text: t("user_delete_delete_text"), icon: "trash" },
          ]}
        />
      )}
      <label class="field">
        <span class="field-label">{t("type_name", { name: user.name })}</span>
        <input class="input" value={typed} autocomplete="off" spellcheck={false} onInput={(event) => setTyped(event.currentTarget.value)} />
      </label>
      {!judged.plan && !problem && <Waits what={t("waits_dry_run")} />}
      {problem?.isCheck && <FailingChecks problem={problem} />}
      {problem && !problem.isCheck && <ProblemNote problem={problem} />}
    </Dialog>
  );
}
