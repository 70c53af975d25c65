/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/backup_shelf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"

enum {
    FILES_MAX = 4096,
    DAY = 86400,
    HOUR = 3600,
};
/* What backups leave free, whatever happens: for the database, its log and the journal. */
#define RESERVE_BYTES (UINT64_C(64) << 20)
#define SCRATCH "scratch.db"

static const char *const kind_names[BACKUP_KIND_COUNT] = {
    [BACKUP_MANUAL] = "manual",
    [BACKUP_SCHEDULED] = "scheduled",
    [BACKUP_UPLOADED] = "uploaded",
};

const char *backup_kind_name(enum backup_kind kind)
{
    return kind_names[kind];
}

const char *backup_file_name(const char *id, enum backup_kind kind, bool is_part,
                             char name[static SHELF_NAME_MAX])
{
    snprintf(name, SHELF_NAME_MAX, "%s.%s.backup%s", id, kind_names[kind], is_part ? ".part" : "");
    return name;
}

int backup_shelf_open(const struct engine *engine)
{
    _cleanup_free_ char *path = text_format("%s/backups", engine->state_directory);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

    return fd < 0 ? -errno : fd;
}

/* ---- one file ---- */

/* "abcdefgh.manual.backup" */
static bool take_name(const char *name, struct backup_file *file)
{
    char made[SHELF_NAME_MAX];

    if (strlen(name) < ID_LENGTH || name[ID_LENGTH] != '.')
        return false;
    memcpy(file->id, name, ID_LENGTH);
    file->id[ID_LENGTH] = 0;
    if (!id_valid(file->id))
        return false;
    for (int part = 0; part < 2; part++)
        for (file->kind = 0; file->kind < BACKUP_KIND_COUNT; file->kind++) {
            file->is_part = part;
            if (text_equal(name, backup_file_name(file->id, file->kind, part, made)))
                return true;
        }
    return false;
}

