/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the web shows itself as, and TLS sessions with it. */
#pragma once

#include <gnutls/gnutls.h>
#include <stddef.h>

struct tls;

/* Before the sandbox: what the library reads and asks the machine for. */
int tls_prepare(void);

/* From PEM. -EBADMSG: not usable. */
int tls_new(const void *chain, size_t chain_size, const void *key, size_t key_size,
            struct tls **ret_tls);
struct tls *tls_ref(struct tls *tls);
struct tls *tls_unref(struct tls *tls); /* its sessions hold it too; returns NULL */

/* A server's session on a socket, which stays the caller's; `pull` reads from it, with `data`. */
int tls_session_new(struct tls *tls, int fd, gnutls_pull_func pull, void *data,
                    gnutls_session_t *ret_session);
