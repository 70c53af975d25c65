/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/backup_restorer.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "hub/backup/backup_reader.h"
#include "hub/base/cleanup.h"
#include "hub/base/state_swap.h"
#include "hub/base/text.h"
#include "hub/engine/backup_manifest.h"
#include "hub/engine/backup_staged.h"

/* In one turn; whoever else has something to do is next. */
enum { TURN_BYTES = 128 * 1024 };

enum part { PART_MANIFEST, PART_CONFIG, PART_KEY, PART_DATABASE, PART_COUNT };

/* What a backup holds. The manifest comes first. */
static const struct {
    const char *name;
    uint64_t size_max;
} parts[PART_COUNT] = {
    [PART_MANIFEST] = {BACKUP_MANIFEST, BACKUP_MANIFEST_MAX},
    [PART_CONFIG] = {STATE_SWAP_CONFIG, 256 * 1024},
    [PART_KEY] = {"seal.key", 64},
    [PART_DATABASE] = {"warren.db", UINT64_MAX},
};

struct backup_restorer {
    struct engine *engine;
    struct backup_file file;
    char who[64];
    backup_restored_done done;
    void *data;
    sd_event_source *turn;
    struct backup_reader *reader;
    int backup_fd, state_fd, staged_fd;
    int out_fd; /* of the file that is being written; -1 = none */
    enum part part;
    bool seen[PART_COUNT];
    struct buf manifest_text;
    json_t *manifest;
    struct backup_staged *staged; /* all was read, and is looked at */
    char reason[BACKUP_REASON_MAX];
};

struct backup_restorer *backup_restorer_free(struct backup_restorer *restorer)
{
    if (!restorer)
        return NULL;
    sd_event_source_disable_unref(restorer->turn);
    backup_reader_free(restorer->reader);
    backup_staged_free(restorer->staged);
    json_decref(restorer->manifest);
    buf_done(&restorer->manifest_text);
    cleanup_close(&restorer->out_fd);
    cleanup_close(&restorer->staged_fd);
    cleanup_close(&restorer->state_fd);
    cleanup_close(&restorer->backup_fd);
    free(restorer);
    return NULL;
}

static int wrong(struct backup_restorer *restorer, int error, const char *text)
{
    snprintf(restorer->reason, sizeof(restorer->reason), "%s", text);
    return error;
}

/* ---- what comes out of the backup ---- */

static int find_part(struct backup_restorer *restorer, const char *name, uint64_t size)
{
    for (enum part part = 0; part < PART_COUNT; part++) {
        if (!text_equal(parts[part].name, name))
            continue;
        if (restorer->seen[part] || size > parts[part].size_max)
            return wrong(restorer, -EBADMSG,
                         "the backup is damaged inside: it holds a file twice "
                         "or one that is too large");
        restorer->part = part;
        restorer->seen[part] = true;
        return 0;
    }
    return wrong(restorer, -EPROTO,
                 "the backup holds what this program does not know: it is of a "
                 "newer one");
}

static int on_entry(const char *name, uint64_t size, void *data)
{
    struct backup_restorer *restorer = data;
    int r = find_part(restorer, name, size);

    if (r < 0)
        return r;
    if (restorer->part == PART_MANIFEST)
        return 0;
    if (!restorer->manifest)
        return wrong(restorer, -EBADMSG, "the backup is damaged inside: it has no manifest");
    /* The database grows by a migration, at most to twice its size. */
    r = backup_shelf_room(restorer->engine, 2 * size, restorer->reason);
    if (r < 0)
        return r;
    restorer->out_fd =
        openat(restorer->staged_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
               restorer->part == PART_KEY ? 0400 : 0600);
    return restorer->out_fd < 0 ? -errno : 0;
}

static int on_bytes(const uint8_t *bytes, size_t size, void *data)
{
    struct backup_restorer *restorer = data;

    if (restorer->part == PART_MANIFEST) {
        buf_add(&restorer->manifest_text, bytes, size);
        return 0;
    }
    while (size) {
        ssize_t written = write(restorer->out_fd, bytes, size);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -errno;
        bytes += written;
        size -= (size_t)written;
    }
    return 0;
}

static int on_whole(void *data)
{
    struct backup_restorer *restorer = data;
    struct store_figures figures;

    if (restorer->part != PART_MANIFEST) {
        close(TAKE_FD(restorer->out_fd));
        return 0;
    }
    store_figures(restorer->engine->store, &figures);
    restorer->manifest =
        backup_manifest_parse(restorer->manifest_text.data, restorer->manifest_text.length,
                              figures.schema_version, restorer->reason);
    return restorer->manifest ? 0 : -EPROTO;
}

