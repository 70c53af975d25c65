// SPDX-License-Identifier: GPL-2.0-or-later
// What is set for the whole hub: backups made, fetched, brought back and restored; a certificate brought; a machine
// updated, asked to restart, and not reset before its name is typed.
import path from "node:path";
import { sizes } from "./sizes.mjs";

async function backups(person, page, look) {
  const { facts } = person;
  const dialog = page.getByRole("dialog");
  const passphrase = async (text) => {
    await dialog.getByLabel("Passphrase", { exact: false }).first().fill(text);
    await dialog.getByLabel("The same once more").fill(text);
  };
  await page.goto("/settings/backups");
  await page.getByText("No backups on this hub").waitFor();
  await page.getByRole("button", { name: "Make a backup" }).click();
  await passphrase("short");
  const guarded = await dialog.getByRole("button", { name: "Make it" }).isDisabled();
  await passphrase(facts.passphrase);
  await look("backup-make");
  await dialog.getByRole("button", { name: "Make it" }).click();
  await page.getByText("The backup was made.").waitFor();
  await page.getByText("made by hand").waitFor();
  await look("backups");

  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  const download = await downloading;
  const file = path.join(facts.shots, "downloaded.backup");
  await download.saveAs(file);
  const opens = await person.ask("opens", { file });

  await page.getByRole("button", { name: "Set a passphrase" }).click();
  await passphrase(facts.passphrase);
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByText("scheduled", { exact: true }).waitFor(); // the first one is made at once
  await look("backups-scheduled");

  const remove = async (kind) => {
    await page.getByRole("listitem").filter({ hasText: kind }).getByRole("button", { name: /^Actions of the backup/ }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await dialog.getByRole("button", { name: "Delete", exact: true }).click();
    await dialog.waitFor({ state: "detached" });
  };
  await page.getByRole("button", { name: "Remove the passphrase" }).click();
  await dialog.getByRole("button", { name: "Remove", exact: true }).click();
  await page.getByText("The passphrase was removed.").waitFor();
  await remove("scheduled");
  await page.getByText("scheduled", { exact: true }).waitFor({ state: "detached" });
  await remove("made by hand");
  await page.getByText("No backups on this hub").waitFor();

  // From the file that was kept, after what it holds is gone.
  await person.ask("lose");
  await page.locator("input[type=file]").first().setInputFiles(file);
  await page.getByText("uploaded", { exact: true }).waitFor();
  await page.getByRole("button", { name: /^Actions of the backup/ }).click();
  await page.getByRole("menuitem", { name: "Restore" }).click();
  await dialog.getByLabel("Passphrase").fill("not the right one");
  await dialog.getByRole("button", { name: "Look into it" }).click();
  await dialog.getByRole("alert").waitFor();
  await dialog.getByLabel("Passphrase").fill(facts.passphrase);
  await dialog.getByRole("button", { name: "Look into it" }).click();
  const name = dialog.getByLabel(/^Type “/);
  await name.waitFor();
  await look("backup-restore");
  await name.fill((await dialog.locator("label", { hasText: "Type “" }).textContent()).replace(/^.*“(.*)”.*$/, "$1"));
  await dialog.getByRole("button", { name: "Restore", exact: true }).click();
  await page.getByText("The backup was restored.").waitFor();
  const { there } = await person.ask("is_there");
  return { guarded, opens, there };
}

async function certificate(person, page, look) {
  const { facts } = person;
  await page.goto("/settings/certificate");
  await page.getByText("made by the hub itself").waitFor();
  const before = await page.locator("main code", { hasText: /^([0-9A-F]{2}:){31}/ }).textContent();
  await look("certificate");
  await page.getByRole("button", { name: "Bring a certificate" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Certificate and chain").fill(facts.chain);
  await dialog.getByLabel("Private key").fill("no key at all");
  await dialog.locator(".field-wrong").waitFor();
  await dialog.locator("input[type=file]").nth(1).setInputFiles(facts.key);
  await dialog.getByText("What will change").waitFor();
  await look("certificate-import");
  await dialog.getByRole("button", { name: "Use it" }).click();
  await page.getByText("The certificate is in use.").waitFor();
  await page.getByText("brought by an admin").waitFor();
  const after = await page.locator("main code", { hasText: /^([0-9A-F]{2}:){31}/ }).textContent();
  return { before, after };
}

// An authority's, from its settings to one that is shown, ordered once more, refused in words; and back to the hub's own.
async function authority(person, page, look) {
  const { facts } = person;
  const dialog = page.getByRole("dialog");
  await page.goto("/settings/certificate");
  await page.getByText("made by the hub itself").waitFor();
  const set = async (key, value) => {
    await page.getByRole("button", { name: `Change acme.${key}` }).click();
    await dialog.getByLabel("Value").fill(value);
    await dialog.getByRole("button", { name: "Save" }).and(page.locator(":enabled")).click();
    await dialog.waitFor({ state: "detached" });
  };
  await set("directory", facts.directory);
  await set("terms_agreed", "yes");
  const offered = await page.getByRole("button", { name: "Order now" }).count();
  await set("enabled", "yes");
  // Nobody asks for it, and nobody loads the page again.
  await page.locator(".dot", { hasText: "in use" }).waitFor({ timeout: 60000 });
  await page.locator("dd", { hasText: "CN=Test Authority" }).waitFor();
  const first = await person.ask("shown");
  await look("acme-issued");
  const order = async () => {
    await page.getByRole("button", { name: "Order now" }).click();
    await dialog.getByRole("heading", { name: `Order a certificate for ${facts.ordered}?` }).waitFor();
    await dialog.getByRole("button", { name: "Order now" }).and(page.locator(":enabled")).click();
    await page.getByText("It is being ordered.").first().waitFor();
  };
  await order();
  const second = await person.ask("another", { than: first.digest });
  await page.locator(".dot", { hasText: "in use" }).waitFor({ timeout: 60000 });
  await person.ask("fault", { fault: "rate" });
  await order();
  await page.locator(".dot", { hasText: "failed" }).waitFor({ timeout: 60000 });
  const reason = await page.locator(".note[data-tone=bad]").first().textContent();
  await look("acme-failed");
  await page.goto("/");
  await page.locator(".concern", { hasText: "The authority gave no certificate" }).getByRole("link").click();
  await set("enabled", "no");
  await page.getByRole("button", { name: "Back to the hub's own" }).click();
  await dialog.getByText("What will change").waitFor();
  await look("tls-back");
  await dialog.getByRole("button", { name: "Back to the hub's own" }).click();
  await page.getByText("The hub shows a certificate of its own.").waitFor();
  await page.locator("dd", { hasText: "made by the hub itself" }).waitFor();
  return { offered, first, second, reason };
}

// Into an update by a person: the page says what it waits for, outlives the restart, and shows the trial.
async function restart(person, page, look) {
  const { facts } = person;
  const dialog = page.getByRole("dialog");
  await page.goto("/settings/machine");
  await page.locator("input[type=file]").setInputFiles(facts.bundle);
  await page.getByText("Version 9.9.9 is in slot B.").waitFor();
  await page.getByRole("button", { name: "Restart into it" }).click();
  await dialog.getByText("All tunnels stand still").waitFor();
  await dialog.getByRole("button", { name: "Restart into it" }).click();
  await page.getByText("The machine starts again, with version 9.9.9 in slot B.").waitFor();
  await look("machine-reboots");
  await person.ask("go_down");
  await page.getByText("The hub does not answer").waitFor();
  await look("machine-away");
  await person.ask("come_up");
  await page.getByText("Version 9.9.9 in slot B is on trial.").waitFor({ timeout: 60000 });
  await page.getByText("It waits for: ").waitFor({ timeout: 60000 });
  const trial = await page.locator(".note", { hasText: "is on trial" }).textContent();
  await look("machine-trial");
  // What is changed now is refused, with the reason.
  await page.goto("/users");
  await page.getByRole("button", { name: "Add a user" }).first().click();
  await dialog.getByLabel("Name", { exact: true }).fill("ada");
  await dialog.getByText("on trial until").waitFor();
  await look("trial-refuses");
  await page.keyboard.press("Escape");
  await page.goto("/settings/machine");
  await page.getByRole("button", { name: "Keep it" }).click();
  await dialog.getByRole("button", { name: "Keep it" }).click();
  await page.getByText("No update is on its way.").waitFor();
  return { trial };
}

async function machine(person, page, look) {
  const { facts } = person;
  const dialog = page.getByRole("dialog");
  await page.goto("/settings");
  await page.getByRole("link", { name: "Certificate" }).waitFor();
  const hidden = (await page.getByRole("link", { name: "Machine" }).count()) === 0;
  await person.ask("become_appliance");
  await page.goto("/settings/machine");
  await page.getByText("it is kept").waitFor();
  await look("machine");
  await page.locator("input[type=file]").setInputFiles(facts.torn);
  await page.getByRole("alert").waitFor();
  await page.locator("input[type=file]").setInputFiles(facts.bundle);
  await page.getByText("Version 9.9.9 is in slot B.").waitFor();
  await look("machine-installed");
  await page.getByRole("button", { name: "Go back" }).click();
  await dialog.getByRole("button", { name: "Go back" }).click();
  await page.getByText("No update is on its way.").waitFor();
  await page.getByRole("button", { name: "Restart", exact: true }).click();
  await dialog.getByRole("button", { name: "Restart" }).click();
  await page.getByText("The machine does it now.").waitFor();
  await page.getByRole("button", { name: "Factory reset" }).click();
  await dialog.getByLabel(/^Type “/).fill("something else");
  const guarded = await dialog.getByRole("button", { name: "Factory reset" }).isDisabled();
  await look("machine-reset");
  await page.keyboard.press("Escape");
  return { hidden, guarded };
}

const parts = { backups, certificate, authority, machine, restart };

export default async function (person) {
  const found = [];
  const page = await (await person.context({ bypassCSP: true, acceptDownloads: true })).newPage();
  await person.signIn(page);
  const look = async (name) => {
    for (const [size, colorScheme] of [["wide", "light"], ["wide", "dark"], ["phone", "light"]]) {
      await page.setViewportSize(sizes[size]);
      await page.emulateMedia({ colorScheme });
      const shown = `hub-${name}-${size}-${colorScheme}`;
      found.push(...(await person.look(page, shown)));
      await person.shot(page, shown);
    }
    await page.setViewportSize(sizes.wide);
  };
  return { ...(await parts[person.facts.part](person, page, look)), found };
}
