/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Real openvpn servers, started from our configuration, and real clients with our profiles: who is
 * let in, what they are told, and that nobody else gets an answer. RECORD=FILE keeps what the
 * servers said.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hub/base/cleanup.h"
#include "hub/base/pem.h"
#include "hub/base/text.h"
#include "profiles/profile.h"
#include "tests/unit/tunnel/openvpn_world.h"

/* As long as one may be: OpenVPN reads all of it. */
#define LONG_DOMAIN \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa." \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa." \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa." \
    "examples"

/* Addresses and routes of a client are not set: servers and clients share one namespace here. */
#define CLIENT_EXTRA "route-noexec\nifconfig-noexec\nverb 4\n"

static struct openvpn_world_hub hub;
static struct buf record;

/* ---- clients ---- */

static struct profile_facts facts_of(const struct pki_identity *client,
                                     const struct tls_crypt_v2_client *tls_crypt)
{
    return (struct profile_facts){
        .hub_name = "vpn.example.net",
        .instance_id = "acmeacme",
        .instance_name = "acme",
        .peer_id = "laptop22",
        .peer_name = "laptop",
        .access = PROFILE_CERTIFICATE,
        .endpoint_host = "127.0.0.1",
        .mtu = 1420,
        .openvpn =
            {
                .server_name = "acme server",
                .ca = {hub.ca.certificate.der, hub.ca.certificate.size},
                .certificate = {client->certificate.der, client->certificate.size},
                .key = {client->key.der, client->key.size},
                .tls_crypt_key = {tls_crypt->bytes, sizeof(tls_crypt->bytes)},
            },
    };
}

static pid_t start_client(const char *name, const struct profile_facts *facts, const char *more)
{
    _cleanup_buf_ struct buf text = {0};

    profile_format_find("ovpn")->write(facts, &text);
    buf_add_text(&text, CLIENT_EXTRA);
    buf_add_text(&text, more);
    return openvpn_world_start(name, text.data);
}

/* As a router: user name and password, and the CA alone. */
static pid_t start_router(const char *name, const char *user, const char *password,
                          const char *more)
{
    _cleanup_buf_ struct buf text = {0}, pem = {0};
    const struct pki_certificate *ca = &hub.ca.certificate;

    pem_add(&pem, PEM_CERTIFICATE, ca->der, ca->size);
    buf_printf(&text,
               "client\ndev tun\nnobind\nremote 127.0.0.1 %u tcp\nauth SHA1\n"
               "auth-retry nointeract\nconnect-retry 1 5\n<auth-user-pass>\n%s\n%s\n"
               "</auth-user-pass>\n<ca>\n%s</ca>\n" CLIENT_EXTRA "%s",
               1194 + OPENVPN_LEGACY, user, password, pem.data, more);
    return openvpn_world_start(name, text.data);
}

static void make_client(const char *name, struct pki_identity *ret_client,
                        struct tls_crypt_v2_client *ret_tls_crypt)
{
    int64_t now = clock_seconds();

    assert_int_equal(pki_issue_client(&hub.ca, name, now, now + 86400, ret_client), 0);
    tls_crypt_v2_make_client(&hub.tls_crypt, now, ret_tls_crypt);
}

/* ---- the engine's part ---- */

static void serve(enum openvpn_server which, struct openvpn_world_server *server)
{
    const struct openvpn_config config = openvpn_world_config(&hub, which);

    assert_true(openvpn_world_serve(&config, server));
    assert_true(openvpn_world_release(server));
}

static void end(struct openvpn_world_server *server)
{
    buf_add(&record, server->transcript.data, server->transcript.length);
    openvpn_world_server_stop(server);
}

static void parse_networks(struct prefix_set *set, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct prefix prefix;

        assert_int_equal(prefix_parse(texts[i], &prefix), 0);
        prefix_set_add(set, &prefix);
    }
}

static struct openvpn_grant grant_of(const struct openvpn_client *client)
{
    struct openvpn_grant grant = {.cid = client->cid, .kid = client->kid};

