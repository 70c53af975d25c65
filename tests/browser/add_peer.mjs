// SPDX-License-Identifier: GPL-2.0-or-later
// Peers added by a person: a site whose network another one has, with the hub's way out of it, and a device over
// OpenVPN with a link for its owner. Each profile is brought to a real device, and the page turns green by itself.
import { readFileSync } from "node:fs";

async function downloaded(page, button) {
  const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
}

export default async function (person) {
  const { facts } = person;
  const found = [];
  const page = await (await person.context({ bypassCSP: true, acceptDownloads: true })).newPage();
  const look = async (name, on = page) => {
    found.push(...(await person.look(on, name)));
    await person.shot(on, `add-${name}`);
  };
  await person.signIn(page);

  // a site: nothing is made of what the hub says no to
  await page.goto(`/instances/${facts.instance}/peers/new?type=site`);
  await page.getByLabel("Name", { exact: true }).fill("branch");
  await page.getByLabel("Network 1").fill("192.168.88.0/24");
  const add = page.getByRole("button", { name: "Add and show the profile" });
  const offer = page.getByRole("button", { name: /^Use 192\.168\.88\.0\/24=/ });
  await offer.waitFor();
  const refusal = await page.locator(".field-wrong").first().textContent();
  const guarded = await add.isDisabled();
  await look("overlap");
  await offer.click();
  await page.locator("dt", { hasText: "Others see" }).waitFor();
  const seenAs = await page.locator("dt", { hasText: "Others see" }).locator("+ dd").textContent();
  await look("mapped");
  await add.click();
  await page.getByRole("heading", { level: 1, name: "branch" }).waitFor();
  const files = {};
  const formats = page.getByRole("group", { name: "Format" }).getByRole("button");
  await formats.first().waitFor();
  for (const format of await formats.allTextContents()) {
    await page.getByRole("button", { name: format, exact: true }).click();
    await page.getByRole("button", { name: format, exact: true, pressed: true }).waitFor();
    files[format] = await downloaded(page, page.getByRole("button", { name: /^Download / }));
  }
  await page.getByText("Waiting for the first handshake").waitFor();
  await person.ask("bring_up", { peer: "branch", profile: files["WireGuard file"].text });
  await page.getByText("Connected.", { exact: false }).first().waitFor();
  const site = { refusal, guarded, seenAs, files, connected: await page.locator(".note[data-tone=ok]").first().textContent() };
  await look("green");

  // a device over OpenVPN
  await page.goto(`/instances/${facts.instance}/peers/new`);
  await page.getByLabel("Name", { exact: true }).fill("tablet");
  await page.getByLabel("OpenVPN", { exact: true }).check();
  await page.locator("dt", { hasText: "Name in the VPN" }).waitFor();
  await add.and(page.locator(":enabled")).click();
  await page.getByRole("heading", { level: 1, name: "tablet" }).waitFor();
  await page.getByText("Waiting for the first handshake").waitFor();
  await page.getByRole("button", { name: "Show a QR code" }).click();
  await page.locator(".qr").waitFor();
  const code = await person.ask("scan", { shot: await person.shot(page, "add-ovpn-qr") });
  const file = await downloaded(page, page.getByRole("button", { name: /^Download / }));

  // and a link for its owner, who has no account
  await page.getByRole("button", { name: "Make a link" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Make a link" }).and(page.locator(":enabled")).click();
  await dialog.getByText("The link is shown once.").waitFor();
  const url = (await dialog.locator("pre").first().textContent()).trim();
  await dialog.getByRole("button", { name: "Done" }).click();
  const stranger = await (await person.context({ bypassCSP: true })).newPage();
  await stranger.goto(url);
  await stranger.getByRole("button", { name: "Show my access" }).click();
  await stranger.getByRole("heading", { level: 1, name: "tablet" }).waitFor();
  const steps = {};
  for (const system of await stranger.locator(".system").allTextContents()) {
    await stranger.getByRole("button", { name: system.trim(), exact: true }).click();
    await stranger.getByRole("button", { name: system.trim(), exact: true, pressed: true }).waitFor();
    steps[system.trim()] = {
      steps: await stranger.locator(".numbered > li").count(),
      open: await stranger.getByRole("link", { name: "Import into OpenVPN Connect" }).evaluateAll((links) => links.map((each) => each.getAttribute("href"))),
    };
    await look(`link-${Object.keys(steps).length}`, stranger);
  }
  await person.ask("bring_up", { peer: "tablet", profile: file.text });
  await page.getByText("Connected.", { exact: false }).first().waitFor();

  // one whose time is over says so
  const late = await person.ask("late_link");
  await stranger.waitForTimeout(2500);
  await stranger.goto(late.url);
  await stranger.getByRole("button", { name: "Show my access" }).click();
  await stranger.getByRole("heading", { name: "This link's time is over" }).waitFor();
  await look("link-expired", stranger);
  return { found, site, code, file, url, steps };
}
