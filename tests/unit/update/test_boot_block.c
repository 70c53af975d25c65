/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the boot loader is told: found in a partition, changed by one sector. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "hub/update/boot_block.h"

enum { SIZE = 1 << 20 };

static int fd;

static int open_file(void **state)
{
    (void)state;
    fd = open("/tmp", O_RDWR | O_TMPFILE, 0600);
    return fd < 0 || ftruncate(fd, SIZE) < 0 ? -1 : 0;
}

static int close_file(void **state)
{
    (void)state;
    return close(fd);
}

static void put(off_t at, const char *text, size_t size)
{
    uint8_t block[BOOT_CHOICE_SIZE];

    memset(block, '#', sizeof(block));
    memcpy(block, text, strlen(text));
    assert_int_equal(pwrite(fd, block, size, at), size);
}

#define HEAD "# GRUB Environment Block\n"
static const char first[] = HEAD "slot=a\ntrial=\nfailures=0\n";

static void test_reads_and_writes(void **state)
{
    struct boot_choice choice;
    char around[8];
    (void)state;

    put(262144 - 512, first, BOOT_CHOICE_SIZE); /* across the pieces that are read */
    assert_int_equal(boot_block_read(fd, &choice), 0);
    assert_int_equal(choice.slot, 'a');
    assert_int_equal(choice.trial, 0);
    choice = (struct boot_choice){.slot = 'a', .trial = 'b', .failures = 3};
    assert_int_equal(boot_block_write(fd, &choice), 0);
    assert_int_equal(boot_block_read(fd, &choice), 0);
    assert_int_equal(choice.trial, 'b');
    assert_int_equal(choice.failures, 3);
    choice = (struct boot_choice){.slot = 'b'};
    assert_int_equal(boot_block_write(fd, &choice), 0);
    assert_int_equal(boot_block_read(fd, &choice), 0);
    assert_int_equal(choice.slot, 'b');
    assert_int_equal(choice.failures, 0);
    assert_int_equal(pread(fd, around, 8, 262144 - 512 - 8), 8);
    assert_memory_equal(around, "\0\0\0\0\0\0\0\0", 8);
}

static void test_is_not_there(void **state)
{
    static const char *const bad[] = {
        HEAD "slot=c\n",          HEAD "slot=ab\n",      HEAD "trial=a\n",
        HEAD "slot=a\nother=1\n", HEAD "slot=a\nnoline", "# GRUB\nslot=a\n",
    };
    struct boot_choice choice;
    (void)state;

    assert_int_equal(boot_block_read(fd, &choice), -ENOENT);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        put(4096, bad[i], BOOT_CHOICE_SIZE);
        assert_int_equal(boot_block_read(fd, &choice), -ENOENT);
    }
    put(4096 + 100, first, BOOT_CHOICE_SIZE); /* at no sector's beginning */
    assert_int_equal(boot_block_read(fd, &choice), -ENOENT);
    put(SIZE - 512, first, 512); /* the half of one */
    assert_int_equal(boot_block_read(fd, &choice), -ENOENT);
}

/* Another one, of a file that was replaced: nobody knows which is in force. */
static void test_is_there_twice(void **state)
{
    struct boot_choice choice = {.slot = 'a'};
    (void)state;

    put(4096, first, BOOT_CHOICE_SIZE);
    put(8192, first, BOOT_CHOICE_SIZE);
    assert_int_equal(boot_block_read(fd, &choice), -EEXIST);
    assert_int_equal(boot_block_write(fd, &choice), -EEXIST);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_file, close_file)
    const struct CMUnitTest tests[] = {
        TEST(test_reads_and_writes),
        TEST(test_is_not_there),
        TEST(test_is_there_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