static const struct archive_handlers archive_handlers = {on_entry, on_bytes, on_whole};

/* ---- its turns ---- */

/* 1: there is more; 0: all was read. */
static int read_some(struct backup_restorer *restorer)
{
    char reason[BACKUP_REASON_MAX] = "";
    uint8_t bytes[64 * 1024];
    ssize_t size = 1;
    int r = 0;

    for (size_t done = 0; done < TURN_BYTES && r == 0 && size > 0; done += (size_t)size) {
        size = read(restorer->backup_fd, bytes, sizeof(bytes));
        if (size < 0)
            return -errno;
        r = size ? backup_reader_feed(restorer->reader, bytes, (size_t)size, reason)
                 : backup_reader_end(restorer->reader, reason);
    }
    if (r < 0 && *reason)
        wrong(restorer, r, reason);
    if (r < 0)
        return r;
    return size > 0 ? 1 : 0;
}

/* 1: it is to be looked at now. */
static int begin_looking(struct backup_restorer *restorer)
{
    for (enum part part = 0; part < PART_COUNT; part++)
        if (!restorer->seen[part])
            return wrong(restorer, -EBADMSG, "the backup is damaged inside: files are missing");
    restorer->staged =
        backup_staged_new(restorer->engine, &restorer->file, restorer->who, restorer->manifest);
    return 1;
}

static int go_on(struct backup_restorer *restorer)
{
    int r;

    if (restorer->staged)
        return backup_staged_step(restorer->staged, restorer->reason);
    r = read_some(restorer);
    return r == 0 ? begin_looking(restorer) : r;
}

static int on_turn(sd_event_source *source, void *data)
{
    struct backup_restorer *restorer = data;
    char reason[BACKUP_REASON_MAX];
    backup_restored_done done = restorer->done;
    void *done_data = restorer->data;
    json_t *manifest;
    int r = go_on(restorer);

    (void)source;
    if (r > 0)
        return 0;
    if (r < 0 && !restorer->reason[0])
        snprintf(restorer->reason, sizeof(restorer->reason), "reading it failed: %s", strerror(-r));
    if (r < 0)
        (void)state_swap_clear(restorer->state_fd);
    memcpy(reason, restorer->reason, sizeof(reason));
    manifest = json_incref(restorer->manifest);
    backup_restorer_free(restorer);
    done(r, reason, manifest, done_data);
    json_decref(manifest);
    return 0;
}

static int begin(struct backup_restorer *restorer, const struct backup_key *key)
{
    _cleanup_free_ char *staged =
        text_format("%s/" STATE_SWAP_DIRECTORY, restorer->engine->state_directory);
    int r;

    restorer->state_fd =
        open(restorer->engine->state_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    restorer->staged_fd = open(staged, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (restorer->state_fd < 0 || restorer->staged_fd < 0)
        return -errno;
    r = state_swap_clear(restorer->state_fd);
    if (r < 0)
        return r;
    restorer->backup_fd = backup_shelf_read(restorer->engine, &restorer->file);
    if (restorer->backup_fd < 0)
        return restorer->backup_fd;
    restorer->reader = backup_reader_new(key, &archive_handlers, restorer);
    r = sd_event_add_defer(restorer->engine->event, &restorer->turn, on_turn, restorer);
    if (r >= 0)
        r = sd_event_source_set_enabled(restorer->turn, SD_EVENT_ON);
    return r;
}

int backup_restorer_new(struct engine *engine, const struct backup_file *file,
                        const struct backup_key *key, const char *who, backup_restored_done done,
                        void *data, struct backup_restorer **ret_restorer)
{
    struct backup_restorer *restorer = memory_zero(sizeof(*restorer));
    int r;

    *restorer = (struct backup_restorer){.engine = engine,
                                         .file = *file,
                                         .done = done,
                                         .data = data,
                                         .backup_fd = -1,
                                         .state_fd = -1,
                                         .staged_fd = -1,
                                         .out_fd = -1};
    text_copy_cut(restorer->who, sizeof(restorer->who), who);
    r = begin(restorer, key);
    if (r < 0) {
        backup_restorer_free(restorer);
        return r;
    }
    *ret_restorer = restorer;
    return 0;
}
