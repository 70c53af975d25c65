/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
/* After the four that it needs. */
#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/base/seal.h"

struct place {
    char path[32];
    int fd;
};

static int place_make(void **state)
{
    static struct place place;

    strcpy(place.path, "/tmp/warren-seal-XXXXXX");
    if (!mkdtemp(place.path))
        return -1;
    place.fd = open(place.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *state = &place;
    return place.fd < 0;
}

static int place_remove(void **state)
{
    struct place *place = *state;

    unlinkat(place->fd, "seal.key", 0);
    close(place->fd);
    /* Fails when a file was left behind. */
    return rmdir(place->path);
}

static void put(struct place *place, const void *data, size_t size)
{
    _cleanup_close_ int fd = openat(place->fd, "seal.key", O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, size), size);
}

static void values_open_with_the_same_key_file(void **state)
{
    struct place *place = *state;
    uint8_t sealed[5 + SEAL_OVERHEAD], again[5 + SEAL_OVERHEAD];
    char value[5] = {0};
    struct seal *seal;
    struct stat status;

    assert_int_equal(seal_open(place->fd, "seal.key", &seal), 0);
    assert_int_equal(fstatat(place->fd, "seal.key", &status, 0), 0);
    assert_int_equal(status.st_mode & 07777, 0400);
    assert_int_equal(status.st_size, 32);
    seal_close_value(seal, "peer/a/private_key", "hello", 5, sealed);
    seal_close_value(seal, "peer/a/private_key", "hello", 5, again);
    assert_memory_not_equal(sealed, again, sizeof(sealed));
    assert_null(memmem(sealed, sizeof(sealed), "hello", 5));
    assert_null(seal_free(seal));

    assert_int_equal(seal_open(place->fd, "seal.key", &seal), 0);
    assert_int_equal(seal_open_value(seal, "peer/a/private_key", sealed, sizeof(sealed), value, 5),
                     0);
    assert_memory_equal(value, "hello", 5);
    seal_free(seal);
}

static void values_of_another_place_do_not_open(void **state)
{
    struct place *place = *state;
    uint8_t sealed[5 + SEAL_OVERHEAD];
    char value[6];
    struct seal *seal;

    assert_int_equal(seal_open(place->fd, "seal.key", &seal), 0);
    seal_close_value(seal, "peer/a/private_key", "hello", 5, sealed);
    assert_int_equal(seal_open_value(seal, "peer/b/private_key", sealed, sizeof(sealed), value, 5),
                     -EBADMSG);
    assert_int_equal(seal_open_value(seal, "peer/a/private_key", sealed, sizeof(sealed), value, 6),
                     -EBADMSG);
    assert_int_equal(seal_open_value(seal, "peer/a/private_key", sealed, 3, value, 5), -EBADMSG);
    for (size_t i = 0; i < sizeof(sealed); i++) {
        sealed[i] ^= 1;
        assert_int_equal(
            seal_open_value(seal, "peer/a/private_key", sealed, sizeof(sealed), value, 5),
            -EBADMSG);
        sealed[i] ^= 1;
    }
    seal_free(seal);

    unlinkat(place->fd, "seal.key", 0);
    assert_int_equal(seal_open(place->fd, "seal.key", &seal), 0);
    assert_int_equal(seal_open_value(seal, "peer/a/private_key", sealed, sizeof(sealed), value, 5),
                     -EBADMSG);
    seal_free(seal);
}

static void files_that_are_no_key_are_refused(void **state)
{
    struct place *place = *state;
    uint8_t bytes[33] = {1};
    struct seal *seal = NULL;

    put(place, bytes, 31);
    assert_int_equal(seal_open(place->fd, "seal.key", &seal), -EBADMSG);
    put(place, bytes, 33);
    assert_int_equal(seal_open(place->fd, "seal.key", &seal), -EBADMSG);
    put(place, bytes, 0);
    assert_int_equal(seal_open(place->fd, "seal.key", &seal), -EBADMSG);
    assert_null(seal);

    unlinkat(place->fd, "seal.key", 0);
    assert_int_equal(symlinkat("elsewhere", place->fd, "seal.key"), 0);
    assert_int_equal(seal_open(place->fd, "seal.key", &seal), -ELOOP);
    unlinkat(place->fd, "seal.key", 0);
}

/* A power loss while the first key was made. */
static void a_key_half_made_is_made_anew(void **state)
{
    struct place *place = *state;
    struct seal *seal;

    _cleanup_close_ int fd = openat(place->fd, "seal.key.new", O_WRONLY | O_CREAT, 0400);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "short", 5), 5);
    assert_int_equal(seal_open(place->fd, "seal.key", &seal), 0);
    seal_free(seal);
    assert_int_equal(faccessat(place->fd, "seal.key.new", F_OK, 0), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_open_with_the_same_key_file, place_make,
                                        place_remove),
        cmocka_unit_test_setup_teardown(values_of_another_place_do_not_open, place_make,
                                        place_remove),
        cmocka_unit_test_setup_teardown(files_that_are_no_key_are_refused, place_make,
                                        place_remove),
        cmocka_unit_test_setup_teardown(a_key_half_made_is_made_anew, place_make, place_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
