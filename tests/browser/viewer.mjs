// SPDX-License-Identifier: GPL-2.0-or-later
// Who may only look is shown nothing to change with, and the hub would refuse it.

export default async function (person) {
  const page = await (await person.context()).newPage();
  await person.signIn(page);
  const seen = {};
  for (const [name, where] of Object.entries(person.facts.pages)) {
    await page.goto(where);
    await page.locator("h1").waitFor();
    await page.waitForTimeout(500);
    seen[name] = await page.getByRole("main").getByRole("button").allInnerTexts();
  }
  const refused = await page.evaluate(async (path) => {
    const answer = await fetch(path, { method: "DELETE", headers: { "content-type": "application/json" } });
    return answer.status;
  }, person.facts.forbidden);
  return { seen, refused };
}
