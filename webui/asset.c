/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "webui/asset.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *path, const void *asset)
{
    return strcmp(path, ((const struct asset *)asset)->path);
}

const struct asset *asset_find(const char *path)
{
    const char *name = strrchr(path, '/');

    if (!name || !strchr(name, '.'))
        path = "/index.html";
    return bsearch(path, assets, assets_count, sizeof(assets[0]), compare);
}
