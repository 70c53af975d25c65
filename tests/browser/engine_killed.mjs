// SPDX-License-Identifier: GPL-2.0-or-later
// The engine dies while a page is open: the page says so, and goes on by itself.

export default async function (person) {
  const page = await (await person.context()).newPage();
  await person.signIn(page);
  await page.goto(`/instances/${person.facts.instance}/peers`);
  await page.locator(".dot:visible", { hasText: "Connected" }).first().waitFor();
  await person.ask("stop");
  await page.getByText("The hub does not answer").waitFor();
  await person.shot(page, "engine-away");
  const kept = await page.getByRole("row").count();
  await person.ask("start");
  await page.getByText("The hub does not answer").waitFor({ state: "detached" });
  // The stream of events is there again too: a change from elsewhere is seen.
  await person.ask("add_peer");
  await page.getByRole("link", { name: "added meanwhile" }).waitFor();
  return { kept };
}
