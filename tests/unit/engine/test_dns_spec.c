/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/buf.h"
#include "hub/base/cleanup.h"
#include "hub/engine/dns_spec.h"

static struct settings settings;
static struct instance instance;

static struct address address(const char *text)
{
    struct address address = {0};

    assert_int_equal(address_parse(text, &address), 0);
    return address;
}

static int open(void **state)
{
    (void)state;
    settings_init(&settings);
    settings.dns[0] = address("192.0.2.53");
    settings.dns_count = 1;
    instance = (struct instance){.id = "abcdefg2", .hostname = "acme"};
    assert_int_equal(prefix_parse("10.66.0.0/24", &instance.network4), 0);
    assert_int_equal(prefix_parse("fd00:0:0:1::/64", &instance.network6), 0);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    instance_done(&instance);
    settings_done(&settings);
    return 0;
}

static void names(void **state)
{
    char name[DNS_NAME_MAX], label[DNS_NAME_MAX];

    (void)state;
    dns_domain_of(&settings, &instance, name);
    assert_string_equal(name, "acme.internal");
    strcpy(settings.base_domain, "vpn.example.com");
    assert_true(dns_name_of(&settings, &instance, "laptop", name));
    assert_string_equal(name, "laptop.acme.vpn.example.com");
    assert_string_equal(dns_label_in_domain(&settings, &instance, name, label), "laptop");
    assert_string_equal(dns_label_in_domain(&settings, &instance, "nas", label), "nas");
    assert_null(dns_label_in_domain(&settings, &instance, "a.b.acme.vpn.example.com", label));
    assert_null(dns_label_in_domain(&settings, &instance, "acme.vpn.example.com", label));
    assert_null(dns_label_in_domain(&settings, &instance, "nas.example.org", label));
    memset(settings.base_domain, 'a', sizeof(settings.base_domain) - 1);
    assert_false(dns_name_of(&settings, &instance, "laptop", name)); /* a label of 199 */
}

static void clients_ask_the_hub_where_it_can_answer(void **state)
{
    struct address servers[2];
    const struct address *upstreams;

    (void)state;
    assert_int_equal(dns_for_clients(&settings, &instance, servers), 2);
    assert_true(address_equal(&servers[0], &(struct address){AF_INET, {10, 66, 0, 1}}));
    instance.dns_mode = DNS_NONE;
    assert_int_equal(dns_for_clients(&settings, &instance, servers), 0);
    instance.dns_mode = DNS_GIVEN;
    instance.dns[0] = address("192.0.2.54");
    instance.dns_count = 1;
    assert_int_equal(dns_upstreams(&settings, &instance, &upstreams), 1);
    assert_true(address_equal(&upstreams[0], &instance.dns[0]));
    instance.dns_mode = DNS_HUB_DEFAULT;
    settings.dns_count = 0;
    assert_int_equal(dns_for_clients(&settings, &instance, servers), 0);
}

/* "domain:kind:address ..." without those that are always there. */
static void describe_servers(struct buf *text)
{
    static struct dns_servers_spec spec;
    char one[ADDRESS_TEXT_MAX];

    dns_servers_make(&settings, &instance, &spec);
    for (uint32_t i = 0; i < spec.fixed.count; i++) {
        const struct dns_server *server = &spec.servers[i];
        const char *end = strrchr(server->domain, '.');

        if (server->kind == DNS_SERVER_LOCAL && (!end || text_equal(server->domain, "home.arpa")))
            continue;
        buf_printf(text, "%s%s:%u:%s", text->length ? " " : "", server->domain, server->kind,
                   server->kind == DNS_SERVER_FORWARD ? address_format(&server->address, one) : "");
    }
}

static void servers(void **state)
{
    _cleanup_buf_ struct buf text = {0};

    (void)state;
    assert_int_equal(
        dns_list_parse("nas=10.66.0.99,x.acme.internal=10.0.0.1,www.example.org=10.0.0.2,"
                       "www.example.org=fd00::2,own.corp.example=10.0.0.3,"
                       "corp.example=10.0.0.4",
                       &instance.dns_custom),
        0);
    assert_int_equal(
        dns_list_parse("corp.example=10.9.0.53,corp.example=fd00::53", &instance.split_dns), 0);
    describe_servers(&text);
    assert_string_equal(text.data,
                        ":0:192.0.2.53 acme.internal:1: corp.example:0:10.9.0.53 "
                        "corp.example:0:fd00::53 www.example.org:2: own.corp.example:1:");
}

