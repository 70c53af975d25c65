// SPDX-License-Identifier: GPL-2.0-or-later
// The pages of access in German, whose words are longer: on a phone and wide.
import { sizes } from "./sizes.mjs";

export default async function (person) {
  const { facts } = person;
  const found = [];
  const page = await (await person.context({ viewport: sizes.phone, locale: "de-DE", hasTouch: true, bypassCSP: true })).newPage();
  await page.goto("/sign-in");
  await page.getByLabel("Name", { exact: true }).fill(facts.name);
  await page.getByLabel("Passwort", { exact: true }).fill(facts.password);
  await page.getByRole("button", { name: "Anmelden", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "Überblick" }).waitFor();
  const titles = [];
  for (const [size, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport);
    for (const where of ["admins", "tokens", "sessions", "account"]) {
      await page.goto(`/${where}`);
      await page.locator(".card").first().waitFor();
      await page.waitForTimeout(400);
      titles.push(await page.locator("h1").innerText());
      found.push(...(await person.look(page, `${where}-german-${size}`)));
      await person.shot(page, `${where}-german-${size}`);
    }
  }
  return { found, titles };
}
