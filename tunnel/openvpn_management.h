/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an OpenVPN server says on its management socket: bytes in, events out. Pure: it reads no
 * socket and keeps no clock.
 *
 * A line that does not keep to OpenVPN 2.6's form ends it for good (-EBADMSG: close the socket);
 * nothing that a client of OpenVPN may choose (its user name, its password, what its IV_ variables
 * say) can cause that. What is not known is skipped.
 *
 * Lines: OpenVPN makes each in a buffer of 10 KiB (ERR_BUF_SIZE), so that OPENVPN_LINE_MAX is more
 * than it ever says; a longer one is nonsense.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/address.h"
#include "hub/base/buf.h"

enum {
    OPENVPN_LINE_MAX = 16 * 1024,
    OPENVPN_ANSWER_MAX = 256,          /* of texts: cut */
    OPENVPN_CLIENT_NAME_MAX = 128,     /* of user and common names; longer ones are absent */
    OPENVPN_CLIENT_PASSWORD_MAX = 256, /* a longer one is absent */
    OPENVPN_DIGEST_SIZE = 32,
    OPENVPN_SERIAL_MAX = 20,
};

/* Which fields of struct openvpn_client were told, in a form that can be used. */
enum openvpn_client_field {
    OPENVPN_HAS_USERNAME = 1 << 0,
    OPENVPN_HAS_PASSWORD = 1 << 1,
    OPENVPN_HAS_COMMON_NAME = 1 << 2,
    OPENVPN_HAS_UNTRUSTED = 1 << 3,
    OPENVPN_HAS_UNTRUSTED_PORT = 1 << 4,
    OPENVPN_HAS_TRUSTED = 1 << 5,
    OPENVPN_HAS_TRUSTED_PORT = 1 << 6,
    OPENVPN_HAS_DIGEST = 1 << 7,
    OPENVPN_HAS_SERIAL = 1 << 8,
    OPENVPN_HAS_PLATFORM = 1 << 9,
    OPENVPN_HAS_VERSION = 1 << 10,
    OPENVPN_HAS_PROTOCOL = 1 << 11,
    OPENVPN_HAS_CIPHERS = 1 << 12,
    OPENVPN_HAS_ADDRESS4 = 1 << 13,
    OPENVPN_HAS_ADDRESS6 = 1 << 14,
    OPENVPN_HAS_RECEIVED = 1 << 15,
    OPENVPN_HAS_SENT = 1 << 16,
    OPENVPN_HAS_DURATION = 1 << 17,
    /* It sent a user name that is too long, which is absent. Don't let it in: OpenVPN makes a line
     * of `status 3` in 512 bytes, and ends the answer at one that is longer, without END. */
    OPENVPN_HAS_LONG_USERNAME = 1 << 18,
};

/* Of `protocol`. */
enum {
    OPENVPN_PROTOCOL_PENDING = 1 << 4, /* knows AUTH_PENDING, and the words after it */
};

/* Of the environment block of a >CLIENT: message. */
struct openvpn_client {
    uint64_t cid;
    uint32_t kid;    /* of CONNECT and REAUTH */
    unsigned fields; /* enum openvpn_client_field */
    char username[OPENVPN_CLIENT_NAME_MAX];
    char password[OPENVPN_CLIENT_PASSWORD_MAX];
    char common_name[OPENVPN_CLIENT_NAME_MAX];
    struct endpoint untrusted;           /* where it comes from: before it is let in ... */
    struct endpoint trusted;             /* ... and after. untrusted_ip6 and trusted_ip6 too */
    uint8_t digest[OPENVPN_DIGEST_SIZE]; /* tls_digest_sha256_0: of its certificate */
    uint8_t serial[OPENVPN_SERIAL_MAX];  /* tls_serial_hex_0 */
    uint8_t serial_size;
    char platform[32]; /* IV_PLAT: "linux" "win" "mac" "android" "ios" ... as the client says */
    char version[64];  /* IV_VER */
    uint32_t protocol; /* IV_PROTO */
    char ciphers[256]; /* IV_CIPHERS */
    struct address address4, address6; /* ifconfig_pool_remote_ip, _ip6: what it was given */
    uint64_t received, sent;           /* bytes as the server counts them, of DISCONNECT */
    uint64_t duration;                 /* s, of DISCONNECT */
};

/* A CLIENT_LIST line of `status 3`. Texts that are too long are cut: for people. */
struct openvpn_listed {
    uint64_t cid;
    char common_name[OPENVPN_CLIENT_NAME_MAX]; /* "UNDEF" while it is not let in */
    char username[OPENVPN_CLIENT_NAME_MAX];    /* "UNDEF" too */
    struct endpoint real;                      /* port 0: not told, as with IPv6 */
    struct address address4, address6;         /* family 0 = none: its CONNECT was not answered */
    uint64_t received, sent;
    int64_t since;   /* CLOCK_REALTIME seconds */
    char cipher[32]; /* "" = not settled yet */
};

enum openvpn_event_kind {
    OPENVPN_EVENT_INFO,        /* the greeting: text */
    OPENVPN_EVENT_HOLD,        /* it waits for "hold release" */
    OPENVPN_EVENT_STATE,       /* state: "WAIT" "CONNECTED" "RECONNECTING" "EXITING" ...; text */
    OPENVPN_EVENT_FATAL,       /* it ends: text says why */
    OPENVPN_EVENT_CONNECT,     /* client: to be answered with client-auth or client-deny */
    OPENVPN_EVENT_REAUTH,      /* client: with client-auth-nt or client-deny */
    OPENVPN_EVENT_ESTABLISHED, /* client */
    OPENVPN_EVENT_DISCONNECT,  /* client */
    OPENVPN_EVENT_ADDRESS,     /* address */
    OPENVPN_EVENT_BYTES,       /* bytes */
    OPENVPN_EVENT_SUCCESS,     /* the answer to a command: text */
    OPENVPN_EVENT_ERROR,       /* the answer to a command: text */
    OPENVPN_EVENT_LISTED,      /* listed: one line of the answer to `status 3` */
    OPENVPN_EVENT_END,         /* the last line of that answer */
};

struct openvpn_event {
    enum openvpn_event_kind kind;
    union {
        const struct openvpn_client *client;
        const struct openvpn_listed *listed;
        struct {
            const char *state; /* "" unless STATE */
            const char *text;
        };
        struct {
            uint64_t cid;
            struct prefix prefix; /* an address of the client's, or a network behind it */
            bool primary;
        } address;
        struct {
            uint64_t cid;
            uint64_t received, sent; /* since it connected */
        } bytes;
    };
};

struct openvpn_management; /* opaque: the line and the block that are being read */

struct openvpn_management *openvpn_management_new(void);
/* Wipes. Returns NULL. */
struct openvpn_management *openvpn_management_free(struct openvpn_management *management);

/* Reads on in *data up to the end of one event, and moves *data and *size past what was read.
 * 1: an event, whose pointers hold until the next call. 0: all was read, no further event.
 * -EBADMSG: nonsense, and from then on always. The caller wipes its own buffer: it held passwords.
 *
 *     while ((r = openvpn_management_next(management, &data, &size, &event)) > 0)
 *         handle(&event);
 */
int openvpn_management_next(struct openvpn_management *management, const char **data, size_t *size,
                            struct openvpn_event *ret_event);
