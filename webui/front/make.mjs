// SPDX-License-Identifier: GPL-2.0-or-later
// node make.mjs OUTPUT.c DEPFILE FOLDER EMBED...: installs the packages that the lock file names, bundles the page into
// the folder, has the command EMBED OUTPUT.c FOLDER write it as C, and says for ninja what that depends on.
import { spawnSync } from "node:child_process";
import { readdir, writeFile } from "node:fs/promises";
import path from "node:path";

import { bundle, front } from "./tools/bundle.mjs";
import { install } from "./tools/packages.mjs";

const [output, depfile, folder, ...embed] = process.argv.slice(2);
if (embed.length === 0) {
  console.error("usage: node make.mjs OUTPUT.c DEPFILE FOLDER EMBED...");
  process.exit(2);
}

const own = ["make.mjs", "package.json", "package-lock.json", "tsconfig.json"];
const tools = (await readdir(path.join(front, "tools"))).map((name) => `tools/${name}`);

await install(front);
const read = await bundle(path.resolve(folder));
const embedded = spawnSync(embed[0], [...embed.slice(1), output, path.resolve(folder)], { stdio: "inherit" });
if (embedded.status !== 0) process.exit(1);
const needed = [...own, ...tools, ...read].map((name) => path.join(front, name).replaceAll(" ", "\\ "));
await writeFile(depfile, `${output}: ${needed.join(" \\\n  ")}\n`);
