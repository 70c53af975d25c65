// SPDX-License-Identifier: GPL-2.0-or-later
import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon";

export type ButtonKind = "main" | "plain" | "danger" | "quiet";

interface Look {
  kind?: ButtonKind;
  small?: boolean;
  icon?: IconName;
}

interface ButtonProps extends Look {
  children: ComponentChildren;
  onClick?: (event: MouseEvent) => void;
  submit?: boolean;
  disabled?: boolean;
  busy?: boolean;
  id?: string;
  autofocus?: boolean;
  describedBy?: string;
  label?: string; // for those who hear it: what is on it, and what it is about
}

function Inside({ icon, busy, children }: { icon?: IconName; busy?: boolean; children: ComponentChildren }) {
  return (
    <>
      {busy ? <span class="spinner" aria-hidden="true" /> : icon && <Icon name={icon} />}
      {children}
    </>
  );
}

export function Button({ kind = "plain", small, icon, children, onClick, submit, disabled, busy, id, autofocus, describedBy, label }: ButtonProps) {
  return (
    <button
      type={submit ? "submit" : "button"}
      class="button"
      data-kind={kind}
      data-size={small ? "small" : undefined}
      data-busy={busy}
      disabled={disabled || busy}
      onClick={onClick}
      id={id}
      autofocus={autofocus}
      aria-describedby={describedBy}
      aria-label={label}
    >
      <Inside icon={icon} busy={busy}>
        {children}
      </Inside>
    </button>
  );
}

// A button of an icon alone; its name is for those who do not see it, and shown on hover.
export function IconButton({
  icon,
  label,
  onClick,
  kind = "quiet",
  small,
  disabled,
  expanded,
}: Look & { icon: IconName; label: string; onClick?: (event: MouseEvent) => void; disabled?: boolean; expanded?: boolean }) {
  return (
    <button
      type="button"
      class="button"
      data-kind={kind}
      data-icon="true"
      data-size={small ? "small" : undefined}
      aria-label={label}
      title={label}
      onClick={onClick}
      disabled={disabled}
      aria-expanded={expanded}
    >
      <Icon name={icon} />
    </button>
  );
}

export function LinkButton({ href, kind = "plain", small, icon, children, download }: Look & { href: string; children: ComponentChildren; download?: string }) {
  return (
    <a class="button" data-kind={kind} data-size={small ? "small" : undefined} href={href} download={download}>
      <Inside icon={icon}>{children}</Inside>
    </a>
  );
}
