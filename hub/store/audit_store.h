/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The audit: every change, who, when, before and after. Each entry's hash covers its content and
 * the hash before it, so that nothing can be changed or taken out of the middle unseen.
 */
#pragma once

#include "hub/store/store.h"

struct audit_entry {
    uint64_t number;    /* 1, 2, 3, ... */
    int64_t at;         /* CLOCK_REALTIME seconds */
    const char *who;    /* "root (uid 0)", "hub" for what it does by itself */
    const char *from;   /* "unix socket" */
    const char *action; /* "peer.add" */
    const char *object; /* "instance/ID/peer/ID" */
    const char *name;   /* the object's name then */
    const char *before; /* JSON or NULL; never a secret */
    const char *after;  /* JSON or NULL */
    const char *hash;   /* hex of BLAKE2b-256; filled on reading */
};

/* Inside the change's own transaction. number, at, hash are filled in by the store. */
int audit_store_add(struct store *store, const struct audit_entry *entry);

typedef int (*audit_each)(const struct audit_entry *entry, void *data);
/* Newest first, those with a number below `before` (0 = from the newest), at most `limit`;
 * `object` NULL = all, else those whose object starts with it. */
int audit_store_list(struct store *store, uint64_t before, unsigned limit, const char *object,
                     audit_each each, void *data);
/* How far the chain was looked at: zeros at first. */
struct audit_check {
    uint64_t checked;
    uint8_t hash[32];
};
/* The next `count` entries. 1: there may be more; 0: all of it was looked at and is whole;
 * -EBADMSG: the entry after `checked` does not fit. */
int audit_store_check(struct store *store, struct audit_check *check, unsigned count);
/* Walks the whole chain. 0 whole; -EBADMSG and the first number that does not fit. */
int audit_store_verify(struct store *store, uint64_t *ret_checked, uint64_t *ret_broken);
