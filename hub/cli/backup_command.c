/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/backup_command.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/cli/cell.h"
#include "hub/cli/output_file.h"
#include "hub/cli/passphrase.h"
#include "hub/cli/run.h"
#include "hub/cli/show.h"

enum {
    PART_MAX = 128 * 1024,
    PART_TEXT_MAX = (PART_MAX + 2) / 3 * 4 + 1,
    BACK_AGAIN_MS = 180 * 1000,
    POLL_MS = 200,
    INSTALL_TIMEOUT_MS = 15 * 60 * 1000,
};

static enum cli_exit refuse(const char *text)
{
    struct screen screen = screen_of(stderr, true);

    fputs("warren: refused: ", stderr);
    screen_print(&screen, COLOR_NONE, text);
    fputc('\n', stderr);
    return CLI_REFUSED;
}

static enum cli_exit refuse_file(const char *what, const char *path, int error)
{
    _cleanup_free_ char *text = text_format("%s %.200s: %s", what, path, strerror(-error));

    return refuse(text);
}

static enum cli_exit refuse_writing(const char *path, int error)
{
    _cleanup_free_ char *text = NULL;

    if (error != -EEXIST)
        return refuse_file("writing", path, error);
    text = output_file_taken(path);
    return refuse(text);
}

bool backup_command_is(const struct request *request)
{
    switch ((int)request->route->id) {
    case ROUTE_BACKUP_ADD:
    case ROUTE_BACKUP_FETCH:
    case ROUTE_BACKUP_UPLOAD:
    case ROUTE_BACKUP_RESTORE:
    case ROUTE_BACKUP_KEY_SET:
    case ROUTE_UPDATE_INSTALL:
        return true;
    }
    return false;
}

