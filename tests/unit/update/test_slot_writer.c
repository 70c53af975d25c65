/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An update into files that stand for partitions; cut off anywhere, what is there can't be booted.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "hub/update/slot_writer.h"
#include "tests/unit/update/bundle_sample.h"

enum { SLOT_SIZE = 3 * BUNDLE_PIECE_SIZE };

static struct sample sample;
static struct slot_devices devices;

static int open_slot(void **state)
{
    (void)state;
    memcpy(devices.public_key, sample.public_key, 32);
    devices.version = "0.1.9";
    devices.schema_version = 9;
    for (int image = 0; image < BUNDLE_IMAGE_COUNT; image++) {
        devices.fds[image] = open("/tmp", O_RDWR | O_TMPFILE, 0600);
        if (devices.fds[image] < 0 || ftruncate(devices.fds[image], SLOT_SIZE) < 0 ||
            pwrite(devices.fds[image], "what was", 8, 0) != 8)
            return -1;
    }
    return 0;
}

static int close_slot(void **state)
{
    (void)state;
    for (int image = 0; image < BUNDLE_IMAGE_COUNT; image++)
        close(devices.fds[image]);
    return 0;
}

static bool is_written(int image)
{
    uint8_t *bytes = malloc(sample_sizes[image]);
    bool same =
        pread(devices.fds[image], bytes, sample_sizes[image], 0) == (ssize_t)sample_sizes[image] &&
        memcmp(bytes, sample.images[image], sample_sizes[image]) == 0;

    free(bytes);
    return same;
}

static bool boots_what_was(void)
{
    char start[8];

    assert_int_equal(pread(devices.fds[BUNDLE_BOOT], start, 8, 0), 8);
    return memcmp(start, "what was", 8) == 0;
}

static bool boots_nothing(void)
{
    char start[8];

    assert_int_equal(pread(devices.fds[BUNDLE_BOOT], start, 8, 0), 8);
    return memcmp(start, "\0\0\0\0\0\0\0\0", 8) == 0;
}

static int feed(size_t size, bool end, char *reason)
{
    struct slot_writer *writer;
    char version[BUNDLE_VERSION_MAX];
    uint32_t schema;
    int r = slot_writer_new(&devices, &writer);

    for (size_t at = 0; at < size && r == 0; at += 131072)
        r = slot_writer_feed(writer, (uint8_t *)sample.bundle.data + at,
                             size - at < 131072 ? size - at : 131072, reason);
    if (r == 0 && end)
        r = slot_writer_end(writer, version, &schema, reason);
    if (r == 0 && end) {
        assert_string_equal(version, "0.2.0");
        assert_int_equal(schema, 9);
    }
    slot_writer_free(writer);
    return r;
}

static void test_writes(void **state)
{
    char reason[BUNDLE_REASON_MAX] = "";
    (void)state;

    assert_int_equal(feed(sample.bundle.length, true, reason), 0);
    assert_true(is_written(BUNDLE_BOOT) && is_written(BUNDLE_ROOT));
}

/* A power cut, a client that goes away: what is half there is not started. */
static void test_cut_off(void **state)
{
    char reason[BUNDLE_REASON_MAX];
    (void)state;

    for (size_t size = 0; size <= sample.bundle.length; size += sample.bundle.length / 7) {
        assert_int_equal(feed(size, false, reason), 0);
        assert_true(size < sample.pieces_at ? boots_what_was() : boots_nothing());
        if (size < sample.bundle.length)
            assert_int_equal(feed(size, true, reason), -EBADMSG);
    }
}

/* Nothing is touched before the signature holds. */
static void test_broken_signature(void **state)
{
    char reason[BUNDLE_REASON_MAX];
    (void)state;

    sample.bundle.data[50] ^= 1;
    assert_int_equal(feed(sample.bundle.length, true, reason), -EBADMSG);
    sample.bundle.data[50] ^= 1;
    assert_non_null(strstr(reason, "signature"));
    assert_true(boots_what_was());
}

static void test_bad_piece(void **state)
{
    char reason[BUNDLE_REASON_MAX];
    (void)state;

    sample.bundle.data[sample.bundle.length - 1000] ^= 1;
    assert_int_equal(feed(sample.bundle.length, true, reason), -EBADMSG);
    sample.bundle.data[sample.bundle.length - 1000] ^= 1;
    assert_true(boots_nothing());
}

static void test_too_large(void **state)
{
    char reason[BUNDLE_REASON_MAX];
    (void)state;

    assert_int_equal(ftruncate(devices.fds[BUNDLE_ROOT], SAMPLE_ROOT_SIZE - 1), 0);
    assert_int_equal(feed(sample.bundle.length, true, reason), -ENOSPC);
    assert_non_null(strstr(reason, "too large"));
    assert_true(boots_what_was());
}

/* The sample is 0.2.0, with schema 9. */
static void test_older(void **state)
{
    static const struct {
        const char *version;
        uint32_t schema_version;
        bool taken;
    } running[] = {
        {"0.2.0", 9, true},   {"0.1.10", 8, true},  {"0.2.1", 9, false},
        {"0.10.0", 9, false}, {"0.1.0", 10, false},
    };
    char reason[BUNDLE_REASON_MAX];
    (void)state;

    for (size_t i = 0; i < sizeof(running) / sizeof(running[0]); i++) {
        assert_int_equal(pwrite(devices.fds[BUNDLE_BOOT], "what was", 8, 0), 8);
        devices.version = running[i].version;
        devices.schema_version = running[i].schema_version;
        assert_int_equal(feed(sample.bundle.length, true, reason), running[i].taken ? 0 : -ESTALE);
        if (running[i].taken)
            continue;
        assert_non_null(strstr(reason, "older"));
        assert_true(boots_what_was());
    }
}

static int setup(void **state)
{
    (void)state;
    sample_make(&sample);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sample_done(&sample);
    return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_slot, close_slot)
    const struct CMUnitTest tests[] = {
        TEST(test_writes),    TEST(test_cut_off),   TEST(test_broken_signature),
        TEST(test_bad_piece), TEST(test_too_large), TEST(test_older),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
