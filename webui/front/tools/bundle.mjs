// SPDX-License-Identifier: GPL-2.0-or-later
// Bundles the page into a folder: index.html, and in assets/ what it loads, each named after its contents.
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const front = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");

const languages = ["en", "de"];
const texts = ["en", "de", "hub-de"];
const script = /main-[^/]*\.js$/;
const style = /main-[^/]*\.css$/;

function fileOf(outputs, pattern) {
  const found = outputs.find((name) => pattern.test(name));
  if (!found) throw new Error(`nothing like ${pattern} was bundled`);
  return path.posix.join("/assets", path.basename(found));
}

async function write(folder, name, extension, data) {
  const digest = createHash("sha256").update(data).digest("hex").slice(0, 8).toUpperCase();
  const file = `/assets/${name}-${digest}.${extension}`;
  await writeFile(path.join(folder, file), data);
  return file;
}

// A file of texts as data: what it exports.
async function exportsOf(name) {
  const { transform } = await import("esbuild");
  const source = await readFile(path.join(front, `src/texts/${name}.ts`), "utf8");
  const { code } = await transform(source, { loader: "ts", format: "esm" });
  return import(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`);
}

// A catalogue: each export of its file is named after the language. What the hub says is translated beside it.
export async function textsOf(name) {
  const texts = (await exportsOf(name))[name];
  return name === "en" ? texts : { ...texts, sayings: (await exportsOf(`hub-${name}`)).sayings };
}

// Answers what it read, below the front end's folder.
export async function bundle(folder, { minify = true } = {}) {
  const { build } = await import("esbuild");
  await rm(folder, { recursive: true, force: true });
  await mkdir(path.join(folder, "assets"), { recursive: true });
  const done = await build({
    absWorkingDir: front,
    entryPoints: { main: "src/main.tsx" },
    outdir: path.join(folder, "assets"),
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    target: ["es2021", "chrome109", "firefox115", "safari16"],
    jsx: "automatic",
    jsxImportSource: "preact",
    minify,
    legalComments: "none",
    charset: "utf8",
    metafile: true,
    logLevel: "warning",
  });
  const outputs = Object.keys(done.metafile.outputs);
  const files = {
    script: fileOf(outputs, script),
    style: fileOf(outputs, style),
    icon: await write(folder, "icon", "svg", await readFile(path.join(front, "src/icon.svg"))),
  };
  for (const name of languages) files[`texts-${name}`] = await write(folder, `texts-${name}`, "json", JSON.stringify(await textsOf(name)));
  const page = await readFile(path.join(front, "src/index.html"), "utf8");
  await writeFile(path.join(folder, "index.html"), page.replace(/\{([a-z-]+)\}/g, (_, name) => files[name]));
  return [...Object.keys(done.metafile.inputs), "src/index.html", "src/icon.svg", ...texts.map((name) => `src/texts/${name}.ts`)];
}
