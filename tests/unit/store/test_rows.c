/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes in comes out, and what must not be is refused. */
#include <errno.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/store/figure_store.h"
#include "hub/store/idempotency_store.h"
#include "hub/store/profile_store.h"
#include "tests/unit/store/fixture.h"

/* ---- instances ---- */

static void test_instance(void **state)
{
    struct fixture *fixture = *state;
    _cleanup_instance_ struct instance instance = fixture_instance(1);
    _cleanup_instance_ struct instance found = {0};
    struct prefix pushed = fixture_prefix("203.0.113.0/24");
    const char *column = NULL;

    prefix_set_add(&instance.pushed, &pushed);
    fixture_add_instance(fixture, &instance);
    assert_int_equal(fixture_reopen(fixture), 0);
    assert_int_equal(instance_store_find(fixture->store, "tEnAnT 1", &found), 0);
    assert_string_equal(found.id, instance.id);
    assert_string_equal(found.region, "Zürich");
    assert_true(prefix_equal(&found.network6, &instance.network6));
    assert_true(prefix_set_equal(&found.pushed, &instance.pushed));
    assert_true(key_equal(&found.private_key, &instance.private_key));
    assert_true(key_equal(&found.public_key, &instance.public_key));
    assert_int_equal(found.dns_count, 1);
    assert_true(address_equal(&found.dns[0], &instance.dns[0]));
    assert_true(found.client_to_client);

    strcpy(found.name, "New name");
    found.network6 = (struct prefix){0};
    found.dns_mode = DNS_NONE;
    assert_int_equal(instance_store_update(fixture->store, &found, &column), 0);
    assert_int_equal(found.revision, 2);
    assert_true(found.updated_at > 1000);
    instance_done(&found);
    assert_int_equal(instance_store_find(fixture->store, instance.id, &found), 0);
    assert_string_equal(found.name, "New name");
    assert_int_equal(found.network6.address.family, 0);
    assert_int_equal(found.dns_mode, DNS_NONE);
    assert_int_equal(found.revision, 2);
    assert_int_equal(instance_store_mark_deleting(fixture->store, instance.id), 0);
    assert_int_equal(instance_store_mark_deleting(fixture->store, "aaaaaaaa"), -ENOENT);
    instance_done(&found);
    assert_int_equal(instance_store_find(fixture->store, instance.id, &found), 0);
    assert_true(found.deleting);
}

static void test_instance_unique(void **state)
{
    struct fixture *fixture = *state;
    struct instance first = fixture_instance(1);
    static const char *const columns[] = {"name", "hostname", "port", "slot"};

    fixture_add_instance(fixture, &first);
    for (unsigned i = 0; i < ELEMENTS(columns); i++) {
        struct instance second = fixture_instance(2);
        const char *column = "";

        if (i == 0)
            strcpy(second.name, "tenant 1");
        if (i == 1)
            strcpy(second.hostname, "TENANT1");
        if (i == 2)
            second.port = first.port;
        if (i == 3)
            second.slot = first.slot;
        assert_int_equal(store_begin(fixture->store), 0);
        assert_int_equal(instance_store_add(fixture->store, &second, &column), -EEXIST);
        store_rollback(fixture->store);
        assert_string_equal(column, columns[i]);
        instance_done(&second);
    }
    instance_done(&first);
}

static int collect_names(const struct instance *instance, void *data)
{
    strcat(data, instance->name);
    strcat(data, ";");
    return 0;
}

static int stop_at_once(const struct instance *instance, void *data)
{
    (void)instance;
    (void)data;
    return 42;
}

static void test_instance_list(void **state)
{
    struct fixture *fixture = *state;
    char names[200] = "";

    for (unsigned i = 5; i > 0; i--) {
        struct instance instance = fixture_instance(i);

        fixture_add_instance(fixture, &instance);
        instance_done(&instance);
    }
    assert_int_equal(instance_store_list(fixture->store, NULL, 2, collect_names, names), 0);
    assert_string_equal(names, "Tenant 1;Tenant 2;");
    assert_int_equal(instance_store_list(fixture->store, "TENANT 3", 0, collect_names, names), 0);
    assert_string_equal(names, "Tenant 1;Tenant 2;Tenant 4;Tenant 5;");
    assert_int_equal(instance_store_list(fixture->store, NULL, 0, stop_at_once, NULL), 42);
}

