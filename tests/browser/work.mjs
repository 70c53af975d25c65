// SPDX-License-Identifier: GPL-2.0-or-later
// A day's work with the mouse in one instance: peers found and changed many at once, a rule dragged, what is expected of
// the rules, a way that breaks, names, and the end of it.

export default async function (person) {
  const { facts } = person;
  const base = `/instances/${facts.instance}`;
  const found = [];
  const page = await (await person.context({ bypassCSP: true })).newPage();
  const dialog = page.getByRole("dialog");
  const look = async (name) => {
    found.push(...(await person.look(page, name)));
    await person.shot(page, `work-${name}`);
  };
  const answer = async (verb) => {
    await dialog.getByRole("button", { name: verb, exact: true }).and(page.locator(":enabled")).click();
    await dialog.waitFor({ state: "detached" });
  };
  await person.signIn(page);

  // peers: found, in order, by state
  await page.goto(`${base}/peers`);
  const names = async () => (await page.locator("tr[data-row] a").allTextContents()).map((text) => text.trim());
  await page.getByRole("row").nth(5).waitFor();
  const listed = { all: await names() };
  await page.getByRole("button", { name: "Name", exact: true }).click();
  listed.turned = await names();
  await page.getByLabel("Search name, address, user, key").fill("anna");
  listed.searched = await names();
  await page.getByLabel("Search name, address, user, key").fill("");
  await page.getByLabel("State", { exact: false }).first().selectOption({ label: "Disabled" });
  listed.filtered = await names();
  await page.getByLabel("State", { exact: false }).first().selectOption({ index: 0 });

  // many at once, and back
  const choose = (name) => page.getByLabel(`Choose ${name}`, { exact: true }).check();
  for (const name of ["laptop", "tablet", "guest"]) await choose(name);
  await page.getByRole("button", { name: "Disable", exact: true }).click();
  await dialog.getByText("Disable 2 peers?").waitFor();
  await dialog.getByText("Enabled: yes → no").nth(1).waitFor(); // as the hub's dry run says
  await look("bulk-disable");
  await answer("Disable");
  await page.getByText("2 peers were disabled.").waitFor();
  const disabled = await person.ask("enabled");
  await page.getByRole("button", { name: "Undo: 2 peers were disabled." }).click();
  await page.getByText("Undone.").waitFor();
  const undone = await person.ask("enabled");
  for (const name of ["guest"]) await choose(name);
  await page.getByRole("button", { name: "Enable", exact: true }).click();
  await answer("Enable");
  await page.getByText("1 peer was enabled.").waitFor();
  const enabled = await person.ask("enabled");
  for (const name of ["guest", "tablet"]) await choose(name);
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await dialog.getByRole("button", { name: "Cancel" }).waitFor();
  await page.waitForTimeout(300);
  const guarded = await dialog.getByRole("button", { name: "Delete", exact: true }).isDisabled();
  await dialog.getByLabel("Type 2 to go on").fill("2");
  await look("bulk-delete");
  await answer("Delete");
  await page.getByText("2 peers were deleted.").waitFor();
  const left = await person.ask("enabled");

  // one that the hub would refuse is known before
  await choose("spare");
  await page.getByRole("button", { name: "Enable", exact: true }).click();
  const refusal = await dialog.locator(".bulk-names .bad-text").textContent();
  await look("bulk-refused");
  await page.keyboard.press("Escape");

  // a rule dragged to the top, and back
  await page.goto(`${base}/firewall`);
  const rules = page.locator(".rule");
  await rules.nth(2).waitFor();
  const comments = () => page.locator(".rule-comment").allTextContents();
  const order = [await comments()];
  const handle = await rules.nth(2).locator(".rule-handle").boundingBox();
  const top = await rules.nth(0).boundingBox();
  await page.mouse.move(handle.x + handle.width / 2, handle.y + handle.height / 2);
  await page.mouse.down();
  await page.mouse.move(handle.x + handle.width / 2, top.y + 30, { steps: 6 });
  await page.mouse.move(handle.x + handle.width / 2, top.y + 6, { steps: 6 });
  order.push(await comments());
  await page.mouse.up();
  await dialog.getByText("What will change").waitFor();
  const planned = (await dialog.locator(".changes").textContent()).replaceAll(/\s+/g, " ");
  await look("rule-dragged");
  await answer("Move");
  await page.getByText("The rule is number 1 now.").waitFor();
  order.push(await person.ask("rules"));
  await page.getByRole("button", { name: "Undo: The rule is number 1 now." }).click();
  await page.getByText("Undone.").first().waitFor();
  order.push(await person.ask("rules"));

  // what is expected of the rules is looked at before a change of them
  await page.getByRole("combobox", { name: "From", exact: true }).fill("laptop");
  await page.getByRole("combobox", { name: "To", exact: true }).fill("192.168.88.7");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await page.getByText("Allowed", { exact: false }).first().waitFor();

  // a change is tried with it before it is done
  await page.getByRole("button", { name: "Actions of rule 1" }).click();
  await page.getByRole("menuitem", { name: "Edit" }).click();
  await dialog.getByLabel("Action").selectOption({ label: "Deny" });
  await dialog.getByText("After it, from laptop to 192.168.88.7:").waitFor();
  const tried = [await dialog.locator(".note", { hasText: "After it" }).textContent()];
  await look("rule-tried");
  await dialog.locator("details").getByRole("combobox", { name: "To", exact: true }).fill("10.20.0.1");
  await dialog.locator("details .field-wrong, .note[data-tone=bad]").first().waitFor();
  await page.keyboard.press("Escape");
  if (await dialog.isVisible()) await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Actions of rule 1" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await dialog.getByText("After it, from laptop to 192.168.88.7:").waitFor();
  tried.push(await dialog.locator(".note", { hasText: "After it" }).textContent());
  await page.keyboard.press("Escape");
  const untouched = await person.ask("rules");

  await page.getByRole("button", { name: "Keep as a check" }).click();
  await answer("Keep as a check");
  await page.getByText("Holds", { exact: true }).first().waitFor();
  await page.getByRole("button", { name: "Add rule" }).click();
  await dialog.getByLabel("Action").selectOption({ label: "Deny" });
  await dialog.getByLabel("Place", { exact: false }).fill("1");
  await dialog.getByRole("combobox", { name: "From", exact: true }).first().fill("laptop");
  await dialog.getByRole("combobox", { name: "To", exact: true }).first().fill("site:office");
  await dialog.getByText("A saved check of the firewall would no longer hold").waitFor();
  await look("check-breaks");
  const before = await person.ask("rules");
  await answer("Add rule all the same");
  await page.getByText("The rule was added.").waitFor();
  await page.getByText("Fails", { exact: true }).first().waitFor();
  const forced = await person.ask("rules");

  // why can't the laptop reach the office: the step that breaks it, and what would mend it
  await page.goto(`${base}/explain`);
  await page.getByRole("combobox", { name: "From", exact: true }).fill("laptop");
  await page.getByRole("combobox", { name: "To", exact: true }).fill("192.168.88.7");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Explain", exact: true }).click();
  await page.getByText("It breaks on the way.").waitFor();
  const broken = page.locator('.walk [data-broken="true"]');
  const breaks = { count: await broken.count(), text: await broken.textContent(), steps: await page.locator(".walk > li").count(), command: await broken.locator("pre").textContent() };
  await look("explain-broken");
  await person.ask("command", { command: breaks.command });
  await page.getByRole("button", { name: "Explain", exact: true }).click();
  await page.getByText("Nothing is in the way.").waitFor();
  breaks.after = await broken.count();

  // a name of one's own, and back
  await page.goto(`${base}/dns`);
  await page.getByPlaceholder("nas=192.168.88.9").fill("nas=192.168.88.300");
  await page.locator(".field-wrong").first().waitFor();
  await page.getByPlaceholder("nas=192.168.88.9").fill("nas=192.168.88.9");
  await page.locator(".changes").getByText("nas=192.168.88.9").waitFor();
  await look("dns");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText(`${facts.called} was changed.`).waitFor();
  const resolved = await person.ask("resolve", { name: "nas" });
  await page.getByRole("button", { name: `Undo: ${facts.called} was changed.` }).click();
  await page.getByText("Undone.").waitFor();
  const unresolved = await person.ask("resolve", { name: "nas" });

  // and away with it, by its name
  await page.goto(`${base}/settings`);
  await page.getByRole("button", { name: "Delete instance" }).click();
  await dialog.getByLabel(`Type “${facts.called}” to go on`).fill(facts.called.toLowerCase());
  await page.waitForTimeout(300);
  const kept = await dialog.getByRole("button", { name: "Delete", exact: true }).isDisabled();
  await dialog.getByLabel(`Type “${facts.called}” to go on`).fill(facts.called);
  await answer("Delete");
  await page.getByText(`${facts.called} was deleted.`).waitFor();
  await page.getByRole("heading", { level: 1, name: "Instances" }).waitFor();
  return { found, listed, disabled, undone, enabled, guarded, left, refusal, order, planned, tried, untouched, before, forced, breaks, resolved, unresolved, kept };
}
