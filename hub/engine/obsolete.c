/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/obsolete.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/state_swap.h"
#include "hub/base/text.h"

static void close_file(FILE *file)
{
    if (file)
        fclose(file);
}
DEFINE_CLEANUP(FILE *, close_file, cleanup_file)

static char *path_of(const struct engine *engine)
{
    return text_format("%s/" STATE_SWAP_OBSOLETE, engine->state_directory);
}

static bool is_present(struct engine *engine, const char *id)
{
    _cleanup_instance_ struct instance instance = {0};

    return instance_store_find(engine->store, id, &instance) != -ENOENT;
}

void obsolete_each(struct engine *engine, void (*each)(const char *id, void *data), void *data)
{
    _cleanup_free_ char *path = path_of(engine);
    _cleanup_(cleanup_file) FILE *file = fopen(path, "re");
    char line[ID_MAX + 1];

    while (file && fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\n")] = 0;
        if (id_valid(line) && !is_present(engine, line))
            each(line, data);
    }
}

void obsolete_forget(const struct engine *engine)
{
    _cleanup_free_ char *path = path_of(engine);

    if (unlink(path) < 0 && errno != ENOENT)
        log_warning("%s: %s, ignoring", path, strerror(errno));
}
