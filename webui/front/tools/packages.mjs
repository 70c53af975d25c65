// SPDX-License-Identifier: GPL-2.0-or-later
// node_modules as the lock file says: asks the registry only when the lock file is another one than last time.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";

export async function install(folder) {
  const stamp = path.join(folder, "node_modules/.installed-from");
  const lock = await readFile(path.join(folder, "package-lock.json"));
  const wanted = createHash("sha256").update(lock).digest("hex");
  const have = await readFile(stamp, "utf8").catch(() => "");
  if (have === wanted) return;
  const done = spawnSync("npm", ["ci", "--ignore-scripts"], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  if (done.status !== 0) throw new Error(`npm ci in ${folder} failed: it needs the npm registry once`);
  await writeFile(stamp, wanted);
}
