/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening, refusing, transactions, full disks and sudden ends. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/store/hub_store.h"
#include "hub/store/migration.h"
#include "tests/unit/store/fixture.h"

static void test_opens_again(void **state)
{
    struct fixture *fixture = *state;
    struct hub_row first, second;
    struct store_figures figures;
    struct stat status;
    _cleanup_free_ char *path = text_format("%s/warren.db", fixture->directory);

    assert_int_equal(hub_store_get(fixture->store, &first), 0);
    assert_int_equal(first.ula.length, 48);
    assert_int_equal(first.ula.address.bytes[0], 0xfd);
    assert_int_equal(fixture_reopen(fixture), 0);
    assert_int_equal(hub_store_get(fixture->store, &second), 0);
    assert_true(prefix_equal(&first.ula, &second.ula));
    store_figures(fixture->store, &figures);
    assert_int_equal(figures.schema_version, migrations_count);
    assert_true(figures.bytes > 0);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void test_newer_refused(void **state)
{
    struct fixture *fixture = *state;
    _cleanup_free_ char *own = text_format("PRAGMA user_version = %zu", migrations_count);

    fixture_tamper(fixture, "PRAGMA user_version = 99");
    assert_int_equal(fixture_reopen(fixture), -EPROTO);
    assert_non_null(strstr(fixture->reason, "schema 99"));
    fixture_tamper(fixture, own);
    assert_int_equal(fixture_reopen(fixture), 0);
}

static void test_foreign_refused(void **state)
{
    struct fixture *fixture = *state;

    fixture_tamper(fixture, "PRAGMA application_id = 7");
    assert_int_equal(fixture_reopen(fixture), -EUCLEAN);
    assert_non_null(strstr(fixture->reason, "another program"));
}

static void write_file(struct fixture *fixture, const void *data, size_t size, off_t at)
{
    _cleanup_free_ char *path = text_format("%s/warren.db", fixture->directory);
    int fd;

    fixture->store = store_free(fixture->store);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, data, size, at), (ssize_t)size);
    close(fd);
}

static void test_damaged_refused(void **state)
{
    struct fixture *fixture = *state;
    _cleanup_free_ char *path = text_format("%s/warren.db", fixture->directory);
    char garbage[8192];

    memset(garbage, 'x', sizeof(garbage));
    write_file(fixture, garbage, sizeof(garbage), 4096);
    assert_int_equal(fixture_reopen(fixture), -EUCLEAN);
    assert_non_null(strstr(fixture->reason, "damaged"));

    assert_int_equal(truncate(path, 4096 + 100), 0);
    assert_int_equal(fixture_reopen(fixture), -EUCLEAN);

    write_file(fixture, garbage, sizeof(garbage), 0);
    assert_int_equal(fixture_reopen(fixture), -EUCLEAN);
    assert_non_null(strstr(fixture->reason, "backup"));
}

/* Every place of the file, damaged in turn: an error or not, but never a crash. */
static void test_damage_anywhere(void **state)
{
    struct fixture *fixture = *state;
    struct instance instance = fixture_instance(1);
    uint8_t garbage[16];
    off_t size;
    _cleanup_free_ char *path = text_format("%s/warren.db", fixture->directory);
    _cleanup_free_ char *copy = NULL;
    unsigned refused = 0;
    FILE *file;

    fixture_add_instance(fixture, &instance);
    fixture->store = store_free(fixture->store);
    file = fopen(path, "r");
    fseek(file, 0, SEEK_END);
    size = ftell(file);
    rewind(file);
    copy = malloc((size_t)size);
    assert_int_equal(fread(copy, 1, (size_t)size, file), size);
    fclose(file);

    memset(garbage, 0xa5, sizeof(garbage));
    for (off_t at = 0; at + 16 <= size; at += 1021) {
        struct instance found;

        write_file(fixture, copy, (size_t)size, 0);
        write_file(fixture, garbage, sizeof(garbage), at);
        if (fixture_reopen(fixture) != 0)
            refused++;
        else if (instance_store_find(fixture->store, instance.id, &found) == 0)
            instance_done(&found);
    }
    assert_true(refused > 0);
    instance_done(&instance);
}

