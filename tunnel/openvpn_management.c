/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/openvpn_management.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "tunnel/openvpn_environment.h"
#include "tunnel/openvpn_listed.h"
#include "tunnel/openvpn_number.h"

struct openvpn_management {
    bool is_broken;
    bool was_told; /* the client below stood in the last event */
    bool in_block; /* between a >CLIENT: line and its ENV,END */
    enum openvpn_event_kind block_kind;
    struct openvpn_client client; /* of that block */
    struct openvpn_listed listed;
    char state[32], text[OPENVPN_ANSWER_MAX];
    size_t length; /* of the line so far */
    char line[OPENVPN_LINE_MAX];
};

struct openvpn_management *openvpn_management_new(void)
{
    return memory_zero(sizeof(struct openvpn_management));
}

struct openvpn_management *openvpn_management_free(struct openvpn_management *management)
{
    if (!management)
        return NULL;
    sodium_memzero(&management->client, sizeof(management->client));
    sodium_memzero(management->line, management->length);
    free(management);
    return NULL;
}

/* ---- one line each: 1 is an event, 0 is none, -EBADMSG is nonsense ---- */

struct reading {
    struct openvpn_management *management;
    char *rest; /* what follows the line's first words: cut up as it is read */
    struct openvpn_event *event;
};

static int read_text(struct reading *reading, enum openvpn_event_kind kind)
{
    text_copy_cut(reading->management->text, sizeof(reading->management->text), reading->rest);
    reading->event->kind = kind;
    reading->event->state = "";
    reading->event->text = reading->management->text;
    return 1;
}

static int read_info(struct reading *reading)
{
    return read_text(reading, OPENVPN_EVENT_INFO);
}

static int read_hold(struct reading *reading)
{
    return read_text(reading, OPENVPN_EVENT_HOLD);
}

static int read_fatal(struct reading *reading)
{
    return read_text(reading, OPENVPN_EVENT_FATAL);
}

static int read_success(struct reading *reading)
{
    return read_text(reading, OPENVPN_EVENT_SUCCESS);
}

static int read_error(struct reading *reading)
{
    return read_text(reading, OPENVPN_EVENT_ERROR);
}

/* "1785000000,CONNECTED,SUCCESS,10.66.0.1,,,," */
static int read_state(struct reading *reading)
{
    const char *time = strsep(&reading->rest, ","), *state = strsep(&reading->rest, ",");
    uint64_t number;

    if (openvpn_number(time, INT64_MAX, &number) < 0 || !state || !*state)
        return -EBADMSG;
    text_copy_cut(reading->management->state, sizeof(reading->management->state), state);
    if (!reading->rest)
        reading->rest = "";
    (void)read_text(reading, OPENVPN_EVENT_STATE);
    reading->event->state = reading->management->state;
    return 1;
}

/* "0,913,1984" */
static int read_bytes(struct reading *reading)
{
    struct openvpn_event *event = reading->event;

    event->kind = OPENVPN_EVENT_BYTES;
    if (openvpn_number(strsep(&reading->rest, ","), UINT64_MAX, &event->bytes.cid) < 0 ||
        openvpn_number(strsep(&reading->rest, ","), UINT64_MAX, &event->bytes.received) < 0 ||
        openvpn_number(strsep(&reading->rest, ","), UINT64_MAX, &event->bytes.sent) < 0 ||
        reading->rest)
        return -EBADMSG;
    return 1;
}

static int read_listed(struct reading *reading)
{
    int r = openvpn_listed_read(reading->rest, &reading->management->listed);

    if (r < 0)
        return r;
    reading->event->kind = OPENVPN_EVENT_LISTED;
    reading->event->listed = &reading->management->listed;
    return 1;
}

static int read_end(struct reading *reading)
{
    if (*reading->rest)
        return -EBADMSG;
    reading->event->kind = OPENVPN_EVENT_END;
    return 1;
}

static int skip(struct reading *reading)
{
    (void)reading;
    return 0;
}

/* ---- >CLIENT: ---- */

/* "10.66.0.2", "192.168.88.0/255.255.255.0", "fd00::2", "fd00:1::/64" */
static int read_learned(const char *text, struct prefix *ret_prefix)
{
    char copy[PREFIX_TEXT_MAX], *length = copy;
    struct prefix prefix;

    if (!text || text_copy(copy, sizeof(copy), text) < 0)
        return -EBADMSG;
    if (address_parse(strsep(&length, "/"), &prefix.address) < 0)
        return -EBADMSG;
    prefix.length = (uint8_t)address_bits(&prefix.address);
    if (length && openvpn_prefix_length(length, &prefix.address, &prefix.length) < 0)
        return -EBADMSG;
    *ret_prefix = prefix;
    return 0;
}

static int read_client_address(struct reading *reading)
{
    struct openvpn_event *event = reading->event;
    uint64_t primary;

    event->kind = OPENVPN_EVENT_ADDRESS;
    if (openvpn_number(strsep(&reading->rest, ","), UINT64_MAX, &event->address.cid) < 0 ||
        read_learned(strsep(&reading->rest, ","), &event->address.prefix) < 0 ||
        openvpn_number(strsep(&reading->rest, ","), 1, &primary) < 0 || reading->rest)
        return -EBADMSG;
    event->address.primary = primary;
    return 1;
}

