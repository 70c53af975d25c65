/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/free_port.h"

#include <errno.h>
#include <stdbool.h>

#include "hub/base/port_use.h"
#include "hub/engine/engine.h"
#include "hub/store/openvpn_store.h"

struct kind {
    int (*next)(struct store *store, uint16_t first, uint16_t last, uint16_t *ret_port);
    bool (*is_taken)(const struct port_use *use, uint16_t port);
};

static bool pair_is_taken(const struct port_use *use, uint16_t port)
{
    return port_use_udp(use, port) || port_use_tcp(use, port) ||
           port_use_tcp(use, (uint16_t)(port + 1));
}

static const struct kind wireguard = {instance_store_free_port, port_use_udp};
static const struct kind openvpn = {openvpn_store_free_port, pair_is_taken};

static int find(const struct engine *engine, const struct kind *kind, struct port_range range,
                uint16_t *ret_port)
{
    struct port_use use;
    uint16_t port;
    int r;

    port_use_read(&use);
    for (;;) {
        r = kind->next(engine->store, range.first, range.last, &port);
        if (r < 0)
            return r;
        if (!kind->is_taken(&use, port))
            break;
        if (port >= range.last)
            return -ENOSPC;
        range.first = (uint16_t)(port + 1);
    }
    *ret_port = port;
    return 0;
}

int free_port_wireguard(const struct engine *engine, uint16_t *ret_port)
{
    return find(engine, &wireguard, engine->settings.wireguard_ports, ret_port);
}

int free_port_openvpn(const struct engine *engine, uint16_t *ret_port)
{
    return find(engine, &openvpn, engine->settings.openvpn_ports, ret_port);
}
