/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/peer_dns_label.h"

#include <errno.h>
#include <string.h>

#include "hub/base/log.h"
#include "hub/engine/dns_spec.h"
#include "peers/dns_label.h"

enum { SMALL_NUMBERS = 9, TRIES_MAX = 100000 };

static bool is_the_instances(const struct engine *engine, const struct instance *instance,
                             const char *label)
{
    char other[DNS_NAME_MAX];

    for (size_t i = 0; i < instance->dns_custom.count; i++) {
        const char *own = dns_label_in_domain(&engine->settings, instance,
                                              instance->dns_custom.items[i].name, other);

        if (own && text_equal(own, label))
            return true;
    }
    return text_equal(label, DNS_HUB_LABEL);
}

/* 1 = free, 0 = taken. */
static int is_free(struct engine *engine, const struct instance *instance, const struct peer *peer,
                   const char *label)
{
    char name[sizeof(peer->name)];
    int r;

    if (is_the_instances(engine, instance, label))
        return 0;
    r = peer_store_find_label(engine->store, instance->id, label, peer->id, name);
    return r == -ENOENT ? 1 : r;
}

int peer_dns_label_choose(struct engine *engine, const struct instance *instance, struct peer *peer)
{
    char label[DNS_PEER_LABEL_MAX], numbered[DNS_PEER_LABEL_MAX];
    unsigned number = 1;

    dns_label_of(peer->name, label);
    for (unsigned tries = 1; tries < TRIES_MAX; tries++) {
        /* Where many have the same, the host number is likely to be free. */
        number = tries <= SMALL_NUMBERS ? tries : (unsigned)(peer->host % 1000000) + tries;
        dns_label_numbered(label, number, numbered);
        int r = is_free(engine, instance, peer, numbered);
        if (r < 0)
            return r;
        if (r > 0)
            return text_copy(peer->dns_label, sizeof(peer->dns_label), numbered);
    }
    return -ENOSPC;
}

static int fill_one(struct engine *engine)
{
    _cleanup_instance_ struct instance instance = {0};
    _cleanup_peer_ struct peer peer = {0};
    int r = peer_store_unlabelled(engine->store, &peer);

    if (r == 0)
        r = instance_store_find(engine->store, peer.instance_id, &instance);
    if (r == 0)
        r = peer_dns_label_choose(engine, &instance, &peer);
    return r == 0 ? peer_store_set_label(engine->store, peer.id, peer.dns_label) : r;
}

int peer_dns_label_fill(struct engine *engine)
{
    _cleanup_peer_ struct peer peer = {0};
    unsigned count = 0;
    int r = peer_store_unlabelled(engine->store, &peer);

    if (r == -ENOENT)
        return 0;
    r = r == 0 ? store_begin(engine->store) : r;
    if (r < 0)
        return r;
    while ((r = fill_one(engine)) == 0)
        count++;
    if (r != -ENOENT) {
        store_rollback(engine->store);
        return r;
    }
    log_info("%u peers have names in the DNS now", count);
    return store_commit(engine->store);
}