/* "CONNECT,0,1" and the like: a block of ENV lines follows. */
static int begin_block(struct reading *reading, enum openvpn_event_kind kind, bool has_kid)
{
    struct openvpn_management *management = reading->management;
    struct openvpn_client *client = &management->client;
    uint64_t kid = 0;

    if (management->in_block)
        return -EBADMSG;
    sodium_memzero(client, sizeof(*client));
    if (openvpn_number(strsep(&reading->rest, ","), UINT64_MAX, &client->cid) < 0 ||
        (has_kid && openvpn_number(strsep(&reading->rest, ","), UINT32_MAX, &kid) < 0) ||
        reading->rest)
        return -EBADMSG;
    client->kid = (uint32_t)kid;
    management->block_kind = kind;
    management->in_block = true;
    return 0;
}

static int read_connect(struct reading *reading)
{
    return begin_block(reading, OPENVPN_EVENT_CONNECT, true);
}

static int read_reauth(struct reading *reading)
{
    return begin_block(reading, OPENVPN_EVENT_REAUTH, true);
}

static int read_established(struct reading *reading)
{
    return begin_block(reading, OPENVPN_EVENT_ESTABLISHED, false);
}

static int read_disconnect(struct reading *reading)
{
    return begin_block(reading, OPENVPN_EVENT_DISCONNECT, false);
}

/* Blocks of messages that are not known begin with a line that is skipped: so are their ENV lines.
 * OpenVPN puts no "=" into its own "END". */
static int read_environment(struct reading *reading)
{
    struct openvpn_management *management = reading->management;

    if (!management->in_block)
        return 0;
    if (!text_equal(reading->rest, "END")) {
        openvpn_environment_read(reading->rest, &management->client);
        return 0;
    }
    management->in_block = false;
    management->was_told = true;
    reading->event->kind = management->block_kind;
    reading->event->client = &management->client;
    return 1;
}

/* ---- which line is it ---- */

struct word {
    const char *start;
    int (*read)(struct reading *reading);
};

static const struct word client_words[] = {
    {"ENV,", read_environment},
    {"CONNECT,", read_connect},
    {"REAUTH,", read_reauth},
    {"ESTABLISHED,", read_established},
    {"DISCONNECT,", read_disconnect},
    {"ADDRESS,", read_client_address},
    {"", skip}, /* CR_RESPONSE and what may come */
};

static int read_word(struct reading *reading, const struct word *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (text_starts_with(reading->rest, words[i].start)) {
            reading->rest += strlen(words[i].start);
            return words[i].read(reading);
        }
    }
    return -EBADMSG;
}

static int read_client(struct reading *reading)
{
    return read_word(reading, client_words, ELEMENTS(client_words));
}

/* Notifications begin with '>'; all else are answers, to commands of ours alone. */
static const struct word words[] = {
    {">CLIENT:", read_client},
    {">BYTECOUNT_CLI:", read_bytes},
    {">STATE:", read_state},
    {">HOLD:", read_hold},
    {">INFO:", read_info},
    {">FATAL:", read_fatal},
    {">", skip},
    {"SUCCESS: ", read_success},
    {"ERROR: ", read_error},
    {"CLIENT_LIST\t", read_listed},
    {"END", read_end},
    {"TITLE\t", skip},
    {"TIME\t", skip},
    {"HEADER\t", skip},
    {"ROUTING_TABLE\t", skip},
    {"GLOBAL_STATS\t", skip},
};

static int read_line(struct openvpn_management *management, struct openvpn_event *ret_event)
{
    struct reading reading = {
        .management = management,
        .rest = management->line,
        .event = ret_event,
    };
    size_t length = management->length;
    int r;

    if (length > 0 && management->line[length - 1] == '\r')
        length--;
    management->line[length] = '\0';
    r = memchr(management->line, '\0', length) ? -EBADMSG
                                               : read_word(&reading, words, ELEMENTS(words));
    /* It may have held a password. */
    sodium_memzero(management->line, management->length);
    management->length = 0;
    return r;
}

int openvpn_management_next(struct openvpn_management *management, const char **data, size_t *size,
                            struct openvpn_event *ret_event)
{
    int r = management->is_broken ? -EBADMSG : 0;

    if (management->was_told)
        sodium_memzero(&management->client, sizeof(management->client));
    management->was_told = false;
    while (r == 0 && *size > 0) {
        const char *end = memchr(*data, '\n', *size);
        size_t part = end ? (size_t)(end - *data) : *size;

        if (part >= sizeof(management->line) - management->length) {
            r = -EBADMSG;
            break;
        }
        memcpy(management->line + management->length, *data, part);
        management->length += part;
        *data += part + (end != NULL);
        *size -= part + (end != NULL);
        if (end)
            r = read_line(management, ret_event);
    }
    management->is_broken = r < 0;
    return r;
}
