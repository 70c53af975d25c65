/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The listeners that warren-web was handed. */
#pragma once

#include "webui/web.h"

/* Owns `fd`. */
void sockets_add(struct web *web, int fd, const struct verb_web_listener *listener);
/* What there is to show oneself as has come: those with TLS take clients from now on. */
void sockets_listen(struct web *web);
void sockets_close(struct web *web);
