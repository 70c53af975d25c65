/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page's files, built into the program, with their ETags. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct asset {
    const char *path; /* "/index.html" */
    const char *media_type;
    const uint8_t *data;
    size_t size;
    const char *etag; /* with its quotes */
    bool immutable;   /* its name changes with its content */
    bool gzip;        /* packed; the page itself is not, it is small */
};

/* Made by embed_assets.py; sorted by path. */
extern const struct asset assets[];
extern const size_t assets_count;

/* NULL when there is none. A path without a file name extension is a place within the page. */
const struct asset *asset_find(const char *path);
