/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A store in a directory of its own, and rows to put into it. */
#pragma once

#include "hub/store/audit_store.h"
#include "hub/store/instance_store.h"
#include "hub/store/peer_store.h"

struct fixture {
    char directory[64];
    struct seal *seal;
    struct store *store;
    char reason[256];
};

int fixture_open(void **state);  /* cmocka's setup: new directory, open store */
int fixture_close(void **state); /* ... and all of it removed */
int fixture_reopen(struct fixture *fixture);
/* Runs SQL on the closed database file, as an attacker would. */
void fixture_tamper(struct fixture *fixture, const char *sql);

struct instance fixture_instance(unsigned number);
struct peer fixture_peer(const struct instance *instance, unsigned number);
/* Add in a transaction of their own; fail the test on error. */
void fixture_add_instance(struct fixture *fixture, const struct instance *instance);
void fixture_add_peer(struct fixture *fixture, struct peer *peer);
void fixture_add_audit(struct fixture *fixture, const char *object, const char *before);
void fixture_add_subnet(struct peer *peer, const char *text);
struct prefix fixture_prefix(const char *text);
