// SPDX-License-Identifier: GPL-2.0-or-later
// The main path without a mouse: sign in, an instance, a device in it, a rule moved.
import { keyboardOf } from "./keyboard.mjs";

export default async function (person) {
  const { facts } = person;
  const page = await (await person.context()).newPage();
  const { tabTo, keys, press, type } = keyboardOf(page);

  await page.goto("/");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await type("Name", facts.name);
  await type("Password", facts.password);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Overview" }).waitFor();

  await press("Instances");
  await page.getByRole("heading", { name: "Instances" }).waitFor();
  await press("Add instance");
  await page.getByRole("heading", { name: "Add instance" }).waitFor();
  await type("Name", facts.instance);
  await page.getByText("Names end with").waitFor(); // the hub has judged it
  await press("Add instance");
  await page.getByRole("heading", { name: facts.instance }).waitFor();

  await press("Add peer");
  await page.getByRole("heading", { name: "Add peer" }).waitFor();
  await type("Name", facts.peer);
  await page.getByText("Name in the VPN").waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".qr").waitFor();

  await page.goto(`/instances/${facts.ruled}/firewall`);
  await page.locator(".rule").first().waitFor();
  await tabTo("Rule 3");
  await keys("Space", "Home", "Space");
  await page.getByRole("dialog").getByText("What will change").waitFor();
  await tabTo("Move");
  await page.keyboard.press("Enter");
  await page.getByText("The rule is number 1 now.").waitFor();
  return {};
}
