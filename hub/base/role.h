/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each role keeps: one table, with a reason per line. */
#pragma once

#include <stdint.h>

/* The numbers travel on the channel: append only. */
enum role {
    ROLE_SUPERVISOR, /* warrend */
    ROLE_ENGINE,     /* warren-engine */
    ROLE_NET_ROOT,   /* warren-net in the hub's own namespace */
    ROLE_NET,        /* warren-net in an instance's namespace */
    ROLE_WIREGUARD,  /* wireguard-go, started by warrend */
    ROLE_COUNT,
};

const char *role_name(enum role role); /* "warrend", "warren-engine", ... */
