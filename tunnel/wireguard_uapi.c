/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "hub/base/cleanup.h"
#include "hub/base/prefix_set.h"
#include "hub/base/text.h"
#include "tunnel/wireguard_uapi.h"

enum {
    VALUE_MAX = 96, /* a key is 64, an endpoint with its zone 69 */
    ERRNO_MAX = 4095,
};

struct parse {
    const char *at;
    const char *end;
    struct wireguard_state state;
    bool in_peer;
    struct wireguard_peer peer; /* being read: its `allowed` are in the set until it ends */
    struct prefix_set allowed;
};

struct line {
    const char *key;
    size_t key_length;
    const char *value;
    size_t value_length;
};

static int parse_number(const char *text, uint64_t maximum, uint64_t *ret_value)
{
    return text_parse_u64(text, 0, maximum, ret_value) < 0 ? -EBADMSG : 0;
}

static int parse_port(const char *text, uint16_t *ret_port)
{
    uint64_t value;
    int r = parse_number(text, UINT16_MAX, &value);

    if (r == 0)
        *ret_port = (uint16_t)value;
    return r;
}

static int parse_key(const char *text, struct key *ret_key)
{
    return key_parse_hex(text, ret_key) < 0 ? -EBADMSG : 0;
}

static int on_private_key(struct parse *parse, char *value)
{
    parse->state.has_private_key = true;
    return parse_key(value, &parse->state.private_key);
}

static int on_listen_port(struct parse *parse, char *value)
{
    return parse_port(value, &parse->state.listen_port);
}

static int on_preshared_key(struct parse *parse, char *value)
{
    return parse_key(value, &parse->peer.preshared_key);
}

/* A peer on the hub's own link has a zone, "[fe80::1%eth0]:51820": it says nothing elsewhere. */
static int on_endpoint(struct parse *parse, char *value)
{
    char *zone = strchr(value, '%'), *bracket = strrchr(value, ']'), *port;
    bool none;

    if (zone && bracket && zone < bracket)
        memmove(zone, bracket, strlen(bracket) + 1);
    /* A datagram may come from port 0, but nothing can be sent there: as good as none. */
    port = strrchr(value, ':');
    none = port && text_equal(port, ":0");
    if (none)
        port[1] = '1';
    if (endpoint_parse(value, &parse->peer.endpoint) < 0)
        return -EBADMSG;
    if (none)
        parse->peer.endpoint = (struct endpoint){0};
    return 0;
}

static int on_handshake(struct parse *parse, char *value)
{
    uint64_t seconds;
    int r = parse_number(value, INT64_MAX, &seconds);

    if (r == 0)
        parse->peer.handshake_at = (int64_t)seconds;
    return r;
}

static int on_received(struct parse *parse, char *value)
{
    return parse_number(value, UINT64_MAX, &parse->peer.received);
}

static int on_sent(struct parse *parse, char *value)
{
    return parse_number(value, UINT64_MAX, &parse->peer.sent);
}

static int on_keepalive(struct parse *parse, char *value)
{
    return parse_port(value, &parse->peer.keepalive);
}

static int on_allowed_ip(struct parse *parse, char *value)
{
    struct prefix prefix;

    if (prefix_parse(value, &prefix) < 0)
        return -EBADMSG;
    prefix_set_add(&parse->allowed, &prefix);
    return 0;
}

static void end_peer(struct parse *parse)
{
    struct wireguard_peer *peer;
    struct prefix *allowed;

    if (!parse->in_peer)
        return;
    peer = wireguard_state_add(&parse->state, parse->allowed.count);
    allowed = peer->allowed;
    *peer = parse->peer;
    peer->allowed = allowed;
    peer->allowed_count = (uint32_t)parse->allowed.count;
    if (allowed)
        memcpy(allowed, parse->allowed.items, parse->allowed.count * sizeof(*allowed));
    parse->allowed.count = 0;
    explicit_bzero(&parse->peer, sizeof(parse->peer));
}

static int on_public_key(struct parse *parse, char *value)
{
    end_peer(parse);
    parse->in_peer = true;
    return parse_key(value, &parse->peer.public_key);
}

enum place {
    PLACE_DEVICE,
    PLACE_PEER,
    PLACE_ANY,
};

#define NAMED(name) name, sizeof(name) - 1

