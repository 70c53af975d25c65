/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What OpenVPN needs of an instance (its certificate authority, its servers' certificate) and of a
 * peer (a certificate, or a password). Keys and passwords are sealed in the rows. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/text.h"
#include "hub/store/store.h"

enum { OPENVPN_ROW_BLOB_MAX = 1536, OPENVPN_ROW_TLS_CRYPT_SIZE = 128, OPENVPN_PASSWORD_MAX = 40 };

struct openvpn_blob {
    size_t size; /* 0 = none */
    uint8_t bytes[OPENVPN_ROW_BLOB_MAX];
};

struct instance_openvpn {
    char instance_id[ID_MAX];
    uint16_t port; /* for UDP and TCP; the legacy server has the next one; unique */
    struct openvpn_blob ca_certificate, ca_key;         /* DER */
    struct openvpn_blob certificate, key;               /* of its servers, DER */
    struct openvpn_blob legacy_certificate, legacy_key; /* of the legacy one; may be none */
    uint8_t tls_crypt_key[OPENVPN_ROW_TLS_CRYPT_SIZE];
};
void instance_openvpn_done(struct instance_openvpn *row); /* wipes */
#define _cleanup_instance_openvpn_ __attribute__((cleanup(instance_openvpn_done)))

struct peer_openvpn {
    char peer_id[ID_MAX];
    uint32_t issue; /* counts its certificates */
    struct openvpn_blob certificate;
    int64_t not_after;       /* of the certificate */
    struct openvpn_blob key; /* none: forgotten */
    struct openvpn_blob tls_crypt_key;
    char password[OPENVPN_PASSWORD_MAX]; /* "" = logs in by certificate */
};
void peer_openvpn_done(struct peer_openvpn *row); /* wipes */
#define _cleanup_peer_openvpn_ __attribute__((cleanup(peer_openvpn_done)))

/* -ENOENT: the instance never had an OpenVPN peer. */
int openvpn_store_find_instance(struct store *store, const char *instance_id,
                                struct instance_openvpn *ret_row);
/* The port alone: cheap, opens no secret. */
int openvpn_store_port(struct store *store, const char *instance_id, uint16_t *ret_port);
int openvpn_store_put_instance(struct store *store, const struct instance_openvpn *row);
/* The lowest port of the range that is free together with the next one. -ENOSPC. */
int openvpn_store_free_port(struct store *store, uint16_t first, uint16_t last, uint16_t *ret_port);

int openvpn_store_find_peer(struct store *store, const char *peer_id, struct peer_openvpn *ret_row);
int openvpn_store_put_peer(struct store *store, const struct peer_openvpn *row);
