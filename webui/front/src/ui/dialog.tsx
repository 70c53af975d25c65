// SPDX-License-Identifier: GPL-2.0-or-later
// A dialog is the browser's own: it keeps the focus inside, Escape closes it, and what is behind it is inert.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { t } from "../lib/i18n";
import { IconButton } from "./button";

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  foot?: ComponentChildren;
  wide?: boolean;
  shownOnce?: boolean; // what is in it can't be had again: a click beside it does not close it
}

export function Dialog({ title, onClose, children, foot, wide, shownOnce }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const id = useId();
  // What scrolls can be scrolled by keyboard, also where nothing in it takes the focus.
  const look = () => {
    const shown = body.current;
    if (shown && shown.scrollHeight > shown.clientHeight) shown.tabIndex = 0;
    else shown?.removeAttribute("tabindex");
  };
  useEffect(look);
  useEffect(() => {
    const dialog = element.current;
    const before = document.activeElement;
    const watcher = new ResizeObserver(look);
    if (body.current) watcher.observe(body.current);
    dialog?.showModal();
    dialog?.querySelector<HTMLElement>("[autofocus], .dialog-body input, .dialog-body select, .dialog-body textarea, .dialog-foot button")?.focus();
    return () => {
      watcher.disconnect();
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      class="dialog"
      ref={element}
      data-wide={wide}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => event.target === element.current && !shownOnce && onClose()}
    >
      <div class="dialog-inside">
        <div class="dialog-head">
          <h2 id={id}>{title}</h2>
          <IconButton small icon="cross" label={t("close")} onClick={onClose} />
        </div>
        <div class="dialog-body" ref={body}>
          {children}
        </div>
        {foot && <div class="dialog-foot">{foot}</div>}
      </div>
    </dialog>
  );
}
