/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is written reads back; whatever else is shown to the reader is refused with a reason. */
#include <errno.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hub/backup/backup_reader.h"
#include "hub/backup/backup_writer.h"
#include "hub/base/buf.h"
#include "hub/base/text.h"

/* The cheapest that is valid. */
static const struct backup_kdf kdf = {.operations = 1, .memory_kib = 8 * 1024, .salt = {7}};
static struct backup_key key;
static struct backup_lock lock;

/* ---- writing and reading in memory ---- */

static int put(const void *bytes, size_t size, void *data)
{
    buf_add(data, bytes, size);
    return 0;
}

struct found {
    char names[200];
    struct buf bytes;
    unsigned whole;
};

static int on_entry(const char *name, uint64_t size, void *data)
{
    struct found *found = data;
    size_t used = strlen(found->names);

    snprintf(found->names + used, sizeof(found->names) - used, "%s %u;", name, (unsigned)size);
    return 0;
}

static int on_bytes(const uint8_t *bytes, size_t size, void *data)
{
    buf_add(&((struct found *)data)->bytes, bytes, size);
    return 0;
}

static int on_whole(void *data)
{
    ((struct found *)data)->whole++;
    return 0;
}

static const struct archive_handlers handlers = {on_entry, on_bytes, on_whole};

static void write_with(const struct backup_lock *closed_by, const char *text, size_t size,
                       struct buf *ret_backup)
{
    struct backup_writer *writer = backup_writer_new(closed_by, 1234567, put, ret_backup);

    assert_int_equal(backup_writer_file(writer, "manifest.json", 2), 0);
    assert_int_equal(backup_writer_add(writer, "{}", 2), 0);
    assert_int_equal(backup_writer_file(writer, "empty", 0), 0);
    assert_int_equal(backup_writer_file(writer, "warren.db", size), 0);
    for (size_t at = 0; at < size; at += 999)
        assert_int_equal(backup_writer_add(writer, text + at, size - at < 999 ? size - at : 999),
                         0);
    assert_int_equal(backup_writer_end(writer), 0);
    backup_writer_free(writer);
}

static int read_in_steps(const struct backup_key *opened_by, const char *bytes, size_t size,
                         size_t step, struct found *found, char *reason)
{
    struct backup_reader *reader = backup_reader_new(opened_by, &handlers, found);
    int r = 0;

    reason[0] = 0;
    for (size_t at = 0; at < size && r == 0; at += step)
        r = backup_reader_feed(reader, (const uint8_t *)bytes + at,
                               size - at < step ? size - at : step, reason);
    if (r == 0)
        r = backup_reader_end(reader, reason);
    backup_reader_free(reader);
    return r;
}

static int read_all(const char *bytes, size_t size, char *reason)
{
    struct found found = {0};
    int r = read_in_steps(&key, bytes, size, 1 << 20, &found, reason);

    buf_done(&found.bytes);
    return r;
}

static char *noise(size_t size)
{
    char *bytes = malloc(size + 1);

    randombytes_buf(bytes, size);
    return bytes;
}

/* ---- the tests ---- */

static void test_reads_back(void **state)
{
    static const size_t sizes[] = {0, 1, 65535, 65536, 65537, 131072 - 60, 300000};
    static const size_t steps[] = {1 << 20, 65536, 777};
    (void)state;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        for (size_t j = 0; j < sizeof(steps) / sizeof(steps[0]); j++) {
            char *text = noise(sizes[i]), reason[BACKUP_REASON_MAX], names[100];
            _cleanup_buf_ struct buf backup = {0};
            struct found found = {0};

            write_with(&lock, text, sizes[i], &backup);
            assert_int_equal(
                read_in_steps(&key, backup.data, backup.length, steps[j], &found, reason), 0);
            snprintf(names, sizeof(names), "manifest.json 2;empty 0;warren.db %zu;", sizes[i]);
            assert_string_equal(found.names, names);
            assert_int_equal(found.whole, 3);
            assert_int_equal(found.bytes.length, sizes[i] + 2);
            assert_memory_equal(found.bytes.data + 2, text, sizes[i]);
            buf_done(&found.bytes);
            free(text);
        }
}

