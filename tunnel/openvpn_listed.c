/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/openvpn_listed.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/text.h"
#include "tunnel/openvpn_number.h"

/* In OpenVPN's order. It writes no tab into a name: those of clients it has made printable. */
enum field {
    COMMON_NAME,
    REAL_ADDRESS,
    VIRTUAL4,
    VIRTUAL6,
    RECEIVED,
    SENT,
    SINCE,
    SINCE_NUMBER,
    USERNAME,
    CID,
    PEER_ID,
    CIPHER,
    FIELD_COUNT,
};

static int split(char *line, char *ret_fields[static FIELD_COUNT])
{
    for (int i = 0; i < FIELD_COUNT; i++) {
        if (!line)
            return -EBADMSG;
        ret_fields[i] = strsep(&line, "\t");
    }
    return line ? -EBADMSG : 0;
}

/* Empty as long as the client was given none. */
static int read_virtual(const char *text, uint8_t family, struct address *ret_address)
{
    if (!*text)
        return 0;
    return address_parse(text, ret_address) == 0 && ret_address->family == family ? 0 : -EBADMSG;
}

int openvpn_listed_read(char *line, struct openvpn_listed *ret_listed)
{
    struct openvpn_listed listed = {0};
    char *fields[FIELD_COUNT];
    uint64_t since;

    if (split(line, fields) < 0 || openvpn_number(fields[CID], UINT64_MAX, &listed.cid) < 0 ||
        openvpn_number(fields[RECEIVED], UINT64_MAX, &listed.received) < 0 ||
        openvpn_number(fields[SENT], UINT64_MAX, &listed.sent) < 0 ||
        openvpn_number(fields[SINCE_NUMBER], INT64_MAX, &since) < 0 ||
        openvpn_real_address(fields[REAL_ADDRESS], &listed.real) < 0 ||
        read_virtual(fields[VIRTUAL4], AF_INET, &listed.address4) < 0 ||
        read_virtual(fields[VIRTUAL6], AF_INET6, &listed.address6) < 0)
        return -EBADMSG;
    listed.since = (int64_t)since;
    text_copy_cut(listed.common_name, sizeof(listed.common_name), fields[COMMON_NAME]);
    text_copy_cut(listed.username, sizeof(listed.username), fields[USERNAME]);
    text_copy_cut(listed.cipher, sizeof(listed.cipher), fields[CIPHER]);
    *ret_listed = listed;
    return 0;
}
