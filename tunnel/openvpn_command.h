/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the engine says to an OpenVPN server on its management socket, from typed fields: OpenVPN
 * reads its answers as lines of configuration, so that no text of anybody's may get into them.
 * All append to `commands`, on success alone. Each is answered by one SUCCESS or ERROR event, in
 * order, but `status 3`, which is answered by LISTED events and END.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/address.h"
#include "hub/base/buf.h"
#include "hub/base/dns_name.h"
#include "hub/base/prefix_set.h"

/* OpenVPN cuts a line at 255 characters. */
enum { OPENVPN_DOMAIN_MAX = 201 }; /* with the terminating 0 */

/* What a client is told and given when it is let in. */
struct openvpn_grant {
    uint64_t cid;
    uint32_t kid;
    /* Its tunnel addresses with the networks' lengths, and the hub's own; family 0 = none. */
    struct prefix address4, address6;
    struct address hub4, hub6;
    const struct prefix_set *behind; /* networks behind it, of both families; NULL = none */
    const struct prefix_set *routes; /* what it routes into the tunnel; NULL = none. A network of
                                        length 0 is refused: that is `redirect` */
    const struct address *dns;
    size_t dns_count;
    const struct dns_list *search; /* domains that it looks in; NULL = none. Valid names, and
                                      shorter than OPENVPN_DOMAIN_MAX */
    bool redirect;          /* all of its traffic, IPv6 too: without a tunnel address of IPv6 it
                               is kept from going past the tunnel */
    bool block_outside_dns; /* Windows asks name servers outside of the tunnel too, if let */
};

/* -EINVAL when a field is not as said above. */
int openvpn_command_grant(const struct openvpn_grant *grant, struct buf *commands);
/* The answer to REAUTH when nothing changes. */
void openvpn_command_grant_again(uint64_t cid, uint32_t kid, struct buf *commands);

/* To be said after the grant: OpenVPN looks at a grant only when it next hears of the client, which
 * may be the client's own question, a second later. This has it look at once. The client is told
 * that it is waited for, which changes nothing: for clients with OPENVPN_PROTOCOL_PENDING alone. */
void openvpn_command_wake(uint64_t cid, uint32_t kid, struct buf *commands);

enum openvpn_denial {
    OPENVPN_DENY_UNKNOWN, /* certificate or user name of nobody here; a wrong password */
    OPENVPN_DENY_DISABLED,
    OPENVPN_DENY_EXPIRED,
    OPENVPN_DENY_PLACE, /* the right peer at the wrong server */
    OPENVPN_DENY_LATER, /* not ready yet: clients from 2.6 on try again by themselves */
    OPENVPN_DENIAL_COUNT,
};
void openvpn_command_deny(uint64_t cid, uint32_t kid, enum openvpn_denial denial,
                          struct buf *commands);

enum openvpn_kill {
    OPENVPN_KILL_RESTART, /* it comes back within seconds, and is asked about again */
    OPENVPN_KILL_HALT,    /* its program ends */
};
void openvpn_command_kill(uint64_t cid, enum openvpn_kill kill, struct buf *commands);

void openvpn_command_hold_release(struct buf *commands);
void openvpn_command_state_on(struct buf *commands);
void openvpn_command_byte_count(unsigned seconds, struct buf *commands); /* 0 = off */
void openvpn_command_status(struct buf *commands);
