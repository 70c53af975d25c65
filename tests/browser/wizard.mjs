// SPDX-License-Identifier: GPL-2.0-or-later
// From the set-up link to a device in the VPN, as a person does it: counted in steps and seconds.

export default async function (person) {
  const { facts } = person;
  const context = await person.context();
  const page = await context.newPage();
  let steps = 0;
  const began = Date.now();
  const fill = async (label, text) => {
    steps++;
    await page.getByLabel(label, { exact: true }).fill(text);
  };
  const press = async (name) => {
    steps++;
    await page.getByRole("button", { name, exact: true }).click();
  };

  await page.goto(facts.link);
  await page.getByRole("heading", { name: "Welcome to Warren" }).waitFor();
  const found = await person.look(page, "owner");
  await fill("Your name", facts.name);
  await fill("Password", facts.password);
  await press("Create the account");

  await page.getByRole("heading", { name: "Where is this hub?" }).waitFor();
  found.push(...(await person.look(page, "hub")));
  await press("Continue");

  // Whoever loads the page again in the middle goes on where it was.
  const again = async (heading) => {
    await page.reload();
    await page.getByRole("heading", { name: heading }).waitFor();
    await page.getByRole("button", { name: "Skip this" }).waitFor();
  };

  await page.getByRole("heading", { name: "Your first instance" }).waitFor();
  await again("Your first instance");
  await fill("Name", facts.instance);
  await press("Make the instance");

  await page.getByRole("heading", { name: "Your first device" }).waitFor();
  await again("Your first device");
  found.push(...(await person.look(page, "device")));
  await fill("Name", facts.peer);
  await press("Make its profile");

  await page.locator(".qr").waitFor();
  await page.reload();
  await page.locator(".qr").waitFor();
  found.push(...(await person.look(page, "scan")));
  await page.getByText("Waiting for the first handshake").waitFor();
  const shown = Date.now();
  await person.ask("scan", { shot: await person.shot(page, "wizard-qr") });
  await page.getByText("your device is in the VPN").waitFor();
  await person.shot(page, "wizard-connected");
  const address = new URL(page.url());
  return { steps, seconds: (shown - began) / 1000, found, address: address.href };
}
