// SPDX-License-Identifier: GPL-2.0-or-later
// What was done, for a while, with a way back where there is one.
import { useEffect } from "preact/hooks";
import { t } from "../lib/i18n";
import { makeStore, useStore } from "../lib/store";
import { Button, IconButton } from "./button";
import { Icon } from "./icon";

interface Toast {
  id: number;
  text: string;
  bad?: boolean;
  undo?: () => void;
}

const shown = makeStore<Toast[]>([]);
let number = 0;

export function toast(text: string, options: { undo?: () => void; bad?: boolean } = {}): void {
  shown.set([...shown.get().slice(-3), { id: ++number, text, ...options }]);
}

function remove(id: number): void {
  shown.set(shown.get().filter((each) => each.id !== id));
}

function ToastItem({ item }: { item: Toast }) {
  useEffect(() => {
    const timer = setTimeout(() => remove(item.id), item.undo ? 12000 : 6000);
    return () => clearTimeout(timer);
  }, [item.id]);
  const undo = () => {
    remove(item.id);
    item.undo?.();
  };
  return (
    <div class="toast" data-tone={item.bad ? "bad" : undefined}>
      <Icon name={item.bad ? "warn" : "check"} />
      <span class="grow break">{item.text}</span>
      {item.undo && (
        <Button small icon="undo" label={`${t("undo")}: ${item.text}`} onClick={undo}>
          {t("undo")}
        </Button>
      )}
      <IconButton small icon="cross" label={t("close")} onClick={() => remove(item.id)} />
    </div>
  );
}

export function Toasts() {
  const items = useStore(shown);
  return (
    <div class="toasts" role="status">
      {items.map((item) => (
        <ToastItem key={item.id} item={item} />
      ))}
    </div>
  );
}
