/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <wireguard.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "tunnel/wireguard_device.h"
#include "tunnel/wireguard_kernel.h"

enum {
    BATCH_MAX = 512,
    READ_TRIES = 8,
};

struct kernel {
    struct wireguard wireguard;
    char name[IFNAMSIZ];
};

static struct kernel *kernel_of(struct wireguard *wireguard)
{
    return (struct kernel *)wireguard;
}

/* ---- the library's terms ---- */

static void build_endpoint(const struct endpoint *endpoint, wg_peer *peer)
{
    if (endpoint->address.family == AF_INET) {
        peer->endpoint.addr4.sin_family = AF_INET;
        peer->endpoint.addr4.sin_port = htons(endpoint->port);
        memcpy(&peer->endpoint.addr4.sin_addr, endpoint->address.bytes, sizeof(struct in_addr));
    } else if (endpoint->address.family == AF_INET6) {
        peer->endpoint.addr6.sin6_family = AF_INET6;
        peer->endpoint.addr6.sin6_port = htons(endpoint->port);
        memcpy(&peer->endpoint.addr6.sin6_addr, endpoint->address.bytes, sizeof(struct in6_addr));
    }
}

static void build_allowed(const struct wireguard_peer *source, wg_peer *peer)
{
    for (uint32_t i = 0; i < source->allowed_count; i++) {
        const struct prefix *prefix = &source->allowed[i];
        wg_allowedip *allowed = memory_zero(sizeof(*allowed));

        allowed->family = prefix->address.family;
        allowed->cidr = prefix->length;
        memcpy(&allowed->ip6, prefix->address.bytes, address_size(&prefix->address));
        if (peer->last_allowedip)
            peer->last_allowedip->next_allowedip = allowed;
        else
            peer->first_allowedip = allowed;
        peer->last_allowedip = allowed;
    }
}

static wg_peer *build_peer(const struct wireguard_change *change)
{
    static const struct {
        unsigned what;
        enum wg_peer_flags flag;
    } flags[] = {
        {WIREGUARD_REMOVE, WGPEER_REMOVE_ME},
        {WIREGUARD_REPLACE_ALLOWED, WGPEER_REPLACE_ALLOWEDIPS},
        {WIREGUARD_SET_PRESHARED, WGPEER_HAS_PRESHARED_KEY},
        {WIREGUARD_SET_KEEPALIVE, WGPEER_HAS_PERSISTENT_KEEPALIVE_INTERVAL},
    };
    const struct wireguard_peer *source = change->peer;
    wg_peer *peer = memory_zero(sizeof(*peer));

    peer->flags = WGPEER_HAS_PUBLIC_KEY;
    for (size_t i = 0; i < ELEMENTS(flags); i++)
        if (change->what & flags[i].what)
            peer->flags |= flags[i].flag;
    memcpy(peer->public_key, source->public_key.bytes, sizeof(peer->public_key));
    if (change->what & WIREGUARD_SET_PRESHARED)
        memcpy(peer->preshared_key, source->preshared_key.bytes, sizeof(peer->preshared_key));
    if (change->what & WIREGUARD_SET_KEEPALIVE)
        peer->persistent_keepalive_interval = source->keepalive;
    if (change->what & WIREGUARD_SET_ENDPOINT)
        build_endpoint(&source->endpoint, peer);
    if (change->what & (WIREGUARD_REPLACE_ALLOWED | WIREGUARD_ADD_ALLOWED))
        build_allowed(source, peer);
    return peer;
}

struct wg_device *wireguard_kernel_build(const char *name, const struct wireguard_state *wanted,
                                         unsigned what, const struct wireguard_change *changes,
                                         size_t count)
{
    wg_device *device = memory_zero(sizeof(*device));

    memcpy(device->name, name, strnlen(name, sizeof(device->name) - 1));
    if (what & WIREGUARD_DEVICE_PRIVATE_KEY) {
        device->flags |= WGDEVICE_HAS_PRIVATE_KEY;
        memcpy(device->private_key, wanted->private_key.bytes, sizeof(device->private_key));
    }
    if (what & WIREGUARD_DEVICE_LISTEN_PORT) {
        device->flags |= WGDEVICE_HAS_LISTEN_PORT;
        device->listen_port = wanted->listen_port;
    }
    for (size_t i = 0; i < count; i++) {
        wg_peer *peer = build_peer(&changes[i]);

        if (device->last_peer)
            device->last_peer->next_peer = peer;
        else
            device->first_peer = peer;
        device->last_peer = peer;
    }
    return device;
}

void wireguard_kernel_wipe(struct wg_device *device)
{
    wg_peer *peer;

    if (!device)
        return;
    explicit_bzero(device->private_key, sizeof(device->private_key));
    wg_for_each_peer(device, peer) explicit_bzero(peer->preshared_key, sizeof(peer->preshared_key));
    wg_free_device(device);
}

static void convert_endpoint(const wg_peer *source, struct endpoint *endpoint)
{
    if (source->endpoint.addr.sa_family == AF_INET) {
        endpoint->address.family = AF_INET;
        endpoint->port = ntohs(source->endpoint.addr4.sin_port);
        memcpy(endpoint->address.bytes, &source->endpoint.addr4.sin_addr, sizeof(struct in_addr));
    } else if (source->endpoint.addr.sa_family == AF_INET6) {
        endpoint->address.family = AF_INET6;
        endpoint->port = ntohs(source->endpoint.addr6.sin6_port);
        memcpy(endpoint->address.bytes, &source->endpoint.addr6.sin6_addr, sizeof(struct in6_addr));
    }
    /* A datagram may come from port 0, but nothing can be sent there. */
    if (endpoint->port == 0)
        *endpoint = (struct endpoint){0};
}

