/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Backups: the list, made, fetched, uploaded, deleted. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/engine/api_backup.h"
#include "hub/engine/api_change.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/api_json.h"
#include "hub/engine/api_password.h"
#include "hub/engine/backups.h"
#include "hub/engine/event_log.h"
#include "hub/engine/hash_door.h"
#include "hub/store/backup_store.h"

/* ---- what they share ---- */

json_t *backup_kdf_json(const struct backup_kdf *kdf)
{
    char salt[32];

    sodium_bin2base64(salt, sizeof(salt), kdf->salt, sizeof(kdf->salt),
                      sodium_base64_VARIANT_ORIGINAL);
    return json_pack("{s:i,s:i,s:s}", "operations", (int)kdf->operations, "memory_kib",
                     (int)kdf->memory_kib, "salt", salt);
}

static json_t *backup_json(const struct backup_file *file)
{
    return json_pack("{s:s,s:s,s:o,s:I,s:o}", "id", file->id, "kind", backup_kind_name(file->kind),
                     "created_at", json_time(file->created_at), "bytes", (json_int_t)file->bytes,
                     "kdf", backup_kdf_json(&file->kdf));
}

bool api_find_backup(struct engine *engine, struct api_call *call, const char *id,
                     struct backup_file *ret_file)
{
    _cleanup_problem_ struct problem problem = {};
    int r = backup_shelf_find(engine, id, false, ret_file);

    if (r == 0)
        return true;
    if (r == -ENOENT)
        problem_set(&problem, 404, "not-found", "there is no backup \"%.60s\" on this hub", id);
    else
        problem_set(&problem, 500, "backup", "the backups can't be read: %s", strerror(-r));
    api_answer_problem(call, &problem);
    return false;
}

void api_backup_problem(int error, const char *reason, struct problem *problem)
{
    static const struct {
        int error, status;
        const char *type;
    } rows[] = {
        {-EBUSY, 409, "busy"},       {-EACCES, 403, "passphrase"}, {-EPROTO, 409, "newer"},
        {-EBADMSG, 422, "invalid"},  {-EUCLEAN, 422, "invalid"},   {-EINVAL, 422, "invalid"},
        {-ENOSPC, 507, "disk-full"},
    };

    for (size_t i = 0; i < ELEMENTS(rows); i++)
        if (rows[i].error == error) {
            problem_set(problem, rows[i].status, rows[i].type, "nothing was changed: %s",
                        *reason ? reason : strerror(-error));
            return;
        }
    problem_set(problem, 500, "backup", "nothing was changed: %s",
                *reason ? reason : strerror(-error));
}

void api_backup_refuse(struct api_call *call, int error, const char *reason)
{
    _cleanup_problem_ struct problem problem = {};

    api_backup_problem(error, reason, &problem);
    api_answer_problem(call, &problem);
}

/* ---- passphrases ---- */

static bool take_base64(const json_t *body, const char *name, uint8_t *target, size_t size,
                        struct problem *problem)
{
    const char *text = json_string_value(json_object_get(body, name));
    size_t got = 0;

    if (text &&
        sodium_base642bin(target, size, text, strlen(text), NULL, &got, NULL,
                          sodium_base64_VARIANT_ORIGINAL) == 0 &&
        got == size)
        return true;
    problem_add_field(problem, name,
                      text ? "is not the base64 of as many bytes as it has" : "is missing", NULL);
    return false;
}

/* The four fields that are a lock's, made by whoever knows the passphrase. */
static bool take_lock_fields(const json_t *body, struct backup_lock *lock, struct problem *problem)
{
    uint8_t both[64];

    lock->kdf.operations = (uint32_t)json_integer_value(json_object_get(body, "operations"));
    lock->kdf.memory_kib = (uint32_t)json_integer_value(json_object_get(body, "memory_kib"));
    if (!backup_kdf_valid(&lock->kdf))
        problem_add_field(problem, "memory_kib", "is, with operations, no cost that is taken",
                          NULL);
    take_base64(body, "salt", lock->kdf.salt, sizeof(lock->kdf.salt), problem);
    if (take_base64(body, "lock", both, sizeof(both), problem)) {
        memcpy(lock->public_key, both, 32);
        memcpy(lock->secret, both + 32, 32);
    }
    sodium_memzero(both, sizeof(both));
    return !problem_is_set(problem);
}