static const struct {
    const char *name;
    size_t length;
    enum place place;
    int (*parse)(struct parse *parse, char *value);
} keys[] = {
    {NAMED("allowed_ip"), PLACE_PEER, on_allowed_ip},
    {NAMED("public_key"), PLACE_ANY, on_public_key},
    {NAMED("preshared_key"), PLACE_PEER, on_preshared_key},
    {NAMED("endpoint"), PLACE_PEER, on_endpoint},
    {NAMED("last_handshake_time_sec"), PLACE_PEER, on_handshake},
    {NAMED("tx_bytes"), PLACE_PEER, on_sent},
    {NAMED("rx_bytes"), PLACE_PEER, on_received},
    {NAMED("persistent_keepalive_interval"), PLACE_PEER, on_keepalive},
    {NAMED("private_key"), PLACE_DEVICE, on_private_key},
    {NAMED("listen_port"), PLACE_DEVICE, on_listen_port},
};

static bool is_key_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* "key=value" and a line feed. */
static int next_line(struct parse *parse, struct line *ret_line)
{
    const char *start = parse->at, *at = start;
    const char *feed = memchr(start, '\n', (size_t)(parse->end - start));

    if (!feed)
        return -EBADMSG;
    while (is_key_character(*at))
        at++;
    if (at == start || *at != '=')
        return -EBADMSG;
    *ret_line = (struct line){
        .key = start,
        .key_length = (size_t)(at - start),
        .value = at + 1,
        .value_length = (size_t)(feed - at - 1),
    };
    parse->at = feed + 1;
    return 0;
}

static bool line_is(const struct line *line, const char *name, size_t length)
{
    return length == line->key_length && memcmp(line->key, name, length) == 0;
}

static int copy_value(const struct line *line, char value[static VALUE_MAX])
{
    if (line->value_length >= VALUE_MAX || memchr(line->value, 0, line->value_length))
        return -EBADMSG;
    memcpy(value, line->value, line->value_length);
    value[line->value_length] = 0;
    return 0;
}

static int parse_line(struct parse *parse, const struct line *line)
{
    for (size_t i = 0; i < ELEMENTS(keys); i++) {
        char value[VALUE_MAX];
        int r;

        if (!line_is(line, keys[i].name, keys[i].length))
            continue;
        if (keys[i].place != PLACE_ANY && (keys[i].place == PLACE_PEER) != parse->in_peer)
            return -EBADMSG;
        r = copy_value(line, value);
        if (r == 0)
            r = keys[i].parse(parse, value);
        explicit_bzero(value, line->value_length < VALUE_MAX ? line->value_length : VALUE_MAX);
        return r;
    }
    return 0;
}

/* "errno=N", an empty line, and nothing after it. wireguard-go's numbers are negative. */
static int parse_end(struct parse *parse, const struct line *line, int *ret_error)
{
    char value[VALUE_MAX];
    uint64_t number;

    if (parse->end - parse->at != 1 || *parse->at != '\n')
        return -EBADMSG;
    if (copy_value(line, value) < 0 || parse_number(value + (value[0] == '-'), ERRNO_MAX, &number))
        return -EBADMSG;
    *ret_error = -(int)number;
    return 0;
}

static int parse_all(struct parse *parse, int *ret_error)
{
    for (;;) {
        struct line line;
        int r = next_line(parse, &line);

        if (r < 0)
            return r;
        if (line_is(&line, NAMED("errno")))
            return parse_end(parse, &line, ret_error);
        r = parse_line(parse, &line);
        if (r < 0)
            return r;
    }
}

static bool has_doubles(const struct wireguard_state *state)
{
    for (size_t i = 1; i < state->peer_count; i++)
        if (memcmp(&state->peers[i - 1].public_key, &state->peers[i].public_key,
                   sizeof(struct key)) == 0)
            return true;
    return false;
}

static void parse_done(struct parse *parse)
{
    wireguard_state_done(&parse->state);
    prefix_set_done(&parse->allowed);
    explicit_bzero(&parse->peer, sizeof(parse->peer));
}

int wireguard_uapi_parse(const char *text, size_t size, struct wireguard_state *ret_state)
{
    _cleanup_(parse_done) struct parse parse = {.at = text, .end = text + size};
    int error, r = parse_all(&parse, &error);

    if (r < 0)
        return r;
    if (error < 0)
        return error;
    end_peer(&parse);
    wireguard_state_sort(&parse.state);
    if (has_doubles(&parse.state))
        return -EBADMSG;
    *ret_state = parse.state;
    parse.state = (struct wireguard_state){0};
    return 0;
}

int wireguard_uapi_parse_status(const char *text, size_t size, int *ret_error)
{
    struct parse parse = {.at = text, .end = text + size};
    struct line line;

    if (next_line(&parse, &line) < 0 || !line_is(&line, NAMED("errno")))
        return -EBADMSG;
    return parse_end(&parse, &line, ret_error);
}