    assert_int_equal(prefix_parse("10.66.0.2/24", &grant.address4), 0);
    assert_int_equal(prefix_parse("fd66::2/64", &grant.address6), 0);
    assert_int_equal(address_parse("10.66.0.1", &grant.hub4), 0);
    assert_int_equal(address_parse("fd66::1", &grant.hub6), 0);
    return grant;
}

static void say_grant(struct openvpn_world_server *server, const struct openvpn_grant *grant)
{
    _cleanup_buf_ struct buf commands = {0};

    assert_int_equal(openvpn_command_grant(grant, &commands), 0);
    openvpn_world_say(server, &commands);
}

static void assert_logs(const char *name, const char *words)
{
    _cleanup_free_ char *log = NULL;

    if (openvpn_world_logs(name, words, 15))
        return;
    log = openvpn_world_log(name);
    fprintf(stderr, "%s\n%s does not say: %s\n", log, name, words);
    fail();
}

/* ---- with a certificate, over UDP and TCP ---- */

static void check_connect(const struct openvpn_client *client, const struct pki_identity *identity)
{
    uint8_t fingerprint[PKI_FINGERPRINT_SIZE];
    struct pki_facts facts;

    pki_fingerprint(&identity->certificate, fingerprint);
    assert_int_equal(pki_look(&identity->certificate, &facts), 0);
    assert_true(client->fields & OPENVPN_HAS_DIGEST);
    assert_memory_equal(client->digest, fingerprint, sizeof(fingerprint));
    assert_true(client->fields & OPENVPN_HAS_SERIAL);
    assert_int_equal(client->serial_size, facts.serial_size);
    assert_memory_equal(client->serial, facts.serial, facts.serial_size);
    assert_string_equal(client->platform, "linux");
    assert_non_null(strstr(client->ciphers, "AES-256-GCM"));
    assert_true(client->fields & OPENVPN_HAS_UNTRUSTED);
    assert_int_equal(client->untrusted.address.family, AF_INET);
    assert_true(client->untrusted.port > 0);
    assert_string_equal(client->password, "");
}

static void check_told(const char *name)
{
    static const char *const told[] = {
        "ifconfig 10.66.0.2 255.255.255.0",
        "ifconfig-ipv6 fd66::2/64 fd66::1",
        "route-gateway 10.66.0.1",
        "topology subnet",
        "route 192.168.88.0 255.255.255.0",
        "route-ipv6 2001:db8:1::/48",
        "dhcp-option DNS 10.66.0.1",
        "dhcp-option DNS6 fd66::1",
        "dhcp-option DOMAIN acme.example.net",
        "dhcp-option DOMAIN-SEARCH " LONG_DOMAIN,
        "block-outside-dns",
        "redirect-gateway def1 ipv6",
        "ping-restart 8",
        "Initialization Sequence Completed",
    };

    assert_logs(name, told[ELEMENTS(told) - 1]);
    for (size_t i = 0; i < ELEMENTS(told); i++)
        assert_logs(name, told[i]);
}

static void check_listed(struct openvpn_world_server *server, uint64_t cid)
{
    _cleanup_buf_ struct buf commands = {0};

    openvpn_command_status(&commands);
    openvpn_world_say(server, &commands);
    assert_true(openvpn_world_wait(server, OPENVPN_EVENT_LISTED, 5));
    assert_int_equal(server->event.listed->cid, cid);
    assert_string_equal(server->event.listed->common_name, "laptop");
    assert_int_equal(server->event.listed->address4.family, AF_INET);
    assert_int_equal(server->event.listed->address6.family, AF_INET6);
    assert_string_equal(server->event.listed->cipher, "AES-256-GCM");
    assert_true(server->event.listed->real.port > 0);
    assert_true(openvpn_world_wait(server, OPENVPN_EVENT_END, 5));
}