static bool check_passphrase(const char *passphrase, struct problem *problem)
{
    char wrong[80];

    if (strlen(passphrase) >= BACKUP_PASSPHRASE_MIN && strlen(passphrase) <= BACKUP_PASSPHRASE_MAX)
        return true;
    snprintf(wrong, sizeof(wrong), "must have %d to %d bytes", BACKUP_PASSPHRASE_MIN,
             BACKUP_PASSPHRASE_MAX);
    problem_add_field(problem, "passphrase", wrong, NULL);
    return false;
}

/* What waits for warren-hash. */
struct wanting {
    struct api_call *call;
    struct backup_kdf kdf;
    api_backup_key_got key_got;
    api_backup_lock_got lock_got;
    void *data;
};

static void hand_over(const struct wanting *wanting, const struct backup_key *key)
{
    struct backup_lock lock;

    if (wanting->key_got) {
        wanting->key_got(key, wanting->data);
        return;
    }
    if (key)
        backup_lock_make(key, &wanting->kdf, &lock);
    wanting->lock_got(key ? &lock : NULL, wanting->data);
    sodium_memzero(&lock, sizeof(lock));
}

static void on_derived(int status, const struct backup_key *key, void *data)
{
    struct wanting *wanting = data;

    if (status < 0)
        api_answer_hash_error(wanting->call, status);
    hand_over(wanting, key);
    free(wanting);
}

static void derive(struct engine *engine, const struct wanting *asked, const char *passphrase)
{
    _cleanup_problem_ struct problem problem = {};
    struct wanting *wanting = NULL;
    int r = 0;

    if (check_passphrase(passphrase, &problem)) {
        wanting = memory_zero(sizeof(*wanting));
        *wanting = *asked;
        r = hash_door_derive(engine->hash, passphrase, &asked->kdf, on_derived, wanting);
        if (r == 0)
            return;
        api_answer_hash_error(asked->call, r);
    } else {
        api_answer_problem(asked->call, &problem);
    }
    free(wanting);
    hand_over(asked, NULL);
}

void api_want_backup_lock(struct engine *engine, struct api_call *call, const json_t *body,
                          api_backup_lock_got got, void *data)
{
    const char *passphrase = json_string_value(json_object_get(body, "passphrase"));
    struct wanting wanting = {.call = call, .lock_got = got, .data = data};
    _cleanup_problem_ struct problem problem = {};
    struct backup_lock lock = {0};

    if (passphrase) {
        backup_kdf_make(&wanting.kdf);
        derive(engine, &wanting, passphrase);
        return;
    }
    bool good = take_lock_fields(body, &lock, &problem);
    if (!good)
        api_answer_problem(call, &problem);
    got(good ? &lock : NULL, data);
    sodium_memzero(&lock, sizeof(lock));
}

void api_want_backup_key(struct engine *engine, struct api_call *call, const json_t *body,
                         const struct backup_kdf *kdf, api_backup_key_got got, void *data)
{
    const char *passphrase = json_string_value(json_object_get(body, "passphrase"));
    struct wanting wanting = {.call = call, .kdf = *kdf, .key_got = got, .data = data};
    _cleanup_problem_ struct problem problem = {};
    struct backup_key key;

    if (passphrase) {
        derive(engine, &wanting, passphrase);
        return;
    }
    bool good = take_base64(body, "key", (uint8_t *)&key, sizeof(key), &problem);
    if (!good)
        api_answer_problem(call, &problem);
    got(good ? &key : NULL, data);
    sodium_memzero(&key, sizeof(key));
}

/* ---- the list ---- */

void api_backup_list(struct engine *engine, struct api_call *call,
                     const struct api_request *request)
{
    _cleanup_free_ struct backup_file *files = NULL;
    json_t *items = json_array();
    size_t count = 0;
    int r = backup_shelf_list(engine, &files, &count);

    (void)request;
    for (size_t i = 0; r == 0 && i < count; i++)
        json_array_append_new(items, backup_json(&files[i]));
    if (r < 0) {
        json_decref(items);
        api_backup_refuse(call, r, "");
        return;
    }
    api_answer(call, 200, NULL, json_pack("{s:o,s:n}", "items", items, "next"));
}

