// SPDX-License-Identifier: GPL-2.0-or-later
// node make.mjs OUTPUT.c DEPFILE FOLDER: installs the packages that the lock file names, bundles the page into the
// folder, writes it as C and what that depends on for ninja.
import { readdir, writeFile } from "node:fs/promises";
import path from "node:path";

import { bundle, front } from "./tools/bundle.mjs";
import { embed } from "./tools/embed.mjs";
import { install } from "./tools/packages.mjs";

const [output, depfile, folder] = process.argv.slice(2);
if (!folder) {
  console.error("usage: node make.mjs OUTPUT.c DEPFILE FOLDER");
  process.exit(2);
}

const own = ["make.mjs", "package.json", "package-lock.json", "tsconfig.json"];
const tools = (await readdir(path.join(front, "tools"))).map((name) => `tools/${name}`);

await install(front);
const read = await bundle(path.resolve(folder));
await writeFile(output, await embed(path.resolve(folder)));
const needed = [...own, ...tools, ...read].map((name) => path.join(front, name).replaceAll(" ", "\\ "));
await writeFile(depfile, `${output}: ${needed.join(" \\\n  ")}\n`);