static bool look_at(int shelf_fd, const char *name, struct backup_file *file)
{
    _cleanup_close_ int fd = openat(shelf_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    uint8_t bytes[BACKUP_HEAD_SIZE];
    char reason[BACKUP_REASON_MAX];
    struct backup_head head;
    struct stat status;
    ssize_t size;

    if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
        return false;
    file->bytes = (uint64_t)status.st_size;
    file->created_at = status.st_mtime;
    if (file->is_part)
        return true;
    size = read(fd, bytes, sizeof(bytes));
    if (size < 0 || backup_head_parse(bytes, (size_t)size, &head, reason) < 0)
        return false;
    file->created_at = head.created_at;
    file->kdf = head.kdf;
    return true;
}

/* ---- all of them ---- */

static void close_directory(DIR *directory)
{
    if (directory)
        closedir(directory);
}
DEFINE_CLEANUP(DIR *, close_directory, cleanup_directory)

static int newest_first(const void *left, const void *right)
{
    const struct backup_file *a = left, *b = right;

    if (a->created_at != b->created_at)
        return a->created_at < b->created_at ? 1 : -1;
    return strcmp(a->id, b->id);
}

/* Parts too. */
static int list_all(const struct engine *engine, struct backup_file **ret_files, size_t *ret_count)
{
    int fd = backup_shelf_open(engine);
    _cleanup_(cleanup_directory) DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;
    struct backup_file *files;
    size_t count = 0;

    if (!directory)
        return fd < 0 ? fd : -errno;
    files = memory_zero(FILES_MAX * sizeof(*files));
    while (count < FILES_MAX && (entry = readdir(directory)))
        if (take_name(entry->d_name, &files[count]) &&
            look_at(dirfd(directory), entry->d_name, &files[count]))
            count++;
    qsort(files, count, sizeof(*files), newest_first);
    *ret_files = files;
    *ret_count = count;
    return 0;
}

int backup_shelf_list(const struct engine *engine, struct backup_file **ret_files,
                      size_t *ret_count)
{
    size_t all = 0, whole = 0;
    int r = list_all(engine, ret_files, &all);

    if (r < 0)
        return r;
    for (size_t i = 0; i < all; i++)
        if (!(*ret_files)[i].is_part)
            (*ret_files)[whole++] = (*ret_files)[i];
    *ret_count = whole;
    return 0;
}

int backup_shelf_find(const struct engine *engine, const char *id, bool parts,
                      struct backup_file *ret_file)
{
    _cleanup_free_ struct backup_file *files = NULL;
    size_t count = 0;
    int r = list_all(engine, &files, &count);

    for (size_t i = 0; r == 0 && i < count; i++)
        if (text_equal(files[i].id, id) && files[i].is_part == parts) {
            *ret_file = files[i];
            return 0;
        }
    return r < 0 ? r : -ENOENT;
}

int backup_shelf_read(const struct engine *engine, const struct backup_file *file)
{
    _cleanup_close_ int shelf_fd = backup_shelf_open(engine);
    char name[SHELF_NAME_MAX];
    int fd;

    if (shelf_fd < 0)
        return shelf_fd;
    fd = openat(shelf_fd, backup_file_name(file->id, file->kind, file->is_part, name),
                O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int backup_shelf_remove(const struct engine *engine, const struct backup_file *file)
{
    _cleanup_close_ int shelf_fd = backup_shelf_open(engine);
    char name[SHELF_NAME_MAX];

    if (shelf_fd < 0)
        return shelf_fd;
    if (unlinkat(shelf_fd, backup_file_name(file->id, file->kind, file->is_part, name), 0) < 0)
        return -errno;
    return fsync(shelf_fd) < 0 ? -errno : 0;
}

/* ---- what goes by itself ---- */

static bool is_over(const struct engine *engine, const struct backup_file *file, bool at_start,
                    unsigned *scheduled)
{
    int64_t age = clock_seconds() - file->created_at;

    if (file->is_part)
        return at_start || (file->kind == BACKUP_UPLOADED && age > HOUR);
    switch (file->kind) {
    case BACKUP_SCHEDULED:
        return ++*scheduled > engine->settings.backup_keep;
    case BACKUP_UPLOADED:
        return false; /* its head tells when it was made, not when it came */
    case BACKUP_MANUAL:
    case BACKUP_KIND_COUNT:
        return false;
    }
    return false;
}

/* Of an upload, when it came is when its file was last written to. */
static bool is_old_upload(const struct engine *engine, const struct backup_file *file)
{
    _cleanup_close_ int fd = -1;
    struct stat status;

    if (file->kind != BACKUP_UPLOADED || file->is_part)
        return false;
    fd = backup_shelf_read(engine, file);
    return fd >= 0 && fstat(fd, &status) == 0 && clock_seconds() - status.st_mtime > DAY;
}

void backup_shelf_tidy(const struct engine *engine, bool at_start)
{
    _cleanup_free_ struct backup_file *files = NULL;
    _cleanup_close_ int shelf_fd = backup_shelf_open(engine);
    size_t count = 0;
    unsigned scheduled = 0;

    if (shelf_fd < 0 || list_all(engine, &files, &count) < 0)
        return;
    if (at_start)
        unlinkat(shelf_fd, SCRATCH, 0);
    for (size_t i = 0; i < count; i++) {
        if (!is_over(engine, &files[i], at_start, &scheduled) && !is_old_upload(engine, &files[i]))
            continue;
        if (backup_shelf_remove(engine, &files[i]) == 0 && !files[i].is_part)
            log_info("backup %s (%s) is over and was removed", files[i].id,
                     backup_kind_name(files[i].kind));
    }
}

int backup_shelf_room(const struct engine *engine, uint64_t bytes,
                      char reason[static BACKUP_REASON_MAX])
{
    struct statvfs disk;
    uint64_t free_bytes;

    if (statvfs(engine->state_directory, &disk) < 0)
        return -errno;
    free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    if (bytes <= UINT64_MAX - RESERVE_BYTES && free_bytes >= bytes + RESERVE_BYTES)
        return 0;
    snprintf(reason, BACKUP_REASON_MAX,
             "%llu MB more are needed and the disk has %llu MB free, of which %llu MB stay",
             (unsigned long long)((bytes >> 20) + 1), (unsigned long long)(free_bytes >> 20),
             (unsigned long long)(RESERVE_BYTES >> 20));
    return -ENOSPC;
}