void api_backup_get(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    struct backup_file file;

    if (api_find_backup(engine, call, request->parameters[0], &file))
        api_answer(call, 200, NULL, backup_json(&file));
}

/* ---- making one ---- */

struct making {
    struct engine *engine;
    struct api_call *call;
    const struct api_request *request;
};

static void name_change(struct api_change *change, const char *action, const char *id)
{
    change->action = action;
    change->is_plain = true;
    snprintf(change->object, sizeof(change->object), "backup/%s", id);
    snprintf(change->name, sizeof(change->name), "%s", id);
}

static void tell(const struct api_change *change, const char *kind, const struct backup_file *file,
                 const char *done)
{
    event_log_add(change->engine->events, kind, NULL, NULL,
                  json_pack("{s:s,s:I}", "backup", file->id, "bytes", (json_int_t)file->bytes),
                  "a backup was %s by %s", done, change->request->caller->who);
}

static void answer_made(struct making *making, const struct backup_made *made)
{
    _cleanup_api_change_ struct api_change change = {
        .engine = making->engine, .call = making->call, .request = making->request};
    char hash[65];

    name_change(&change, "backup.create", made->file.id);
    change.after = backup_json(&made->file);
    sodium_bin2hex(hash, sizeof(hash), made->hash, sizeof(made->hash));
    json_object_set_new(change.after, "hash", json_string(hash));
    if (!api_change_begin(&change) || !api_change_commit(&change, 201)) {
        (void)backup_shelf_remove(making->engine, &made->file);
        return;
    }
    tell(&change, "backup.created", &made->file, "made");
    api_answer(making->call, 201, NULL, json_incref(change.after));
}

static void on_made(int status, const char *reason, const struct backup_made *made, void *data)
{
    struct making *making = data;

    if (status < 0)
        api_backup_refuse(making->call, status, reason);
    else
        answer_made(making, made);
    free(making);
}

/* The hub's own lock. False: answered. */
static bool take_own_lock(struct engine *engine, struct api_call *call,
                          struct backup_lock *ret_lock)
{
    _cleanup_problem_ struct problem problem = {};
    struct backup_lock_row row;
    int r = backup_store_get(engine->store, &row);

    if (r == 0) {
        *ret_lock = row.lock;
        sodium_memzero(&row, sizeof(row));
        return true;
    }
    if (r == -ENOENT)
        problem_set(&problem, 409, "no-key",
                    "there is nothing to close it with: give a passphrase, or set one for the "
                    "backups of this hub (warren backup key set)");
    else
        api_store_problem(engine, r, &problem);
    api_answer_problem(call, &problem);
    return false;
}

static void answer_make_dry(struct engine *engine, struct api_call *call)
{
    char reason[BACKUP_REASON_MAX];
    struct store_figures figures;
    int r;

    store_figures(engine->store, &figures);
    r = backup_shelf_room(engine, 2 * figures.bytes, reason);
    if (r < 0) {
        api_backup_refuse(call, r, reason);
        return;
    }
    api_answer(call, 200, NULL, json_pack("{s:{s:s},s:[]}", "would", "kind", "manual", "changes"));
}

static void make_with(const struct backup_lock *lock, void *data)
{
    struct making *making = data;
    char reason[BACKUP_REASON_MAX] = "";
    int r;

    if (!lock) {
        free(making);
        return;
    }
    if (making->request->dry_run) {
        answer_make_dry(making->engine, making->call);
        free(making);
        return;
    }
    r = backups_make(making->engine->backups, lock, BACKUP_MANUAL, on_made, making, reason);
    if (r < 0) {
        api_backup_refuse(making->call, r, reason);
        free(making);
    }
}

void api_backup_add(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    bool is_given =
        json_object_get(request->body, "passphrase") || json_object_get(request->body, "lock");
    struct making *making = memory_zero(sizeof(*making));
    struct backup_lock lock;

    *making = (struct making){engine, call, request};
    if (is_given) {
        api_want_backup_lock(engine, call, request->body, make_with, making);
        return;
    }
    bool good = take_own_lock(engine, call, &lock);
    make_with(good ? &lock : NULL, making);
    sodium_memzero(&lock, sizeof(lock));
}

/* ---- its bytes ---- */