static void test_instance_delete(void **state)
{
    struct fixture *fixture = *state;
    struct instance instance = fixture_instance(1);
    struct peer peer = fixture_peer(&instance, 1);
    struct peer found;
    int64_t until;
    bool taken;

    fixture_add_instance(fixture, &instance);
    fixture_add_subnet(&peer, "192.168.88.0/24");
    fixture_add_peer(fixture, &peer);
    assert_int_equal(instance_store_hostname_taken(fixture->store, "Tenant1", &taken, &until), 0);
    assert_true(taken && until == 0);
    assert_int_equal(store_begin(fixture->store), 0);
    assert_int_equal(instance_store_delete(fixture->store, instance.id), 0);
    assert_int_equal(store_commit(fixture->store), 0);
    assert_int_equal(peer_store_find(fixture->store, instance.id, peer.id, &found), -ENOENT);
    assert_int_equal(instance_store_hostname_taken(fixture->store, "tenant1", &taken, &until), 0);
    assert_true(taken);
    assert_in_range(until, clock_seconds() + 30 * 86400 - 5, clock_seconds() + 30 * 86400);
    assert_int_equal(instance_store_delete(fixture->store, instance.id), -ENOENT);

    fixture_tamper(fixture, "UPDATE hostname_rest SET released_at = released_at - 30 * 86400;"
                            "CREATE TEMP TABLE t (a CHECK (a = 0));"
                            "INSERT INTO t SELECT count(*) FROM peer_subnet;"
                            "INSERT INTO t SELECT count(*) FROM instance_counter");
    assert_int_equal(fixture_reopen(fixture), 0);
    assert_int_equal(instance_store_hostname_taken(fixture->store, "tenant1", &taken, &until), 0);
    assert_false(taken);
    instance_done(&instance);
    peer_done(&peer);
}

static void test_instance_numbers(void **state)
{
    struct fixture *fixture = *state;
    static const unsigned used[] = {1, 2, 4};
    struct prefix pool = fixture_prefix("10.66.0.0/22"), network;
    struct instance instance;
    uint32_t slot;
    uint16_t port;

    assert_int_equal(instance_store_free_slot(fixture->store, 10, &slot), 0);
    assert_int_equal(slot, 1);
    for (size_t i = 0; i < ELEMENTS(used); i++) {
        char text[PREFIX_TEXT_MAX];

        instance = fixture_instance(used[i]);
        snprintf(text, sizeof(text), "10.66.%u.0/24", used[i] - 1);
        instance.network4 = fixture_prefix(text);
        fixture_add_instance(fixture, &instance);
    }
    assert_int_equal(instance_store_free_slot(fixture->store, 10, &slot), 0);
    assert_int_equal(slot, 3);
    assert_int_equal(instance_store_free_slot(fixture->store, 2, &slot), -ENOSPC);
    assert_int_equal(instance_store_free_port(fixture->store, 51821, 51830, &port), 0);
    assert_int_equal(port, 51823);
    assert_int_equal(instance_store_free_port(fixture->store, 51821, 51822, &port), -ENOSPC);

    assert_int_equal(instance_store_free_network(fixture->store, &pool, 24, &network), 0);
    assert_true(
        prefix_equal(&network, &(struct prefix){fixture_prefix("10.66.2.0/24").address, 24}));
    instance = fixture_instance(3);
    instance.network4 = fixture_prefix("10.66.2.0/23"); /* with 10.66.3.0: used twice then */
    fixture_add_instance(fixture, &instance);
    instance = fixture_instance(5);
    instance.network4 = fixture_prefix("10.66.0.0/24");
    fixture_add_instance(fixture, &instance);
    assert_int_equal(instance_store_free_network(fixture->store, &pool, 24, &network), 0);
    struct prefix wanted = fixture_prefix("10.66.1.0/24");
    assert_true(prefix_equal(&network, &wanted));
    pool = fixture_prefix("fd00:1:2::/48");
    assert_int_equal(instance_store_free_network(fixture->store, &pool, 64, &network), 0);
    wanted = fixture_prefix("fd00:1:2::/64");
    assert_true(prefix_equal(&network, &wanted));
    instance_done(&instance);
}