/* A domain that the tenant's own servers know is asked there, though the world has none of it. */
static void split_of_a_private_domain(void **state)
{
    static struct dns_servers_spec spec;
    unsigned local = 0, forwarded = 0;

    (void)state;
    assert_int_equal(dns_list_parse("local=10.9.0.53", &instance.split_dns), 0);
    dns_servers_make(&settings, &instance, &spec);
    for (uint32_t i = 0; i < spec.fixed.count; i++) {
        if (!text_equal(spec.servers[i].domain, "local"))
            continue;
        local += spec.servers[i].kind == DNS_SERVER_LOCAL;
        forwarded += spec.servers[i].kind == DNS_SERVER_FORWARD;
    }
    assert_int_equal(local, 0);
    assert_int_equal(forwarded, 1);
}

/* As many as there may be fit. */
static void the_most_fits(void **state)
{
    static struct dns_servers_spec spec;
    static struct dns_records_spec records;

    (void)state;
    for (unsigned i = 0; i < 64; i++) {
        struct dns_entry custom = {.address = address("10.66.0.99")},
                         split = {.address = address("10.9.0.53")};

        snprintf(custom.name, sizeof(custom.name), "www.example%u.org", i);
        snprintf(split.name, sizeof(split.name), "corp%u.example", i);
        dns_list_add(&instance.dns_custom, &custom);
        dns_list_add(&instance.split_dns, &split);
    }
    for (unsigned i = 1; i < 4; i++)
        settings.dns[i] = address("192.0.2.1");
    settings.dns_count = 4;
    dns_servers_make(&settings, &instance, &spec);
    assert_int_equal(spec.fixed.count, 4 + 64 + 1 + 7 + 64);
    dns_records_begin(&settings, &instance, 1, &records);
    for (uint64_t host = DNS_BLOCK_HOSTS; host < 2 * DNS_BLOCK_HOSTS; host++)
        dns_records_add_peer(&settings, &instance, host, "peer", &records);
    dns_records_end(&settings, &instance, &records);
    assert_int_equal(records.fixed.count, DNS_BLOCK_HOSTS + 64);
}

static void blocks(void **state)
{
    static struct dns_records_spec spec;
    const struct address here = address("10.66.0.99"), here6 = address("fd00:0:0:1::63"),
                         elsewhere = address("192.168.88.9");

    (void)state;
    assert_int_equal(dns_block_of_address(&instance, &here), 1);
    assert_int_equal(dns_block_of_address(&instance, &here6), 1);
    assert_true(dns_block_of_address(&instance, &elsewhere) == DNS_BLOCK_ELSEWHERE);
    assert_int_equal(dns_list_parse("alias=10.66.0.99,nas=192.168.88.9", &instance.dns_custom), 0);
    dns_records_begin(&settings, &instance, 1, &spec);
    dns_records_add_peer(&settings, &instance, 99, "laptop", &spec);
    dns_records_end(&settings, &instance, &spec);
    /* The peer is first: that is what its address is looked up to. */
    assert_int_equal(spec.fixed.count, 2);
    assert_string_equal(spec.records[0].name, "laptop.acme.internal");
    assert_true(address_equal(&spec.records[0].addresses[1], &here6));
    assert_string_equal(spec.records[1].name, "alias.acme.internal");
    dns_records_begin(&settings, &instance, 0, &spec);
    dns_records_end(&settings, &instance, &spec);
    assert_int_equal(spec.fixed.count, 1);
    assert_string_equal(spec.records[0].name, "hub.acme.internal");
    dns_records_begin(&settings, &instance, DNS_BLOCK_ELSEWHERE, &spec);
    dns_records_end(&settings, &instance, &spec);
    assert_int_equal(spec.fixed.count, 1);
    assert_string_equal(spec.records[0].name, "nas.acme.internal");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(names),         TEST(clients_ask_the_hub_where_it_can_answer),
        TEST(servers),       TEST(split_of_a_private_domain),
        TEST(the_most_fits), TEST(blocks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
