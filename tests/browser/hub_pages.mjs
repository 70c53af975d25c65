// SPDX-License-Identifier: GPL-2.0-or-later
// What is said of the whole hub: what needs attention, the audit, every setting, what it is made of.
import { readFileSync } from "node:fs";

async function attention(person, page) {
  await page.goto("/");
  const concerns = page.locator(".concern");
  const about = (text) => concerns.filter({ hasText: text });
  await about("The profile of laptop is out of date").waitFor();
  const said = (await concerns.allTextContents()).map((text) => text.replaceAll(/\s+/g, " "));
  await person.shot(page, "attention");
  // Steps that fail, and a certificate that ends.
  await person.ask("break_step");
  await about(person.facts.broken).waitFor({ timeout: 60000 });
  said.push((await about(person.facts.broken).textContent()).replaceAll(/\s+/g, " "));
  await person.ask("go_on");
  await about(person.facts.broken).waitFor({ state: "detached", timeout: 60000 });
  await person.ask("old_certificate");
  await page.goto("/");
  await about("This page's certificate ends soon").waitFor({ timeout: 60000 });
  await person.ask("own_certificate");
  // What is mended is gone by itself; what goes wrong is there.
  await person.ask("mend");
  await about("The profile of laptop is out of date").waitFor({ state: "detached", timeout: 60000 });
  const href = await about("The time of guest is over soon").getByRole("link").getAttribute("href");
  await about("The time of guest is over soon").getByRole("link").click();
  await page.getByRole("heading", { level: 1, name: "guest" }).waitFor();
  return { said, href };
}

async function audit(person, page, look) {
  await page.goto("/audit");
  const rows = page.locator("main ul.rows > li");
  await rows.nth(5).waitFor();
  const search = page.getByLabel("Search who, what, where");
  await search.fill("guest");
  await rows.filter({ hasText: "guest" }).first().waitFor(); // older than what was read at first
  const searched = await rows.allTextContents();
  await search.fill("");
  await page.getByLabel("Action").selectOption({ label: "Instance changed" });
  await rows.filter({ hasText: "Instance changed" }).first().waitFor();
  const chosen = (await rows.allTextContents()).map((text) => text.replaceAll(/\s+/g, " "));
  await rows.first().getByRole("button").click();
  const dialog = page.getByRole("dialog");
  await dialog.locator("thead").waitFor();
  const head = await dialog.locator("thead th").allTextContents();
  const changed = await dialog.locator("tbody tr").evaluateAll((lines) => lines.map((line) => [...line.children].map((cell) => cell.textContent)));
  const sides = await dialog.locator("tbody tr").first().locator("td").evaluateAll((cells) => cells.map((cell) => cell.getBoundingClientRect()).map(({ left, top }) => [left, top]));
  await look("audit-sides");
  await page.keyboard.press("Escape");
  await page.getByLabel("Action").selectOption({ index: 0 });
  await search.fill(person.facts.oldest);
  await rows.first().waitFor();
  const old = await rows.first().textContent();
  await search.fill("");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Export" }).click()]);
  const file = readFileSync(await download.path(), "utf8");
  await page.getByRole("button", { name: "Verify" }).click();
  await page.getByText("The record is whole").waitFor();
  return { searched, chosen, head, changed, sides, old, file, name: download.suggestedFilename() };
}

async function settings(person, page, look) {
  await page.goto("/settings");
  await page.locator(".setting").first().waitFor();
  const cards = await page.locator("section.card").evaluateAll((found) =>
    found.flatMap((card) => [...card.querySelectorAll(".setting")].map((row) => [row.querySelector(".setting-name").textContent, row.querySelector(".setting-value").textContent, row.querySelector("p").textContent])),
  );
  const dialog = page.getByRole("dialog");
  const change = async (name, value) => {
    await page.getByRole("button", { name: `Change ${name}` }).click();
    await dialog.getByLabel("Value").fill(value);
  };
  // What it will do, before it is done: at once, after a restart, what it means for devices.
  await change("limits.peers", "9999");
  await dialog.getByText("What will change").waitFor();
  const live = await dialog.textContent();
  await look("setting-live");
  await page.keyboard.press("Escape");
  await change("web.connections", "3000");
  await dialog.getByText("What will change").waitFor();
  const restart = await dialog.textContent();
  await look("setting-restart");
  await page.keyboard.press("Escape");
  await change("hub.public_name", "other.example");
  await dialog.getByText("What will change").waitFor();
  const named = await dialog.textContent();
  await page.keyboard.press("Escape");
  await change("wireguard.mtu", "100000");
  await dialog.locator(".field-wrong").waitFor();
  const wrong = await dialog.locator(".field-wrong").textContent();
  const guarded = await dialog.getByRole("button", { name: "Save" }).isDisabled();
  await page.keyboard.press("Escape");
  return { cards, live, restart, named, wrong, guarded };
}

async function about(page) {
  await page.goto("/about");
  await page.locator(".role").first().waitFor();
  const facts = await page.locator("dl.facts").first().textContent();
  const roles = await page.locator(".role").evaluateAll((rows) => rows.map((row) => [row.querySelector("strong").textContent, row.querySelector("p").textContent]));
  return { facts, roles, licences: await page.locator(".licences dt").allTextContents() };
}

export default async function (person) {
  const found = [];
  const page = await (await person.context({ bypassCSP: true, acceptDownloads: true })).newPage();
  const look = async (name) => {
    found.push(...(await person.look(page, name)));
    await person.shot(page, `hub-${name}`);
  };
  await person.signIn(page);
  return {
    attention: await attention(person, page),
    audit: await audit(person, page, look),
    settings: await settings(person, page, look),
    about: await about(page),
    found,
  };
}
