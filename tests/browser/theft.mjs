// SPDX-License-Identifier: GPL-2.0-or-later
// What another site can do to somebody who is signed in, and what a script could take: nothing.

export default async function (person) {
  const context = await person.context();
  const page = await context.newPage();
  await person.signIn(page);
  const cookies = await page.evaluate(() => document.cookie);
  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
  const [cookie] = await context.cookies();

  const other = await context.newPage();
  const answers = [];
  other.on("response", (response) => response.url().includes("/api/") && answers.push(response.status()));
  await other.goto(person.facts.elsewhere);
  await other.evaluate(async (url) => {
    const attempts = [
      fetch(`${url}/api/v1/instances`, { method: "POST", credentials: "include", mode: "no-cors", headers: { "content-type": "text/plain" }, body: '{"name":"stolen","hostname":"stolen"}' }),
      fetch(`${url}/api/v1/instances`, { credentials: "include" }),
    ];
    await Promise.allSettled(attempts);
    const form = document.createElement("form");
    form.method = "POST";
    form.action = `${url}/api/v1/instances`;
    form.enctype = "text/plain";
    form.innerHTML = `<input name='{"name":"stolen","hostname":"stolen","x":"' value='"}'>`;
    document.body.append(form);
    form.submit();
  }, person.facts.url);
  await other.waitForTimeout(1500);

  // Ended elsewhere: the page that is open is out at its next step.
  await person.ask("end_sessions");
  await page.goto("/instances");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  return { cookies, kept, cookie, answers };
}
