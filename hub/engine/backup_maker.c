/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/backup_maker.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "hub/backup/backup_writer.h"
#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/engine/backup_manifest.h"
#include "hub/store/store_copy.h"

enum {
    TURN_BYTES =
        128 * 1024, /* of the database, in one turn; whoever else has something to do is next */
    SYNC_BYTES = 1024 * 1024, /* little by little: one long wait at the end would be felt */
};

struct backup_maker {
    struct engine *engine;
    enum backup_kind kind;
    backup_made_done done;
    void *data;
    sd_event_source *turn;
    struct backup_lock lock;
    struct store_copy *copy; /* while the database is copied */
    struct backup_writer *writer;
    int shelf_fd, scratch_fd, fd;
    char *scratch_path;
    struct backup_made made;
    crypto_generichash_state hash;
    uint64_t unsynced;
};

struct backup_maker *backup_maker_free(struct backup_maker *maker)
{
    char name[SHELF_NAME_MAX];

    if (!maker)
        return NULL;
    sd_event_source_disable_unref(maker->turn);
    store_copy_free(maker->copy);
    backup_writer_free(maker->writer);
    unlinkat(maker->shelf_fd, "scratch.db", 0);
    unlinkat(maker->shelf_fd, backup_file_name(maker->made.file.id, maker->kind, true, name), 0);
    cleanup_close(&maker->fd);
    cleanup_close(&maker->scratch_fd);
    cleanup_close(&maker->shelf_fd);
    free(maker->scratch_path);
    sodium_memzero(maker, sizeof(*maker));
    free(maker);
    return NULL;
}

/* ---- the file ---- */

static int write_all(int fd, const char *bytes, size_t size)
{
    while (size) {
        ssize_t written = write(fd, bytes, size);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -errno;
        bytes += written;
        size -= (size_t)written;
    }
    return 0;
}

static int put(const void *bytes, size_t size, void *data)
{
    struct backup_maker *maker = data;
    int r = write_all(maker->fd, bytes, size);

    crypto_generichash_update(&maker->hash, bytes, size);
    maker->made.file.bytes += size;
    maker->unsynced += size;
    if (r == 0 && maker->unsynced >= SYNC_BYTES) {
        maker->unsynced = 0;
        r = fdatasync(maker->fd) < 0 ? -errno : 0;
    }
    return r;
}