/* ---- peers ---- */

static void test_peer(void **state)
{
    struct fixture *fixture = *state;
    struct instance instance = fixture_instance(1);
    _cleanup_peer_ struct peer peer = fixture_peer(&instance, 1);
    _cleanup_peer_ struct peer found = {0};
    const char *column = NULL;
    uint32_t count;

    fixture_add_instance(fixture, &instance);
    fixture_add_subnet(&peer, "192.168.88.0/24");
    fixture_add_subnet(&peer, "fd12::/64");
    peer.expires = true;
    peer.expires_at = 5000;
    fixture_add_peer(fixture, &peer);
    assert_int_equal(peer.row, 1);
    assert_int_equal(fixture_reopen(fixture), 0);
    assert_int_equal(peer_store_find(fixture->store, instance.id, "PEER1", &found), 0);
    assert_string_equal(found.id, peer.id);
    assert_true(prefix_set_equal(&found.subnets, &peer.subnets));
    assert_true(key_equal(&found.private_key, &peer.private_key));
    assert_true(key_equal(&found.preshared_key, &peer.preshared_key));
    assert_true(found.expires && found.expires_at == 5000 && found.is_site && found.enabled);
    peer_done(&found);
    assert_int_equal(peer_store_find_key(fixture->store, instance.id, &peer.public_key, &found), 0);

    found.has_private_key = false;
    found.expires = false;
    found.enabled = false;
    assert_int_equal(peer_store_update(fixture->store, &found, &column), 0);
    assert_int_equal(found.revision, 2);
    peer_done(&found);
    assert_int_equal(peer_store_find(fixture->store, instance.id, peer.id, &found), 0);
    assert_false(found.has_private_key || found.expires || found.enabled);
    assert_true(key_is_zero(&found.private_key));
    assert_int_equal(found.subnets.count, 2); /* kept */
    assert_int_equal(peer_store_count(fixture->store, instance.id, &count), 0);
    assert_int_equal(count, 1);
    assert_int_equal(peer_store_delete(fixture->store, instance.id, peer.id), 0);
    assert_int_equal(peer_store_delete(fixture->store, instance.id, peer.id), -ENOENT);
    assert_int_equal(peer_store_count(fixture->store, instance.id, &count), 0);
    assert_int_equal(count, 0);
    instance_done(&instance);
}

/* A sealed key moved to another row, or changed, does not open. */
static void test_peer_sealed(void **state)
{
    struct fixture *fixture = *state;
    struct instance instance = fixture_instance(1);
    struct peer first = fixture_peer(&instance, 1), second = fixture_peer(&instance, 2), found;

    fixture_add_instance(fixture, &instance);
    fixture_add_peer(fixture, &first);
    fixture_add_peer(fixture, &second);
    fixture_tamper(fixture, "UPDATE peer SET private_key = (SELECT private_key FROM peer "
                            "WHERE name = 'peer2') WHERE name = 'peer1'");
    assert_int_equal(fixture_reopen(fixture), 0);
    assert_int_equal(peer_store_find(fixture->store, instance.id, "peer1", &found), -EBADMSG);
    assert_int_equal(peer_store_find(fixture->store, instance.id, "peer2", &found), 0);
    peer_done(&found);
    fixture_tamper(fixture, "UPDATE peer SET preshared_key = x'00' WHERE name = 'peer2'");
    assert_int_equal(fixture_reopen(fixture), 0);
    assert_int_equal(peer_store_find(fixture->store, instance.id, "peer2", &found), -EUCLEAN);
    instance_done(&instance);
    peer_done(&first);
    peer_done(&second);
}

static void refuse_peer(struct fixture *fixture, struct peer *peer, const char *wanted)
{
    const char *column = "";

    assert_int_equal(store_begin(fixture->store), 0);
    assert_int_equal(peer_store_add(fixture->store, peer, &column), -EEXIST);
    assert_int_equal(store_commit(fixture->store), -EEXIST);
    assert_string_equal(column, wanted);
}

