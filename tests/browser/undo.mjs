// SPDX-License-Identifier: GPL-2.0-or-later
// Whatever offers a way back brings back what was there.

export default async function (person) {
  const { facts } = person;
  const page = await (await person.context()).newPage();
  const dialog = page.getByRole("dialog");
  const done = {};
  // Does something, looks at the hub, takes the way back, looks again.
  const there = async (name, what) => {
    const before = await person.ask("look");
    await what();
    await dialog.waitFor({ state: "detached" });
    const undo = page.getByRole("button", { name: /^Undo: / }).last();
    await undo.waitFor();
    const after = await person.ask("look");
    await undo.click();
    await page.getByText("Undone.").last().waitFor();
    done[name] = { before, after, back: await person.ask("look") };
    // The next one has toasts of its own.
    while ((await page.getByRole("button", { name: "Close" }).count()) > 0) await page.getByRole("button", { name: "Close" }).first().click();
  };
  const confirm = (verb) => dialog.getByRole("button", { name: verb, exact: true }).and(page.locator(":enabled")).click();
  const menu = async (of, item) => {
    await page.getByRole("button", { name: of, exact: true }).click();
    await page.getByRole("menuitem", { name: item, exact: true }).click();
  };
  await person.signIn(page);
  const base = `/instances/${facts.instance}`;

  await page.goto(`${base}/peers/${facts.peer}`);
  const press = async (verb) => {
    await page.getByRole("button", { name: verb, exact: true }).click();
    await confirm(verb);
  };
  await there("peer disabled", () => press("Disable"));
  await there("peer changed", async () => {
    await menu("More actions", "Edit");
    await dialog.getByLabel("Keepalive").fill("15");
    await confirm("Save");
  });
  await page.goto(`${base}/peers/${facts.off}`);
  await there("peer enabled", () => press("Enable"));

  await page.goto(`${base}/firewall`);
  await page.locator(".rule").first().waitFor();
  await there("rule disabled", async () => {
    await menu("Actions of rule 1", "Disable");
    await confirm("Disable");
  });
  await there("rule changed", async () => {
    await menu("Actions of rule 1", "Edit");
    await dialog.getByLabel("Comment").fill("another");
    await confirm("Save");
  });
  await there("rule deleted", async () => {
    await menu("Actions of rule 1", "Delete");
    await confirm("Delete");
  });
  await there("rule added", async () => {
    await page.getByRole("button", { name: "Add rule" }).click();
    await dialog.getByRole("combobox", { name: "From", exact: true }).first().fill("any");
    await dialog.getByRole("combobox", { name: "To", exact: true }).first().fill("10.40.0.0/16");
    await dialog.getByLabel("Comment").click();
    await confirm("Add rule");
  });
  await there("check deleted", async () => {
    await page.getByRole("button", { name: /^Delete the check/ }).or(page.locator(".rows button")).first().click();
    await confirm("Delete");
  });

  await page.goto(`${base}/settings`);
  await there("instance changed", async () => {
    await page.getByLabel("Largest packet (MTU)").fill("1390");
    await page.getByRole("button", { name: "Save", exact: true }).and(page.locator(":enabled")).click();
  });

  await page.goto(`/users/${facts.user}`);
  await there("user disabled", () => press("Disable"));
  await page.goto("/admins");
  await there("admin changed", async () => {
    await menu(`Actions of ${facts.admin}`, "Edit");
    await dialog.getByLabel("Operator").check();
    await confirm("Save");
  });
  await there("admin disabled", async () => {
    await menu(`Actions of ${facts.admin}`, "Disable");
    await confirm("Disable");
  });
  return { done };
}