enum cli_exit backup_command_check(const struct request *request)
{
    if (request->route->id == ROUTE_BACKUP_FETCH && !request->output)
        return run_usage_error(request->route, NULL, "a backup goes into a file: -o FILE");
    if (request->output && !(request->flags & LOCAL_FORCE) &&
        faccessat(AT_FDCWD, request->output, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return refuse_writing(request->output, -EEXIST);
    return CLI_DONE;
}

/* ---- passphrases ---- */

static int read_passphrase(const struct request *request, bool is_new, char *passphrase)
{
    char error[PASSPHRASE_ERROR_MAX];
    int r = passphrase_read(request->flags & LOCAL_PASSPHRASE_FD ? request->passphrase_fd : -1,
                            is_new, passphrase, error);

    if (r < 0)
        refuse(error);
    return r;
}

static void set_base64(json_t *body, const char *name, const void *bytes, size_t size)
{
    char text[sodium_base64_ENCODED_LEN(BACKUP_KEY_SIZE, sodium_base64_VARIANT_ORIGINAL)];

    sodium_bin2base64(text, sizeof(text), bytes, size, sodium_base64_VARIANT_ORIGINAL);
    json_object_set_new(body, name, json_string(text));
    sodium_memzero(text, sizeof(text));
}

/* A new passphrase becomes a lock; the passphrase itself stays here. */
static enum cli_exit set_lock(struct request *request)
{
    char passphrase[BACKUP_PASSPHRASE_MAX + 1];
    struct backup_lock lock;
    struct backup_kdf kdf;
    struct backup_key key;
    uint8_t both[64];
    int r = read_passphrase(request, true, passphrase);

    if (r < 0)
        return CLI_REFUSED;
    backup_kdf_make(&kdf);
    r = backup_key_derive(passphrase, &kdf, &key);
    sodium_memzero(passphrase, sizeof(passphrase));
    if (r < 0)
        return refuse("there is not enough memory to work on the passphrase");
    backup_lock_make(&key, &kdf, &lock);
    memcpy(both, lock.public_key, 32);
    memcpy(both + 32, lock.secret, 32);
    json_object_set_new(request->body, "operations", json_integer(kdf.operations));
    json_object_set_new(request->body, "memory_kib", json_integer(kdf.memory_kib));
    set_base64(request->body, "salt", kdf.salt, sizeof(kdf.salt));
    set_base64(request->body, "lock", both, sizeof(both));
    sodium_memzero(&key, sizeof(key));
    sodium_memzero(&lock, sizeof(lock));
    sodium_memzero(both, sizeof(both));
    return CLI_DONE;
}

/* The passphrase of a backup that is there becomes its key. */
static enum cli_exit set_key(struct request *request, const json_t *backup)
{
    const json_t *costs = json_object_get(backup, "kdf");
    char passphrase[BACKUP_PASSPHRASE_MAX + 1];
    const char *salt = cell_text(costs, "salt");
    struct backup_kdf kdf = {
        .operations = (uint32_t)json_integer_value(json_object_get(costs, "operations")),
        .memory_kib = (uint32_t)json_integer_value(json_object_get(costs, "memory_kib"))};
    struct backup_key key;
    size_t size = 0;
    int r;

    if (sodium_base642bin(kdf.salt, sizeof(kdf.salt), salt, strlen(salt), NULL, &size, NULL,
                          sodium_base64_VARIANT_ORIGINAL) < 0 ||
        size != sizeof(kdf.salt))
        return refuse("the hub's answer can't be read");
    if (read_passphrase(request, false, passphrase) < 0)
        return CLI_REFUSED;
    r = backup_key_derive(passphrase, &kdf, &key);
    sodium_memzero(passphrase, sizeof(passphrase));
    if (r < 0)
        return refuse("there is not enough memory to work on the passphrase");
    set_base64(request->body, "key", &key, sizeof(key));
    sodium_memzero(&key, sizeof(key));
    return CLI_DONE;
}

/* ---- a backup into a file ---- */

struct fetching {
    struct output_file file;
    crypto_generichash_state hash;
    uint8_t bytes[PART_MAX];
};

static enum cli_exit take_part(struct fetching *fetching, const json_t *body)
{
    const char *content = cell_text(body, "content");
    size_t size = 0;
    int r;

    if (sodium_base642bin(fetching->bytes, sizeof(fetching->bytes), content, strlen(content), NULL,
                          &size, NULL, sodium_base64_VARIANT_ORIGINAL) < 0)
        return refuse("the hub's answer can't be read");
    crypto_generichash_update(&fetching->hash, fetching->bytes, size);
    r = output_file_write(&fetching->file, fetching->bytes, size);
    return r < 0 ? refuse_file("writing", fetching->file.path, r) : CLI_DONE;
}

static enum cli_exit fetch_parts(struct session *session, struct fetching *fetching, const char *id)
{
    struct request part = {.route = api_route(ROUTE_BACKUP_FETCH), .parameters = {id}};
    enum cli_exit result = CLI_DONE;
    json_int_t offset = 0;

    for (bool more = true; more && result == CLI_DONE;) {
        json_t *body = NULL, *next;

        part.query = json_pack("{s:o}", "offset", json_sprintf("%lld", (long long)offset));
        result = session_ask(session, &part, NULL, &body);
        json_decref(part.query);
        if (result == CLI_DONE)
            result = take_part(fetching, body);
        next = json_object_get(body, "next");
        more = json_is_integer(next);
        offset = json_integer_value(next);
        json_decref(body);
    }
    return result;
}

/* `hash` NULL: not known. */
static enum cli_exit fetch(struct session *session, const char *id, const char *hash)
{
    const struct request *request = session->request;
    struct fetching *fetching = memory_zero(sizeof(*fetching));
    enum cli_exit result;
    uint8_t digest[32];
    char hex[65];
    int r = output_file_open(&fetching->file, request->output);

    crypto_generichash_init(&fetching->hash, NULL, 0, sizeof(digest));
    result =
        r < 0 ? refuse_file("writing", request->output, r) : fetch_parts(session, fetching, id);
    crypto_generichash_final(&fetching->hash, digest, sizeof(digest));
    sodium_bin2hex(hex, sizeof(hex), digest, sizeof(digest));
    if (result == CLI_DONE && hash && !text_equal(hash, hex))
        result = refuse("what came is not what the hub has made: try again");
    if (result == CLI_DONE) {
        r = output_file_commit(&fetching->file, request->flags & LOCAL_FORCE);
        if (r < 0)
            result = refuse_writing(request->output, r);
    }
    output_file_done(&fetching->file);
    free(fetching);
    return result;
}

/* ---- creating one ---- */

static void remove_here(struct session *session, const char *id)
{
    struct request removal = {.route = api_route(ROUTE_BACKUP_DELETE), .parameters = {id}};
    json_t *body = NULL;

    removal.query = json_object();
    (void)session_ask(session, &removal, NULL, &body);
    json_decref(removal.query);
    json_decref(body);
}

static void say_created(struct session *session, const json_t *body)
{
    const char *output = session->request->output;

    if (session->globals->json)
        session_print_json(session, body, false);
    else if (output)
        screen_say(&session->out, "The backup is in %s; who has it and its passphrase has the hub.",
                   output);
    else
        screen_say(&session->out, "backup %s was made; warren backup fetch %s -o FILE",
                   cell_text(body, "id"), cell_text(body, "id"));
}

static enum cli_exit create(struct session *session, struct request *request)
{
    bool is_dry = request->flags & LOCAL_DRY_RUN;
    enum cli_exit result = CLI_DONE;
    json_t *body = NULL;

    /* One that stays on the hub is closed by the hub's key, unless somebody says another. */
    if (!is_dry &&
        (request->output || request->flags & LOCAL_PASSPHRASE_FD || passphrase_is_piped()))
        result = set_lock(request);

    if (result == CLI_DONE)
        result = session_ask(session, request, NULL, &body);
    if (result == CLI_DONE && request->output && !is_dry) {
        result = fetch(session, cell_text(body, "id"), cell_text(body, "hash"));
        remove_here(session, cell_text(body, "id"));
    }
    if (result == CLI_DONE && is_dry && !session->globals->json)
        screen_say(&session->out, "A backup would be made (none is).");
    else if (result == CLI_DONE)
        say_created(session, body);
    json_decref(body);
    return result;
}

static enum cli_exit fetch_one(struct session *session, struct request *request)
{
    enum cli_exit result = fetch(session, request->parameters[0], NULL);

    if (result == CLI_DONE && !session->globals->json)
        screen_say(&session->out, "written to %s", request->output);
    return result;
}

/* ---- bringing one to the hub ---- */

static enum cli_exit send_part(struct session *session, struct request *part, int fd,
                               json_int_t offset, json_t **ret_body, json_int_t *ret_sent)
{
    uint8_t bytes[PART_MAX];
    char text[PART_TEXT_MAX];
    ssize_t size = read(fd, bytes, sizeof(bytes));

    if (size <= 0)
        return refuse("the file can't be read, or became shorter");
    sodium_bin2base64(text, sizeof(text), bytes, (size_t)size, sodium_base64_VARIANT_ORIGINAL);
    json_object_set_new(part->body, "offset", json_integer(offset));
    json_object_set_new(part->body, "content", json_string(text));
    *ret_sent = size;
    return session_ask(session, part, NULL, ret_body);
}

/* A backup that is brought has an id from the second part on, an update has none. */
static enum cli_exit send_file(struct session *session, enum api_route_id route, int fd,
                               json_int_t total, json_t **ret_body)
{
    struct request part = {.route = api_route(route)};
    enum cli_exit result = CLI_DONE;
    json_int_t offset = 0, sent = 0;
    json_t *body = NULL;

    part.body = json_pack("{s:I}", "total", total);
    do {
        json_t *answer = NULL;

        result = send_part(session, &part, fd, offset, &answer, &sent);
        offset += sent;
        json_decref(body);
        body = answer;
        if (result == CLI_DONE && route == ROUTE_BACKUP_UPLOAD)
            json_object_set(part.body, "backup", json_object_get(body, "id"));
    } while (result == CLI_DONE && offset < total);
    json_decref(part.body);
    *ret_body = body;
    return result;
}

static enum cli_exit upload(struct session *session, enum api_route_id route, const char *path,
                            json_t **ret_body)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;

    if (fd < 0 || fstat(fd, &status) < 0)
        return refuse_file("reading", path, -errno);
    if (!S_ISREG(status.st_mode) || status.st_size == 0)
        return refuse("that is none: a file with something in it would do");
    return send_file(session, route, fd, status.st_size, ret_body);
}

static enum cli_exit upload_one(struct session *session, struct request *request)
{
    json_t *body = NULL;
    enum cli_exit result =
        upload(session, ROUTE_BACKUP_UPLOAD, cell_text(request->body, "content"), &body);

