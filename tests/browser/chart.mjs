// SPDX-License-Identifier: GPL-2.0-or-later
// A chart of a day that went by: its legend says what is newest before anybody points at anything.
import { sizes } from "./sizes.mjs";

const step = 3600;
const hours = 24;

export default async function (person) {
  const found = [];
  const page = await (await person.context({ bypassCSP: true, timezoneId: "UTC" })).newPage();
  await page.route(/\/api\/v1\/traffic\?/, (route) => {
    const bytes = (at) => Math.round((2 + Math.sin(at / 3)) * 1e9);
    const from = "2026-01-01T00:00:00Z";
    const rx = Array.from({ length: hours }, (_, at) => bytes(at));
    route.fulfill({ json: { span: "day", step, from, rx, tx: rx.map((each) => each / 4) } });
  });
  await person.signIn(page);
  await page.goto(`/instances/${person.facts.instance}/traffic`);
  await page.locator(".u-legend").waitFor();
  const legend = (await page.locator(".u-legend").textContent()).replaceAll(/\s+/g, " ");
  for (const [size, colorScheme] of [["wide", "light"], ["phone", "dark"]]) {
    await page.setViewportSize(sizes[size]);
    await page.emulateMedia({ colorScheme });
    const shown = `chart-${size}-${colorScheme}`;
    found.push(...(await person.look(page, shown)));
    await person.shot(page, shown, { fullPage: false });
  }
  return { found, legend };
}
