/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Backups through the API: made, fetched, brought back; whatever is wrong with one is refused
 * before anything is touched. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "api_world.h"
#include "hub/backup/backup_writer.h"
#include "hub/base/buf.h"
#include "hub/base/cleanup.h"
#include "hub/base/state_swap.h"
#include "hub/base/text.h"
#include "hub/engine/api_backup.h"
#include "hub/engine/backups.h"
#include "hub/store/audit_store.h"
#include "hub/store/migration.h"

#define PASSPHRASE "correct horse battery"

static struct world *world;
/* Derived once: the tests are about other things. */
static const struct backup_kdf kdf = {.operations = 1, .memory_kib = 8 * 1024, .salt = {7}};
static struct backup_key key;
static struct backup_lock lock;
static char key_text[100], lock_text[400];

static int setup(void **state)
{
    uint8_t both[64];
    char base64[100], salt[32];
    (void)state;

    assert_int_equal(backup_key_derive(PASSPHRASE, &kdf, &key), 0);
    backup_lock_make(&key, &kdf, &lock);
    memcpy(both, lock.public_key, 32);
    memcpy(both + 32, lock.secret, 32);
    sodium_bin2base64(base64, sizeof(base64), both, 64, sodium_base64_VARIANT_ORIGINAL);
    sodium_bin2base64(salt, sizeof(salt), kdf.salt, 16, sodium_base64_VARIANT_ORIGINAL);
    sodium_bin2base64(key_text, sizeof(key_text), (uint8_t *)&key, sizeof(key),
                      sodium_base64_VARIANT_ORIGINAL);
    snprintf(lock_text, sizeof(lock_text),
             "{\"operations\":1,\"memory_kib\":8192,\"salt\":\"%s\",\"lock\":\"%s\"}", salt,
             base64);
    return 0;
}

static char *path_of(const char *name)
{
    return text_format("%s/%s", world->directory, name);
}

static int open_world(void **state)
{
    static const char *const names[] = {"backups", "restore"};
    (void)state;

    world = world_new();
    for (size_t i = 0; i < ELEMENTS(names); i++) {
        _cleanup_free_ char *path = path_of(names[i]);

        assert_int_equal(mkdir(path, 0700), 0);
    }
    assert_int_equal(backups_new(&world->engine, &world->engine.backups), 0);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    backups_free(world->engine.backups);
    world_free(world);
    return 0;
}

static json_t *call(const char *method, const char *path, const char *query, const char *body)
{
    return world_call(world, method, path, query, NULL, body);
}

static json_t *done(json_t *answer, int status)
{
    if (number_at(answer, "status") != status) {
        _cleanup_free_ char *text = json_dumps(answer, JSON_INDENT(2));
        fail_msg("not %d: %s", status, text);
    }
    return answer;
}

static void add_instance(const char *name)
{
    _cleanup_free_ char *body = text_format("{\"name\":\"%s\",\"hostname\":\"%s\"}", name, name);

    json_decref(done(call("POST", "/instances", NULL, body), 201));
}

static size_t count_instances(void)
{
    json_t *answer = done(call("GET", "/instances", NULL, NULL), 200);
    size_t count = json_array_size(at(answer, "body.items"));

    json_decref(answer);
    return count;
}

/* ---- backups as bytes ---- */

static void create(struct buf *ret_bytes, char id[static 16])
{
    json_t *made = done(call("POST", "/backups", NULL, lock_text), 201);
    _cleanup_free_ char *path = text_format("/backups/%s/content", text_at(made, "body.id"));
    json_int_t offset = 0;

    snprintf(id, 16, "%s", text_at(made, "body.id"));
    for (bool more = true; more;) {
        _cleanup_free_ char *query = text_format("{\"offset\":\"%lld\"}", (long long)offset);
        json_t *part = done(call("GET", path, query, NULL), 200);
        const char *text = text_at(part, "body.content");
        size_t size = 0;

        buf_reserve(ret_bytes, BACKUP_PART_MAX);
        assert_int_equal(sodium_base642bin((uint8_t *)ret_bytes->data + ret_bytes->length,
                                           BACKUP_PART_MAX, text, strlen(text), NULL, &size, NULL,
                                           sodium_base64_VARIANT_ORIGINAL),
                         0);
        ret_bytes->length += size;
        more = json_is_integer(at(part, "body.next"));
        offset = json_integer_value(at(part, "body.next"));
        json_decref(part);
    }
    assert_int_equal(ret_bytes->length, number_at(made, "body.bytes"));
    json_decref(made);
}

