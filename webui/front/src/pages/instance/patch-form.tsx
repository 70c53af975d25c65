// SPDX-License-Identifier: GPL-2.0-or-later
// A form that changes an instance: judged as it is filled in, shown as before and after, done with a way back.
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { Problem } from "../../lib/api";
import { t } from "../../lib/i18n";
import { pathOf } from "../../lib/router";
import { may } from "../../lib/session";
import type { Instance } from "../../lib/types";
import { sayDone } from "../../ui/ask";
import { Card, Note } from "../../ui/bits";
import { Button } from "../../ui/button";
import { EditorEnd, inverseOf, patchOf, useEditor } from "../../ui/editor";

interface FormState<D> {
  draft: D;
  change: (part: Partial<D>) => void;
  problem: Problem | null;
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
  const before = bodyOf(draftOf(instance));
  const editor = useEditor<D, Instance>(
    () => draftOf(instance),
    (draft) => patchOf(path, before, bodyOf(draft)),
    etag,
  );
  const { draft, change, put, request, judged, problem, force, ready, busy } = editor;
  const some = request !== null;
  // What somebody else changed meanwhile is taken up while nothing was typed.
  useEffect(() => {
    if (!some) put(draftOf(instance));
  }, [JSON.stringify(before)]);
  const save = async () => {
    const answer = await editor.save();
    if (!answer || !request) return;
    put(draftOf(answer));
    sayDone({ said: t("instance_changed", { name: answer.name }), undo: inverseOf(request, before), refresh: path }, answer);
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
              <Button disabled={!some} onClick={() => put(draftOf(instance))}>
                {t("reset")}
              </Button>
              <Button kind={force ? "danger" : "main"} submit busy={busy} disabled={!ready && !busy}>
                {force ? t("all_the_same", { verb: t("save") }) : t("save")}
              </Button>
            </>
          )
        }
      >
        <fieldset class="form" disabled={readOnly}>
          {readOnly && <Note>{t("read_only")}</Note>}
          {children({ draft, problem, change })}
          <EditorEnd editor={editor} fields={fields} changes={judged.plan?.changes} />
        </fieldset>
      </Card>
    </form>
  );
}
