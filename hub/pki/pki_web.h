/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the web shows itself as: a certificate signed by itself, or a chain that somebody brings.
 * All of it in PEM. For the engine alone. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PKI_WEB_NAMES_MAX = 16,
    PKI_WEB_NAME_MAX = 256,
    PKI_WEB_CHAIN_MAX = 8,             /* certificates */
    PKI_WEB_LIFETIME = 800 * 86400,    /* s; Apple's devices take no more than 825 days */
    PKI_WEB_RENEW_BEFORE = 30 * 86400, /* s before its end */
};

struct pki_web_facts {
    int64_t not_before, not_after;
    uint8_t fingerprint[32]; /* SHA-256 of its own certificate */
    char subject[PKI_WEB_NAME_MAX], issuer[PKI_WEB_NAME_MAX];
    bool self_signed;
    char names[PKI_WEB_NAMES_MAX][PKI_WEB_NAME_MAX]; /* host names and addresses, as text */
    size_t name_count;
};

/* ECDSA P-256 for these names (host names and addresses; at least one). The texts are the caller's
 * to wipe and to free. -EINVAL: a name that is none, -EIO. */
int pki_web_make(const char *const *names, size_t count, int64_t now, char **ret_chain,
                 char **ret_key);

/* Looks at a chain, its own certificate first. -EBADMSG with what is wrong. */
int pki_web_look(const char *chain, struct pki_web_facts *ret_facts, const char **ret_wrong);
/* Can a server show itself with the two at `now`? Each is signed by the next, the key is that of
 * the first one, long enough, and the certificate is for servers. -EBADMSG with what is wrong with
 * the chain, -EKEYREJECTED with what is wrong with the key. */
int pki_web_check(const char *chain, const char *key, int64_t now, struct pki_web_facts *ret_facts,
                  const char **ret_wrong);