    if (result == CLI_DONE && session->globals->json)
        session_print_json(session, body, false);
    else if (result == CLI_DONE)
        screen_say(&session->out, "backup %s is here for a day; warren backup restore %s",
                   cell_text(body, "id"), cell_text(body, "id"));
    json_decref(body);
    return result;
}

static enum cli_exit install_update(struct session *session, struct request *request)
{
    json_t *body = NULL;

    /* All of it is on the disk when the last part is answered. */
    session->timeout_ms = INSTALL_TIMEOUT_MS;
    enum cli_exit result =
        upload(session, ROUTE_UPDATE_INSTALL, cell_text(request->body, "content"), &body);

    if (result == CLI_DONE && session->globals->json)
        session_print_json(session, body, false);
    else if (result == CLI_DONE)
        screen_say(&session->out,
                   "%s is in slot %s; warren update reboot starts the machine with it, on trial",
                   cell_text(body, "update_version"), cell_text(body, "update_slot"));
    json_decref(body);
    return result;
}

/* ---- restoring ---- */

/* Asks a hub that starts again until it is ready; a hub that is gone is no error yet. */
static bool is_ready(struct session *session)
{
    struct request look = {.route = api_route(ROUTE_STATUS_GET)};
    json_t *wire, *answer = NULL;
    bool ready = false;

    connection_done(&session->connection);
    if (connection_open(&session->connection, run_socket(session->globals)) < 0)
        return false;
    wire = request_to_json(&look);
    if (connection_send(&session->connection, wire) == 0 &&
        connection_receive(&session->connection, SESSION_TIMEOUT_MS, &answer) == 0) {
        const json_t *body = json_object_get(answer, "body");

        ready = json_is_true(json_object_get(body, "ready")) &&
                !json_is_string(json_object_get(body, "frozen"));
    }
    json_decref(wire);
    json_decref(answer);
    return ready;
}

static enum cli_exit wait_until_ready(struct session *session)
{
    uint64_t end = clock_monotonic_us() + (uint64_t)BACK_AGAIN_MS * 1000;

