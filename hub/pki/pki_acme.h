/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys and requests for certificates that an authority signs. All of it in PEM. For the engine
 * alone. The texts are the caller's to wipe and to free. */
#pragma once

/* An account's key: ECDSA P-256. 0 or -EIO. */
int pki_acme_make_key(char **ret_key);
/* Of an account's key (RFC 7638): what its answers to challenges end with; 43 characters of
 * base64url. -EBADMSG: no such key. */
int pki_acme_thumbprint(const char *key, char ret_thumbprint[static 44]);
/* A new key, ECDSA P-256, and the request for a certificate of this host name. 0, -EINVAL, -EIO. */
int pki_acme_make_request(const char *name, char **ret_key, char **ret_request);
