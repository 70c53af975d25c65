// SPDX-License-Identifier: GPL-2.0-or-later
import { Icon } from "./icon";

export function Search({ value, onInput, label }: { value: string; onInput: (value: string) => void; label: string }) {
  return (
    <div class="search">
      <Icon name="search" />
      <input
        class="input"
        type="search"
        aria-label={label}
        placeholder={label}
        value={value}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </div>
  );
}
