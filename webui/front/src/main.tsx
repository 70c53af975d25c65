// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Warren's page.
 *
 *   lib/     what has no looks: API, events, session, router, texts, figures
 *   ui/      parts that pages are made of: buttons, fields, dialogs, tables, ask.tsx for every change
 *   shell/   navigation, sign-in, what stands around a page
 *   pages/   a folder for each page
 *   texts/   every text, in English and in German: a test refuses any other
 *   style/   tokens.css (colours, sizes), then what is made of them
 *
 * How a page is added:
 *   1. pages/NAME/NAME.tsx exports a component that takes the path's parameters and draws <Page title=...>.
 *   2. A row in pages/index.ts: its path, the component, the role that it is for.
 *   3. If it stands in the navigation: a row in shell/nav.tsx.
 *   4. Its texts in texts/en.ts and texts/de.ts; its own looks, if any, in style/pages.css.
 *   5. What it shows comes from useResource() (which says by which events it changes); what it does goes through
 *      askFor() (ui/ask.tsx), or through a form with useDryRun() (ui/form.tsx): both say first what will change.
 */
import { render } from "preact";
import { beginAgain } from "./lib/again";
import { beginLanguage } from "./lib/i18n";
import { beginLink } from "./lib/link";
import { beginRouter } from "./lib/router";
import { beginSession } from "./lib/session";
import { beginTheme } from "./lib/theme";
import { App } from "./shell/app";
import "./style/main.css";
import "uplot/dist/uPlot.min.css";

async function begin(): Promise<void> {
  beginTheme();
  beginRouter();
  beginLink();
  beginAgain();
  beginSession(); // asks while the texts come
  await beginLanguage();
  const root = document.getElementById("app");
  if (root) render(<App />, root);
}

void begin();
