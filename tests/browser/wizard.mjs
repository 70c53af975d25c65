// SPDX-License-Identifier: GPL-2.0-or-later
// From the set-up link to a device in the VPN, as a person does it: counted in steps and seconds.
import { sizes } from "./sizes.mjs";

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
  const found = [];
  // Nobody waits for these: their time is not a person's.
  let looking = 0;
  const look = async (name) => {
    const from = Date.now();
    for (const [size, colorScheme] of [["wide", "light"], ["wide", "dark"], ["phone", "light"], ["phone", "dark"]]) {
      await page.setViewportSize(sizes[size]);
      await page.emulateMedia({ colorScheme });
      found.push(...(await person.look(page, `${name}, ${size}, ${colorScheme}`)));
      await person.shot(page, `wizard-${name}-${size}-${colorScheme}`);
    }
    await page.setViewportSize(sizes.wide);
    await page.emulateMedia({ colorScheme: "light" });
    looking += Date.now() - from;
  };
  await look("owner");
  await fill("Your name", facts.name);
  await fill("Password", facts.password);
  await press("Create the account");

  await page.getByRole("heading", { name: "Where is this hub?" }).waitFor();
  await look("hub");
  await fill("Region", facts.region);
  await fill("Public name or address", facts.reached);
  await press("Continue");

  // Whoever loads the page again in the middle goes on where it was.
  const again = async (heading) => {
    await page.reload();
    await page.getByRole("heading", { name: heading }).waitFor();
    await page.getByRole("button", { name: "Skip this" }).waitFor();
  };

  await page.getByRole("heading", { name: "Your first instance" }).waitFor();
  await again("Your first instance");
  await look("instance");
  await fill("Name", facts.instance);
  await press("Make the instance");

  await page.getByRole("heading", { name: "Your first device" }).waitFor();
  await again("Your first device");
  await look("device");
  await fill("Name", facts.peer);
  await press("Make its profile");

  await page.locator(".qr").waitFor();
  await page.reload();
  await page.locator(".qr").waitFor();
  await look("scan");
  await page.getByText("Waiting for the first handshake").waitFor();
  await person.ask("scan", { shot: await person.shot(page, "wizard-qr") });
  await page.getByText("your device is in the VPN").waitFor();
  const seconds = (Date.now() - began - looking) / 1000;
  await person.shot(page, "wizard-connected");
  return { steps, seconds, found, address: page.url() };
}