static void test_is_packed(void **state)
{
    char *text = calloc(1, 1000000);
    _cleanup_buf_ struct buf backup = {0};
    (void)state;

    write_with(&lock, text, 1000000, &backup);
    assert_true(backup.length < 2000);
    free(text);
}

static void test_other_passphrase(void **state)
{
    _cleanup_buf_ struct buf backup = {0};
    struct backup_key other;
    struct found found = {0};
    char reason[BACKUP_REASON_MAX];
    (void)state;

    write_with(&lock, "abc", 3, &backup);
    assert_int_equal(backup_key_derive("another one", &kdf, &other), 0);
    assert_int_equal(read_in_steps(&other, backup.data, backup.length, 4096, &found, reason),
                     -EACCES);
    assert_non_null(strstr(reason, "passphrase is another one"));
    assert_string_equal(found.names, "");
}

/* Whoever knows the public key alone can't make what the passphrase would open. */
static void test_forged_without_the_secret(void **state)
{
    _cleanup_buf_ struct buf backup = {0};
    struct backup_lock forger = lock;
    char reason[BACKUP_REASON_MAX];
    (void)state;

    forger.secret[0] ^= 1;
    write_with(&forger, "abc", 3, &backup);
    assert_int_equal(read_all(backup.data, backup.length, reason), -EBADMSG);
}

static void test_every_flipped_bit(void **state)
{
    _cleanup_buf_ struct buf backup = {0};
    char reason[BACKUP_REASON_MAX];
    (void)state;

    write_with(&lock, "abc", 3, &backup);
    for (size_t i = 0; i < backup.length; i++) {
        backup.data[i] ^= 1 << (i % 8);
        int r = read_all(backup.data, backup.length, reason);
        assert_true(r == -EBADMSG || r == -EACCES || r == -EPROTO);
        assert_true(reason[0]);
        backup.data[i] ^= 1 << (i % 8);
    }
    assert_int_equal(read_all(backup.data, backup.length, reason), 0);
}

static void test_every_length(void **state)
{
    _cleanup_buf_ struct buf backup = {0};
    char *text = noise(140000), reason[BACKUP_REASON_MAX];
    (void)state;

    write_with(&lock, text, 140000, &backup);
    for (size_t size = 0; size < backup.length; size += size < 600 ? 1 : 1009) {
        assert_int_equal(read_all(backup.data, size, reason), -EBADMSG);
        assert_true(reason[0]);
    }
    /* Whole chunks left out at the end. */
    assert_int_equal(
        read_all(backup.data, BACKUP_HEAD_SIZE + BACKUP_CHUNK_SIZE + BACKUP_CHUNK_OVERHEAD, reason),
        -EBADMSG);
    buf_add(&backup, "x", 1);
    assert_int_equal(read_all(backup.data, backup.length, reason), -EBADMSG);
    free(text);
}

static void test_foreign(void **state)
{
    static const char text[] = "SQLite format 3 and then a lot more that is not of ours at all";
    char reason[BACKUP_REASON_MAX];
    _cleanup_buf_ struct buf backup = {0};
    struct backup_head head;
    (void)state;

    assert_int_equal(read_all(text, sizeof(text), reason), -EBADMSG);
    assert_string_equal(reason, "this is no backup of Warren");
    assert_int_equal(read_all(text, 0, reason), -EBADMSG);
    write_with(&lock, "abc", 3, &backup);
    backup.data[8] = 2;
    assert_int_equal(read_all(backup.data, backup.length, reason), -EPROTO);
    assert_non_null(strstr(reason, "newer program"));
    backup.data[8] = 1;
    /* A cost that would keep the reader busy for a day. */
    backup.data[15] = 1;
    assert_int_equal(backup_head_parse((uint8_t *)backup.data, backup.length, &head, reason),
                     -EBADMSG);
}