/* Reading a backup is no change, but is in the audit. False: answered. */
static bool note_fetch(struct engine *engine, struct api_call *call,
                       const struct api_request *request, const struct backup_file *file)
{
    _cleanup_api_change_ struct api_change change = {
        .engine = engine, .call = call, .request = request};

    name_change(&change, "backup.fetch", file->id);
    change.after = backup_json(file);
    return api_change_begin(&change) && api_change_commit(&change, 200);
}

static void answer_part(struct api_call *call, int fd, const struct backup_file *file,
                        uint64_t offset)
{
    uint8_t bytes[BACKUP_PART_MAX];
    char text[BACKUP_PART_TEXT_MAX];
    ssize_t size = pread(fd, bytes, sizeof(bytes), (off_t)offset);
    json_t *body;
    bool more;

    if (size < 0) {
        api_backup_refuse(call, -errno, "");
        return;
    }
    more = offset + (uint64_t)size < file->bytes && size > 0;
    sodium_bin2base64(text, sizeof(text), bytes, (size_t)size, sodium_base64_VARIANT_ORIGINAL);
    body = json_pack("{s:s,s:I,s:I,s:s,s:o}", "id", file->id, "offset", (json_int_t)offset, "total",
                     (json_int_t)file->bytes, "content", text, "next",
                     more ? json_integer((json_int_t)(offset + (uint64_t)size)) : json_null());
    api_answer(call, 200, NULL, body);
}

void api_backup_fetch(struct engine *engine, struct api_call *call,
                      const struct api_request *request)
{
    uint64_t offset = (uint64_t)json_integer_value(json_object_get(request->query, "offset"));
    struct backup_file file;

    if (!api_find_backup(engine, call, request->parameters[0], &file))
        return;
    _cleanup_close_ int fd = backup_shelf_read(engine, &file);
    if (fd < 0) {
        api_backup_refuse(call, fd, "");
        return;
    }
    if (offset == 0 && !note_fetch(engine, call, request, &file))
        return;
    answer_part(call, fd, &file, offset);
}

/* ---- bringing one here ---- */

struct upload {
    struct engine *engine;
    struct backup_file file;
    uint64_t offset, total;
    uint8_t bytes[BACKUP_PART_MAX];
    size_t size;
};

static bool take_upload(const struct api_request *request, struct upload *upload,
                        struct problem *problem)
{
    const char *content = json_string_value(json_object_get(request->body, "content"));

    upload->offset = (uint64_t)json_integer_value(json_object_get(request->body, "offset"));
    upload->total = (uint64_t)json_integer_value(json_object_get(request->body, "total"));
    if (sodium_base642bin(upload->bytes, sizeof(upload->bytes), content, strlen(content), NULL,
                          &upload->size, NULL, sodium_base64_VARIANT_ORIGINAL) < 0 ||
        upload->size == 0)
        problem_add_field(problem, "content", "is not the base64 of 1 to 131072 bytes", NULL);
    else if (upload->offset + upload->size > upload->total)
        problem_add_field(problem, "content", "goes past the end that total says", NULL);
    else if (upload->offset + upload->size < upload->total && upload->size < BACKUP_HEAD_SIZE)
        problem_add_field(problem, "content", "is too small a part", NULL);
    return !problem_is_set(problem);
}

/* The first part: is it a backup, is there room? */
static int begin_upload(struct upload *upload, char *reason)
{
    struct backup_head head;
    int r = backup_head_parse(upload->bytes, upload->size, &head, reason);

    if (r == 0 && upload->offset) {
        snprintf(reason, BACKUP_REASON_MAX, "the first part begins at 0");
        r = -EINVAL;
    }
    if (r == 0)
        r = backup_shelf_room(upload->engine, upload->total, reason);
    id_make(upload->file.id);
    upload->file.kind = BACKUP_UPLOADED;
    upload->file.is_part = true;
    return r;
}

static int find_upload(struct upload *upload, const char *id, char *reason)
{
    int r = backup_shelf_find(upload->engine, id, true, &upload->file);

    if (r == 0 && upload->file.kind != BACKUP_UPLOADED)
        r = -ENOENT;
    if (r == -ENOENT) {
        snprintf(reason, BACKUP_REASON_MAX, "there is no such upload any more: begin anew");
        return -EINVAL;
    }
    if (r == 0 && upload->file.bytes != upload->offset) {
        snprintf(reason, BACKUP_REASON_MAX, "the next part begins at %llu",
                 (unsigned long long)upload->file.bytes);
        return -EINVAL;
    }
    return r;
}

