/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each role keeps: one table, with a reason per line. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The numbers travel on the channel: append only. */
enum role {
    ROLE_SUPERVISOR, /* warrend */
    ROLE_ENGINE,     /* warren-engine */
    ROLE_NET_ROOT,   /* warren-net in the hub's own namespace */
    ROLE_NET,        /* warren-net in an instance's namespace */
    ROLE_WIREGUARD,  /* wireguard-go, started by warrend */
    ROLE_OPENVPN,    /* openvpn in an instance's namespace, started by warrend */
    ROLE_DNS,        /* dnsmasq, started by warrend in an instance's namespace */
    ROLE_WEB,        /* warren-web, started by warrend */
    ROLE_HASH,       /* warren-hash, started by warrend */
    ROLE_UPDATE,     /* warren-update, started by warrend while an update comes in */
    ROLE_ACME,       /* warren-acme with its uacme, started by warrend for an order */
    ROLE_COUNT,
};

const char *role_name(enum role role); /* "warrend", "warren-engine", ... */

/* ---- the table; its lists end with an element without a reason ---- */

struct role_capability {
    int capability;
    const char *reason;
};

struct role_limit {
    int resource;   /* RLIMIT_... */
    uint64_t value; /* the hard limit in force stays when it is lower */
    const char *reason;
};

enum {
    ROLE_PATH_READ = 1 << 0,
    ROLE_PATH_WRITE = 1 << 1, /* files that exist */
    ROLE_PATH_MAKE = 1 << 2,  /* make, rename and remove files and sockets */
    ROLE_PATH_EXECUTE = 1 << 3,
    ROLE_PATH_DEVICE = 1 << 4, /* ioctls of a device */
};

/* What may be done to a file, or below a directory. One that does not exist is left out. */
struct role_path {
    const char *path;
    unsigned rights;
    const char *reason;
};

enum { ROLE_ARGUMENTS_MAX = 2 };
/* As the value of an argument: the process that enters the sandbox. */
#define ROLE_OWN_PID UINT32_MAX

/* System calls by name, separated by spaces; all of `arguments` must match. */
struct role_syscalls {
    const char *names;
    const char *reason;
    struct {
        uint8_t index;
        uint32_t mask; /* 0 = no such argument */
        uint32_t value;
    } arguments[ROLE_ARGUMENTS_MAX];
};

/* What Landlock leaves of TCP; nothing: the role neither binds nor connects. */
struct role_tcp {
    bool listens;  /* binds any port */
    bool connects; /* to any port */
    uint16_t port; /* the one it may bind, and connect to; 0 = none */
};

enum { ROLE_LISTS_MAX = 4 };

struct role_row {
    const char *name;
    const char *user;                           /* NULL = stays root, with `capabilities` alone */
    const struct role_capability *capabilities; /* NULL = none */
    const struct role_limit *limits;
    const struct role_path *paths; /* NULL = not restricted by Landlock */
    struct role_tcp tcp;           /* what Landlock leaves of TCP */
    /* No `allow`: all that is not in `kill`. */
    const struct role_syscalls *allow[ROLE_LISTS_MAX], *kill[ROLE_LISTS_MAX];
};

const struct role_row *role_row(enum role role);
