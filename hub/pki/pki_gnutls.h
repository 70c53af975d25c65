/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GnuTLS's objects out of ours, for the files of this folder. */
#pragma once

#include <gnutls/x509.h>

#include "hub/base/cleanup.h"
#include "hub/pki/pki.h"

DEFINE_CLEANUP(gnutls_x509_crt_t, gnutls_x509_crt_deinit, cleanup_crt)
DEFINE_CLEANUP(gnutls_x509_privkey_t, gnutls_x509_privkey_deinit, cleanup_privkey)
#define _cleanup_crt_ _cleanup_(cleanup_crt)
#define _cleanup_privkey_ _cleanup_(cleanup_privkey)

int pki_load_certificate(const struct pki_certificate *certificate, gnutls_x509_crt_t *ret_crt);
int pki_load_key(const struct pki_key *key, gnutls_x509_privkey_t *ret_privkey);
