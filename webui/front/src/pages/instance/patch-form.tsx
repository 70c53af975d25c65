// SPDX-License-Identifier: GPL-2.0-or-later
// A form that changes an instance: judged as it is filled in, shown as before and after, done with a way back.
import type { ComponentChildren } from "preact";
import type { Problem } from "../../lib/api";
import { t } from "../../lib/i18n";
import { pathOf } from "../../lib/router";
import { may } from "../../lib/session";
import type { Change, Instance } from "../../lib/types";
import { sayDone } from "../../ui/ask";
import { Card, Note } from "../../ui/bits";
import { Button } from "../../ui/button";
import { EditorEnd, useChangeEditor } from "../../ui/editor";

interface FormState<D> {
  draft: D;
  change: (part: Partial<D>) => void;
  problem: Problem | null;
  changes: Change[]; // as the hub's dry run says
}

interface PatchFormProps<D> {
  instance: Instance;
  etag: string | null;
  title: string;
  draftOf: (instance: Instance) => D;
  bodyOf: (draft: D) => Record<string, unknown>;
  fields: string[];
  children: (state: FormState<D>) => ComponentChildren;
}

export function PatchForm<D extends object>({ instance, etag, title, draftOf, bodyOf, fields, children }: PatchFormProps<D>) {
  const path = pathOf("instances", instance.id);
  const editor = useChangeEditor<D, Instance>(path, { now: draftOf(instance), etag, bodyOf });
  const { draft, change, request, undo, judged, problem, insists, ready, busy } = editor;
  const save = async () => {
    const answer = await editor.save();
    if (answer) sayDone({ said: t("instance_changed", { name: answer.name }), undo, refresh: path }, answer);
  };
  const readOnly = !may("operator");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Card
        title={title}
        foot={
          !readOnly && (
            <>
              <Button disabled={!request} onClick={editor.reset}>
                {t("reset")}
              </Button>
              <Button kind={insists ? "danger" : "main"} submit busy={busy} disabled={!ready && !busy}>
                {insists ? t("all_the_same", { verb: t("save") }) : t("save")}
              </Button>
            </>
          )
        }
      >
        <fieldset class="form" disabled={readOnly}>
          {readOnly && <Note>{t("read_only")}</Note>}
          {children({ draft, problem, change, changes: judged.plan?.changes ?? [] })}
          <EditorEnd editor={editor} fields={fields} changes={judged.plan?.changes} />
        </fieldset>
      </Card>
    </form>
  );
}
