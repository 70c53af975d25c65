// SPDX-License-Identifier: GPL-2.0-or-later
// Every page, wide and on a phone: in English light and dark, in German; then those of people who are not signed in.
// Nothing that axe finds, nothing wider than the window, nothing upon something else, and in German nothing English.
import { sizes } from "./sizes.mjs";

const schemes = { en: ["light", "dark"], de: ["light"] };
// Where the program speaks: words that German does not have.
const english = /\b(the|is|are|of|and|not|with|has|by|from|this|your)\b/i;

// What is looked for is found where it is: a check that sees nothing shows nothing.
async function sees(person, page) {
  await page.goto("/audit");
  await page.locator("h1").waitFor();
  await page.evaluate(() => {
    const lead = document.querySelector(".page-lead");
    lead.style.marginTop = "-30px";
    const spinner = document.createElement("span");
    spinner.className = "spinner";
    document.querySelector("main").append(spinner);
    new Image().src = "https://elsewhere.example/seen.png";
  });
  const found = await person.look(page, "moved");
  const lies = found.filter((each) => each.includes("lie upon each other"));
  const spins = found.filter((each) => each.includes("spins without a word"));
  await page.waitForTimeout(300);
  const asks = person.complaints.filter((each) => each.includes("elsewhere.example"));
  person.complaints = person.complaints.filter((each) => !asks.includes(each));
  return lies.length > 0 && spins.length > 0 && asks.length > 0;
}

async function goThrough(person, storageState, pages, size, language, found, foreign) {
  // axe is put into the page as a script, which its policy rightly refuses.
  const context = await person.context({ storageState, viewport: sizes[size], locale: language, bypassCSP: true, hasTouch: size === "phone" });
  const page = await context.newPage();
  let looked = 0;
  for (const [name, where] of Object.entries(pages)) {
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
  const { language, pages, open } = person.facts;
  const seeing = await person.context({ storageState, bypassCSP: true });
  const seen = await sees(person, await seeing.newPage());
  await seeing.close();
  const both = await Promise.all(
    Object.keys(sizes).map(async (size) => {
      const looked = await goThrough(person, storageState, pages, size, language, found, foreign);
      return looked + (await goThrough(person, undefined, open, size, language, found, foreign));
    }),
  );
  return { found, foreign: [...foreign], looked: both[0] + both[1], seen };
}
