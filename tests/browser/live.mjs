// SPDX-License-Identifier: GPL-2.0-or-later
// An instance while something happens in it: its steps as it gets ready, its picture while packets flow, rules that
// count, charts from the hour to two years.

async function readiness(person, page) {
  const { facts } = person;
  await page.goto("/instances/new");
  await page.getByLabel("Name", { exact: true }).fill(facts.slow);
  await page.getByText("Names end with").waitFor();
  await person.ask("stop"); // nobody makes a network for it
  await page.getByRole("button", { name: "Add instance" }).click();
  await page.getByRole("heading", { level: 1, name: facts.slow }).waitFor();
  const steps = page.locator(".steps li");
  const said = async () => (await steps.allTextContents()).map((text) => text.replaceAll(/\s+/g, " "));
  await steps.first().waitFor();
  const before = await said();
  await person.shot(page, "readiness-before");
  await person.ask("go_on");
  await page.waitForFunction(() => [...document.querySelectorAll(".steps [data-tone]")].length === 6 && document.querySelectorAll('.steps [data-tone="ok"]').length === 6);
  await page.locator(".page-title .dot", { hasText: "Active" }).waitFor();
  return { before, after: await said() };
}

async function picture(person, page) {
  const { facts } = person;
  await page.goto(`/instances/${facts.instance}`);
  const box = (name) => page.getByRole("link", { name: new RegExp(`^${name}, `) });
  await box("laptop").waitFor();
  const office = await box("office").textContent();
  await page.locator(".wire[data-flows=true]").nth(1).waitFor();
  await box("laptop").locator(".picture-flow").waitFor();
  const flow = await box("laptop").locator(".picture-flow").textContent();
  const guest = await box("guest").getAttribute("data-state");
  const now = await page.locator(".figure", { hasText: "Received now" }).textContent();
  await person.shot(page, "picture-flows");
  // Somebody takes the laptop out: the picture knows without being asked.
  await person.ask("disable");
  await page.locator('.picture-peer[data-state="disabled"]', { hasText: "laptop" }).waitFor();
  await person.ask("enable");
  await page.locator('.picture-peer[data-state="connected"]', { hasText: "laptop" }).waitFor();
  return { office, flow, guest, now };
}

async function counters(person, page) {
  await page.goto(`/instances/${person.facts.instance}/firewall`);
  const hits = async () => Number((await page.locator(".rule").first().locator(".hits").textContent()).replaceAll(/\D/g, ""));
  await page.locator(".rule").first().waitFor();
  const before = await hits();
  await person.ask("connect"); // a flow of its own, which the first rule lets in
  await page.waitForFunction((than) => Number(document.querySelector(".rule .hits").textContent.replaceAll(/\D/g, "")) > than, before);
  return { before, after: await hits() };
}

const spans = ["Hour", "Day", "14 days", "90 days", "2 years"];

async function charts(person, page, where) {
  await page.goto(where);
  const seen = {};
  for (const span of spans) {
    await page.getByRole("button", { name: span, exact: true }).click();
    const chart = page.locator(".chart canvas");
    await chart.waitFor();
    await page.getByRole("button", { name: span, exact: true, pressed: true }).waitFor();
    // Something is drawn in the colour of what was received, or of what was sent where it lies upon it.
    await page.waitForFunction(() => {
      const canvas = document.querySelector(".chart canvas");
      const probe = document.createElement("canvas").getContext("2d");
      const colours = ["--chart-1", "--chart-2"].map((name) => {
        probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
        probe.fillRect(0, 0, 1, 1);
        return [...probe.getImageData(0, 0, 1, 1).data];
      });
      const pixels = canvas?.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      const near = (at, [red, green, blue]) => Math.abs(pixels[at] - red) + Math.abs(pixels[at + 1] - green) + Math.abs(pixels[at + 2] - blue) < 30;
      for (let at = 0; at < pixels.length; at += 4) if (pixels[at + 3] > 200 && colours.some((colour) => near(at, colour))) return true;
      return false;
    });
    seen[span] = (await page.locator(".u-legend").textContent()).replaceAll(/\s+/g, " ");
  }
  return seen;
}

export default async function (person) {
  const { facts } = person;
  const page = await (await person.context({ timezoneId: "UTC" })).newPage();
  await person.signIn(page);
  const ready = await readiness(person, page);
  const drawn = await picture(person, page);
  const counted = await counters(person, page);
  await person.ask("minute"); // until what flowed is told by the minute
  const base = `/instances/${facts.instance}`;
  const asked = [];
  page.on("request", (request) => request.url().includes("/traffic?") && asked.push(new URL(request.url()).search));
  const whole = await charts(person, page, `${base}/traffic`);
  await person.shot(page, "charts-instance");
  const one = await charts(person, page, `${base}/peers/${facts.peer}`);
  await page.goto("/");
  const figure = page.locator(".figure", { hasText: "Received now" });
  await figure.getByText(/bit\/s/).waitFor();
  await person.shot(page, "overview-traffic");
  return { ready, drawn, counted, whole, one, asked, now: await figure.textContent() };
}
