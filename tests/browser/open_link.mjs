// SPDX-License-Identifier: GPL-2.0-or-later
// A person without an account, with a one-time link: on a phone, then next to one, then too often.
import { sizes } from "./sizes.mjs";

const iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";

async function open(page) {
  await page.getByRole("button", { name: "Show my access", exact: true }).click();
}

export default async function (person) {
  const { link } = person.facts;
  const found = [];
  const phone = await person.context({ viewport: sizes.phone, hasTouch: true, userAgent: iphone, bypassCSP: true });
  const asked = [];
  phone.on("request", (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
  const onPhone = await phone.newPage();
  // Looking at it costs nothing.
  await onPhone.goto(link);
  await onPhone.getByRole("heading", { name: "Your access to the VPN" }).waitFor();
  await onPhone.goto(link);
  await onPhone.getByRole("heading", { name: "Your access to the VPN" }).waitFor();
  found.push(...(await person.look(onPhone, "link, phone")));
  const before = asked.filter((each) => each.includes("/links/open")).length;
  await open(onPhone);
  // It has a PIN.
  const pin = onPhone.getByLabel("PIN", { exact: true });
  await pin.fill("0000");
  await open(onPhone);
  await onPhone.getByText("4 more tries").waitFor();
  found.push(...(await person.look(onPhone, "wrong PIN, phone")));
  await pin.fill(person.facts.pin);
  await open(onPhone);
  await onPhone.getByRole("heading", { name: person.facts.peer, exact: true }).waitFor();
  const chosen = await onPhone.getByRole("button", { pressed: true }).innerText();
  const [download] = await Promise.all([onPhone.waitForEvent("download"), onPhone.getByRole("button", { name: "Download the file" }).click()]);
  const file = await person.shot(onPhone, "link-opened-phone");
  found.push(...(await person.look(onPhone, "opened link, phone")));
  await phone.close();

  // Beside the phone: the code is on the screen.
  const wide = await person.context({ bypassCSP: true, colorScheme: "dark" });
  const onWide = await wide.newPage();
  await onWide.goto(link);
  await open(onWide);
  await onWide.getByLabel("PIN", { exact: true }).fill(person.facts.pin);
  await open(onWide);
  await onWide.getByRole("heading", { name: person.facts.peer, exact: true }).waitFor();
  found.push(...(await person.look(onWide, "opened link, wide")));
  const code = await person.shot(onWide, "link-opened-wide");
  const pings = await person.ask("scan", { shot: code });

  // Once too often, and one that never was.
  await onWide.goto(link);
  await open(onWide);
  await onWide.getByRole("heading", { name: "This link was used up" }).waitFor();
  found.push(...(await person.look(onWide, "link used up")));
  await person.shot(onWide, "link-used-up");
  await onWide.goto(`/get/${"a".repeat(32)}`);
  await open(onWide);
  await onWide.getByRole("heading", { name: "There is no such link" }).waitFor();
  await wide.close();
  return { found, before, chosen, pings, file, name: download.suggestedFilename(), asked };
}
