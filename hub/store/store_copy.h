/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A consistent copy of the open database into a file, a few pages at a time: what is changed while
 * it goes on is in it too. */
#pragma once

#include "hub/store/store.h"

struct store_copy;

/* The file is made anew, with the rights of its directory's owner alone. */
int store_copy_new(struct store *store, const char *path, struct store_copy **ret_copy);
struct store_copy *store_copy_free(struct store_copy *copy); /* returns NULL */
/* Not inside a transaction. 1: there is more to do; 0: the copy is whole; -errno. */
int store_copy_step(struct store_copy *copy);

/* Looks at one table of the open database, whose number this is (0, 1, ...), with its indexes and
 * references: damaged where? 1: there may be more of them; 0: there is no such table; -EUCLEAN and
 * a reason. */
int store_check_table(struct store *store, unsigned number, char reason[static 256]);
