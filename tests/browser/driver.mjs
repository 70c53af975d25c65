// SPDX-License-Identifier: GPL-2.0-or-later
// node driver.mjs MODULE: what a person does in a browser. The module's default function is handed a page and what the
// test says about the hub; the two speak in lines of JSON: {"ask": ...} is answered, {"done": ...} or {"failed": ...}
// ends it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { createInterface } from "node:readline";
import { launch } from "./chromium.mjs";
import { lying } from "./lying.mjs";
import { sizes } from "./sizes.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// What turns, or stands for what is to come, says what it waits for.
const silentSpinners = () =>
  [...document.querySelectorAll(".spinner, .waits-bar")]
    .filter((each) => each.checkVisibility() && !each.closest("button, li, .note, .waits, .progress-bar, [role=status]")?.textContent.trim())
    .map((each) => each.parentElement.outerHTML.slice(0, 100));

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const hear = async () => JSON.parse((await lines.next()).value);

class Browser {
  constructor(browser, facts) {
    this.browser = browser;
    this.facts = facts;
    this.complaints = [];
    this.steps = 0;
  }

  // The test's side does something, as on the hub or with a device.
  async ask(what, data = {}) {
    say({ ask: what, ...data });
    return hear();
  }

  async context(options = {}) {
    const context = await this.browser.newContext({ baseURL: this.facts.url, ignoreHTTPSErrors: true, viewport: sizes.wide, locale: "en-GB", ...options });
    context.setDefaultTimeout(20000);
    context.on("page", (page) => this.watch(page));
    context.on("request", (request) => this.stays(request.url()));
    return context;
  }

  // The page works where there is no internet: it asks its hub alone, and the test's own places.
  stays(url) {
    const { host, protocol } = new URL(url);
    const ours = [this.facts.url, this.facts.named, this.facts.elsewhere].filter(Boolean).map((each) => new URL(each).host);
    if (protocol.startsWith("http") && !ours.includes(host)) this.complaints.push(`asks ${url}`);
  }

  // What a page complains of by itself. Refusals that are expected are no complaint.
  watch(page) {
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" && !/^Failed to load resource|blocked by CORS policy/.test(message.text())) this.complaints.push(message.text());
    });
  }

  // In the browser's language.
  async signIn(page, name = this.facts.name, password = this.facts.password) {
    await page.goto("/sign-in");
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel(/^(Password|Passwort)\s*$/).fill(password);
    await page.getByRole("button", { name: /^(Sign in|Anmelden)$/ }).click();
    await page.getByRole("heading", { level: 1, name: /^(Overview|Überblick)$/ }).waitFor();
  }

  async shot(page, name, options = {}) {
    const file = path.join(this.facts.shots, `${name}.png`);
    await page.screenshot({ path: file, fullPage: true, ...options });
    return file;
  }

  // What axe finds, what is wider than the window, and what lies upon something else.
  async look(page, name) {
    // A button that changes between two looks of axe has neither one's colours.
    await page.locator("[data-busy=true]").first().waitFor({ state: "detached" });
    // Nor has what is just appearing.
    await page.evaluate(() => Promise.all(document.getAnimations().filter((each) => each.effect.getComputedTiming().endTime !== Infinity).map((each) => each.finished.catch(() => undefined))));
    // From the top: what stays there while a page is scrolled lies upon it rightly.
    await page.evaluate(() => window.scrollTo(0, 0));
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    return [
      ...violations.map((found) => `${name}: ${found.id}: ${found.nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`),
      ...(wide ? [`${name}: wider than the window`] : []),
      ...(await page.evaluate(silentSpinners)).map((where) => `${name}: spins without a word: ${where}`),
      ...(await page.evaluate(lying)).map((pair) => `${name}: ${pair}`),
    ];
  }
}

const facts = await hear();
const browser = await launch(facts.flags);
const person = new Browser(browser, facts);

// What is on the screen when something went wrong.
async function lastWords() {
  const pages = browser.contexts().flatMap((context) => context.pages());
  const said = await Promise.all(
    pages.map(async (page, at) => {
      await person.shot(page, `failed-${at}`).catch(() => undefined);
      return `${page.url()}: ${await page.evaluate(() => document.body.innerText.slice(0, 400)).catch(String)}`;
    }),
  );
  return [...said, ...person.complaints].join("\n");
}

try {
  const run = (await import(path.resolve(process.argv[2]))).default;
  const result = await run(person);
  say({ done: { ...result, complaints: person.complaints } });
} catch (error) {
  say({ failed: `${error.stack ?? error}\n${await lastWords()}` });
} finally {
  await browser.close();
  process.exit(0);
}
