// SPDX-License-Identifier: GPL-2.0-or-later
// Writes the bundled files, compressed, as the C table that webui/asset.h declares.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";

const mediaTypes = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
};

async function listFiles(folder, below = "") {
  const entries = await readdir(path.join(folder, below), { withFileTypes: true });
  const lists = entries.map((entry) => {
    const name = path.posix.join(below, entry.name);
    return entry.isDirectory() ? listFiles(folder, name) : [name];
  });
  return (await Promise.all(lists)).flat().sort();
}

function bytes(data) {
  const lines = [];
  for (let i = 0; i < data.length; i += 24) lines.push(`    ${[...data.subarray(i, i + 24)].join(",")},`);
  return lines.join("\n");
}

// Text of the C file. What lies in assets/ is named after its contents: it may be kept for ever.
export async function embed(folder) {
  const names = await listFiles(folder);
  const arrays = [];
  const rows = [];
  for (const [number, name] of names.entries()) {
    const plain = await readFile(path.join(folder, name));
    const data = gzipSync(plain, { level: 9 });
    const mediaType = mediaTypes[path.extname(name)];
    if (!mediaType) throw new Error(`${name}: of no known media type`);
    const etag = createHash("sha256").update(plain).digest("hex").slice(0, 16);
    const immutable = name.startsWith("assets/");
    arrays.push(`static const uint8_t data_${number}[] = {\n${bytes(data)}\n};`);
    rows.push(
      `    {"/${name}", "${mediaType}", data_${number}, sizeof data_${number}, "\\"${etag}\\"", ${immutable}},`,
    );
  }
  return `/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Made by webui/front/make.mjs: not to be edited. */
#include "webui/asset.h"

${arrays.join("\n\n")}

const struct asset asset_table[] = {
${rows.join("\n")}
};

const size_t asset_count = sizeof asset_table / sizeof *asset_table;
`;
}
