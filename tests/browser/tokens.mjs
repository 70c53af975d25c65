// SPDX-License-Identifier: GPL-2.0-or-later
// A token shown once, used and deleted; sessions elsewhere ended; too many wrong passwords.
import { sizes } from "./sizes.mjs";

export default async function (person) {
  const { facts } = person;
  const found = [];
  const page = await (await person.context({ bypassCSP: true })).newPage();
  const look = async (name) => {
    found.push(...(await person.look(page, name)));
    await person.shot(page, name);
  };
  await person.signIn(page);
  await page.goto("/tokens");
  await page.getByRole("button", { name: "Make a token" }).click();
  const dialog = page.getByRole("dialog", { name: "Make a token" });
  await dialog.getByLabel("Name", { exact: true }).fill("monitoring");
  await dialog.getByLabel("Network 1").fill("198.51.100.7/24");
  await dialog.getByText("is not written as its network address").waitFor();
  await dialog.getByRole("button", { name: "Use 198.51.100.0/24" }).click();
  await dialog.getByLabel("Some instances").check();
  await dialog.getByLabel(facts.instance).check();
  await look("token-add");
  await page.setViewportSize(sizes.phone);
  await page.emulateMedia({ colorScheme: "dark" });
  await look("token-add-phone-dark");
  await page.setViewportSize(sizes.wide);
  await page.emulateMedia({ colorScheme: "light" });
  await dialog.getByRole("button", { name: "Make a token" }).click();
  const made = page.getByRole("dialog", { name: "Token “monitoring”" });
  const token = (await made.locator("pre").first().innerText()).trim();
  await look("token-made");
  await made.getByRole("button", { name: "Done" }).click();
  await page.getByRole("row", { name: /monitoring/ }).waitFor();
  const shownAgain = (await page.content()).includes(token);
  const before = await person.ask("use", { token });
  await look("tokens-one");
  await page.getByRole("button", { name: "Delete monitoring" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("No tokens yet").waitFor();
  const after = await person.ask("use", { token });

  // Two more are signed in as the same one; the list knows without being asked again.
  await page.goto("/sessions");
  await page.getByText("this one").waitFor();
  const others = [];
  for (let count = 0; count < 2; count++) {
    const other = await (await person.context()).newPage();
    await person.signIn(other);
    others.push(other);
  }
  await page.getByRole("button", { name: "End", exact: true }).nth(1).waitFor();
  await look("sessions-three");
  await page.getByRole("button", { name: "End", exact: true }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: "End", exact: true }).click();
  await page.getByText("The session has ended.").waitFor();
  const third = await (await person.context()).newPage();
  await person.signIn(third);
  await page.getByRole("button", { name: "End", exact: true }).nth(1).waitFor();
  await page.getByRole("button", { name: "End all others" }).click();
  await look("sessions-end");
  await page.getByRole("dialog").getByRole("button", { name: "End all others" }).click();
  await page.getByText("2 sessions have ended.").waitFor();
  // Their pages say so by themselves, and go on where they were.
  for (const other of [...others, third]) await other.getByText("Your session has ended.").waitFor();
  await page.getByText("this one").waitFor();

  // A wait of a moment ends by itself, a longer one is told.
  const longer = third.getByText(/Too many wrong tries\..*([3-9]|\d\d) s/);
  for (let count = 0; count < 12; count++) {
    await third.getByLabel("Name", { exact: true }).fill("nobody");
    await third.getByLabel("Password", { exact: true }).fill(`a guess, number ${count}`);
    await third.getByRole("button", { name: "Sign in", exact: true }).click();
    await third.getByRole("alert").waitFor();
    await third.waitForTimeout(300);
    if (await longer.first().isVisible()) break;
    await third.getByRole("button", { name: "Sign in", exact: true }).and(third.locator(":enabled")).waitFor();
    if (await longer.first().isVisible()) break;
  }
  await longer.first().waitFor();
  const waits = await third.getByRole("button", { name: "Sign in", exact: true }).isDisabled();
  await person.shot(third, "sign-in-wait");
  await third.getByText("The wait is over: try again.").waitFor();
  return { found, token, shownAgain, before, after, waits };
}