static void test_by_certificate(void **state)
{
    static const char *const routes[] = {"192.168.88.0/24", "2001:db8:1::/48"};
    static const char *const behind[] = {"192.168.90.0/24", "2001:db8:2::/48"};
    _cleanup_prefix_set_ struct prefix_set route_set = {0}, behind_set = {0};
    struct dns_entry domains[] = {{.name = "acme.example.net"}, {.name = LONG_DOMAIN}};
    struct dns_list search = {.items = domains, .count = ELEMENTS(domains)};

    (void)state;
    parse_networks(&route_set, routes, ELEMENTS(routes));
    parse_networks(&behind_set, behind, ELEMENTS(behind));
    for (enum openvpn_server which = OPENVPN_UDP; which <= OPENVPN_TCP; which++) {
        _cleanup_buf_ struct buf commands = {0};
        struct openvpn_world_server server;
        struct pki_identity client;
        struct tls_crypt_v2_client tls_crypt;
        struct profile_facts facts;
        struct openvpn_grant grant;
        struct address dns[2];
        uint64_t cid;
        pid_t pid;

        make_client("laptop", &client, &tls_crypt);
        facts = facts_of(&client, &tls_crypt);
        facts.openvpn.ports[which] = (uint16_t)(1194 + which);
        serve(which, &server);
        openvpn_command_byte_count(1, &commands);
        openvpn_world_say(&server, &commands);
        pid = start_client("client", &facts, "");
        if (!openvpn_world_wait(&server, OPENVPN_EVENT_CONNECT, 10))
            fail_msg("no CONNECT: %s", openvpn_world_log("client"));
        check_connect(server.event.client, &client);
        cid = server.event.client->cid;

        grant = grant_of(server.event.client);
        dns[0] = grant.hub4;
        dns[1] = grant.hub6;
        grant.behind = &behind_set;
        grant.routes = &route_set;
        grant.dns = dns;
        grant.dns_count = 2;
        grant.search = &search;
        grant.redirect = grant.block_outside_dns = true;
        say_grant(&server, &grant);
        assert_true(openvpn_world_wait(&server, OPENVPN_EVENT_SUCCESS, 5));
        for (int i = 0; i < 4; i++) { /* its two addresses, and what is behind it */
            assert_true(openvpn_world_wait(&server, OPENVPN_EVENT_ADDRESS, 10));
            assert_true(server.event.address.cid == cid);
        }
        assert_true(openvpn_world_wait(&server, OPENVPN_EVENT_ESTABLISHED, 10));
        assert_true(server.event.client->fields & OPENVPN_HAS_TRUSTED);
        assert_string_equal(server.event.client->common_name, "laptop");
        assert_int_equal(server.event.client->address4.family, AF_INET);
        check_told("client");
        assert_true(openvpn_world_wait(&server, OPENVPN_EVENT_BYTES, 5));
        assert_true(server.event.bytes.received > 0);
        check_listed(&server, cid);

        openvpn_command_kill(cid, OPENVPN_KILL_HALT, &commands);
        openvpn_world_say(&server, &commands);
        assert_true(openvpn_world_wait(&server, OPENVPN_EVENT_DISCONNECT, 10));
        assert_true(server.event.client->cid == cid);
        assert_true(server.event.client->fields & OPENVPN_HAS_RECEIVED);
        assert_true(server.event.client->fields & OPENVPN_HAS_DURATION);
        assert_true(openvpn_world_ends(pid, 10));
        end(&server);
    }
}

/* A client without a tunnel address of IPv6 keeps IPv6 from going past the tunnel; one that is
 * killed comes back; one that renegotiates is asked about again. */