static json_t *send_part(const char *id, const struct buf *bytes, size_t offset, size_t size)
{
    static char text[BACKUP_PART_TEXT_MAX];
    _cleanup_free_ char *body = NULL;

    sodium_bin2base64(text, sizeof(text), (uint8_t *)bytes->data + offset, size,
                      sodium_base64_VARIANT_ORIGINAL);
    body = text_format("{%s%s%s\"offset\":%zu,\"total\":%zu,\"content\":\"%s\"}",
                       id ? "\"backup\":\"" : "", id ? id : "", id ? "\"," : "", offset,
                       bytes->length, text);
    return call("POST", "/backups/upload", NULL, body);
}

static void upload(const struct buf *bytes, size_t step, char id[static 16])
{
    id[0] = 0;
    for (size_t at_byte = 0; at_byte < bytes->length; at_byte += step) {
        size_t size = bytes->length - at_byte < step ? bytes->length - at_byte : step;
        json_t *answer = send_part(*id ? id : NULL, bytes, at_byte, size);

        done(answer, at_byte + size == bytes->length ? 201 : 202);
        snprintf(id, 16, "%s", text_at(answer, "body.id"));
        json_decref(answer);
    }
}

static json_t *restore(const char *id, bool dry_run)
{
    _cleanup_free_ char *path = text_format("/backups/%s/restore", id);
    _cleanup_free_ char *body = text_format("{\"key\":\"%s\"}", key_text);

    return call("POST", path, dry_run ? "{\"dry_run\":\"1\"}" : NULL, body);
}

static bool is_committed(void)
{
    _cleanup_close_ int fd = open(world->directory, O_RDONLY | O_DIRECTORY);

    return state_swap_is_committed(fd);
}

static size_t staged_files(void)
{
    _cleanup_free_ char *command = text_format("test -z \"$(ls -A %s/restore)\"", world->directory);

    return system(command) == 0 ? 0 : 1;
}

/* ---- a backup made by hand ---- */

static int put(const void *bytes, size_t size, void *data)
{
    buf_add(data, bytes, size);
    return 0;
}

static void read_file(const char *name, struct buf *ret_bytes)
{
    _cleanup_free_ char *path = path_of(name);
    _cleanup_close_ int fd = open(path, O_RDONLY);
    ssize_t size;

    assert_true(fd >= 0);
    do {
        buf_reserve(ret_bytes, 65536);
        size = read(fd, ret_bytes->data + ret_bytes->length, 65536);
        assert_true(size >= 0);
        ret_bytes->length += (size_t)size;
    } while (size > 0);
}

struct made_up {
    const char *manifest, *config;
    const char *key_file, *database_file; /* in the world's directory */
    const char *more;                     /* one more file */
};

static void add_file(struct backup_writer *writer, const char *name, const void *bytes, size_t size)
{
    assert_int_equal(backup_writer_file(writer, name, size), 0);
    assert_int_equal(backup_writer_add(writer, bytes, size), 0);
}

