// SPDX-License-Identifier: GPL-2.0-or-later
// A new password: how good it is, and one that the page makes where somebody else will use it.
import { useState } from "preact/hooks";
import { t } from "../lib/i18n";
import type { FieldProblem } from "../lib/types";
import { CopyButton } from "../ui/bits";
import { Button } from "../ui/button";
import { TextField } from "../ui/form";
import { makePassword, passwordMinimum, passwordStrength } from "./password";

const hints = { short: () => t("password_hint", { n: passwordMinimum }), weak: () => t("password_weak"), good: () => t("password_good") };

export function PasswordField({ label, value, onInput, wrong, make, autofocus }: { label: string; value: string; onInput: (value: string) => void; wrong: FieldProblem[]; make?: boolean; autofocus?: boolean }) {
  const [made, setMade] = useState("");
  const shown = made !== "" && made === value;
  return (
    <div class="stack-s">
      <TextField
        label={label}
        type={shown ? "text" : "password"}
        mono={shown}
        value={value}
        onInput={onInput}
        wrong={value ? wrong : []}
        hint={shown ? t("password_made") : hints[passwordStrength(value)]()}
        autocomplete="new-password"
        required
        autofocus={autofocus}
      />
      {make && (
        <div class="line">
          <Button
            small
            kind="quiet"
            icon="key"
            onClick={() => {
              const next = makePassword();
              setMade(next);
              onInput(next);
            }}
          >
            {t("password_make")}
          </Button>
          {shown && <CopyButton text={value} what={t("password")} />}
        </div>
      )}
    </div>
  );
}