static void test_peer_unique(void **state)
{
    struct fixture *fixture = *state;
    struct instance instance = fixture_instance(1), other = fixture_instance(2);
    struct peer first = fixture_peer(&instance, 1), second = fixture_peer(&instance, 2);

    fixture_add_instance(fixture, &instance);
    fixture_add_instance(fixture, &other);
    fixture_add_subnet(&first, "10.1.0.0/16");
    fixture_add_peer(fixture, &first);
    strcpy(second.name, "PEER1");
    refuse_peer(fixture, &second, "name");
    strcpy(second.name, "peer2");
    second.public_key = first.public_key;
    refuse_peer(fixture, &second, "public_key");
    second.public_key.bytes[0] ^= 1;
    second.host = first.host;
    refuse_peer(fixture, &second, "host");
    second.host++;
    fixture_add_subnet(&second, "10.1.0.0/16");
    refuse_peer(fixture, &second, "subnets");
    strcpy(second.instance_id, other.id);
    fixture_add_peer(fixture, &second);
    peer_done(&first);
    peer_done(&second);
    instance_done(&instance);
    instance_done(&other);
}

static void expect_overlap(struct fixture *fixture, const char *instance_id, const char *subnet,
                           const char *except, const char *wanted)
{
    struct prefix prefix = fixture_prefix(subnet), found;
    char name[44] = "", text[PREFIX_TEXT_MAX], answer[120] = "";
    int error = peer_store_overlap(fixture->store, instance_id, &prefix, except, name, &found);

    if (!error)
        snprintf(answer, sizeof(answer), "%s %s", name, prefix_format(&found, text));
    else
        assert_int_equal(error, -ENOENT);
    assert_string_equal(answer, wanted);
}

static void test_peer_overlap(void **state)
{
    struct fixture *fixture = *state;
    struct instance instance = fixture_instance(1), other = fixture_instance(2);
    struct peer first = fixture_peer(&instance, 1), second = fixture_peer(&instance, 2);
    struct prefix_set advertised = {0};
    const char *column, *id = instance.id;
    char *text;

    fixture_add_instance(fixture, &instance);
    fixture_add_instance(fixture, &other);
    fixture_add_subnet(&first, "10.0.0.0/8");
    fixture_add_subnet(&first, "10.1.0.0/16"); /* within its own: not held twice */
    fixture_add_subnet(&first, "fd00:8::/32");
    fixture_add_subnet(&second, "192.168.88.0/24");
    fixture_add_peer(fixture, &first);
    fixture_add_peer(fixture, &second);

    expect_overlap(fixture, id, "10.200.0.0/24", NULL, "peer1 10.0.0.0/8");
    expect_overlap(fixture, id, "10.1.2.0/24", NULL, "peer1 10.0.0.0/8");
    expect_overlap(fixture, id, "0.0.0.0/0", NULL, "peer2 192.168.88.0/24");
    expect_overlap(fixture, id, "0.0.0.0/0", second.id, "peer1 10.0.0.0/8");
    expect_overlap(fixture, id, "10.200.0.0/24", first.id, "");
    expect_overlap(fixture, id, "11.0.0.0/8", NULL, "");
    expect_overlap(fixture, id, "9.255.255.0/24", NULL, "");
    expect_overlap(fixture, id, "192.168.88.255/32", NULL, "peer2 192.168.88.0/24");
    expect_overlap(fixture, id, "192.168.89.0/32", NULL, "");
    expect_overlap(fixture, id, "fd00:8:1::/48", NULL, "peer1 fd00:8::/32");
    expect_overlap(fixture, id, "fd00:9::/48", NULL, "");
    expect_overlap(fixture, other.id, "10.0.0.0/8", NULL, "");

    first.enabled = false;
    assert_int_equal(peer_store_update(fixture->store, &first, &column), 0);
    expect_overlap(fixture, id, "10.200.0.0/24", NULL, "");
    assert_int_equal(peer_store_advertised(fixture->store, id, &advertised), 0);
    text = prefix_set_format(&advertised, " ");
    assert_string_equal(text, "192.168.88.0/24");
    free(text);
    prefix_set_done(&advertised);
    peer_done(&first);
    peer_done(&second);
    instance_done(&instance);
    instance_done(&other);
}

static uint64_t free_host(struct fixture *fixture, const char *instance_id, uint64_t last,
                          int64_t rest)
{
    uint64_t host = 0;
    int error = peer_store_free_host(fixture->store, instance_id, 2, last, rest, &host);

    return error ? (uint64_t)-error : host;
}

