// SPDX-License-Identifier: GPL-2.0-or-later
// node page.mjs FACTS: what page_bench.py asks of a browser, as JSON; says what it found, as JSON.
import { launch } from "../../browser/chromium.mjs";

const facts = JSON.parse(process.argv[2]);
const browser = await launch();
const wide = { width: 1440, height: 900 };

// Nothing is kept from one to the next: no file, no connection.
async function newPage() {
  const context = await browser.newContext({ baseURL: facts.url, ignoreHTTPSErrors: true, viewport: wide, locale: "en-GB" });
  await context.addCookies([facts.cookie]);
  return context.newPage();
}

// Notes when the first thing that the selector finds says what it shall.
const noteWhen = ([selector, pattern]) => {
  const wanted = new RegExp(pattern);
  const look = () => {
    if (window.noted || !wanted.test(document.querySelector(selector)?.innerText ?? "")) return;
    requestAnimationFrame(() => setTimeout(() => (window.noted ??= performance.now())));
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
};

async function open(path, selector, pattern) {
  const page = await newPage();
  await page.addInitScript(noteWhen, [selector, pattern]);
  await page.goto(path);
  await page.waitForFunction(() => window.noted);
  const shown = await page.evaluate(() => window.noted);
  const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
  return { page, shown, paint };
}

async function overview() {
  const { page, shown, paint } = await open("/", ".figures", `of ${facts.many.toLocaleString("en")}`);
  await page.context().close();
  return { shown, paint };
}

// From what a person does until it is on the screen, ms.
const reaction = ([selector, type, value]) =>
  new Promise((resolve) => {
    const element = document.querySelector(selector);
    const begun = performance.now();
    if (type === "click") element.click();
    else {
      const kind = element.tagName === "SELECT" ? HTMLSelectElement : HTMLInputElement;
      Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(element, value);
      element.dispatchEvent(new Event(type, { bubbles: true }));
    }
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begun))));
  });

// How long the frames take while the whole table goes by, more than a window a frame: all of its rows are new ones.
const scrolled = () =>
  new Promise((resolve) => {
    const frames = [];
    const end = document.documentElement.scrollHeight;
    let last = performance.now();
    let at = 0;
    const step = () => {
      const now = performance.now();
      frames.push(now - last);
      last = now;
      at += 1200;
      window.scrollTo(0, at);
      if (at < end) requestAnimationFrame(step);
      else resolve(frames.slice(1).sort((a, b) => a - b));
    };
    requestAnimationFrame(step);
  });

async function table() {
  const { page, shown, paint } = await open(facts.peers, ".table", "peer1");
  const whole = await page
    .getByText(`${facts.many.toLocaleString("en")} of ${facts.many.toLocaleString("en")}`)
    .waitFor()
    .then(() => page.evaluate(() => performance.now()));
  const ms = { paint, shown, whole };
  const at = (name) => `.table thead th:nth-child(${name}) .sorter`;
  const acts = {
    "one letter searched": [".search input", "input", "p"],
    "a name searched": [".search input", "input", "peer7777"],
    "search emptied": [".search input", "input", ""],
    "sorted by address": [at(5), "click"],
    "sorted the other way": [at(5), "click"],
    "sorted by traffic": [at(8), "click"],
    filtered: [".toolbar select", "change", "away"],
    "filter emptied": [".toolbar select", "change", ""],
    "all chosen": [".table thead input", "click"],
    "none chosen": [".table thead input", "click"],
  };
  for (const [name, act] of Object.entries(acts)) ms[name] = await page.evaluate(reaction, act);
  const frames = await page.evaluate(scrolled);
  const last = await page.locator("[data-row]").last().getAttribute("aria-rowindex");
  await page.context().close();
  return { ms, frames, last: Number(last) };
}

await overview(); // the browser itself is cold only once
const found = { overview: [], table: [] };
for (let round = 0; round < facts.rounds; round++) {
  found.overview.push(await overview());
  if (round < facts.tables) found.table.push(await table());
}
console.log(JSON.stringify(found));
await browser.close();
