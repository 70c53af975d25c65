#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Turns the files of a directory into a C table: embed_assets.py OUTPUT DIRECTORY.

A file whose name holds a digest of eight letters or digits before its extension (app-3F9A2C41.js) never changes under
that name, and may be kept for ever.
"""
import gzip
import hashlib
import pathlib
import re
import sys

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
DIGEST = re.compile(r"[-.][0-9A-Za-z]{8,}\.\w+$")


def c_bytes(data):
    lines = (data[at : at + 20] for at in range(0, len(data), 20))
    return "\n".join("    " + "".join(f"{byte}," for byte in line) for line in lines)


def main():
    output, root = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    files = sorted((path for path in root.rglob("*") if path.is_file()), key=lambda path: "/" + str(path.relative_to(root)))
    if not any(path.relative_to(root) == pathlib.Path("index.html") for path in files):
        sys.exit(f"{root}: there is no index.html")
    arrays, rows = [], []
    for number, path in enumerate(files):
        media_type = MEDIA_TYPES.get(path.suffix)
        if not media_type:
            sys.exit(f"{path}: no media type is known for {path.suffix}")
        plain = path.read_bytes()
        # The page itself as it is: what is packed and told to one who is signed in looks like BREACH to those who test
        # for it. Without the time, so that the same file makes the same bytes.
        packs = path.suffix != ".html"
        data = gzip.compress(plain, 9, mtime=0) if packs else plain
        etag = hashlib.sha256(plain).hexdigest()[:20]
        immutable = "true" if DIGEST.search(path.name) else "false"
        arrays.append(f"static const uint8_t data_{number}[] = {{\n{c_bytes(data)}\n}};\n")
        rows.append(
            f'    {{"/{path.relative_to(root)}", "{media_type}", data_{number}, sizeof(data_{number}), '
            f'"\\"{etag}\\"", {immutable}, {str(packs).lower()}}},\n'
        )
    output.write_text(
        '#include "webui/asset.h"\n\n' + "\n".join(arrays) + "\nconst struct asset assets[] = {\n" + "".join(rows) + "};\n"
        f"const size_t assets_count = {len(rows)};\n"
    )


main()