/* What was made of rows is known to be old: after a change, and after nothing else. */
static void test_version(void **state)
{
    struct fixture *fixture = *state;
    struct instance instance = fixture_instance(1), other = fixture_instance(2);
    const char *column;
    uint64_t version = store_version(fixture->store), older[3];

    fixture_add_instance(fixture, &instance);
    older[0] = version;
    older[1] = version = store_version(fixture->store);
    assert_int_not_equal(older[0], version);

    assert_int_equal(store_begin(fixture->store), 0);
    assert_int_equal(instance_store_add(fixture->store, &other, &column), 0);
    store_rollback(fixture->store);
    store_rollback(fixture->store); /* of nothing */
    assert_int_equal(store_version(fixture->store), version);

    assert_int_equal(store_begin_aside(fixture->store), 0);
    assert_int_equal(instance_store_add(fixture->store, &other, &column), 0);
    assert_int_equal(store_commit(fixture->store), 0);
    assert_int_equal(store_version(fixture->store), version);

    store_touch(fixture->store);
    older[2] = version = store_version(fixture->store);
    assert_int_not_equal(older[1], version);

    assert_int_equal(store_begin(fixture->store), 0);
    assert_int_equal(instance_store_mark_deleting(fixture->store, instance.id), 0);
    assert_int_equal(store_commit(fixture->store), 0);
    for (size_t i = 0; i < ELEMENTS(older); i++)
        assert_int_not_equal(store_version(fixture->store), older[i]);
}

