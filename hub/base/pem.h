/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes as PEM: what is written holds nothing but the label, base64 and line breaks. */
#pragma once

#include <stddef.h>

#include "hub/base/buf.h"

#define PEM_CERTIFICATE "CERTIFICATE"
#define PEM_PRIVATE_KEY "PRIVATE KEY" /* PKCS#8 */
#define PEM_TLS_CRYPT_V2_SERVER "OpenVPN tls-crypt-v2 server key"
#define PEM_TLS_CRYPT_V2_CLIENT "OpenVPN tls-crypt-v2 client key"

/* "-----BEGIN label-----", base64 in lines of 64 characters, "-----END label-----". */
void pem_add(struct buf *text, const char *label, const void *bytes, size_t size);
