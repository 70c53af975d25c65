// SPDX-License-Identifier: GPL-2.0-or-later
// Run within a page: which texts and which things to press lie upon each other, as sentences. Of a dialog that is open
// what is in it alone. What is out of sight, since something around it scrolls or cuts it off, is nowhere; what opens
// above the rest, as a list to choose from does, may.

export function lying() {
  const apart = ".hidden-text, .toasts, .skip, .banner, [role=listbox], [role=menu]";
  const dialogs = document.querySelectorAll("dialog[open], [role=dialog]");
  const root = dialogs[dialogs.length - 1] ?? document.body;
  const seen = (element) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && !element.closest(apart);

  const within = (rect, element) => {
    let { left, top, right, bottom } = rect;
    for (let around = element; around && around !== document.body; around = around.parentElement) {
      const style = getComputedStyle(around);
      if (style.overflowX === "visible" && style.overflowY === "visible") continue;
      const box = around.getBoundingClientRect();
      [left, top, right, bottom] = [Math.max(left, box.left), Math.max(top, box.top), Math.min(right, box.right), Math.min(bottom, box.bottom)];
    }
    return right - left > 1 && bottom - top > 1 ? { left, top, right, bottom } : null;
  };
  const placesOf = (rects, element, what) =>
    [...rects].flatMap((rect) => {
      const shown = within(rect, element);
      return shown ? [{ ...shown, element, what: what.trim().replaceAll(/\s+/g, " ").slice(0, 40) }] : [];
    });

  const texts = [];
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !element || element.closest("option, script, style") || !seen(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    texts.push(...placesOf(range.getClientRects(), element, node.data).map((place) => ({ ...place, node })));
  }
  const pressed = [...root.querySelectorAll("button, a, input:not([type=file]), select, textarea, summary")]
    .filter((element) => seen(element) && !element.closest("svg"))
    .flatMap((element) => placesOf(element.getClientRects(), element, element.ariaLabel ?? (element.textContent || element.value || element.tagName)));

  // So much of the lower one's height is covered that it can't be read, or is pressed by mistake.
  const covers = (a, b, share) => {
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    return wide > 2 && high > share * Math.min(a.bottom - a.top, b.bottom - b.top);
  };
  const found = new Set();
  const compare = (places, share, one) => {
    const sorted = places.sort((a, b) => a.top - b.top);
    sorted.forEach((a, at) => {
      for (let next = at + 1; next < sorted.length && sorted[next].top < a.bottom; next++) {
        const b = sorted[next];
        if (!one(a, b) && covers(a, b, share)) found.add(`"${a.what}" and "${b.what}" lie upon each other`);
      }
    });
  };
  compare(texts, 0.4, (a, b) => a.node === b.node);
  compare(pressed, 0.15, (a, b) => a.element === b.element || a.element.contains(b.element) || b.element.contains(a.element));
  return [...found];
}