static void test_second_refused(void **state)
{
    struct fixture *fixture = *state;
    int status;
    pid_t child = fork();

    if (child == 0) {
        struct store *store;
        char reason[256];
        int error = store_open(fixture->directory, fixture->seal, &store, reason);

        _exit(error == -EBUSY && strstr(reason, "another process") ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void test_error_sticks(void **state)
{
    struct fixture *fixture = *state;
    struct instance first = fixture_instance(1), second = fixture_instance(2);
    const char *column = NULL;
    uint32_t count;

    strcpy(second.name, "TENANT 1");
    assert_int_equal(store_begin(fixture->store), 0);
    assert_true(store_in_transaction(fixture->store));
    assert_int_equal(instance_store_add(fixture->store, &first, &column), 0);
    assert_int_equal(instance_store_add(fixture->store, &second, &column), -EEXIST);
    assert_string_equal(column, "name");
    assert_int_equal(instance_store_count(fixture->store, &count), -EEXIST);
    assert_int_equal(store_commit(fixture->store), -EEXIST);
    assert_true(*store_error_text(fixture->store));
    assert_false(store_in_transaction(fixture->store));

    assert_int_equal(instance_store_count(fixture->store, &count), 0);
    assert_int_equal(count, 0);
    assert_int_equal(store_begin(fixture->store), 0);
    assert_string_equal(store_error_text(fixture->store), "");
    assert_int_equal(instance_store_add(fixture->store, &first, &column), 0);
    store_rollback(fixture->store);
    assert_int_equal(instance_store_count(fixture->store, &count), 0);
    assert_int_equal(count, 0);
    instance_done(&first);
    instance_done(&second);
}

/* Adds until it is killed, telling each acknowledged number through the pipe. */
static void add_for_ever(struct fixture *fixture, int pipe_end)
{
    for (uint32_t number = 1;; number++) {
        struct instance instance = fixture_instance(number);
        const char *column;

        if (store_begin(fixture->store) != 0 ||
            instance_store_add(fixture->store, &instance, &column) != 0 ||
            store_commit(fixture->store) != 0 ||
            write(pipe_end, &number, sizeof(number)) != sizeof(number))
            _exit(1);
        if (number % 40 == 0)
            store_checkpoint(fixture->store);
    }
}

static uint32_t kill_while_adding(struct fixture *fixture, uint32_t wanted)
{
    uint32_t number = 0, next;
    int ends[2], status;
    pid_t child;

    fixture->store = store_free(fixture->store);
    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        close(ends[0]);
        if (fixture_reopen(fixture) != 0)
            _exit(1);
        add_for_ever(fixture, ends[1]);
    }
    close(ends[1]);
    while (number < wanted && read(ends[0], &next, sizeof(next)) == sizeof(next))
        number = next;
    usleep((useconds_t)(rand() % 2000)); /* anywhere within the commits that follow */
    kill(child, SIGKILL);
    while (read(ends[0], &next, sizeof(next)) == sizeof(next))
        number = next;
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    return number;
}

static void test_killed(void **state)
{
    struct fixture *fixture = *state;

    for (unsigned round = 0; round < 5; round++) {
        uint32_t acknowledged = kill_while_adding(fixture, 10 + (uint32_t)rand() % 190), count;

        assert_int_equal(fixture_reopen(fixture), 0);
        assert_int_equal(instance_store_count(fixture->store, &count), 0);
        /* The one more is a commit that was not acknowledged any more. */
        assert_in_range(count, acknowledged, acknowledged + 1);
        for (uint32_t number = 1; number <= acknowledged; number++) {
            char name[32];
            _cleanup_instance_ struct instance instance = {0};

            snprintf(name, sizeof(name), "Tenant %u", number);
            assert_int_equal(instance_store_find(fixture->store, name, &instance), 0);
        }
        fixture_tamper(fixture, "DELETE FROM instance_counter; DELETE FROM instance");
    }
    assert_int_equal(fixture_reopen(fixture), 0);
}

/* ---- a full disk ---- */

static int fill(const char *directory)
{
    _cleanup_free_ char *path = text_format("%s/filler", directory);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    char block[4096] = {0};

    while (write(fd, block, sizeof(block)) > 0)
        ;
    close(fd);
    return errno;
}

/* In the child's own mount namespace. Answers the line that failed. */
static int full_disk(struct fixture *fixture)
{
#define MUST(condition) \
    do { \
        if (!(condition)) \
            return __LINE__; \
    } while (0)
    _cleanup_free_ char *filler = text_format("%s/filler", fixture->directory);
    struct instance instance;
    const char *column;
    uint32_t count, added = 1;
    int error = 0;

    MUST(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    MUST(mount("tmpfs", fixture->directory, "tmpfs", 0, "size=1m") == 0);
    MUST(fixture_reopen(fixture) == 0);
    instance = fixture_instance(1);
    fixture_add_instance(fixture, &instance);
    MUST(fill(fixture->directory) == ENOSPC);
    while (!error && added < 1000) {
        instance = fixture_instance(added + 1);
        MUST(store_begin(fixture->store) == 0);
        instance_store_add(fixture->store, &instance, &column);
        error = store_commit(fixture->store);
        added += error == 0;
    }
    MUST(error == -ENOSPC);
    MUST(strstr(store_error_text(fixture->store), "disk is full"));
    MUST(instance_store_count(fixture->store, &count) == 0 && count == added);

    /* Opening on the full disk works too. */
    MUST(fixture_reopen(fixture) == 0);
    MUST(instance_store_count(fixture->store, &count) == 0 && count == added);

    MUST(unlink(filler) == 0);
    fixture_add_instance(fixture, &instance);
    MUST(instance_store_count(fixture->store, &count) == 0 && count == added + 1);
    return 0;
#undef MUST
}

static void test_full_disk(void **state)
{
    struct fixture *fixture = *state;
    int status;
    pid_t child;

    child = fork();
    if (child == 0) {
        fixture->store = NULL; /* the parent's */
        if (unshare(CLONE_NEWNS) != 0)
            _exit(77);
        int line = full_disk(fixture);

        if (line)
            fprintf(stderr, "%s:%d: failed\n", __FILE__, line);
        _exit(line ? 1 : 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        print_message("skipped: a mount namespace of its own needs root\n");
        skip();
    }
    assert_int_equal(status, 0);
}

/* ---- migrations ---- */

static const char step_one[] = "PRAGMA application_id = 0x57524e31; CREATE TABLE one (a)";

static int open_raw(struct fixture *fixture, sqlite3 **ret_database)
{
    _cleanup_free_ char *path = text_format("%s/warren.db", fixture->directory);

    if (sqlite3_open(path, ret_database) != SQLITE_OK)
        return -1;
    return sqlite3_exec(*ret_database, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
}

static void start_empty(struct fixture *fixture, sqlite3 **ret_database)
{
    _cleanup_free_ char *path = text_format("%s/warren.db", fixture->directory);

    fixture->store = store_free(fixture->store);
    unlink(path);
    assert_int_equal(open_raw(fixture, ret_database), 0);
}

static bool has_table(sqlite3 *database, const char *name)
{
    return sqlite3_table_column_metadata(database, NULL, name, NULL, NULL, NULL, NULL, NULL,
                                         NULL) == SQLITE_OK;
}

static void test_migration_fails(void **state)
{
    static const struct migration list[] = {
        {1, step_one},
        {2, "CREATE TABLE two (a); INSERT INTO nothing VALUES (1)"},
    };
    static const struct migration repaired[] = {{1, step_one}, {2, "CREATE TABLE two (a)"}};
    char reason[MIGRATION_REASON_MAX];
    uint32_t version = 77;
    sqlite3 *database;

    start_empty(*state, &database);
    assert_true(migration_apply(database, list, 2, &version, reason) < 0);
    assert_non_null(strstr(reason, "schema 2 failed"));
    assert_int_equal(version, 77);
    assert_true(has_table(database, "one"));
    assert_false(has_table(database, "two"));
    assert_int_equal(migration_apply(database, repaired, 2, &version, reason), 0);
    assert_int_equal(version, 2);
    assert_true(has_table(database, "two"));
    assert_int_equal(migration_apply(database, repaired, 1, &version, reason), -EPROTO);
    sqlite3_close(database);
}

static void die(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)context;
    (void)count;
    (void)values;
    kill(getpid(), SIGKILL);
}

static void test_migration_killed(void **state)
{
    static const struct migration list[] = {
        {1, step_one},
        {2, "CREATE TABLE two (a); INSERT INTO two VALUES (1); SELECT die()"},
    };
    struct fixture *fixture = *state;
    char reason[MIGRATION_REASON_MAX];
    uint32_t version;
    sqlite3 *database;
    int status;
    pid_t child;

    start_empty(fixture, &database);
    sqlite3_close(database);
    child = fork();
    if (child == 0) {
        if (open_raw(fixture, &database) != 0 ||
            sqlite3_create_function(database, "die", 0, SQLITE_UTF8, NULL, die, NULL, NULL))
            _exit(1);
        migration_apply(database, list, 2, &version, reason);
        _exit(1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(open_raw(fixture, &database), 0);
    assert_true(has_table(database, "one"));
    assert_false(has_table(database, "two"));
    assert_int_equal(migration_apply(database, list, 1, &version, reason), 0);
    sqlite3_close(database);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_opens_again),     TEST(test_newer_refused),    TEST(test_foreign_refused),
        TEST(test_damaged_refused), TEST(test_damage_anywhere),  TEST(test_second_refused),
        TEST(test_error_sticks),    TEST(test_killed),           TEST(test_full_disk),
        TEST(test_migration_fails), TEST(test_migration_killed), TEST(test_version),
    };

    srand((unsigned)getpid());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