static void test_peer_host(void **state)
{
    struct fixture *fixture = *state;
    struct instance instance = fixture_instance(1);
    struct peer peers[6];

    fixture_add_instance(fixture, &instance);
    assert_int_equal(free_host(fixture, instance.id, 6, 100), 2);
    for (unsigned i = 0; i < 5; i++) {
        peers[i] = fixture_peer(&instance, i + 1);
        assert_int_equal(free_host(fixture, instance.id, 6, 100), i + 2);
        fixture_add_peer(fixture, &peers[i]);
    }
    assert_int_equal(free_host(fixture, instance.id, 6, 100), ENOSPC);
    assert_int_equal(free_host(fixture, instance.id, 7, 100), 7);
    assert_int_equal(peer_store_delete(fixture->store, instance.id, peers[2].id), 0);
    fixture_tamper(fixture, "UPDATE host_rest SET released_at = released_at - 10");
    assert_int_equal(fixture_reopen(fixture), 0);
    assert_int_equal(peer_store_delete(fixture->store, instance.id, peers[0].id), 0);
    /* Another one is there: then those at rest are left alone. */
    assert_int_equal(free_host(fixture, instance.id, 7, 100), 7);
    /* None is: the one that rested longest. */
    assert_int_equal(free_host(fixture, instance.id, 6, 100), 4);
    /* Rested enough. */
    assert_int_equal(free_host(fixture, instance.id, 6, 5), 4);
    peers[5] = fixture_peer(&instance, 10);
    peers[5].host = 4;
    fixture_add_peer(fixture, &peers[5]);
    assert_int_equal(free_host(fixture, instance.id, 6, 0), 2);
    assert_int_equal(free_host(fixture, "aaaaaaaa", 6, 0), ENOENT);
    for (unsigned i = 0; i < 6; i++)
        peer_done(&peers[i]);
    instance_done(&instance);
}

struct seen {
    unsigned count;
    uint64_t last_row;
    bool secrets;
};

static int see(const struct peer *peer, void *data)
{
    struct seen *seen = data;

    assert_true(peer->row > seen->last_row);
    seen->last_row = peer->row;
    seen->count++;
    seen->secrets = !key_is_zero(&peer->private_key);
    return 0;
}

struct enabled {
    struct store *store;
    const char *instance_id;
    unsigned count;
};

/* Against the whole row. */
static int see_enabled(const struct peer *peer, void *data)
{
    struct enabled *enabled = data;
    _cleanup_peer_ struct peer whole = {0};

    assert_int_equal(peer_store_find_host(enabled->store, enabled->instance_id, peer->host, &whole),
                     0);
    assert_true(whole.enabled && peer->enabled);
    assert_true(peer->row == whole.row && peer->is_site == whole.is_site);
    assert_string_equal(peer->id, whole.id);
    assert_true(peer->route_all == whole.route_all && peer->link == whole.link);
    assert_true(peer->expires == whole.expires && peer->expires_at == whole.expires_at);
    assert_int_equal(peer->protocol, whole.protocol);
    assert_memory_equal(&peer->public_key, &whole.public_key, KEY_SIZE);
    assert_int_equal(peer->has_preshared_key, whole.has_preshared_key);
    assert_memory_equal(&peer->preshared_key, &whole.preshared_key, KEY_SIZE);
    assert_true(prefix_set_equal(&peer->subnets, &whole.subnets));
    assert_true(prefix_set_equal(&peer->real_subnets, &whole.real_subnets));
    assert_true(key_is_zero(&peer->private_key));
    enabled->count++;
    return 0;
}

static int count_one(const struct peer *peer, void *data)
{
    unsigned *count = data;

    assert_true(peer->expires);
    ++*count;
    return 0;
}

