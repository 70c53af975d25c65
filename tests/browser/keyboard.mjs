// SPDX-License-Identifier: GPL-2.0-or-later
// A person without a mouse.
const most = 200; // more than any page has stops

// How what has the focus may be called: by its own name, its label's, or what stands in it.
const namesOfFocus = () => {
  const element = document.activeElement;
  const labels = [...(element?.labels ?? [])].map((label) => label.textContent);
  return [element?.getAttribute("aria-label"), ...labels, element?.textContent].map((text) => (text ?? "").trim());
};

export function keyboardOf(page) {
  // Tabs on until what has the focus is called so.
  const tabTo = async (name) => {
    for (let presses = 0; presses < most; presses++) {
      if ((await page.evaluate(namesOfFocus)).some((text) => text.startsWith(name))) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`the keyboard does not get to "${name}"`);
  };
  return {
    tabTo,
    keys: async (...keys) => {
      for (const key of keys) await page.keyboard.press(key);
    },
    press: async (name, key = "Enter") => {
      await tabTo(name);
      await page.keyboard.press(key);
    },
    type: async (name, text) => {
      await tabTo(name);
      await page.keyboard.press("ControlOrMeta+a");
      await page.keyboard.type(text);
    },
    // Of a menu, the entry that begins so.
    choose: async (menu, item) => {
      await tabTo(menu);
      await page.keyboard.press("Enter");
      for (let presses = 0; presses < 10; presses++) {
        if ((await page.evaluate(namesOfFocus)).some((text) => text.startsWith(item))) return page.keyboard.press("Enter");
        await page.keyboard.press("ArrowDown");
      }
      throw new Error(`"${menu}" has no "${item}"`);
    },
  };
}