static void test_again(void **state)
{
    static const char *const excluded[] = {"192.168.1.0/24", "2001:db8:9::/48"};
    _cleanup_buf_ struct buf commands = {0};
    struct openvpn_world_server server;
    struct pki_identity client;
    struct tls_crypt_v2_client tls_crypt;
    struct profile_facts facts;
    struct openvpn_grant grant;
    uint64_t cid;
    pid_t pid;

    (void)state;
    make_client("laptop", &client, &tls_crypt);
    facts = facts_of(&client, &tls_crypt);
    facts.openvpn.ports[OPENVPN_UDP] = 1194;
    parse_networks(&facts.excluded, excluded, ELEMENTS(excluded));
    serve(OPENVPN_UDP, &server);
    pid = start_client("client", &facts, "reneg-sec 5\nhand-window 4\n");
    assert_logs("client", "route 192.168.1.0/255.255.255.0/net_gateway");
    for (int round = 0; round < 2; round++) {
        assert_true(openvpn_world_wait(&server, OPENVPN_EVENT_CONNECT, 15));
        cid = server.event.client->cid;
        grant = grant_of(server.event.client);
        grant.address6 = (struct prefix){0};
        grant.redirect = true;
        say_grant(&server, &grant);
        assert_true(openvpn_world_wait(&server, OPENVPN_EVENT_ESTABLISHED, 10));
        assert_logs("client", "block-ipv6");
        if (round == 0) {
            openvpn_command_kill(cid, OPENVPN_KILL_RESTART, &commands);
            openvpn_world_say(&server, &commands);
        }
    }
    assert_true(openvpn_world_wait(&server, OPENVPN_EVENT_REAUTH, 15));
    assert_true(server.event.client->cid == cid);
    assert_true(server.event.client->kid > 0);
    openvpn_command_grant_again(cid, server.event.client->kid, &commands);
    openvpn_world_say(&server, &commands);
    assert_true(openvpn_world_wait(&server, OPENVPN_EVENT_SUCCESS, 5));
    assert_string_equal(server.event.text, "client-auth command succeeded");
    openvpn_world_stop(pid);
    prefix_set_done(&facts.excluded);
    /* It says good-bye: the server told it to, on this transport. */
    assert_true(openvpn_world_wait(&server, OPENVPN_EVENT_DISCONNECT, 10));
    end(&server);
}

/* ---- as a router ---- */

static void test_by_password(void **state)
{
    static const enum openvpn_denial denials[] = {OPENVPN_DENY_UNKNOWN, OPENVPN_DENY_LATER};
    static const char odd_name[] = "we,ird=us\"er";
    _cleanup_buf_ struct buf commands = {0};
    struct openvpn_world_server server;
    struct openvpn_grant grant;
    pid_t pid;

    (void)state;
    serve(OPENVPN_LEGACY, &server);
    pid = start_router("router", odd_name, "right=or,wrong", "data-ciphers AES-256-CBC\n");
    for (size_t i = 0; i < ELEMENTS(denials); i++) {
        if (!openvpn_world_wait(&server, OPENVPN_EVENT_CONNECT, 15))
            fail_msg("no CONNECT: %s", openvpn_world_log("router"));
        assert_string_equal(server.event.client->username, odd_name);
        assert_string_equal(server.event.client->password, "right=or,wrong");
        assert_false(server.event.client->fields & OPENVPN_HAS_DIGEST);
        openvpn_command_deny(server.event.client->cid, server.event.client->kid, denials[i],
                             &commands);
        openvpn_world_say(&server, &commands);
        assert_true(openvpn_world_wait(&server, OPENVPN_EVENT_SUCCESS, 5));
        assert_true(openvpn_world_wait(&server, OPENVPN_EVENT_DISCONNECT, 15));
    }
    assert_logs("router", "AUTH_FAILED,unknown, or a wrong password");
    assert_true(openvpn_world_wait(&server, OPENVPN_EVENT_CONNECT, 15));
    grant = grant_of(server.event.client);
    grant.address6 = (struct prefix){0};
    say_grant(&server, &grant);
    assert_true(openvpn_world_wait(&server, OPENVPN_EVENT_ESTABLISHED, 10));
    assert_string_equal(server.event.client->common_name, odd_name);
    assert_logs("router", "Initialization Sequence Completed");
    assert_logs("router", "Data Channel: cipher 'AES-256-CBC', auth 'SHA1'");
    openvpn_world_stop(pid);
    end(&server);
}

