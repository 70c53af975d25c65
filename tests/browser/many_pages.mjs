// SPDX-License-Identifier: GPL-2.0-or-later
// Pages loaded by address one after the other, and many tabs at once: a browser has six connections for a hub.

export default async function (person) {
  const { facts } = person;
  const context = await person.context();
  const page = await context.newPage();
  const refused = [];
  page.on("response", (response) => response.status() >= 400 && refused.push(`${response.status()} ${response.url()}`));
  await page.goto("/sign-in");
  await page.getByLabel("Name", { exact: true }).waitFor();
  await page.waitForLoadState("networkidle");
  page.removeAllListeners("response");
  await person.signIn(page);
  const loads = [];
  for (let load = 0; load < 12; load++) {
    const began = Date.now();
    await page.goto(facts.pages[load % facts.pages.length]);
    await page.locator("main h1").waitFor();
    await page.locator(".waits").first().waitFor({ state: "detached" });
    loads.push(Date.now() - began);
  }

  await page.goto("/");
  const tabs = [page];
  for (let tab = 1; tab < 8; tab++) tabs.push(await context.newPage());
  await Promise.all(tabs.slice(1).map((each) => each.goto("/")));
  const all = (said) => Promise.all(tabs.map((each) => each.getByText(said).first().waitFor()));
  await all("What happened");
  await page.waitForTimeout(500);
  const { streams } = await person.ask("streams");
  await person.ask("add_peer", { name: "first" });
  await all("first was added to");

  // The one with the stream goes: another one has it then.
  await tabs.shift().close();
  await person.ask("add_peer", { name: "second" });
  await all("second was added to");

  // Back to a page that was left: what came meanwhile is there.
  const back = tabs[0];
  await back.goto(facts.pages[0]);
  await back.locator("main h1").waitFor();
  await person.ask("add_peer", { name: "third" });
  await back.goBack();
  await all("third was added to");

  // Whoever signs out does it in all of them.
  await back.goto("/account");
  await back.getByRole("button", { name: "Sign out" }).click();
  await all("Sign in");
  return { loads, streams, refused };
}