static void test_peer_list_and_expiry(void **state)
{
    struct fixture *fixture = *state;
    struct instance instance = fixture_instance(1);
    struct seen seen = {0};
    struct enabled enabled = {fixture->store, instance.id, 0};
    unsigned expired = 0;
    int64_t at = 77;

    fixture_add_instance(fixture, &instance);
    assert_int_equal(peer_store_next_expiry(fixture->store, &at), 0);
    assert_int_equal(at, 0);
    for (unsigned i = 1; i <= 10; i++) {
        struct peer peer = fixture_peer(&instance, i);

        peer.expires = i % 2;
        peer.expires_at = 1000 - i;
        peer.enabled = i != 9;
        peer.route_all = i % 3 == 0;
        peer.has_preshared_key = i != 4;
        if (i == 2)
            fixture_add_subnet(&peer, "192.168.88.0/24");
        fixture_add_peer(fixture, &peer);
        peer_done(&peer);
    }
    assert_int_equal(peer_store_list(fixture->store, instance.id, 0, 4, false, see, &seen), 0);
    assert_int_equal(seen.count, 4);
    assert_false(seen.secrets);
    assert_int_equal(
        peer_store_list(fixture->store, instance.id, seen.last_row, 0, true, see, &seen), 0);
    assert_int_equal(seen.count, 10);
    assert_true(seen.secrets);
    assert_int_equal(
        peer_store_list_enabled(fixture->store, instance.id, 0, 0, see_enabled, &enabled), 0);
    assert_int_equal(enabled.count, 9);
    assert_int_equal(peer_store_list_enabled(fixture->store, instance.id, seen.last_row - 3, 2,
                                             see_enabled, &enabled),
                     0);
    assert_int_equal(enabled.count, 11);
    assert_int_equal(peer_store_next_expiry(fixture->store, &at), 0);
    assert_int_equal(at, 993); /* the ninth is not enabled */
    assert_int_equal(peer_store_expired(fixture->store, 995, count_one, &expired), 0);
    assert_int_equal(expired, 2);
    instance_done(&instance);
}

/* ---- the rest ---- */

static int copy_figures(const struct peer_figures *figures, void *data)
{
    memcpy(data, figures, sizeof(*figures));
    return 0;
}

static void test_figures_and_profiles(void **state)
{
    struct fixture *fixture = *state;
    struct instance instance = fixture_instance(1);
    struct peer peer = fixture_peer(&instance, 1);
    struct peer_figures figures = {.received_total = UINT64_MAX, .last_handshake = 5}, found;
    struct issued_profile issued = {.format = "wg-quick", .issued_at = 9, .digest_size = 3};
    struct issued_profile read_back;

    fixture_add_instance(fixture, &instance);
    fixture_add_peer(fixture, &peer);
    strcpy(figures.peer_id, peer.id);
    strcpy(issued.peer_id, peer.id);
    memcpy(issued.digest, "abc", 3);
    assert_int_equal(endpoint_parse("[2001:db8::1]:51820", &figures.endpoint), 0);
    assert_int_equal(figure_store_put(fixture->store, &figures), 0);
    assert_int_equal(figure_store_list(fixture->store, instance.id, copy_figures, &found), 0);
    assert_true(found.received_total == UINT64_MAX);
    assert_int_equal(found.endpoint.port, 51820);
    assert_int_equal(profile_store_get(fixture->store, peer.id, &read_back), -ENOENT);
    assert_int_equal(profile_store_put(fixture->store, &issued), 0);
    assert_int_equal(profile_store_get(fixture->store, peer.id, &read_back), 0);
    assert_int_equal(read_back.digest_size, 3);
    assert_memory_equal(read_back.digest, "abc", 3);
    strcpy(issued.peer_id, "aaaaaaaa");
    assert_int_equal(profile_store_put(fixture->store, &issued), -EINVAL); /* no such peer */
    peer_done(&peer);
    instance_done(&instance);
}

static void test_kept_answers(void **state)
{
    struct fixture *fixture = *state;
    struct kept_answer answer = {.status = 201, .body = (char *)"{\"a\":1}"}, found;

    memset(answer.request_hash, 7, sizeof(answer.request_hash));
    assert_int_equal(idempotency_store_put(fixture->store, "root", "k1", &answer), 0);
    assert_int_equal(idempotency_store_get(fixture->store, "root", "k1", &found), 0);
    assert_int_equal(found.status, 201);
    assert_string_equal(found.body, answer.body);
    assert_memory_equal(found.request_hash, answer.request_hash, 32);
    free(found.body);
    assert_int_equal(idempotency_store_get(fixture->store, "eve", "k1", &found), -ENOENT);
    assert_int_equal(idempotency_store_put(fixture->store, "root", "k1", &answer), -EEXIST);
    fixture_tamper(fixture, "UPDATE kept_answer SET at = at - 86400");
    assert_int_equal(fixture_reopen(fixture), 0);
    assert_int_equal(idempotency_store_get(fixture->store, "root", "k1", &found), -ENOENT);
    assert_int_equal(idempotency_store_put(fixture->store, "root", "k1", &answer), 0);
}

