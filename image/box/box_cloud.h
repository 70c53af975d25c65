/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a cloud keeps its machines' user data. Pure: which cloud it is, what to ask, what the
 * answer says. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "hub/base/buf.h"

/* What firmware says of the machine; its values are not NULL. */
struct box_machine {
    const char *vendor, *product, *asset;
};

struct box_cloud {
    const char *name;
    /* How its machines' values start; NULL: any. */
    struct box_machine starts;
    const char *address; /* plain HTTP, port 80 */
    const char *path;    /* of the user data */
    const char *header;  /* that it asks for, "" = none */
    /* A token is fetched first (PUT, with this header), and sent in another one; NULL: none */
    const char *token_path, *token_header, *token_sent_in;
    bool base64;
    bool reserved_port; /* it answers root alone: whose port is below 1024 */
};

/* NULL: none that is known. */
const struct box_cloud *box_cloud_find(const struct box_machine *machine);
const struct box_cloud *box_cloud_at(size_t number); /* NULL: past the last one */

/* The body of an HTTP answer with status 200, decoded if it is in base64. -ENOENT: there is no user
 * data; -EAGAIN: no whole answer; -EINVAL: not what was asked for. */
int box_cloud_answer(const char *text, size_t size, bool base64, struct buf *ret_body);
