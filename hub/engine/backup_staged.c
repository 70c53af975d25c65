/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/backup_staged.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/cleanup.h"
#include "hub/base/state_swap.h"
#include "hub/base/text.h"
#include "hub/engine/api_json.h"
#include "hub/store/audit_store.h"
#include "hub/store/idempotency_store.h"
#include "hub/store/session_store.h"
#include "hub/store/store_copy.h"

enum { AUDIT_PER_TURN = 1000 };

struct backup_staged {
    struct engine *engine;
    const struct backup_file *file;
    const char *who;
    json_t *found;
    char *reason;
    char *directory;
    struct seal *seal;
    struct store *store;
    size_t step;
    unsigned table; /* the next one to be looked at */
    struct audit_check audit;
};

static int wrong(struct backup_staged *staged, int error, const char *what, const char *why)
{
    snprintf(staged->reason, BACKUP_REASON_MAX, "%s%.120s", what, why);
    return error;
}

static int check_config(struct backup_staged *staged)
{
    _cleanup_free_ char *path = text_format("%s/" STATE_SWAP_CONFIG, staged->directory);
    struct settings_error errors[1] = {0};
    struct settings settings;
    size_t count = 0;
    int r = settings_read(path, &settings, errors, 1, &count);

    settings_done(&settings);
    if (r == -EINVAL)
        return wrong(staged, r, "the configuration in the backup: ", errors[0].text);
    return r;
}

/* ---- the database ---- */

static int open_store(struct backup_staged *staged)
{
    _cleanup_close_ int fd = open(staged->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char reason[256];
    int r = fd < 0 ? -errno : seal_open(fd, "seal.key", &staged->seal);

    if (r < 0)
        return wrong(staged, r, "the key in the backup is damaged", "");
    r = store_open(staged->directory, staged->seal, &staged->store, reason);
    return r < 0 ? wrong(staged, r, "the database in the backup: ", reason) : 0;
}

static int check_tables(struct backup_staged *staged)
{
    char reason[256];
    int r = store_check_table(staged->store, staged->table++, reason);

    return r < 0 ? wrong(staged, r, "the database in the backup: ", reason) : r;
}

/* Reading a row opens what is sealed in it. */
static int count_readable(const struct instance *instance, void *data)
{
    (void)instance;
    ++*(json_int_t *)data;
    return 0;
}

static int check_key(struct backup_staged *staged)
{
    json_int_t instances = 0;
    int r = instance_store_list(staged->store, NULL, 0, count_readable, &instances);

    if (r < 0)
        return wrong(staged, r, "the database in the backup belongs to another key", "");
    json_object_set_new(staged->found, "instances", json_integer(instances));
    return 0;
}

/* ---- what must be said in it before it is in force ---- */

static int note_last(const struct audit_entry *entry, void *data)
{
    json_object_set_new(data, "number", json_integer((json_int_t)entry->number));
    json_object_set_new(data, "hash", json_string(entry->hash));
    return 1;
}

/* The chain of the hub that is replaced ends here: its last link stands in the entry. */
static int add_entry(struct backup_staged *staged)
{
    json_t *replaced = json_object();
    (void)audit_store_list(staged->engine->store, 0, 1, NULL, note_last, replaced);
    _cleanup_free_ char *before = json_dumps(replaced, JSON_COMPACT);
    _cleanup_free_ char *after = json_dumps(staged->found, JSON_COMPACT);
    char object[32];

    json_decref(replaced);
    snprintf(object, sizeof(object), "backup/%s", staged->file->id);
    return audit_store_add(staged->store, &(struct audit_entry){.who = staged->who,
                                                                .from = "unix socket",
                                                                .action = "backup.restore",
                                                                .object = object,
                                                                .name = "hub",
                                                                .before = before,
                                                                .after = after});
}

/* A broken chain is told, and restored as it is. */
static int check_audit(struct backup_staged *staged)
{
    int r = audit_store_check(staged->store, &staged->audit, AUDIT_PER_TURN);

    if (r > 0)
        return 1;
    json_object_set_new(staged->found, "audit_whole", json_boolean(r == 0));
    json_object_set_new(staged->found, "audit_entries",
                        json_integer((json_int_t)staged->audit.checked));
    return 0;
}

static int write_into(struct backup_staged *staged)
{
    int r = store_begin(staged->store);

    if (r < 0)
        return r;
    /* Answers of another time: the same request again is a new one. */
    idempotency_store_clear(staged->store);
    session_store_clear(staged->store);
    add_entry(staged);
    return store_commit(staged->store);
}

/* ---- instances that were, and will be no more ---- */

struct obsolete {
    struct store *next;
    struct buf ids;
};

static int note_obsolete(const struct instance *instance, void *data)
{
    struct obsolete *obsolete = data;
    _cleanup_instance_ struct instance same = {0};

    if (instance_store_find(obsolete->next, instance->id, &same) == -ENOENT)
        buf_printf(&obsolete->ids, "%s\n", instance->id);
    return 0;
}

static int write_file(const char *path, const struct buf *text)
{
    _cleanup_close_ int fd =
        open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return -errno;
    if (text->length && write(fd, text->data, text->length) != (ssize_t)text->length)
        return -ENOSPC;
    return 0;
}

static int list_obsolete(struct backup_staged *staged)
{
    _cleanup_free_ char *path = text_format("%s/" STATE_SWAP_OBSOLETE, staged->directory);
    struct obsolete obsolete = {.next = staged->store};
    int r = instance_store_list(staged->engine->store, NULL, 0, note_obsolete, &obsolete);

    if (r == 0)
        r = write_file(path, &obsolete.ids);
    buf_done(&obsolete.ids);
    return r;
}

/* The log goes with the last connection. One that stayed would not be moved along. */
static int close_store(struct backup_staged *staged)
{
    _cleanup_free_ char *log = text_format("%s/warren.db-wal", staged->directory);

    staged->store = store_free(staged->store);
    return access(log, F_OK) == 0 ? wrong(staged, -EIO, "its database can't be closed", "") : 0;
}

/* Each answers 1 to be called again. */
static int (*const steps[])(struct backup_staged *) = {
    check_config, open_store, check_tables,  check_key,
    check_audit,  write_into, list_obsolete, close_store,
};

int backup_staged_step(struct backup_staged *staged, char reason[static BACKUP_REASON_MAX])
{
    int r;

    staged->reason = reason;
    r = steps[staged->step](staged);
    if (r != 0)
        return r;
    return ++staged->step < ELEMENTS(steps) ? 1 : 0;
}

struct backup_staged *backup_staged_new(struct engine *engine, const struct backup_file *file,
                                        const char *who, json_t *found)
{
    struct backup_staged *staged = memory_zero(sizeof(*staged));

    *staged = (struct backup_staged){
        .engine = engine,
        .file = file,
        .who = who,
        .found = found,
        .directory = text_format("%s/" STATE_SWAP_DIRECTORY, engine->state_directory)};
    return staged;
}

struct backup_staged *backup_staged_free(struct backup_staged *staged)
{
    if (!staged)
        return NULL;
    store_free(staged->store);
    seal_free(staged->seal);
    free(staged->directory);
    free(staged);
    return NULL;
}