static int open_file(struct backup_maker *maker)
{
    char name[SHELF_NAME_MAX];

    id_make(maker->made.file.id);
    maker->made.file.kind = maker->kind;
    backup_file_name(maker->made.file.id, maker->kind, true, name);
    maker->fd =
        openat(maker->shelf_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    return maker->fd < 0 ? -errno : 0;
}

/* Under its name only when it is whole. */
static int finish_file(struct backup_maker *maker)
{
    struct backup_file *file = &maker->made.file;
    char part[SHELF_NAME_MAX], whole[SHELF_NAME_MAX];

    backup_file_name(file->id, maker->kind, true, part);
    backup_file_name(file->id, maker->kind, false, whole);
    if (fsync(maker->fd) < 0 || renameat(maker->shelf_fd, part, maker->shelf_fd, whole) < 0 ||
        fsync(maker->shelf_fd) < 0)
        return -errno;
    crypto_generichash_final(&maker->hash, maker->made.hash, sizeof(maker->made.hash));
    return 0;
}

/* ---- what is in it ---- */

static int add_text(struct backup_maker *maker, const char *name, const char *text, size_t size)
{
    int r = backup_writer_file(maker->writer, name, size);

    return r < 0 ? r : backup_writer_add(maker->writer, text, size);
}

static int add_seal_key(struct backup_maker *maker)
{
    _cleanup_free_ char *path = text_format("%s/seal.key", maker->engine->state_directory);
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    char key[64];
    ssize_t size = fd < 0 ? -1 : read(fd, key, sizeof(key));
    int r = size < 0 ? -errno : add_text(maker, "seal.key", key, (size_t)size);

    sodium_memzero(key, sizeof(key));
    return r;
}

static int begin_files(struct backup_maker *maker)
{
    _cleanup_buf_ struct buf config = {0};
    _cleanup_free_ char *manifest =
        backup_manifest_text(maker->engine, maker->made.file.created_at);
    struct stat status;
    int r;

    maker->copy = store_copy_free(maker->copy);
    maker->scratch_fd = open(maker->scratch_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (maker->scratch_fd < 0 || fstat(maker->scratch_fd, &status) < 0)
        return -errno;
    maker->writer = backup_writer_new(&maker->lock, maker->made.file.created_at, put, maker);
    backup_manifest_config(maker->engine, &config);
    r = add_text(maker, BACKUP_MANIFEST, manifest, strlen(manifest));
    if (r == 0)
        r = add_text(maker, "warren.conf", config.data, config.length);
    if (r == 0)
        r = add_seal_key(maker);
    if (r == 0)
        r = backup_writer_file(maker->writer, "warren.db", (uint64_t)status.st_size);
    return r;
}

/* 1: there is more. */
static int add_some(struct backup_maker *maker)
{
    char bytes[64 * 1024];
    ssize_t size = 1;
    int r = 0;

    for (size_t done = 0; done < TURN_BYTES && r == 0; done += (size_t)size) {
        size = read(maker->scratch_fd, bytes, sizeof(bytes));
        if (size < 0)
            return -errno;
        if (size == 0)
            return backup_writer_end(maker->writer);
        r = backup_writer_add(maker->writer, bytes, (size_t)size);
    }
    return r < 0 ? r : 1;
}

/* ---- its turns ---- */

/* 1: there is more. */
static int do_some(struct backup_maker *maker)
{
    int r;

    if (maker->writer) {
        r = add_some(maker);
        return r == 0 ? finish_file(maker) : r;
    }
    r = store_copy_step(maker->copy);
    if (r == 0)
        r = begin_files(maker);
    else
        return r;
    return r == 0 ? 1 : r;
}

static int on_turn(sd_event_source *source, void *data)
{
    struct backup_maker *maker = data;
    struct backup_made made;
    char reason[BACKUP_REASON_MAX] = "";
    int r = do_some(maker);

    (void)source;
    if (r > 0)
        return 0;
    if (r < 0)
        snprintf(reason, sizeof(reason), "writing it failed: %s", strerror(-r));
    made = maker->made;
    backup_made_done done = maker->done;
    void *done_data = maker->data;
    backup_maker_free(maker);
    done(r, reason, r < 0 ? NULL : &made, done_data);
    return 0;
}

static int begin(struct backup_maker *maker)
{
    int r;

    maker->scratch_path = text_format("%s/backups/scratch.db", maker->engine->state_directory);
    maker->shelf_fd = backup_shelf_open(maker->engine);
    if (maker->shelf_fd < 0)
        return maker->shelf_fd;
    maker->made.file.created_at = clock_seconds();
    maker->made.file.kdf = maker->lock.kdf;
    crypto_generichash_init(&maker->hash, NULL, 0, sizeof(maker->made.hash));
    r = open_file(maker);
    if (r == 0)
        r = store_copy_new(maker->engine->store, maker->scratch_path, &maker->copy);
    if (r == 0)
        r = sd_event_add_defer(maker->engine->event, &maker->turn, on_turn, maker);
    if (r >= 0)
        r = sd_event_source_set_enabled(maker->turn, SD_EVENT_ON);
    return r;
}

int backup_maker_new(struct engine *engine, const struct backup_lock *lock, enum backup_kind kind,
                     backup_made_done done, void *data, struct backup_maker **ret_maker,
                     char reason[static BACKUP_REASON_MAX])
{
    struct backup_maker *maker;
    struct store_figures figures;
    int r;

    store_figures(engine->store, &figures);
    /* The copy, and the backup if nothing of it could be packed. */
    r = backup_shelf_room(engine, 2 * figures.bytes, reason);
    if (r < 0)
        return r;
    maker = memory_zero_aligned(alignof(struct backup_maker), sizeof(*maker));
    *maker = (struct backup_maker){.engine = engine,
                                   .kind = kind,
                                   .done = done,
                                   .data = data,
                                   .lock = *lock,
                                   .shelf_fd = -1,
                                   .scratch_fd = -1,
                                   .fd = -1};
    r = begin(maker);
    if (r < 0) {
        snprintf(reason, BACKUP_REASON_MAX, "it can't be begun: %s", strerror(-r));
        backup_maker_free(maker);
        return r;
    }
    *ret_maker = maker;
    return 0;
}
