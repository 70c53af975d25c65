// SPDX-License-Identifier: GPL-2.0-or-later
// Signed in at the same moment: by two tabs of a browser, and by two browsers. No form is left without a word, whatever
// comes late, and whatever a browser does not keep.

async function filled(page, facts) {
  await page.goto("/sign-in");
  await page.getByLabel("Name", { exact: true }).fill(facts.name);
  await page.getByLabel("Password", { exact: true }).fill(facts.password);
}

const send = (page) => page.evaluate(() => document.querySelector("form").requestSubmit());
const overview = (page) => page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();

async function atOnce(person, pages) {
  for (const page of pages) await filled(page, person.facts);
  await Promise.all(pages.map(send));
  await Promise.all(pages.map(overview));
}

// One tab is told late that nobody is signed in, when it is by now.
async function toldLate(person, one, other) {
  let late = 1;
  await filled(one, person.facts);
  await filled(other, person.facts);
  await one.route("**/api/v1/setup", async (route) => {
    if (late-- <= 0) return route.continue();
    await other.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    await one.waitForTimeout(1000);
    return route.fulfill({ json: { needed: false, signed_in: false } });
  });
  await send(one);
  await one.waitForRequest("**/api/v1/setup");
  await send(other);
  await one.waitForTimeout(2500);
  await one.getByRole("heading", { level: 1, name: "Overview" }).waitFor({ timeout: 1000 });
  return late;
}

async function withoutCookies(person) {
  const context = await person.context();
  const page = await context.newPage();
  await filled(page, person.facts);
  await page.route("**/api/v1/session", async (route) => {
    const response = await route.fetch();
    await context.clearCookies();
    const { "set-cookie": _, ...headers } = response.headers();
    await route.fulfill({ response, headers });
  });
  await send(page);
  await page.getByText("The browser did not keep the session").waitFor();
  await person.shot(page, "sign-in-no-cookie");
}

export default async function (person) {
  for (let round = 0; round < person.facts.rounds; round++) {
    const one = await person.context();
    const other = await person.context();
    await atOnce(person, [await one.newPage(), await one.newPage(), await other.newPage()]);
    await one.close();
    await other.close();
  }
  const context = await person.context();
  const late = await toldLate(person, await context.newPage(), await context.newPage());
  await withoutCookies(person);
  return { late };
}
