// SPDX-License-Identifier: GPL-2.0-or-later
// One's own account: signing in again after a while, an authenticator app, recovery codes, a new password.
import { readFileSync } from "node:fs";
import { sizes } from "./sizes.mjs";
import { codeOf } from "./totp.mjs";

async function signInWith(page, facts, code) {
  await page.getByLabel("Name", { exact: true }).fill(facts.name);
  await page.getByLabel("Password", { exact: true }).fill(facts.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByLabel("Code", { exact: true }).fill(code);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

export default async function (person) {
  const { facts } = person;
  const found = [];
  const context = await person.context({ bypassCSP: true, acceptDownloads: true });
  const page = await context.newPage();
  const look = async (name) => {
    found.push(...(await person.look(page, name)));
    await person.shot(page, name);
  };
  await person.signIn(page);
  await page.goto("/account");
  await page.getByRole("button", { name: "Set up the app" }).waitFor();
  await page.getByText("Your password alone opens this hub").waitFor();

  // A while later.
  await person.ask("age");
  await page.goto("/account");
  await page.getByRole("button", { name: "Set up the app" }).click();
  const again = page.getByRole("dialog", { name: "Sign in again" });
  await again.getByLabel("Password", { exact: true }).fill("not the password at all");
  await again.getByRole("button", { name: "Sign in", exact: true }).click();
  await again.getByText("Name or password is not right.").waitFor();
  await look("sign-in-again");
  await again.getByLabel("Password", { exact: true }).fill(facts.password);
  await page.keyboard.press("Enter");

  const setUp = page.getByRole("dialog", { name: "Set up the app" });
  await setUp.locator(".qr").waitFor();
  await look("totp");
  const secret = (await setUp.locator("code").first().innerText()).trim();
  const scanned = await person.ask("scan", { shot: await person.shot(page, "totp-qr") });
  await page.setViewportSize(sizes.phone);
  await page.emulateMedia({ colorScheme: "dark" });
  await look("totp-phone-dark");
  await page.setViewportSize(sizes.wide);
  await page.emulateMedia({ colorScheme: "light" });
  const first = setUp.getByLabel("What does the app show now?");
  await first.fill("000000");
  await page.keyboard.press("Enter");
  await setUp.getByText("is not what the app should show now").waitFor();
  await first.fill(codeOf(secret, Date.now() - 30000));
  await page.keyboard.press("Enter");
  const kept = page.getByRole("dialog", { name: "Your recovery codes" });
  const codes = (await kept.locator("pre").innerText()).trim().split("\n");
  await look("recovery-codes");
  const [download] = await Promise.all([page.waitForEvent("download"), kept.getByRole("button", { name: "Download" }).click()]);
  const file = readFileSync(await download.path(), "utf8");
  await kept.getByRole("button", { name: "I have kept them" }).click();
  await page.getByText("10 recovery codes are left.").waitFor();

  // Signed out, and in again with the app's code; each code once.
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  const code = codeOf(secret);
  await signInWith(page, facts, "123456");
  await page.getByText("The code is not right").waitFor();
  await look("code-wrong");
  await page.getByLabel("Code", { exact: true }).fill(code);
  await page.keyboard.press("Enter");
  await page.getByText("10 recovery codes are left.").waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await signInWith(page, facts, codes[0]);
  await page.getByText("9 recovery codes are left.").waitFor();

  // A new password, with the present one wrong at first.
  await page.getByLabel("Present password").fill("what was it again");
  await page.getByLabel("New password").fill(facts.next);
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByText("is not right").waitFor();
  await page.getByLabel("Present password").fill(facts.password);
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByText("Your password was changed.").waitFor();

  await page.getByRole("button", { name: "Remove the app" }).click();
  const remove = page.getByRole("dialog");
  await remove.getByText("What will change").waitFor();
  await look("totp-remove");
  await remove.getByRole("button", { name: "Remove the app" }).click();
  await page.getByRole("button", { name: "Set up the app" }).waitFor();
  return { found, scanned, secret, codes, file };
}
