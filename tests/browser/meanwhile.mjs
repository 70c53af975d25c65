// SPDX-License-Identifier: GPL-2.0-or-later
// Two people change the same instance: one types into its settings, the other one works on the command line.

export default async function (person) {
  const { facts } = person;
  const context = await person.context({ bypassCSP: true });
  const page = await context.newPage();
  const found = [];
  await person.signIn(page);
  await page.goto(`/instances/${facts.instance}/settings`);
  const name = page.getByLabel("Name", { exact: true });
  const mtu = page.getByLabel("Largest packet (MTU)");
  const save = page.getByRole("button", { name: "Save", exact: true });
  const changes = page.locator(".changes");
  await name.fill(facts.renamed);
  await changes.getByText(facts.renamed).waitFor();

  // What was not touched follows, and is no change of this person's.
  await person.ask("change", { mtu: 1400 });
  await page.waitForFunction(() => [...document.querySelectorAll("input")].some((input) => input.value === "1400"));
  await page.waitForTimeout(600);
  const told = (await changes.locator("dt").allTextContents()).join();
  const followed = await mtu.inputValue();
  await save.click();
  await page.getByText(`${facts.renamed} was changed.`).waitFor();
  const afterOne = await person.ask("look");

  // What was touched is told before it is saved.
  await mtu.fill("1390");
  await page.getByText("1 peer is connected by OpenVPN").waitFor();
  await changes.getByText("1390").waitFor();
  await person.ask("change", { mtu: 1410 });
  const note = page.getByText("Meanwhile somebody changed “Largest packet (MTU)” to 1410.");
  await note.waitFor();
  await changes.getByText("1410").waitFor();
  await person.shot(page, "meanwhile");
  found.push(...(await person.look(page, "meanwhile")));
  await page.getByRole("button", { name: "Save all the same" }).waitFor();
  const kept = await mtu.inputValue();
  await page.getByRole("button", { name: "Use 1410" }).click();
  await note.waitFor({ state: "detached" });
  const given = await mtu.inputValue();
  return { found, told, followed, afterOne, kept, given };
}