static int collect_numbers(const struct audit_entry *entry, void *data)
{
    char *text = data;

    assert_int_equal(strlen(entry->hash), 64);
    sprintf(text + strlen(text), "%llu ", (unsigned long long)entry->number);
    return 0;
}

static void test_audit(void **state)
{
    static const char *const attacks[] = {
        "UPDATE audit SET who = 'eve' WHERE number = 3",
        "UPDATE audit SET before = '' WHERE number = 3",
        "UPDATE audit SET action = 'peer.addi', object = 'nstance/a' WHERE number = 3",
        "DELETE FROM audit WHERE number = 3",
        ("DELETE FROM audit WHERE number = 3; UPDATE audit SET number = 3 WHERE number = 4;"
         "UPDATE audit SET number = 4 WHERE number = 5"),
        "UPDATE audit SET hash = zeroblob(32) WHERE number = 3",
        "UPDATE audit SET at = at + 1 WHERE number = 3",
        "DELETE FROM audit WHERE number >= 3",
    };
    struct fixture *fixture = *state;
    struct audit_check check = {0};
    uint64_t checked, broken;
    char numbers[100] = "";

    assert_int_equal(audit_store_verify(fixture->store, &checked, &broken), 0);
    for (unsigned i = 1; i <= 5; i++)
        fixture_add_audit(fixture, i % 2 ? "instance/a" : "instance/b/peer/c", NULL);
    assert_int_equal(audit_store_verify(fixture->store, &checked, &broken), 0);
    assert_int_equal(checked, 5);
    /* The same a few at a time. */
    assert_int_equal(audit_store_check(fixture->store, &check, 2), 1);
    assert_int_equal(check.checked, 2);
    assert_int_equal(audit_store_check(fixture->store, &check, 3), 1);
    assert_int_equal(audit_store_check(fixture->store, &check, 2), 0);
    assert_int_equal(check.checked, 5);
    assert_int_equal(audit_store_list(fixture->store, 0, 3, NULL, collect_numbers, numbers), 0);
    assert_string_equal(numbers, "5 4 3 ");
    assert_int_equal(audit_store_list(fixture->store, 3, 9, NULL, collect_numbers, numbers), 0);
    assert_string_equal(numbers, "5 4 3 2 1 ");
    numbers[0] = 0;
    assert_int_equal(audit_store_list(fixture->store, 0, 9, "instance/b", collect_numbers, numbers),
                     0);
    assert_string_equal(numbers, "4 2 ");

    for (size_t i = 0; i < ELEMENTS(attacks); i++) {
        fixture_tamper(fixture, "CREATE TABLE saved AS SELECT * FROM audit");
        fixture_tamper(fixture, attacks[i]);
        assert_int_equal(fixture_reopen(fixture), 0);
        assert_int_equal(audit_store_verify(fixture->store, &checked, &broken), -EBADMSG);
        assert_int_equal(broken, 3);
        check = (struct audit_check){0};
        assert_int_equal(audit_store_check(fixture->store, &check, 1), 1);
        while (audit_store_check(fixture->store, &check, 1) > 0)
            assert_true(check.checked <= 2);
        assert_int_equal(check.checked, 2);
        fixture_tamper(fixture, "DELETE FROM audit; INSERT INTO audit SELECT * FROM saved;"
                                "DROP TABLE saved");
        assert_int_equal(fixture_reopen(fixture), 0);
        assert_int_equal(audit_store_verify(fixture->store, &checked, &broken), 0);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_instance),
        TEST(test_instance_unique),
        TEST(test_instance_list),
        TEST(test_instance_delete),
        TEST(test_instance_numbers),
        TEST(test_peer),
        TEST(test_peer_sealed),
        TEST(test_peer_unique),
        TEST(test_peer_overlap),
        TEST(test_peer_host),
        TEST(test_peer_list_and_expiry),
        TEST(test_figures_and_profiles),
        TEST(test_kept_answers),
        TEST(test_audit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
