// SPDX-License-Identifier: GPL-2.0-or-later
// The front end's unit tests: types checked, then each *.test.ts bundled and given to node's own test runner.
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const front = path.resolve(here, "../../../../webui/front");
const { install } = await import(path.join(front, "tools/packages.mjs"));
await install(front);
const require = createRequire(path.join(front, "package.json"));

function run(...words) {
  return spawnSync(process.execPath, words, { cwd: front, stdio: "inherit" }).status === 0;
}

const typed = run(require.resolve("typescript/bin/tsc"), "--noEmit");
console.log(typed ? "types: all fit" : "types: some do not fit");

const folder = await mkdtemp(path.join(tmpdir(), "front-"));
const names = (await readdir(here)).filter((name) => name.endsWith(".test.ts"));
await require("esbuild").build({
  entryPoints: names.map((name) => path.join(here, name)),
  outdir: folder,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node18",
  jsx: "automatic",
  jsxImportSource: "preact",
  nodePaths: [path.join(front, "node_modules")],
  external: ["typescript", "esbuild"],
  define: { FRONT: JSON.stringify(front) },
  logLevel: "warning",
});
const passed = run("--test", "--test-reporter=tap", ...names.map((name) => path.join(folder, name.replace(/\.ts$/, ".mjs"))));
await rm(folder, { recursive: true });
process.exit(typed && passed ? 0 : 1);