static void make_up(const struct made_up *made_up, struct buf *ret_bytes)
{
    struct backup_writer *writer = backup_writer_new(&lock, 1234567, put, ret_bytes);
    _cleanup_buf_ struct buf seal = {0}, database = {0};

    read_file(made_up->key_file, &seal);
    read_file(made_up->database_file, &database);
    add_file(writer, "manifest.json", made_up->manifest, strlen(made_up->manifest));
    add_file(writer, "warren.conf", made_up->config, strlen(made_up->config));
    add_file(writer, "seal.key", seal.data, seal.length);
    add_file(writer, "warren.db", database.data, database.length);
    if (made_up->more)
        add_file(writer, made_up->more, "x", 1);
    assert_int_equal(backup_writer_end(writer), 0);
    backup_writer_free(writer);
}

/* A database file of the state as it is. */
static void copy_database(const char *name)
{
    _cleanup_free_ char *path = path_of(name);
    _cleanup_free_ char *sql = text_format("VACUUM INTO '%s'", path);
    _cleanup_free_ char *source = path_of("warren.db");
    char reason[256];
    sqlite3 *database;

    store_free(world->engine.store);
    unlink(path);
    assert_int_equal(sqlite3_open(source, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
    assert_int_equal(
        store_open(world->engine.state_directory, world->engine.seal, &world->engine.store, reason),
        0);
}

static void change_database(const char *name, const char *sql)
{
    _cleanup_free_ char *path = path_of(name);
    sqlite3 *database;

    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
}

#define GOOD_MANIFEST \
    "{\"format\":1,\"version\":\"0.1.0\",\"schema_version\":1," \
    "\"created_at\":\"2026-01-31T12:00:00Z\"}"
#define GOOD_CONFIG "[hub]\nregion = elsewhere\n"

/* ---- the tests ---- */

static void test_there_and_back(void **state)
{
    _cleanup_buf_ struct buf bytes = {0};
    char made[16], id[16];
    json_t *answer;
    (void)state;

    add_instance("acme");
    create(&bytes, made);
    add_instance("later");
    upload(&bytes, 1000, id);
    assert_string_not_equal(made, id);
    answer = done(restore(id, true), 200);
    assert_int_equal(number_at(answer, "body.would.instances"), 1);
    json_decref(answer);
    assert_false(is_committed());
    assert_int_equal(staged_files(), 0);
    assert_int_equal(count_instances(), 2);

    answer = done(restore(id, false), 200);
    assert_true(json_is_true(at(answer, "body.restored")));
    assert_true(json_is_true(at(answer, "body.audit_whole")));
    json_decref(answer);
    assert_true(is_committed());
    /* What runs is over: it takes no change any more, and is still the old state. */
    assert_int_equal(count_instances(), 2);
    json_decref(
        done(call("POST", "/instances", NULL, "{\"name\":\"lost\",\"hostname\":\"lost\"}"), 503));
}

struct newest {
    char action[40], before[200];
};

static int first_entry(const struct audit_entry *entry, void *data)
{
    struct newest *newest = data;

    snprintf(newest->action, sizeof(newest->action), "%s", entry->action);
    snprintf(newest->before, sizeof(newest->before), "%s", entry->before ? entry->before : "");
    return 1;
}

/* The next start. */
static void start_again(void)
{
    _cleanup_close_ int fd = open(world->directory, O_RDONLY | O_DIRECTORY);
    char reason[256];

    world->engine.store = store_free(world->engine.store);
    world->engine.seal = seal_free(world->engine.seal);
    assert_int_equal(state_swap_finish(fd), 0);
    assert_int_equal(seal_open(fd, "seal.key", &world->engine.seal), 0);
    assert_int_equal(
        store_open(world->engine.state_directory, world->engine.seal, &world->engine.store, reason),
        0);
    world->engine.ending = sd_event_source_disable_unref(world->engine.ending);
    world->engine.frozen[0] = 0;
}

static void test_audit_goes_on(void **state)
{
    _cleanup_buf_ struct buf bytes = {0}, obsolete = {0};
    struct newest newest = {0};
    uint64_t checked, broken;
    char made[16];
    (void)state;

    add_instance("acme");
    create(&bytes, made);
    add_instance("later");
    json_decref(done(restore(made, false), 200));
    start_again();
    assert_int_equal(count_instances(), 1);
    assert_int_equal(audit_store_list(world->engine.store, 0, 1, NULL, first_entry, &newest), 1);
    assert_string_equal(newest.action, "backup.restore");
    assert_non_null(strstr(newest.before, "\"hash\""));
    assert_int_equal(audit_store_verify(world->engine.store, &checked, &broken), 0);
    /* The one that came later is told, to be taken out of the kernel. */
    read_file("obsolete", &obsolete);
    assert_int_equal(obsolete.length, ID_LENGTH + 1);
    add_instance("again");
    assert_int_equal(count_instances(), 2);
}

static void refused(const struct buf *bytes, int status, const char *why)
{
    uint64_t before = 0, after = 0;
    struct store_figures figures;
    json_t *answer;
    char id[16];

    upload(bytes, BACKUP_PART_MAX, id);
    store_figures(world->engine.store, &figures);
    before = figures.commits;
    answer = done(restore(id, false), status);
    if (!strstr(text_at(answer, "body.detail"), why))
        fail_msg("\"%s\" does not say \"%s\"", text_at(answer, "body.detail"), why);
    json_decref(answer);
    store_figures(world->engine.store, &figures);
    after = figures.commits;
    assert_int_equal(before, after);
    assert_false(is_committed());
    assert_int_equal(staged_files(), 0);
    assert_string_equal(world->engine.frozen, "");
}

static void test_bad_ones_are_refused(void **state)
{
    struct made_up good = {GOOD_MANIFEST, GOOD_CONFIG, "seal.key", "copy.db", NULL};
    _cleanup_free_ char *other_key = path_of("other.key");
    _cleanup_close_ int fd = open(other_key, O_WRONLY | O_CREAT, 0600);
    (void)state;

    add_instance("acme");
    copy_database("copy.db");
    copy_database("newer.db");
    change_database("newer.db", "PRAGMA user_version = 9999");
    copy_database("foreign.db");
    change_database("foreign.db", "PRAGMA application_id = 1");
    copy_database("broken.db");
    change_database("broken.db", "PRAGMA foreign_keys = OFF; DELETE FROM instance;");
    change_database("broken.db", "INSERT INTO host_rest VALUES ('gone', 1, 1)");
    assert_int_equal(write(fd, "0123456789abcdef0123456789abcdef", 32), 32);

    const struct {
        struct made_up made_up;
        int status;
        const char *why;
    } cases[] = {
        {{"{\"format\":1,\"version\":\"9.0\",\"schema_version\":9999,"
          "\"created_at\":\"2026-01-31T12:00:00Z\"}",
          GOOD_CONFIG, "seal.key", "copy.db", NULL},
         409,
         "of a newer program (9.0, schema 9999"},
        {{"[]", GOOD_CONFIG, "seal.key", "copy.db", NULL}, 409, "no manifest"},
        {{GOOD_MANIFEST, GOOD_CONFIG, "seal.key", "newer.db", NULL}, 409, "newer"},
        {{GOOD_MANIFEST, GOOD_CONFIG, "seal.key", "foreign.db", NULL}, 422, "another program"},
        {{GOOD_MANIFEST, GOOD_CONFIG, "seal.key", "broken.db", NULL}, 422, "damaged"},
        {{GOOD_MANIFEST, GOOD_CONFIG, "seal.key", "seal.key", NULL}, 422, "database in the backup"},
        {{GOOD_MANIFEST, GOOD_CONFIG, "other.key", "copy.db", NULL}, 422, "another key"},
        {{GOOD_MANIFEST, GOOD_CONFIG, "copy.db", "copy.db", NULL}, 422, "too large"},
        {{GOOD_MANIFEST, "[hub]\nnonsense = 1\n", "seal.key", "copy.db", NULL},
         422,
         "configuration in the backup"},
        {{GOOD_MANIFEST, GOOD_CONFIG, "seal.key", "copy.db", "commit"}, 409, "does not know"},
    };
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        _cleanup_buf_ struct buf bytes = {0};

        make_up(&cases[i].made_up, &bytes);
        refused(&bytes, cases[i].status, cases[i].why);
    }
    _cleanup_buf_ struct buf bytes = {0};
    make_up(&good, &bytes);
    bytes.data[bytes.length - 1] ^= 1;
    refused(&bytes, 422, "not as it was written");
    bytes.data[bytes.length - 1] ^= 1;
    bytes.length -= 100;
    refused(&bytes, 422, "cut off");
    assert_int_equal(count_instances(), 1);
}

/* What was sealed by the lock of another passphrase. */
static void test_other_passphrase(void **state)
{
    _cleanup_buf_ struct buf bytes = {0};
    _cleanup_free_ char *path = NULL;
    char made[16];
    (void)state;

    create(&bytes, made);
    path = text_format("/backups/%s/restore", made);
    json_decref(done(call("POST", path, NULL, "{\"passphrase\":\"something else\"}"), 403));
    json_decref(done(call("POST", path, NULL, "{\"passphrase\":\"short\"}"), 422));
    json_decref(done(call("POST", path, NULL, "{}"), 422));
    json_decref(done(
        call("POST", path, "{\"dry_run\":\"1\"}", "{\"passphrase\":\"" PASSPHRASE "\"}"), 200));
}

/* A state of the first schema is brought to this program's. */
static void test_older_is_migrated(void **state)
{
    struct made_up old = {GOOD_MANIFEST, GOOD_CONFIG, "seal.key", "old.db", NULL};
    _cleanup_free_ char *path = path_of("old.db");
    _cleanup_buf_ struct buf bytes = {0};
    struct store_figures figures;
    sqlite3 *database;
    char id[16];
    (void)state;

    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, migrations[0].sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database,
                                  "PRAGMA user_version = 1; INSERT INTO hub (one, ula, created_at) "
                                  "VALUES (1, 'fd00:1:2::/48', 1)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(database);
    add_instance("acme");
    make_up(&old, &bytes);
    upload(&bytes, BACKUP_PART_MAX, id);
    json_decref(done(restore(id, false), 200));
    start_again();
    store_figures(world->engine.store, &figures);
    assert_int_equal(figures.schema_version, migrations_count);
    assert_int_equal(count_instances(), 0);
}

static void test_uploads(void **state)
{
    _cleanup_buf_ struct buf bytes = {0}, foreign = {0};
    json_t *answer;
    char made[16], id[16];
    (void)state;

    buf_add_text(&foreign, "SQLite format 3, and much more that makes it as long as a head, and "
                           "then some: it must have a hundred and forty-eight bytes at least, or "
                           "it would be refused for that.");
    json_decref(done(send_part(NULL, &foreign, 0, foreign.length), 422));
    create(&bytes, made);
    json_decref(done(send_part("aaaaaaaa", &bytes, 1000, 100), 422));
    /* A manual backup is no upload. */
    json_decref(done(send_part(made, &bytes, 1000, 100), 422));
    answer = done(send_part(NULL, &bytes, 0, 1000), 202);
    snprintf(id, sizeof(id), "%s", text_at(answer, "body.id"));
    json_decref(answer);
    json_decref(done(send_part(id, &bytes, 1001, 100), 422));
    json_decref(done(send_part(id, &bytes, 0, 1000), 422));
    /* One that is not whole is none. */
    json_decref(done(restore(id, false), 404));
    answer = done(call("POST", "/backups/upload", NULL,
                       "{\"offset\":0,\"total\":1099511627776,\"content\":\"AAAA\"}"),
                  422);
    json_decref(answer);
}

static size_t kept(const char *kind)
{
    json_t *answer = done(call("GET", "/backups", NULL, NULL), 200), *item;
    size_t count = 0, index;

    json_array_foreach(at(answer, "body.items"), index, item)
    {
        if (text_equal(json_string_value(json_object_get(item, "kind")), kind))
            count++;
    }
    json_decref(answer);
    return count;
}

static void test_schedule(void **state)
{
    json_t *answer;
    (void)state;

    answer = done(call("POST", "/backups", NULL, "{}"), 409);
    assert_non_null(strstr(text_at(answer, "body.detail"), "warren backup key set"));
    json_decref(answer);
    world_turn(world);
    assert_int_equal(kept("scheduled"), 0);
    json_decref(done(call("POST", "/backups/key", NULL, lock_text), 200));
    for (uint64_t end = clock_monotonic_us() + 20000000;
         kept("scheduled") == 0 && clock_monotonic_us() < end;)
        sd_event_run(world->engine.event, 10000);
    assert_int_equal(kept("scheduled"), 1);
    /* The hub closes with what it was given, and can't open it. */
    json_decref(done(call("POST", "/backups", NULL, "{}"), 201));
    assert_int_equal(kept("manual"), 1);
    json_decref(done(call("DELETE", "/backups/key", NULL, NULL), 200));
    json_decref(done(call("POST", "/backups", NULL, "{}"), 409));
}

static void test_keeps_the_newest(void **state)
{
    struct backup_file *files;
    size_t count = 0;
    char id[16];
    (void)state;

    world->engine.settings.backup_keep = 2;
    for (int i = 0; i < 5; i++) {
        _cleanup_buf_ struct buf bytes = {0};
        _cleanup_free_ char *command = NULL;

        create(&bytes, id);
        command = text_format("cd %s/backups && mv %s.manual.backup %s.scheduled.backup",
                              world->directory, id, id);
        assert_int_equal(system(command), 0);
    }
    backup_shelf_tidy(&world->engine, false);
    assert_int_equal(backup_shelf_list(&world->engine, &files, &count), 0);
    assert_int_equal(count, 2);
    free(files);
}

static void test_delete(void **state)
{
    _cleanup_buf_ struct buf bytes = {0};
    _cleanup_free_ char *path = NULL;
    char made[16];
    (void)state;

    create(&bytes, made);
    path = text_format("/backups/%s", made);
    json_decref(done(call("DELETE", path, "{\"dry_run\":\"1\"}", NULL), 200));
    assert_int_equal(kept("manual"), 1);
    json_decref(done(call("DELETE", path, NULL, NULL), 200));
    assert_int_equal(kept("manual"), 0);
    json_decref(done(call("DELETE", path, NULL, NULL), 404));
    json_decref(done(call("GET", "/backups/..%2fwarren.db/content", NULL, NULL), 404));
}

/* What is changed while a backup goes on does not break it. */
static void test_changes_meanwhile(void **state)
{
    json_t *answer;
    char id[16];
    int other;
    (void)state;

    for (int i = 0; i < 40; i++) {
        _cleanup_free_ char *name = text_format("instance%d", i);
        add_instance(name);
    }
    other = world_connect(world);
    _cleanup_free_ char *line =
        text_format("{\"method\":\"POST\",\"path\":\"/api/v1/backups\",\"body\":%s}\n", lock_text);
    world_send(world, other, line);
    sd_event_run(world->engine.event, 0);
    for (int i = 40; i < 60; i++) {
        _cleanup_free_ char *name = text_format("instance%d", i);
        add_instance(name);
    }
    answer = done(world_receive(world, other), 201);
    snprintf(id, sizeof(id), "%s", text_at(answer, "body.id"));
    json_decref(answer);
    close(other);
    answer = done(restore(id, true), 200);
    assert_true(number_at(answer, "body.would.instances") >= 40);
    json_decref(answer);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        TEST(test_there_and_back),    TEST(test_audit_goes_on),     TEST(test_bad_ones_are_refused),
        TEST(test_other_passphrase),  TEST(test_older_is_migrated), TEST(test_uploads),
        TEST(test_schedule),          TEST(test_keeps_the_newest),  TEST(test_delete),
        TEST(test_changes_meanwhile),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