static void convert_peer(const wg_peer *source, struct wireguard_state *state)
{
    struct wireguard_peer *peer;
    const wg_allowedip *allowed;
    size_t count = 0;

    wg_for_each_allowedip(source, allowed) count++;
    peer = wireguard_state_add(state, count);
    memcpy(peer->public_key.bytes, source->public_key, sizeof(peer->public_key.bytes));
    memcpy(peer->preshared_key.bytes, source->preshared_key, sizeof(peer->preshared_key.bytes));
    convert_endpoint(source, &peer->endpoint);
    peer->keepalive = source->persistent_keepalive_interval;
    peer->handshake_at = source->last_handshake_time.tv_sec;
    peer->received = source->rx_bytes;
    peer->sent = source->tx_bytes;
    wg_for_each_allowedip(source, allowed)
    {
        struct prefix *prefix = &peer->allowed[peer->allowed_count++];

        prefix->address.family = (uint8_t)allowed->family;
        prefix->length = allowed->cidr;
        memcpy(prefix->address.bytes, &allowed->ip6, address_size(&prefix->address));
    }
}

void wireguard_kernel_convert(const struct wg_device *device, struct wireguard_state *ret_state)
{
    struct wireguard_state state = {.listen_port = device->listen_port};
    const wg_peer *peer;

    state.has_private_key = device->flags & WGDEVICE_HAS_PRIVATE_KEY;
    memcpy(state.private_key.bytes, device->private_key, sizeof(state.private_key.bytes));
    wg_for_each_peer(device, peer) convert_peer(peer, &state);
    wireguard_state_sort(&state);
    *ret_state = state;
    explicit_bzero(&state.private_key, sizeof(state.private_key));
}

/* ---- the kernel ---- */

/* The library tells a kernel without the module from one without the link. */
static int kernel_error(int error)
{
    return error == -EPROTONOSUPPORT ? -ENOTSUP : error;
}

static unsigned dumps_left;

/* wg_get_device() forgets to forget its error when another process's change interrupts its dump:
 * it would begin anew for ever. It allocates one device per round, through here, so the second
 * round ends at once and kernel_read() begins the next one. */
void *wireguard_embeddable_calloc(size_t count, size_t size);
void *wireguard_embeddable_calloc(size_t count, size_t size)
{
    if (size != sizeof(wg_device))
        return calloc(count, size);
    if (dumps_left == 0) {
        errno = EINTR;
        return NULL;
    }
    dumps_left--;
    return calloc(count, size);
}

static int kernel_read(struct wireguard *wireguard, struct wireguard_state *ret_state)
{
    wg_device *device = NULL;
    int r = -EINTR;

    for (unsigned i = 0; i < READ_TRIES && r == -EINTR; i++) {
        dumps_left = 1;
        r = kernel_error(wg_get_device(&device, kernel_of(wireguard)->name));
    }
    if (r < 0)
        return r;
    wireguard_kernel_convert(device, ret_state);
    wireguard_kernel_wipe(device);
    return 0;
}

static int send_device(wg_device *device)
{
    int r = kernel_error(wg_set_device(device));

    wireguard_kernel_wipe(device);
    return r;
}

static int kernel_write_device(struct wireguard *wireguard, const struct wireguard_state *wanted,
                               unsigned what)
{
    return send_device(wireguard_kernel_build(kernel_of(wireguard)->name, wanted, what, NULL, 0));
}

static size_t kernel_batch(const struct wireguard_change *changes, size_t count)
{
    (void)changes;
    return count < BATCH_MAX ? count : BATCH_MAX;
}

static int kernel_write_peers(struct wireguard *wireguard, const struct wireguard_change *changes,
                              size_t count)
{
    return send_device(wireguard_kernel_build(kernel_of(wireguard)->name, NULL, 0, changes, count));
}

static bool kernel_is_fatal(const struct wireguard *wireguard, int error)
{
    (void)wireguard;
    return error == -ENODEV || error == -ENOTSUP || error == -EPERM;
}

static void kernel_free(struct wireguard *wireguard)
{
    free(kernel_of(wireguard));
}

static const struct wireguard_backend kernel_backend = {
    .read = kernel_read,
    .write_device = kernel_write_device,
    .batch = kernel_batch,
    .write_peers = kernel_write_peers,
    .is_fatal = kernel_is_fatal,
    .free = kernel_free,
};

int wireguard_open_kernel(const char *name, struct wireguard **ret_wireguard)
{
    struct kernel kernel = {.wireguard.backend = &kernel_backend};
    int r;

    if (text_copy(kernel.name, sizeof(kernel.name), name) < 0)
        return -ENODEV;
    /* A change of nothing: the cheapest question that only a WireGuard link can answer. */
    r = kernel_write_device(&kernel.wireguard, NULL, 0);
    if (r < 0)
        return r;
    *ret_wireguard = memory_zero(sizeof(kernel));
    memcpy(*ret_wireguard, &kernel, sizeof(kernel));
    return 0;
}
