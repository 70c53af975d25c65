/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is signed comes out as it was; nothing else comes out at all. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/update/bundle_sample.h"

static struct sample sample;

struct seen {
    int manifests;
    size_t bytes;
};

static int on_manifest(const struct bundle_manifest *manifest, void *data)
{
    ((struct seen *)data)->manifests++;
    assert_string_equal(manifest->version, "0.2.0");
    assert_int_equal(manifest->schema_version, 9);
    return 0;
}

static int on_piece(enum bundle_image image, uint64_t offset, const uint8_t *bytes, size_t size,
                    void *data)
{
    assert_true(offset + size <= sample_sizes[image]);
    assert_memory_equal(bytes, sample.images[image] + offset, size);
    ((struct seen *)data)->bytes += size;
    return 0;
}

static const struct bundle_handlers handlers = {on_manifest, on_piece};

static int parse(const struct buf *bundle, size_t size, size_t step, struct seen *seen,
                 char *reason)
{
    struct bundle_parser *parser = bundle_parser_new(sample.public_key, &handlers, seen);
    int r = 0;

    for (size_t at = 0; at < size && r == 0; at += step)
        r = bundle_parser_feed(parser, (uint8_t *)bundle->data + at,
                               size - at < step ? size - at : step, reason);
    if (r == 0)
        r = bundle_parser_end(parser, reason);
    bundle_parser_free(parser);
    return r;
}

static void test_reads_back(void **state)
{
    static const size_t steps[] = {1 << 30, 131072, 777};
    char reason[BUNDLE_REASON_MAX];
    (void)state;

    for (size_t i = 0; i < 3; i++) {
        struct seen seen = {0};
        assert_int_equal(parse(&sample.bundle, sample.bundle.length, steps[i], &seen, reason), 0);
        assert_int_equal(seen.bytes, SAMPLE_BOOT_SIZE + SAMPLE_ROOT_SIZE);
        assert_int_equal(seen.manifests, 1);
    }
}

/* All of the head and the manifest, and some of each piece. */
static void test_flipped(void **state)
{
    char reason[BUNDLE_REASON_MAX];
    (void)state;

    for (size_t i = 0; i < sample.bundle.length; i += i < sample.pieces_at ? 3 : 70001) {
        struct seen seen = {0};
        sample.bundle.data[i] ^= 4;
        int r = parse(&sample.bundle, sample.bundle.length, 65536, &seen, reason);
        assert_true(r == -EBADMSG || r == -EPROTO);
        assert_true(reason[0]);
        assert_int_equal(seen.manifests, i < sample.pieces_at ? 0 : 1);
        sample.bundle.data[i] ^= 4;
    }
}

static void test_cut_off(void **state)
{
    char reason[BUNDLE_REASON_MAX];
    (void)state;

    for (size_t size = 0; size < sample.bundle.length; size += 50021) {
        struct seen seen = {0};
        assert_int_equal(parse(&sample.bundle, size, 65536, &seen, reason), -EBADMSG);
        assert_non_null(strstr(reason, "cut off"));
    }
    struct seen seen = {0};
    buf_add_char(&sample.bundle, 'x');
    assert_int_equal(parse(&sample.bundle, sample.bundle.length, 65536, &seen, reason), -EBADMSG);
    sample.bundle.length--;
}

static void test_other_key(void **state)
{
    char reason[BUNDLE_REASON_MAX];
    uint8_t good[32], secret[64];
    struct seen seen = {0};
    (void)state;

    memcpy(good, sample.public_key, 32);
    crypto_sign_keypair(sample.public_key, secret);
    assert_int_equal(parse(&sample.bundle, sample.bundle.length, 65536, &seen, reason), -EBADMSG);
    assert_non_null(strstr(reason, "does not trust"));
    assert_int_equal(seen.manifests, 0);
    memcpy(sample.public_key, good, 32);
}

static void test_manifests(void **state)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{\"format\":2}",
        "{\"format\":1,\"version\":\"a b\",\"schema_version\":1}",
        "{\"format\":1,\"version\":\"1\",\"schema_version\":0}",
        "{\"format\":1,\"version\":\"1\",\"schema_version\":1,\"images\":{}}",
        "{\"format\":1,\"version\":\"1\",\"schema_version\":1,\"images\":{\"boot\":{\"bytes\":1,"
        "\"pieces\":[]},\"root\":{}}}",
        "{\"format\":1,\"version\":\"1\",\"schema_version\":1,\"images\":{\"boot\":{\"bytes\":1,"
        "\"pieces\":[\"00\"]},\"root\":{}}}",
        "{\"format\":1,\"version\":\"1\",\"schema_version\":1,\"images\":{\"boot\":"
        "{\"bytes\":99999999999999,\"pieces\":[]}}}",
    };
    char reason[BUNDLE_REASON_MAX];
    struct bundle_manifest manifest;
    (void)state;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(bundle_manifest_parse(bad[i], strlen(bad[i]), &manifest, reason),
                         -EBADMSG);
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_back), cmocka_unit_test(test_flipped),
        cmocka_unit_test(test_cut_off),    cmocka_unit_test(test_other_key),
        cmocka_unit_test(test_manifests),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
