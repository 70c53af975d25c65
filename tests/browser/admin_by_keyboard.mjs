// SPDX-License-Identifier: GPL-2.0-or-later
// A day's work without a mouse; each dialog is looked at on its way, wide and light, on a phone and dark.
import { keyboardOf } from "./keyboard.mjs";
import { sizes } from "./sizes.mjs";

export default async function (person) {
  const { facts } = person;
  const found = [];
  const page = await (await person.context({ bypassCSP: true })).newPage();
  const { tabTo, keys, press, type, choose: chooseOf } = keyboardOf(page);
  const dialog = page.getByRole("dialog");
  // What opens a dialog: nothing is typed before it is there.
  const open = async (name) => {
    await press(name);
    await dialog.waitFor();
  };
  const choose = async (menu, item) => {
    await chooseOf(menu, item);
    await dialog.waitFor();
  };

  const look = async (name) => {
    for (const [size, colorScheme] of [["wide", "light"], ["phone", "dark"]]) {
      await page.setViewportSize(sizes[size]);
      await page.emulateMedia({ colorScheme });
      found.push(...(await person.look(page, `${name}, ${size}, ${colorScheme}`)));
      await person.shot(page, `dialog-${name}-${size}-${colorScheme}`, { fullPage: false });
    }
    await page.setViewportSize(sizes.wide);
    await page.emulateMedia({ colorScheme: "light" });
  };
  const heading = (name) => page.getByRole("heading", { level: 1, name }).waitFor();
  const said = (text) => page.getByText(text).first().waitFor();
  // A dialog that has been judged by the hub is answered by its button. Those that only ask are all alike.
  const answer = async (verb, name) => {
    await dialog.getByRole("button", { name: verb, exact: true }).and(page.locator(":enabled")).waitFor();
    if (name) await look(name);
    await press(verb);
    await dialog.waitFor({ state: "detached" });
  };

  await person.signIn(page);

  // users
  await press("Users");
  await heading("Users");
  await open("Add a user");
  await type("Name", "karl");
  await type("Mail address", "karl@example.net");
  await answer("Add a user", "user-add");
  await heading("karl");
  await choose("More actions", "Edit");
  await type("Note", "Works from home.");
  await answer("Save", "user-edit");
  await said("karl was changed.");
  await press("Undo: karl was changed.");
  await said("Undone.");
  await open("Disable");
  await answer("Disable", "user-disable");
  await said("karl was disabled");
  await choose("More actions", "Delete the user");
  await type("Type “karl” to go on", "karl");
  await answer("Delete", "user-delete");
  await heading("Users");

  // a site: the hub says what is wrong with its network, and what others will see it as
  await page.goto(`/instances/${facts.instance}/peers/new`);
  await heading("Add peer");
  await tabTo("Name");
  await keys("Shift+Tab", "ArrowRight"); // from "Device" to "Site"
  await type("Name", "branch");
  await type("Network 1", "192.168.89.1/24");
  await said("is not written as its network address");
  await press("Use 192.168.89.0/24");
  await said("Others see");
  await press("Add and show the profile");
  await heading("branch");
  await choose("More actions", "Edit");
  await type("Keepalive", "15");
  await answer("Save", "peer-edit");
  await choose("More actions", "New keys");
  await answer("Make new keys");
  await said("branch has new keys.");
  await open("Make a link");
  await type("PIN", "47-11");
  await look("link-add");
  await keys("Enter");
  await dialog.getByText("The link is shown once.").waitFor();
  await look("link-made");
  await press("Done");
  await choose("More actions", "Delete");
  await type("Type “branch” to go on", "branch");
  await answer("Delete");

  // many peers at once
  await page.goto(`/instances/${facts.instance}/peers`);
  await page.getByRole("row").nth(2).waitFor();
  await press("Choose all", "Space");
  await open("Disable");
  await dialog.getByText(/Disable 3 peers\?/).waitFor();
  await look("bulk");
  await keys("Escape");

  // the firewall
  await page.goto(`/instances/${facts.instance}/firewall`);
  await page.locator(".rule").nth(2).waitFor();
  await open("Add rule");
  await tabTo("Action");
  await keys("d"); // "Deny"
  await type("From", "staff");
  await keys("ArrowDown"); // to "staff, group"
  await look("rule-ends");
  await keys("Enter");
  await type("To", "10.30.0.0/16");
  await type("Comment", "not from here");
  await answer("Add rule", "rule-add");
  await said("The rule was added.");
  await page.locator(".rule").nth(3).waitFor();
  await tabTo("Rule 4");
  await keys("Space", "ArrowUp", "ArrowUp", "Space");
  await answer("Move", "rule-move");
  await said("The rule is number 2 now.");
  await choose("Actions of rule 2", "Edit");
  await type("Comment", "neither");
  await answer("Save", "rule-edit");
  await choose("Actions of rule 2", "Disable");
  await answer("Disable");
  await choose("Actions of rule 2", "Delete");
  await answer("Delete");
  await type("From", "laptop");
  await type("To", "192.168.88.7");
  await keys("Enter");
  await open("Keep as a check");
  await answer("Keep as a check");
  await said("The check was kept.");

  // the instance's own settings; deletion asks for its name
  await page.goto(`/instances/${facts.instance}/settings`);
  await heading("Acme");
  await type("Largest packet (MTU)", "1400");
  await press("Save");
  await said("Acme was changed.");
  await open("Delete instance");
  await type("Type “Acme” to go on", "Acm");
  await look("instance-delete");
  const guarded = await dialog.getByRole("button", { name: "Delete", exact: true }).isDisabled();
  await keys("Escape");

  // admins and tokens
  await press("Admins");
  await heading("Admins");
  await open("Add an admin");
  await type("Name", "otto");
  await keys("Tab", "ArrowRight"); // from "Operator" to "Auditor"
  await press("Make one");
  await answer("Add an admin", "admin-add");
  await said("otto was added.");
  await choose("Actions of otto", "Delete");
  await type("Type “otto” to go on", "otto");
  await answer("Delete");
  await said("otto was deleted.");
  await press("API tokens");
  await heading("API tokens");
  await open("Make a token");
  await type("Name", "monitoring");
  await dialog.getByRole("button", { name: "Make a token" }).and(page.locator(":enabled")).waitFor();
  await keys("Enter");
  await dialog.getByText("The token is shown once.").waitFor();
  await look("token-made");
  await press("Done");
  await open("Delete monitoring");
  await answer("Delete");

  // the hub's settings, the audit
  await press("Settings");
  await heading("Settings");
  await open("Change limits.instances");
  await type("Value", "400");
  await answer("Save", "setting");
  await said("limits.instances was changed.");
  await press("Undo: limits.instances was changed.");
  await page.getByRole("button", { name: "Undo: limits.instances" }).waitFor({ state: "detached" });
  await press("Audit");
  await heading("Audit");
  await page.getByRole("button", { name: /^Settings changed/ }).first().waitFor();
  await open("Settings changed");
  await dialog.waitFor();
  await look("audit-entry");
  await keys("Escape");
  return { found, guarded };
}
