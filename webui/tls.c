/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "webui/tls.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"

/* TLS 1.2 and 1.3, forward secrecy and authenticated ciphers alone. */
static const char priorities[] =
    "NONE:+VERS-TLS1.3:+VERS-TLS1.2:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM:+AEAD:"
    "+ECDHE-ECDSA:+ECDHE-RSA:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:"
    "+SIGN-ECDSA-SECP256R1-SHA256:+SIGN-ECDSA-SHA256:+SIGN-ECDSA-SHA384:"
    "+SIGN-ECDSA-SECP384R1-SHA384:+SIGN-RSA-PSS-RSAE-SHA256:+SIGN-RSA-PSS-RSAE-SHA384:"
    "+SIGN-RSA-SHA256:+SIGN-RSA-SHA384:+CTYPE-X509:%SERVER_PRECEDENCE";

struct tls {
    unsigned references;
    gnutls_certificate_credentials_t credentials;
};

static gnutls_priority_t priority;
static gnutls_datum_t ticket_key; /* of this process: tickets end with it */

int tls_prepare(void)
{
    const char *at = NULL;
    int r = gnutls_priority_init(&priority, priorities, &at);

    if (r < 0) {
        log_error("GnuTLS does not know \"%s\": %s", at ? at : "", gnutls_strerror(r));
        return -EINVAL;
    }
    return gnutls_session_ticket_key_generate(&ticket_key) < 0 ? -EIO : 0;
}

int tls_new(const void *chain, size_t chain_size, const void *key, size_t key_size,
            struct tls **ret_tls)
{
    const gnutls_datum_t chain_text = {(unsigned char *)chain, (unsigned)chain_size};
    const gnutls_datum_t key_text = {(unsigned char *)key, (unsigned)key_size};
    struct tls *tls = memory_zero(sizeof(*tls));

    tls->references = 1;
    if (gnutls_certificate_allocate_credentials(&tls->credentials) < 0)
        abort();
    int r = gnutls_certificate_set_x509_key_mem(tls->credentials, &chain_text, &key_text,
                                                GNUTLS_X509_FMT_PEM);
    if (r < 0) {
        log_error("the certificate can't be used: %s", gnutls_strerror(r));
        tls_unref(tls);
        return -EBADMSG;
    }
    *ret_tls = tls;
    return 0;
}

struct tls *tls_ref(struct tls *tls)
{
    tls->references++;
    return tls;
}

struct tls *tls_unref(struct tls *tls)
{
    if (!tls || --tls->references)
        return NULL;
    gnutls_certificate_free_credentials(tls->credentials);
    free(tls);
    return NULL;
}

int tls_session_new(struct tls *tls, int fd, gnutls_pull_func pull, void *data,
                    gnutls_session_t *ret_session)
{
    static const gnutls_datum_t http = {(unsigned char *)"http/1.1", 8};
    gnutls_session_t session;

    if (gnutls_init(&session, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) < 0)
        return -ENOMEM;
    if (gnutls_priority_set(session, priority) < 0 ||
        gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, tls->credentials) < 0 ||
        gnutls_session_ticket_enable_server(session, &ticket_key) < 0 ||
        gnutls_alpn_set_protocols(session, &http, 1, 0) < 0) {
        gnutls_deinit(session);
        return -EIO;
    }
    gnutls_certificate_server_set_request(session, GNUTLS_CERT_IGNORE);
    gnutls_transport_set_pull_function(session, pull);
    gnutls_transport_set_ptr2(session, data, (gnutls_transport_ptr_t)(intptr_t)fd);
    *ret_session = session;
    return 0;
}
