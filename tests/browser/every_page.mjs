// SPDX-License-Identifier: GPL-2.0-or-later
// Every page in light and dark, wide and on a phone: nothing that axe finds, nothing wider than the window.
import { sizes } from "./sizes.mjs";

export default async function (person) {
  const found = [];
  let looked = 0;
  for (const [size, viewport] of Object.entries(sizes)) {
    for (const colorScheme of ["light", "dark"]) {
      // axe is put into the page as a script, which its policy rightly refuses.
      const context = await person.context({ viewport, colorScheme, bypassCSP: true, hasTouch: size === "phone" });
      const page = await context.newPage();
      await person.signIn(page);
      for (const [name, where] of Object.entries(person.facts.pages)) {
        await page.goto(where);
        await page.locator("h1").waitFor();
        await page.waitForTimeout(400); // what it reads is drawn
        await person.shot(page, `${name}-${size}-${colorScheme}`);
        found.push(...(await person.look(page, `${name}, ${size}, ${colorScheme}`)));
        looked++;
      }
      await context.close();
    }
  }
  return { found, looked };
}
