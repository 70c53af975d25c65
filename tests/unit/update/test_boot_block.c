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
static const char first[] = HEAD "slot=a\ntrial=-\nfailures=0\n";

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
        HEAD "slot=c\ntrial=-\nfailures=0\n",
        HEAD "slot=a\ntrial=c\nfailures=0\n",
        HEAD "slot=a\ntrial=\nfailures=0\n",
        HEAD "slot=a\ntrial=-\nfailures=a\n",
        HEAD "slot=a\ntrial=-\nfailures=10\n",
        HEAD "trial=-\nslot=a\nfailures=0\n",
        HEAD "slot=a\ntrial=-\nfailures=0\nother=1\n",
        HEAD "slot=a\ntrial=-\n",
        HEAD "slot=a\n",
        "# GRUB\nslot=a\ntrial=-\nfailures=0\n",
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

/* Whatever a change was cut off after, by byte or by sector, from its beginning or its end: each
 * variable is as it was or as it was to be. */
static void test_torn(void **state)
{
    static const struct boot_choice changes[][2] = {
        {{'a', 0, 0}, {'a', 'b', 0}}, /* to be tried */
        {{'a', 'b', 0}, {'a', 0, 0}}, /* it is tried, by GRUB */
        {{'a', 0, 0}, {'b', 0, 0}},   /* kept */
        {{'a', 0, 3}, {'a', 0, 4}},   /* a boot counted */
        {{'b', 'a', 6}, {'a', 0, 0}}, /* all of it */
    };
    uint8_t before[BOOT_CHOICE_SIZE], after[BOOT_CHOICE_SIZE], torn[2][BOOT_CHOICE_SIZE];
    (void)state;

    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        const struct boot_choice *old = &changes[i][0], *new = &changes[i][1];

        boot_choice_format(old, before);
        boot_choice_format(new, after);
        for (size_t cut = 0; cut <= BOOT_CHOICE_SIZE; cut++) {
            memcpy(torn[0], before, sizeof(before));
            memcpy(torn[0], after, cut);
            memcpy(torn[1], after, sizeof(after));
            memcpy(torn[1], before, cut);
            for (int way = 0; way < 2; way++) {
                struct boot_choice choice;

                assert_int_equal(boot_choice_parse(torn[way], &choice), 0);
                assert_true(choice.slot == old->slot || choice.slot == new->slot);
                assert_true(choice.trial == old->trial || choice.trial == new->trial);
                assert_true(choice.failures == old->failures || choice.failures == new->failures);
            }
        }
    }
}

/* A change writes one sector, and nothing around it. */
static void test_writes_one_sector(void **state)
{
    struct boot_choice choice = {.slot = 'b', .trial = 'a', .failures = 9};
    uint8_t before[4 * 512], after[4 * 512];
    (void)state;

    memset(before, 'x', sizeof(before));
    assert_int_equal(pwrite(fd, before, sizeof(before), 4096), sizeof(before));
    put(4096 + 512, first, BOOT_CHOICE_SIZE);
    assert_int_equal(pread(fd, before, sizeof(before), 4096), sizeof(before));
    assert_int_equal(boot_block_write(fd, &choice), 0);
    assert_int_equal(pread(fd, after, sizeof(after), 4096), sizeof(after));
    assert_memory_equal(before, after, 512);
    assert_memory_not_equal(before + 512, after + 512, 512);
    assert_memory_equal(before + 1024, after + 1024, 1024);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_file, close_file)
    const struct CMUnitTest tests[] = {
        TEST(test_reads_and_writes),  TEST(test_is_not_there),
        TEST(test_is_there_twice),    TEST(test_torn),
        TEST(test_writes_one_sector),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
