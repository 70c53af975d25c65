/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys of OpenVPN's tls-crypt-v2: a server has one key; every client has one of its own, together
 * with a copy that the server alone can open (WKc). Who has none gets no answer from the server.
 * PEM texts of both: hub/base/pem.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    TLS_CRYPT_V2_SERVER_SIZE = 128,
    TLS_CRYPT_V2_KEY_SIZE = 256,                  /* Kc */
    TLS_CRYPT_V2_METADATA_SIZE = 1 + 8,           /* type 1, and when it was made */
    TLS_CRYPT_V2_WRAPPED_SIZE = 32 + 256 + 9 + 2, /* WKc */
    TLS_CRYPT_V2_CLIENT_SIZE = 256 + 299,
};

struct tls_crypt_v2_server {
    uint8_t bytes[TLS_CRYPT_V2_SERVER_SIZE];
};

struct tls_crypt_v2_client {
    uint8_t bytes[TLS_CRYPT_V2_CLIENT_SIZE]; /* Kc, then WKc */
};

void tls_crypt_v2_make_server(struct tls_crypt_v2_server *ret_server);
/* `now`: CLOCK_REALTIME seconds, readable by the server alone. */
void tls_crypt_v2_make_client(const struct tls_crypt_v2_server *server, int64_t now,
                              struct tls_crypt_v2_client *ret_client);
/* Opens WKc as the server does: was this key made for this server, and nothing changed? When so,
 * `ret_made_at` (may be NULL) is when. */
bool tls_crypt_v2_is_of(const struct tls_crypt_v2_client *client,
                        const struct tls_crypt_v2_server *server, int64_t *ret_made_at);
void tls_crypt_v2_server_wipe(struct tls_crypt_v2_server *server); /* fits _cleanup_ */
void tls_crypt_v2_client_wipe(struct tls_crypt_v2_client *client); /* fits _cleanup_ */
