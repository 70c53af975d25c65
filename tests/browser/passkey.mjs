// SPDX-License-Identifier: GPL-2.0-or-later
// A passkey made and used, on a device that Chromium plays.

export default async function (person) {
  const { facts } = person;
  const found = [];
  const context = await person.context({ baseURL: facts.named, ignoreHTTPSErrors: false, bypassCSP: true });
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  await person.signIn(page);
  await page.goto("/account");
  await page.getByText("No passkeys yet.").waitFor();
  await page.getByRole("button", { name: "Add a passkey" }).click();
  const dialog = page.getByRole("dialog", { name: "Add a passkey" });
  await dialog.getByLabel("Name", { exact: true }).fill("laptop");
  found.push(...(await person.look(page, "passkey-add")));
  await dialog.getByRole("button", { name: "Make it" }).click();
  await page.getByText("The passkey “laptop” was added.").waitFor();
  // The device has one for this hub already.
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await dialog.getByLabel("Name", { exact: true }).fill("laptop again");
  await dialog.getByRole("button", { name: "Make it" }).click();
  await dialog.getByText("This device already has a passkey").waitFor();
  await page.keyboard.press("Escape");
  const { credentials } = await devtools.send("WebAuthn.getCredentials", { authenticatorId });
  await person.shot(page, "account-passkey");

  // Without a name and without a password.
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.getByRole("heading", { name: facts.name }).waitFor();
  const used = await page.getByText(/last used/).first().innerText();
  await page.goto("/sessions");
  await page.getByText("by passkey").first().waitFor();
  await page.goto("/account");
  await page.getByRole("button", { name: "Delete laptop" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("No passkeys yet.").waitFor();
  // It is of no use any more.
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.getByText("This passkey was not taken.").waitFor();
  found.push(...(await person.look(page, "passkey-refused")));
  return { found, used, credentials: credentials.map((each) => [each.rpId, each.isResidentCredential]) };
}