/* Its CONNECT was not answered: `status 3` shows it without an address. */
static void test_unanswered(void **state)
{
    _cleanup_buf_ struct buf commands = {0};
    struct openvpn_world_server server;
    uint64_t cid;
    pid_t pid;

    (void)state;
    serve(OPENVPN_LEGACY, &server);
    pid = start_router("router", "office", "secret", "");
    assert_true(openvpn_world_wait(&server, OPENVPN_EVENT_CONNECT, 15));
    cid = server.event.client->cid;
    openvpn_command_status(&commands);
    openvpn_world_say(&server, &commands);
    assert_true(openvpn_world_wait(&server, OPENVPN_EVENT_LISTED, 5));
    assert_true(server.event.listed->cid == cid);
    assert_int_equal(server.event.listed->address4.family, 0);
    assert_int_equal(server.event.listed->address6.family, 0);
    assert_true(openvpn_world_wait(&server, OPENVPN_EVENT_END, 5));
    openvpn_world_stop(pid);
    end(&server);
}

/* A client's user name may be as long as it likes: nothing that it makes the server say is
 * nonsense, but with a long one the list has no END. Should that have changed, the header is to say
 * so. */
static void test_long_name(void **state)
{
    static const struct {
        size_t length;
        unsigned field;
        bool listed;
    } rows[] = {
        {OPENVPN_CLIENT_NAME_MAX - 1, OPENVPN_HAS_USERNAME, true},
        {600, OPENVPN_HAS_LONG_USERNAME, false},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        _cleanup_buf_ struct buf commands = {0}, more = {0};
        struct openvpn_world_server server;
        struct tls_crypt_v2_client tls_crypt;
        struct pki_identity client;
        struct profile_facts facts;
        struct openvpn_grant grant;
        pid_t pid;

        make_client("laptop", &client, &tls_crypt);
        facts = facts_of(&client, &tls_crypt);
        facts.openvpn.ports[OPENVPN_UDP] = 1194;
        serve(OPENVPN_UDP, &server);
        buf_add_text(&more, "<auth-user-pass>\n");
        for (size_t at = 0; at < rows[i].length; at++)
            buf_add_char(&more, 'x');
        buf_add_text(&more, "\nsecret\n</auth-user-pass>\n");
        pid = start_client("client", &facts, more.data);
        if (!openvpn_world_wait(&server, OPENVPN_EVENT_CONNECT, 10))
            fail_msg("%zu: %s", rows[i].length, openvpn_world_log("client"));
        assert_true(server.event.client->fields & rows[i].field);
        grant = grant_of(server.event.client);
        say_grant(&server, &grant);
        assert_true(openvpn_world_wait(&server, OPENVPN_EVENT_ESTABLISHED, 10));
        openvpn_command_status(&commands);
        openvpn_world_say(&server, &commands);
        assert_int_equal(openvpn_world_wait(&server, OPENVPN_EVENT_LISTED, 2), rows[i].listed);
        assert_int_equal(openvpn_world_wait(&server, OPENVPN_EVENT_END, 2), rows[i].listed);
        openvpn_world_stop(pid);
        end(&server);
    }
}

/* ---- who is not even asked about ---- */

static void refuse(const char *what, struct openvpn_world_server *server,
                   const struct profile_facts *facts, const char *more, const char *server_says)
{
    pid_t pid = start_client("client", facts, more);

    if (server_says)
        assert_logs("udp", server_says);
    if (openvpn_world_wait(server, OPENVPN_EVENT_CONNECT, server_says ? 1 : 4))
        fail_msg("%s: is asked about", what);
    openvpn_world_stop(pid);
}

