/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words after a command become a request of the API. Pure. */
#pragma once

#include <jansson.h>

#include "hub/api/route.h"
#include "hub/cli/globals.h"

/* Options that are the command line's own, no fields of the API. */
enum local_flag {
    LOCAL_DRY_RUN = 1 << 0,
    LOCAL_YES = 1 << 1,
    LOCAL_NO_WAIT = 1 << 2,
    LOCAL_FOLLOW = 1 << 3,
    LOCAL_FORCE = 1 << 4,
    LOCAL_OUTPUT = 1 << 5,
    LOCAL_IDEMPOTENCY_KEY = 1 << 6,
    LOCAL_IF_MATCH = 1 << 7,
    LOCAL_PASSPHRASE_FD = 1 << 8,
};

struct local_option {
    enum local_flag flag;
    const char *option, *letter;
    const char *value; /* in help; NULL = a flag */
    const char *help;
};

extern const struct local_option local_options[]; /* ends with a NULL option */
bool local_option_applies(const struct local_option *option, const struct api_route *route);

struct request {
    const struct api_route *route;
    const char *parameters[API_PARAMETERS_MAX]; /* borrowed from argv */
    json_t *query, *headers, *body;
    json_t *edits;  /* of lists: list_edit.h */
    unsigned flags; /* enum local_flag */
    const char *output;
    int passphrase_fd; /* with LOCAL_PASSPHRASE_FD */
};

void request_done(struct request *request);
#define _cleanup_request_ __attribute__((cleanup(request_done)))

/* Reads argv[index...]. -EINVAL and what is wrong and would do. With globals->help set the request
 * is not complete. */
int request_parse(struct globals *globals, const struct api_route *route, int argc, char **argv,
                  int index, struct request *ret_request, char error[static CLI_ERROR_MAX]);

/* What a person is told and asked before it is sent; NULL = nothing. */
const char *request_asks(const struct request *request);
/* As it goes over the socket; a new reference. */
json_t *request_to_json(const struct request *request);
/* "/api/v1/instances/acme%20x"; a new string. */
char *request_path(const struct api_route *route, const char *const *parameters);

/* "INSTANCE", "NAME", "[PEER]": the n-th word after the command, NULL when there are no more. The
 * field is NULL for those of the path. */
const char *request_word(const struct api_route *route, size_t index,
                         const struct api_field **ret_field, char text[static 32]);
