#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Turns migrations/NNNN_*.sql into a C table: embed_migrations.py OUTPUT FILE..."""
import pathlib
import sys


def literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return "\n".join(f'        "{line}\\n"' for line in escaped.split("\n"))


def main() -> None:
    output, files = sys.argv[1], sorted(map(pathlib.Path, sys.argv[2:]), key=lambda p: p.name)
    rows = []
    for number, path in enumerate(files, 1):
        if int(path.name[:4]) != number:
            sys.exit(f"{path}: the next migration is {number:04d}")
        rows.append(f'    {{\n        {number},\n{literal(path.read_text())},\n    }},\n')
    pathlib.Path(output).write_text(
        '#include "hub/store/migration.h"\n\n'
        "const struct migration migrations[] = {\n" + "".join(rows) + "};\n"
        f"const size_t migrations_count = {len(rows)};\n"
    )


main()
