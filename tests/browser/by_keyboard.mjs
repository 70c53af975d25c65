// SPDX-License-Identifier: GPL-2.0-or-later
// The main path without a mouse: sign in, an instance, a device in it, a rule moved.

// Tabs on until what has the focus is called so.
async function tabTo(page, name) {
  for (let presses = 0; presses < 80; presses++) {
    const now = await page.evaluate(() => {
      const element = document.activeElement;
      const label = element?.labels?.[0]?.textContent ?? "";
      return `${element?.getAttribute("aria-label") ?? ""}|${label}|${element?.textContent ?? ""}`;
    });
    if (now.split("|").some((text) => text.trim().startsWith(name))) return presses;
    await page.keyboard.press("Tab");
  }
  throw new Error(`the keyboard does not get to "${name}"`);
}

export default async function (person) {
  const { facts } = person;
  const page = await (await person.context()).newPage();
  const type = async (name, text) => {
    await tabTo(page, name);
    await page.keyboard.type(text);
  };
  const press = async (name, key = "Enter") => {
    await tabTo(page, name);
    await page.keyboard.press(key);
  };

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
  await tabTo(page, "Rule 3");
  for (const key of ["Space", "Home", "Space"]) await page.keyboard.press(key);
  await page.getByRole("dialog").getByText("What will change").waitFor();
  await tabTo(page, "Move");
  await page.keyboard.press("Enter");
  await page.getByText("The rule is number 1 now.").waitFor();
  return {};
}
