/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hub/channel/channel.h"
#include "hub/channel/datagram.h"

static bool add(struct datagram *datagram, uint32_t request, size_t body_size)
{
    static char body[DATAGRAM_GATHERED_MAX + 1];
    struct channel_header header = {.verb = VERB_ACK, .request = request};
    const struct iovec parts[] = {{&header, sizeof(header)}, {body, body_size}};

    memset(body, (int)request, body_size);
    return datagram_add(datagram, parts, 2);
}

/* Sizes in the order they were added; 0 ends. */
static void assert_holds(const struct datagram *datagram, const size_t *body_sizes)
{
    const uint8_t *data = (const uint8_t *)datagram->bytes.data;
    size_t left = datagram->bytes.length;

    for (uint32_t i = 0; left; i++) {
        struct channel_header header;
        size_t size = 0, next = 0;

        assert_null(datagram_first(data, left, &size, &next));
        memcpy(&header, data, sizeof(header));
        assert_int_equal(header.request, i + 1);
        assert_int_equal(size, sizeof(header) + body_sizes[i]);
        assert_true(next == left || next % 16 == 0);
        for (size_t k = sizeof(header); k < size; k++)
            assert_int_equal(data[k], i + 1);
        for (size_t k = size; k < next; k++)
            assert_int_equal(data[k], 0);
        data += next;
        left -= next;
        assert_true(left || !body_sizes[i + 1]);
    }
}

static void what_was_added_comes_out(void **state)
{
    static const size_t sizes[] = {5, 16, 1, 33, 0};
    struct datagram datagram = {0};

    (void)state;
    for (uint32_t i = 0; sizes[i]; i++)
        assert_true(add(&datagram, i + 1, sizes[i]));
    assert_holds(&datagram, sizes);
    /* One alone says nothing of its length, as a message that was never gathered. */
    datagram_clear(&datagram);
    assert_true(add(&datagram, 1, 5));
    assert_holds(&datagram, (size_t[]){5, 0});
    assert_int_equal(((struct channel_header *)(void *)datagram.bytes.data)->length, 0);
    datagram_done(&datagram);
}

static void it_is_full_at_its_bounds(void **state)
{
    struct datagram datagram = {0};
    const size_t most = DATAGRAM_GATHERED_MAX - sizeof(struct channel_header);

    (void)state;
    assert_false(add(&datagram, 1, most + 1));
    assert_int_equal(datagram.count, 0);
    assert_true(add(&datagram, 1, most));
    assert_false(add(&datagram, 2, 0));
    assert_holds(&datagram, (size_t[]){most, 0});
    datagram_clear(&datagram);
    for (uint32_t i = 0; i < DATAGRAM_MESSAGES_MAX; i++)
        assert_true(add(&datagram, i + 1, 0));
    assert_false(add(&datagram, 1, 0));
    datagram_done(&datagram);
}

static void nothing_stays_of_what_was_cleared(void **state)
{
    struct datagram datagram = {0};

    (void)state;
    assert_true(add(&datagram, 'x', 100));
    datagram_clear(&datagram);
    for (size_t i = 0; i < 116; i++)
        assert_int_equal(datagram.bytes.data[i], 0);
    datagram_done(&datagram);
}

static void lengths_that_lie_are_refused(void **state)
{
    _Alignas(16) uint8_t data[64] = {0};
    struct channel_header *header = (struct channel_header *)(void *)data;
    size_t size = 7, next = 7;

    (void)state;
    assert_non_null(datagram_first(data, 0, &size, &next));
    assert_non_null(datagram_first(data, sizeof(*header) - 1, &size, &next));
    for (uint16_t length = 1; length < sizeof(*header); length++) {
        header->length = length;
        assert_non_null(datagram_first(data, sizeof(data), &size, &next));
    }
    /* Another header must fit behind it. */
    for (unsigned length = 49; length <= UINT16_MAX; length++) {
        header->length = (uint16_t)length;
        assert_non_null(datagram_first(data, sizeof(data), &size, &next));
    }
    assert_int_equal(size + next, 14);
    header->length = 48;
    assert_null(datagram_first(data, sizeof(data), &size, &next));
    assert_int_equal(size, 48);
    assert_int_equal(next, 48);
    assert_non_null(datagram_first(data, sizeof(data) - 1, &size, &next));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_added_comes_out),
        cmocka_unit_test(it_is_full_at_its_bounds),
        cmocka_unit_test(nothing_stays_of_what_was_cleared),
        cmocka_unit_test(lengths_that_lie_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