static int append(struct upload *upload, bool is_first)
{
    _cleanup_close_ int shelf_fd = backup_shelf_open(upload->engine);
    char part[SHELF_NAME_MAX], whole[SHELF_NAME_MAX];
    int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | (is_first ? O_CREAT | O_EXCL : 0);

    backup_file_name(upload->file.id, BACKUP_UPLOADED, true, part);
    backup_file_name(upload->file.id, BACKUP_UPLOADED, false, whole);
    _cleanup_close_ int fd = shelf_fd < 0 ? -1 : openat(shelf_fd, part, flags, 0600);
    if (fd < 0)
        return -errno;
    if (write(fd, upload->bytes, upload->size) != (ssize_t)upload->size)
        return -ENOSPC;
    upload->file.bytes = upload->offset + upload->size;
    if (upload->file.bytes < upload->total)
        return 0;
    if (fdatasync(fd) < 0 || renameat(shelf_fd, part, shelf_fd, whole) < 0)
        return -errno;
    return 0;
}

/* `id` NULL: of a dry run. */
static json_t *upload_json(const struct upload *upload, const char *id)
{
    json_t *object = json_pack("{s:I,s:I}", "received", (json_int_t)(upload->offset + upload->size),
                               "total", (json_int_t)upload->total);

    if (id)
        json_object_set_new(object, "id", json_string(id));
    return object;
}

static void answer_uploaded(struct upload *upload, struct api_call *call,
                            const struct api_request *request)
{
    _cleanup_api_change_ struct api_change change = {
        .engine = upload->engine, .call = call, .request = request};
    bool whole = upload->file.bytes == upload->total;

    if (!whole) {
        api_answer(call, 202, NULL, upload_json(upload, upload->file.id));
        return;
    }
    if (!api_find_backup(upload->engine, call, upload->file.id, &upload->file))
        return;
    name_change(&change, "backup.upload", upload->file.id);
    change.after = upload_json(upload, upload->file.id);
    if (!api_change_begin(&change) || !api_change_commit(&change, 201))
        return;
    tell(&change, "backup.created", &upload->file, "uploaded");
    api_answer(call, 201, NULL, json_incref(change.after));
}

void api_backup_upload(struct engine *engine, struct api_call *call,
                       const struct api_request *request)
{
    const char *id = json_string_value(json_object_get(request->body, "backup"));
    _cleanup_problem_ struct problem problem = {};
    char reason[BACKUP_REASON_MAX] = "";
    struct upload *upload = memory_zero(sizeof(*upload));
    int r;

    upload->engine = engine;
    if (!take_upload(request, upload, &problem)) {
        api_answer_problem(call, &problem);
        free(upload);
        return;
    }
    r = id ? find_upload(upload, id, reason) : begin_upload(upload, reason);
    if (r == 0 && !request->dry_run)
        r = append(upload, !id);
    if (r < 0)
        api_backup_refuse(call, r, reason);
    else if (request->dry_run)
        api_answer(call, 200, NULL,
                   json_pack("{s:o,s:[]}", "would", upload_json(upload, NULL), "changes"));
    else
        answer_uploaded(upload, call, request);
    free(upload);
}

/* ---- deleting one ---- */

void api_backup_delete(struct engine *engine, struct api_call *call,
                       const struct api_request *request)
{
    _cleanup_api_change_ struct api_change change = {
        .engine = engine, .call = call, .request = request};
    struct backup_file file;
    json_t *body;
    int r;

    if (!api_find_backup(engine, call, request->parameters[0], &file))
        return;
    name_change(&change, "backup.delete", file.id);
    change.before = backup_json(&file);
    if (!api_change_begin(&change) || !api_change_commit(&change, 200))
        return;
    r = backup_shelf_remove(engine, &file);
    if (r < 0 && r != -ENOENT) {
        api_backup_refuse(call, r, "");
        return;
    }
    tell(&change, "backup.deleted", &file, "deleted");
    body = json_copy(change.before);
    json_object_set_new(body, "deleted", json_true());
    api_answer(call, 200, NULL, body);
}