    do {
        if (is_ready(session))
            return CLI_DONE;
        usleep(POLL_MS * 1000);
    } while (clock_monotonic_us() < end);
    return refuse("the backup is restored, and the hub is not ready yet: see warren status");
}

static void say_restored(struct session *session, const json_t *body, bool is_dry)
{
    json_int_t instances, peers;

    if (session->globals->json) {
        session_print_json(session, body, false);
        return;
    }
    if (is_dry)
        body = json_object_get(body, "would");
    instances = json_integer_value(json_object_get(body, "instances"));
    peers = json_integer_value(json_object_get(body, "peers"));
    screen_say(&session->out,
               "%s: the backup of %s, %" JSON_INTEGER_FORMAT " instance%s, %" JSON_INTEGER_FORMAT
               " peer%s",
               is_dry ? "This would be restored (nothing is)" : "Restored",
               cell_text(body, "created_at"), instances, instances == 1 ? "" : "s", peers,
               peers == 1 ? "" : "s");
    if (json_is_false(json_object_get(body, "audit_whole")))
        screen_say(&session->out, "The audit in the backup is not whole: warren audit verify");
}

static enum cli_exit ask_and_wait(struct session *session, struct request *request)
{
    bool is_dry = request->flags & LOCAL_DRY_RUN;
    json_t *body = NULL;
    enum cli_exit result = session_ask(session, request, NULL, &body);

    if (result == CLI_DONE && !is_dry)
        result = wait_until_ready(session);
    if (result == CLI_DONE)
        say_restored(session, body, is_dry);
    json_decref(body);
    return result;
}

static enum cli_exit look(struct session *session, const char *id, json_t **ret_backup)
{
    struct request one = {.route = api_route(ROUTE_BACKUP_GET), .parameters = {id}};

    return session_ask(session, &one, NULL, ret_backup);
}

/* A file, or a backup that the hub has. */
static enum cli_exit restore(struct session *session, struct request *request)
{
    const char *word = request->parameters[0];
    bool is_here = id_valid(word) && access(word, F_OK) < 0;
    json_t *backup = NULL;
    enum cli_exit result = is_here ? CLI_DONE : upload(session, ROUTE_BACKUP_UPLOAD, word, &backup);
    _cleanup_free_ char *id = text_duplicate(is_here ? word : cell_text(backup, "id"));

    json_decref(backup);
    backup = NULL;
    if (result == CLI_DONE)
        result = look(session, id, &backup);
    if (result == CLI_DONE) {
        request->parameters[0] = id;
        result = set_key(request, backup);
        if (result == CLI_DONE)
            result = ask_and_wait(session, request);
        if (!is_here && session->connection.fd >= 0)
            remove_here(session, id);
    }
    json_decref(backup);
    return result;
}

/* ---- the passphrase of the hub's own backups ---- */

static enum cli_exit set_hub_lock(struct session *session, struct request *request)
{
    enum cli_exit result = set_lock(request);
    json_t *body = NULL;

    if (result == CLI_DONE)
        result = session_ask(session, request, NULL, &body);
    if (result == CLI_DONE && session->globals->json)
        session_print_json(session, body, false);
    else if (result == CLI_DONE && request->flags & LOCAL_DRY_RUN)
        show_dry_run(&session->out, body);
    else if (result == CLI_DONE)
        screen_say(&session->out,
                   "The hub makes backups of itself from now on. It can't read them: keep the "
                   "passphrase where the hub is not.");
    json_decref(body);
    return result;
}

enum cli_exit backup_command_run(struct session *session, struct request *request)
{
    switch ((int)request->route->id) {
    case ROUTE_BACKUP_ADD:
        return create(session, request);
    case ROUTE_BACKUP_FETCH:
        return fetch_one(session, request);
    case ROUTE_BACKUP_UPLOAD:
        return upload_one(session, request);
    case ROUTE_BACKUP_RESTORE:
        return restore(session, request);
    case ROUTE_BACKUP_KEY_SET:
        return set_hub_lock(session, request);
    case ROUTE_UPDATE_INSTALL:
        return install_update(session, request);
    }
    return CLI_REFUSED;
}
