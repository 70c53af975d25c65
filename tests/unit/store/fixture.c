/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/store/fixture.h"

#include <fcntl.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"

int fixture_reopen(struct fixture *fixture)
{
    fixture->store = store_free(fixture->store);
    return store_open(fixture->directory, fixture->seal, &fixture->store, fixture->reason);
}

int fixture_open(void **state)
{
    struct fixture *fixture = memory_zero(sizeof(*fixture));
    int fd;

    strcpy(fixture->directory, "/tmp/warren-store-XXXXXX");
    if (!mkdtemp(fixture->directory))
        return -1;
    fd = open(fixture->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || seal_open(fd, "seal.key", &fixture->seal) < 0)
        return -1;
    close(fd);
    *state = fixture;
    return fixture_reopen(fixture);
}

int fixture_close(void **state)
{
    static const char *const files[] = {"warren.db", "warren.db-wal", "seal.key"};
    struct fixture *fixture = *state;

    store_free(fixture->store);
    seal_free(fixture->seal);
    for (size_t i = 0; i < ELEMENTS(files); i++) {
        _cleanup_free_ char *path = text_format("%s/%s", fixture->directory, files[i]);

        unlink(path);
    }
    /* Fails when anything else is left: a shared-memory file, say. */
    int result = rmdir(fixture->directory);

    free(fixture);
    return result;
}

void fixture_tamper(struct fixture *fixture, const char *sql)
{
    _cleanup_free_ char *path = text_format("%s/warren.db", fixture->directory);
    sqlite3 *database;

    fixture->store = store_free(fixture->store);
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
}

struct prefix fixture_prefix(const char *text)
{
    struct prefix prefix;

    assert_int_equal(prefix_parse(text, &prefix), 0);
    return prefix;
}

struct instance fixture_instance(unsigned number)
{
    struct instance instance = {
        .network4 = fixture_prefix("10.66.0.0/24"),
        .network6 = fixture_prefix("fd00:1:2:3::/64"),
        .slot = number,
        .port = (uint16_t)(51820 + number),
        .mtu = 1420,
        .client_to_client = true,
        .dns_mode = DNS_GIVEN,
        .dns_count = 1,
        .created_at = 1000,
        .updated_at = 1000,
        .revision = 1,
    };

    id_make(instance.id);
    snprintf(instance.name, sizeof(instance.name), "Tenant %u", number);
    snprintf(instance.hostname, sizeof(instance.hostname), "tenant%u", number);
    strcpy(instance.region, "Zürich");
    assert_int_equal(address_parse("9.9.9.9", &instance.dns[0]), 0);
    key_make_private(&instance.private_key);
    key_public(&instance.private_key, &instance.public_key);
    return instance;
}

struct peer fixture_peer(const struct instance *instance, unsigned number)
{
    struct peer peer = {.enabled = true, .host = number + 1, .keepalive = 25};

    id_make(peer.id);
    strcpy(peer.instance_id, instance->id);
    snprintf(peer.name, sizeof(peer.name), "peer%u", number);
    key_make_private(&peer.private_key);
    key_public(&peer.private_key, &peer.public_key);
    key_make_preshared(&peer.preshared_key);
    peer.has_private_key = peer.has_preshared_key = true;
    return peer;
}

void fixture_add_subnet(struct peer *peer, const char *text)
{
    struct prefix prefix = fixture_prefix(text);

    peer->is_site = true;
    prefix_set_add(&peer->subnets, &prefix);
    prefix_set_add(&peer->real_subnets, &prefix);
}

void fixture_add_instance(struct fixture *fixture, const struct instance *instance)
{
    const char *column = NULL;

    assert_int_equal(store_begin(fixture->store), 0);
    assert_int_equal(instance_store_add(fixture->store, instance, &column), 0);
    assert_int_equal(store_commit(fixture->store), 0);
}

void fixture_add_peer(struct fixture *fixture, struct peer *peer)
{
    const char *column = NULL;

    assert_int_equal(store_begin(fixture->store), 0);
    assert_int_equal(peer_store_add(fixture->store, peer, &column), 0);
    assert_int_equal(store_commit(fixture->store), 0);
}

void fixture_add_audit(struct fixture *fixture, const char *object, const char *before)
{
    struct audit_entry entry = {.who = "root (uid 0)",
                                .from = "unix socket",
                                .action = "peer.add",
                                .object = object,
                                .name = "laptop",
                                .before = before,
                                .after = "{}"};

    assert_int_equal(store_begin(fixture->store), 0);
    assert_int_equal(audit_store_add(fixture->store, &entry), 0);
    assert_int_equal(store_commit(fixture->store), 0);
}