static void test_strangers(void **state)
{
    _cleanup_free_ char *log = NULL;
    struct openvpn_world_server server;
    struct tls_crypt_v2_server other_server;
    struct tls_crypt_v2_client tls_crypt, other_tls_crypt;
    struct pki_identity client, expired, other_ca, foreign;
    struct profile_facts facts;
    int64_t now = clock_seconds();

    (void)state;
    make_client("laptop", &client, &tls_crypt);
    tls_crypt_v2_make_server(&other_server);
    tls_crypt_v2_make_client(&other_server, now, &other_tls_crypt);
    assert_int_equal(pki_issue_client(&hub.ca, "laptop", now, now - 60, &expired), 0);
    assert_int_equal(pki_make_ca("acme CA", now, &other_ca), 0);
    assert_int_equal(pki_issue_client(&other_ca, "laptop", now, now + 86400, &foreign), 0);
    serve(OPENVPN_UDP, &server);

    facts = facts_of(&client, &other_tls_crypt);
    facts.openvpn.ports[OPENVPN_UDP] = 1194;
    refuse("another server's tls-crypt-v2 key", &server, &facts, "",
           "client key authentication error");
    log = openvpn_world_log("client");
    assert_null(strstr(log, "TLS: Initial packet from"));

    facts = facts_of(&expired, &tls_crypt);
    facts.openvpn.ports[OPENVPN_UDP] = 1194;
    refuse("expired", &server, &facts, "", "certificate has expired");

    facts = facts_of(&foreign, &tls_crypt);
    facts.openvpn.ports[OPENVPN_UDP] = 1194;
    refuse("of another authority", &server, &facts, "", "unable to get local issuer certificate");

    facts = facts_of(&hub.server, &tls_crypt);
    facts.openvpn.ports[OPENVPN_UDP] = 1194;
    refuse("a server's certificate", &server, &facts, "", "certificate purpose");
    end(&server);
}

/* A client tells a server of another name from its own. */
static void test_wrong_server(void **state)
{
    struct openvpn_world_server server;
    struct tls_crypt_v2_client tls_crypt;
    struct pki_identity client;
    struct profile_facts facts;
    pid_t pid;

    (void)state;
    make_client("laptop", &client, &tls_crypt);
    serve(OPENVPN_UDP, &server);
    facts = facts_of(&client, &tls_crypt);
    facts.openvpn.ports[OPENVPN_UDP] = 1194;
    facts.openvpn.server_name = "acme \"other\" server\\";
    pid = start_client("client", &facts, "");
    assert_logs("client", "VERIFY X509NAME ERROR");
    assert_logs("client", "must be acme \"other\" server\\");
    openvpn_world_stop(pid);
    end(&server);
}

/* The authority was renewed with the same key: a device with the earlier certificate of it, and one
 * that was given its own by the renewed one, get in. */
static void test_renewed_authority(void **state)
{
    struct openvpn_world_server server;
    struct tls_crypt_v2_client tls_crypt;
    struct pki_identity client, later;
    struct openvpn_world_hub renewed = hub;
    struct openvpn_config config;
    int64_t now = clock_seconds();

    (void)state;
    make_client("laptop", &client, &tls_crypt);
    assert_int_equal(pki_renew_ca(&hub.ca, now, &renewed.ca.certificate), 0);
    assert_int_equal(
        pki_issue_server(&renewed.ca, "acme server", NULL, PKI_ECDSA_P256, now, &renewed.server),
        0);
    assert_int_equal(pki_issue_client(&renewed.ca, "later", now, now + 86400, &later), 0);
    config = openvpn_world_config(&renewed, OPENVPN_UDP);
    assert_true(openvpn_world_serve(&config, &server));
    assert_true(openvpn_world_release(&server));
    for (int i = 0; i < 2; i++) {
        struct profile_facts facts = facts_of(i == 0 ? &client : &later, &tls_crypt);
        pid_t pid;

        facts.openvpn.ports[OPENVPN_UDP] = 1194;
        pid = start_client("client", &facts, "");
        if (!openvpn_world_wait(&server, OPENVPN_EVENT_CONNECT, 10))
            fail_msg("client %d: %s", i, openvpn_world_log("client"));
        openvpn_world_stop(pid);
    }
    end(&server);
}

static int keep_record(void **state)
{
    const char *path = getenv("RECORD");
    FILE *file = path ? fopen(path, "we") : NULL;

    (void)state;
    if (file) {
        fwrite(record.data, 1, record.length, file);
        fclose(file);
    }
    buf_done(&record);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_certificate), cmocka_unit_test(test_again),
        cmocka_unit_test(test_by_password),    cmocka_unit_test(test_unanswered),
        cmocka_unit_test(test_long_name),      cmocka_unit_test(test_strangers),
        cmocka_unit_test(test_wrong_server),   cmocka_unit_test(test_renewed_authority),
    };

    if (!openvpn_world_enter())
        return 77;
    openvpn_world_hub_init(&hub);
    return cmocka_run_group_tests(tests, NULL, keep_record);
}
