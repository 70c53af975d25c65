// SPDX-License-Identifier: GPL-2.0-or-later
// An owner makes an operator for one instance, who then sees that one and no more; the last owner stays.
import { sizes } from "./sizes.mjs";

export default async function (person) {
  const { facts } = person;
  const found = [];
  const page = await (await person.context({ bypassCSP: true })).newPage();
  const look = async (name, on = page) => {
    found.push(...(await person.look(on, name)));
    await person.shot(on, name);
  };
  await person.signIn(page);
  await page.goto("/admins");
  await page.getByRole("button", { name: "Add an admin" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill(facts.made);
  await dialog.getByLabel("Some instances").check();
  await dialog.getByLabel(facts.instance).check();
  await dialog.getByRole("button", { name: "Make one" }).click();
  const password = await dialog.getByLabel("First password").inputValue();
  await look("admin-add");
  await page.setViewportSize(sizes.phone);
  await page.emulateMedia({ colorScheme: "dark" });
  await look("admin-add-phone-dark");
  await page.setViewportSize(sizes.wide);
  await page.emulateMedia({ colorScheme: "light" });
  await dialog.getByRole("button", { name: "Add an admin" }).click();
  await page.getByText(`${facts.made} was added.`).waitFor();
  await look("admins-two");

  // The last owner can't be made less, disabled or deleted.
  const of = async (name, item) => {
    await page.getByRole("button", { name: `Actions of ${name}` }).click();
    await page.getByRole("menuitem", { name: item, exact: true }).click();
  };
  const refusals = [];
  await of(facts.name, "Edit");
  await dialog.getByLabel("Auditor").check();
  await dialog.getByText("Make another owner first.").waitFor();
  refusals.push(await dialog.getByRole("button", { name: "Save" }).isDisabled());
  await look("last-owner");
  await page.keyboard.press("Escape");
  for (const item of ["Disable", "Delete"]) {
    await of(facts.name, item);
    await dialog.getByText("Make another owner first.").waitFor();
    refusals.push(await dialog.getByRole("button", { name: item, exact: true }).isDisabled());
    await page.keyboard.press("Escape");
  }

  // What the new one sees.
  const limited = await (await person.context({ bypassCSP: true })).newPage();
  await person.signIn(limited, facts.made, password);
  const links = await limited.getByRole("navigation", { name: "Pages" }).getByRole("link").allInnerTexts();
  await limited.goto("/instances");
  await limited.getByRole("link", { name: facts.instance }).first().waitFor();
  await limited.waitForTimeout(400);
  const instances = await limited.getByRole("main").innerText();
  await look("limited-instances", limited);
  const denied = [];
  for (const where of ["/users", "/admins", "/settings", "/instances/new"]) {
    await limited.goto(where);
    await limited.getByRole("heading", { level: 1 }).waitFor();
    denied.push(await limited.getByRole("heading", { level: 1 }).innerText());
  }
  await limited.goto(`/instances/${facts.id}/peers`);
  await limited.getByRole("link", { name: "Add peer" }).first().waitFor();
  await limited.goto(`/instances/${facts.other}`);
  await limited.getByRole("heading", { name: "No such instance" }).first().waitFor();
  await limited.goto("/tokens");
  await limited.getByRole("button", { name: "Make a token" }).first().click();
  await limited.getByRole("dialog").getByLabel("Auditor").waitFor();
  const roles = await limited.getByRole("dialog").getByLabel("Owner").count();
  await limited.keyboard.press("Escape");

  // A new password ends what is open; then the admin goes, by name.
  await of(facts.made, "New password");
  await dialog.getByRole("button", { name: "Make one" }).click();
  await look("password-reset");
  await dialog.getByRole("button", { name: "New password" }).click();
  await page.getByText(`${facts.made} has a new password.`).waitFor();
  await limited.getByText("Your session has ended.").waitFor();
  await of(facts.made, "Disable");
  await dialog.getByText("What will change").waitFor();
  await dialog.getByRole("button", { name: "Disable" }).click();
  await page.getByText(`${facts.made} was disabled.`).waitFor();
  await of(facts.made, "Delete");
  await dialog.getByLabel(`Type “${facts.made}” to go on`).fill(facts.made);
  await dialog.getByRole("button", { name: "Delete" }).click();
  await page.getByText(`${facts.made} was deleted.`).waitFor();
  return { found, links, instances, denied, roles, refusals };
}
