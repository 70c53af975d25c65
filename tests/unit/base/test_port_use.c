/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which ports programs on this machine have. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "hub/base/port_use.h"

static const char tcp[] =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
    "   0: 0100007F:0277 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n"
    "   1: 0100007F:04AA 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0\n"
    "   2: 00000000:FFFF 00000000:0000 0A 00000000";
static const char udp6[] =
    "  sl  local_address                         remote_address                        st\n"
    "  42: 00000000000000000000000000000000:CA6C 00000000000000000000000000000000:0000 07\n";
static const char wrong[] =
    "\n\n:\n: : : 0A\n   0: 0100007F:027 0:0 0A\n 0: 7F:02g7 0:0 0A\n 0: a\n";

static void test_parse(void **state)
{
    static const struct port_use nothing;
    struct port_use use = {0};

    (void)state;
    port_use_add(&use, true, wrong, strlen(wrong));
    port_use_add(&use, true, "", 0);
    assert_memory_equal(&use, &nothing, sizeof(use));
    port_use_add(&use, true, tcp, strlen(tcp));
    assert_true(port_use_tcp(&use, 631));
    assert_true(port_use_tcp(&use, 65535));
    assert_false(port_use_tcp(&use, 1194)); /* a connection's */
    assert_false(port_use_udp(&use, 631));
    port_use_add(&use, false, udp6, strlen(udp6));
    assert_true(port_use_udp(&use, 51820));
    assert_false(port_use_tcp(&use, 51820));
}

static uint16_t bound(int type, int *ret_fd)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    socklen_t size = sizeof(address);

    *ret_fd = socket(AF_INET6, type, 0);
    if (*ret_fd < 0 || bind(*ret_fd, (struct sockaddr *)&address, size) < 0)
        skip();
    if (type == SOCK_STREAM)
        assert_int_equal(listen(*ret_fd, 1), 0);
    assert_int_equal(getsockname(*ret_fd, (struct sockaddr *)&address, &size), 0);
    return ntohs(address.sin6_port);
}

static void test_read(void **state)
{
    struct port_use use;
    int fds[2];
    uint16_t stream = bound(SOCK_STREAM, &fds[0]), datagram = bound(SOCK_DGRAM, &fds[1]);

    (void)state;
    port_use_read(&use);
    assert_true(port_use_tcp(&use, stream));
    assert_true(port_use_udp(&use, datagram));
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse), cmocka_unit_test(test_read)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