static void test_derive(void **state)
{
    struct backup_kdf costly = kdf, fresh;
    struct backup_key once, again;
    (void)state;

    backup_kdf_make(&fresh);
    assert_true(backup_kdf_valid(&fresh));
    costly.memory_kib = UINT32_MAX;
    assert_int_equal(backup_key_derive("correct horse", &costly, &once), -EINVAL);
    assert_int_equal(backup_key_derive("short", &kdf, &once), -EINVAL);
    assert_int_equal(backup_key_derive("correct horse", &kdf, &once), 0);
    assert_int_equal(backup_key_derive("correct horse", &kdf, &again), 0);
    assert_memory_equal(&once, &again, sizeof(once));
}

/* ---- the archive alone ---- */

static int parse(const char *bytes, size_t size, size_t step, char *reason)
{
    struct found found = {0};
    static struct archive_parser parser; /* the sanitizer's stack is not aligned for it */
    int r = 0;

    reason[0] = 0;
    archive_parser_init(&parser, &handlers, &found);
    for (size_t at = 0; at < size && r == 0; at += step)
        r = archive_parser_feed(&parser, (const uint8_t *)bytes + at,
                                size - at < step ? size - at : step, reason);
    if (r == 0)
        r = archive_parser_end(&parser, reason);
    buf_done(&found.bytes);
    return r;
}

static void add_head(struct buf *archive, const char *name, uint64_t size)
{
    uint8_t head[ARCHIVE_HEAD_SIZE];

    archive_head_format(name, size, head);
    buf_add(archive, head, sizeof(head));
}

static void add_file(struct buf *archive, const char *name, const char *text)
{
    uint8_t hash[ARCHIVE_HASH_SIZE];

    add_head(archive, name, strlen(text));
    buf_add_text(archive, text);
    crypto_generichash(hash, sizeof(hash), (const uint8_t *)text, strlen(text), NULL, 0);
    buf_add(archive, hash, sizeof(hash));
}

static void test_archive(void **state)
{
    static const char *const bad_names[] = {"../up", "a/b", ".hidden", "A", "a b"};
    char reason[BACKUP_REASON_MAX];
    (void)state;

    for (size_t i = 0; i < sizeof(bad_names) / sizeof(bad_names[0]); i++) {
        _cleanup_buf_ struct buf archive = {0};
        add_file(&archive, bad_names[i], "x");
        add_head(&archive, "", 1);
        assert_int_equal(parse(archive.data, archive.length, 3, reason), -EBADMSG);
    }
    _cleanup_buf_ struct buf archive = {0};
    add_file(&archive, "a", "x");
    add_file(&archive, "b", "");
    assert_int_equal(parse(archive.data, archive.length, 1, reason), -EBADMSG);
    add_head(&archive, "", 3);
    assert_int_equal(parse(archive.data, archive.length, 1, reason), -EBADMSG);
    archive.length -= ARCHIVE_HEAD_SIZE;
    add_head(&archive, "", 2);
    assert_int_equal(parse(archive.data, archive.length, 1, reason), 0);
    archive.data[ARCHIVE_HEAD_SIZE] = 'y';
    assert_int_equal(parse(archive.data, archive.length, 1, reason), -EBADMSG);
    assert_non_null(strstr(reason, "hash"));

    _cleanup_buf_ struct buf huge = {0};
    add_head(&huge, "a", UINT64_MAX);
    assert_int_equal(parse(huge.data, huge.length, 1, reason), -EBADMSG);
}

static int setup(void **state)
{
    (void)state;
    if (backup_key_derive("correct horse battery", &kdf, &key) < 0)
        return -1;
    backup_lock_make(&key, &kdf, &lock);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_back),        cmocka_unit_test(test_is_packed),
        cmocka_unit_test(test_other_passphrase),  cmocka_unit_test(test_forged_without_the_secret),
        cmocka_unit_test(test_every_flipped_bit), cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_foreign),           cmocka_unit_test(test_derive),
        cmocka_unit_test(test_archive),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
