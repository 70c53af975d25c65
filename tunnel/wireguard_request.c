/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tunnel/wireguard_request.h"

/* Lines as long as they can get, with their line feeds. */
enum {
    BEGIN_SIZE = sizeof("set=1\n") - 1,
    END_SIZE = 1,
    PREFIX_MAX = sizeof("allowed_ip=\n") - 1 + PREFIX_TEXT_MAX - 1,
};

void wireguard_request_done(struct wireguard_request *request)
{
    explicit_bzero(request->text, request->length);
    request->length = 0;
}

__attribute__((format(printf, 2, 3))) static void add_line(struct wireguard_request *request,
                                                           const char *format, ...)
{
    size_t room = sizeof(request->text) - request->length;
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(request->text + request->length, room, format, arguments);
    va_end(arguments);
    assert(length >= 0 && (size_t)length < room);
    request->length += (size_t)length;
}

static void add_key(struct wireguard_request *request, const char *name, const struct key *key)
{
    char hex[KEY_HEX_MAX];

    add_line(request, "%s=%s\n", name, key_format_hex(key, hex));
    explicit_bzero(hex, sizeof(hex));
}

void wireguard_request_begin(struct wireguard_request *request)
{
    wireguard_request_done(request);
    add_line(request, "set=1\n");
}

void wireguard_request_end(struct wireguard_request *request)
{
    request->text[request->length++] = '\n';
}

void wireguard_request_add_private_key(struct wireguard_request *request, const struct key *key)
{
    add_key(request, "private_key", key);
}

void wireguard_request_add_listen_port(struct wireguard_request *request, uint16_t port)
{
    add_line(request, "listen_port=%u\n", port);
}

static void add_head(struct wireguard_request *request, const struct wireguard_change *change)
{
    const struct wireguard_peer *peer = change->peer;
    char text[ENDPOINT_TEXT_MAX];

    if (change->what & WIREGUARD_REPLACE_ALLOWED)
        add_line(request, "replace_allowed_ips=true\n");
    if (change->what & WIREGUARD_SET_PRESHARED)
        add_key(request, "preshared_key", &peer->preshared_key);
    if (change->what & WIREGUARD_SET_ENDPOINT)
        add_line(request, "endpoint=%s\n", endpoint_format(&peer->endpoint, text));
    if (change->what & WIREGUARD_SET_KEEPALIVE)
        add_line(request, "persistent_keepalive_interval=%u\n", peer->keepalive);
}

static size_t add_prefixes(struct wireguard_request *request, const struct wireguard_peer *peer,
                           size_t from)
{
    char text[PREFIX_TEXT_MAX];

    while (from < peer->allowed_count &&
           request->length + PREFIX_MAX + END_SIZE < sizeof(request->text))
        add_line(request, "allowed_ip=%s\n", prefix_format(&peer->allowed[from++], text));
    return from;
}

size_t wireguard_request_add_change(struct wireguard_request *request,
                                    const struct wireguard_change *change, size_t from)
{
    const struct wireguard_peer *peer = change->peer;

    add_key(request, "public_key", &peer->public_key);
    if (change->what & WIREGUARD_REMOVE) {
        add_line(request, "remove=true\n");
        return peer->allowed_count;
    }
    /* A peer that went meanwhile is not to come back by half. */
    if (!(change->what & WIREGUARD_ADD) || from > 0)
        add_line(request, "update_only=true\n");
    if (from == 0)
        add_head(request, change);
    if (change->what & (WIREGUARD_REPLACE_ALLOWED | WIREGUARD_ADD_ALLOWED))
        return add_prefixes(request, peer, from);
    return peer->allowed_count;
}

#define LINE(name) (sizeof(name "=\n") - 1)

/* What a change takes at most, by what it says. */
static size_t change_bound(const struct wireguard_change *change)
{
    size_t bound = LINE("public_key") + KEY_HEX_MAX - 1 + LINE("update_only") + sizeof("true");

    if (change->what & WIREGUARD_REPLACE_ALLOWED)
        bound += LINE("replace_allowed_ips") + sizeof("true");
    if (change->what & WIREGUARD_SET_PRESHARED)
        bound += LINE("preshared_key") + KEY_HEX_MAX - 1;
    if (change->what & WIREGUARD_SET_ENDPOINT)
        bound += LINE("endpoint") + ENDPOINT_TEXT_MAX;
    if (change->what & WIREGUARD_SET_KEEPALIVE)
        bound += LINE("persistent_keepalive_interval") + sizeof("65535");
    if (change->what & (WIREGUARD_REPLACE_ALLOWED | WIREGUARD_ADD_ALLOWED))
        bound += change->peer->allowed_count * PREFIX_MAX;
    return bound;
}

size_t wireguard_request_capacity(const struct wireguard_change *changes, size_t count)
{
    size_t length = BEGIN_SIZE + END_SIZE, fitting = 0;

    while (fitting < count) {
        length += change_bound(&changes[fitting]);
        /* The last prefix is only added where the longest one would fit. */
        if (length + PREFIX_MAX >= WIREGUARD_REQUEST_MAX)
            break;
        fitting++;
    }
    return fitting;
}
