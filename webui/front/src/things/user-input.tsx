// SPDX-License-Identifier: GPL-2.0-or-later
// Whose device it is: one of the users that there are.
import { t } from "../lib/i18n";
import { useResource } from "../lib/resource";
import type { FieldProblem, Page, User } from "../lib/types";
import { TextField } from "../ui/form";

export function UserInput({ value, onInput, wrong }: { value: string; onInput: (value: string) => void; wrong: FieldProblem[] }) {
  const users = useResource<Page<User>>("/users?limit=1000", { on: (event) => event.kind.startsWith("user.") });
  return (
    <TextField
      label={t("field_user")}
      hint={t("user_hint")}
      optional
      value={value}
      onInput={onInput}
      wrong={wrong}
      suggestions={(users.data?.items ?? []).filter((user) => user.enabled).map((user) => user.name)}
    />
  );
}
