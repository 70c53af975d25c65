// SPDX-License-Identifier: GPL-2.0-or-later
// Every page, wide and on a phone: in English light and dark, in German. Nothing that axe finds, nothing wider than the
// window, and in German nothing that is English.
import { sizes } from "./sizes.mjs";

const schemes = { en: ["light", "dark"], de: ["light"] };
// Where the program speaks: words that German does not have.
const english = /\b(the|is|are|of|and|not|with|has|by|from|this|your)\b/i;

async function goThrough(person, storageState, size, language, found, foreign) {
  // axe is put into the page as a script, which its policy rightly refuses.
  const context = await person.context({ storageState, viewport: sizes[size], locale: language, bypassCSP: true, hasTouch: size === "phone" });
  const page = await context.newPage();
  let looked = 0;
  for (const [name, where] of Object.entries(person.facts.pages)) {
    await page.goto(where);
    await page.locator("h1").waitFor();
    await page.waitForTimeout(400); // what it reads is drawn
    for (const colorScheme of schemes[language]) {
      await page.emulateMedia({ colorScheme });
      const shown = `${name}-${size}-${language === "en" ? colorScheme : language}`;
      found.push(...(await person.look(page, shown)));
      await person.shot(page, shown);
      looked++;
    }
    if (language !== "de") continue;
    const lines = (await page.locator("#app").innerText()).split("\n").filter((line) => english.test(line));
    for (const line of lines) foreign.add(`${name}: ${line}`);
  }
  await context.close();
  return looked;
}

export default async function (person) {
  const found = [];
  const foreign = new Set();
  const context = await person.context();
  await person.signIn(await context.newPage());
  const storageState = await context.storageState();
  await context.close();
  const { language } = person.facts;
  const both = await Promise.all(Object.keys(sizes).map((size) => goThrough(person, storageState, size, language, found, foreign)));
  return { found, foreign: [...foreign], looked: both[0] + both[1] };
}
