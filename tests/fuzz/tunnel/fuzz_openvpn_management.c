/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes, in parts: no crash, the same events whatever the parts, and texts that end. The first
 * byte is the size of a part. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/buf.h"
#include "tunnel/openvpn_management.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int held)
{
    if (!held)
        abort();
}

static void add_client(struct buf *text, const struct openvpn_client *client)
{
    require(strlen(client->username) < sizeof(client->username));
    require(strlen(client->password) < sizeof(client->password));
    require(strlen(client->common_name) < sizeof(client->common_name));
    require(strlen(client->platform) < sizeof(client->platform));
    require(strlen(client->version) < sizeof(client->version));
    require(strlen(client->ciphers) < sizeof(client->ciphers));
    require(client->serial_size <= OPENVPN_SERIAL_MAX);
    buf_printf(text, "%lu %u %x %s %s", (unsigned long)client->cid, client->kid, client->fields,
               client->username, client->password);
}

static void add_event(struct buf *text, const struct openvpn_event *event)
{
    buf_printf(text, "\n%d ", event->kind);
    switch (event->kind) {
    case OPENVPN_EVENT_INFO:
    case OPENVPN_EVENT_HOLD:
    case OPENVPN_EVENT_STATE:
    case OPENVPN_EVENT_FATAL:
    case OPENVPN_EVENT_SUCCESS:
    case OPENVPN_EVENT_ERROR:
        require(strlen(event->text) < OPENVPN_ANSWER_MAX);
        buf_printf(text, "%s %s", event->state, event->text);
        break;
    case OPENVPN_EVENT_CONNECT:
    case OPENVPN_EVENT_REAUTH:
    case OPENVPN_EVENT_ESTABLISHED:
    case OPENVPN_EVENT_DISCONNECT:
        add_client(text, event->client);
        break;
    case OPENVPN_EVENT_ADDRESS:
        require(prefix_valid(&event->address.prefix));
        break;
    case OPENVPN_EVENT_BYTES:
        buf_printf(text, "%lu", (unsigned long)event->bytes.received);
        break;
    case OPENVPN_EVENT_LISTED:
        require(strlen(event->listed->username) < sizeof(event->listed->username));
        buf_printf(text, "%lu %s", (unsigned long)event->listed->cid, event->listed->username);
        break;
    case OPENVPN_EVENT_END:
        break;
    }
}

static int read_all(const char *input, size_t size, size_t step, struct buf *ret_events)
{
    struct openvpn_management *management = openvpn_management_new();
    struct openvpn_event event;
    int r = 0;

    while (size > 0 && r == 0) {
        size_t part = step < size ? step : size, left = part;
        const char *data = input;

        while ((r = openvpn_management_next(management, &data, &left, &event)) > 0)
            add_event(ret_events, &event);
        require(r == -EBADMSG || (r == 0 && left == 0));
        input += part;
        size -= part;
    }
    openvpn_management_free(management);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_buf_ struct buf whole = {0}, parts = {0};
    int r;

    if (size == 0)
        return 0;
    buf_reserve(&whole, 0);
    buf_reserve(&parts, 0);
    r = read_all((const char *)data + 1, size - 1, SIZE_MAX, &whole);
    require(read_all((const char *)data + 1, size - 1, (size_t)data[0] + 1, &parts) == r);
    require(strcmp(whole.data, parts.data) == 0);
    return 0;
}
