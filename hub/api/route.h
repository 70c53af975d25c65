/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one table of routes, a file a noun (route_row.h): method, path, role, query and body schema,
 * words of the command line, help. The engine's dispatch and validation, the CLI, its help and
 * completion, and the manual read it. Handlers are bound to the ids in the engine, so that the CLI
 * links none of them.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/api/problem.h"

enum api_method { API_GET, API_POST, API_PATCH, API_DELETE };
/* Who may call a route at all; the role says the rest. */
enum api_access {
    API_ACCESS_ROLE,   /* who has the role */
    API_ACCESS_PUBLIC, /* anybody, without a credential too */
};
/* What a caller who is limited to some instances may have of a route, and what belongs to whom. */
enum api_scope {
    API_SCOPE_UNDECIDED, /* of a path with {instance}: those that the caller sees. Else a mistake,
                            and as API_SCOPE_HUB */
    API_SCOPE_HUB,       /* the hub's own affairs: not for those who are limited */
    API_SCOPE_HANDLER,   /* the handler shows and does what the caller may: instances that it sees,
                            what is its own */
};
enum api_role { API_AUDITOR, API_OPERATOR, API_OWNER }; /* each may do what the ones before may */

/* What a person on a terminal says before it is done, unless --yes was given. */
enum api_ask {
    API_ASK_NOTHING,
    API_ASK_YES,        /* "yes" */
    API_ASK_YES_ALWAYS, /* the same; programs must say --yes */
    API_ASK_NAME,       /* its name; programs must say --yes */
};

enum api_kind {
    API_TEXT,
    API_BOOL,
    API_NUMBER,
    API_DURATION, /* text: "30d" */
    API_ADDRESS,
    API_PREFIX,
    API_SUBNET, /* a network, or "REAL=MAPPED" */
    API_KEY,    /* base64 */
    API_CHOICE,
    API_NAMED_ADDRESS, /* text: "nas=10.66.0.9" */
    API_TEXTS,         /* JSON object of texts, with names that the handler knows; on the command
                          line two words, a name (`option`) and its text (`value`) */
};

enum api_field_flag {
    API_REQUIRED = 1 << 0,
    API_LIST = 1 << 1,     /* JSON array; a repeated option on the command line */
    API_NULLABLE = 1 << 2, /* null is said to take a value away */
    API_FILE = 1 << 4,     /* on the command line, the name of the file that holds it */
    API_SECRET = 1 << 3,   /* never repeated in a complaint; typed, never an argument */
};

struct api_field {
    const char *name; /* in JSON; NULL ends the array */
    enum api_kind kind;
    unsigned flags;
    int64_t minimum, maximum; /* of a number, or of a text's length, or how many with API_LIST and
                                 of API_TEXTS */
    const char *choices;      /* "client|site" */
    const char *option; /* "--subnet"; "NAME" (no dashes) = a word of its own after those of the
                           path; NULL = not on the command line */
    const char *value;  /* "CIDR" in help; for a choice, given by an option of its own:
                           option "--client|--site"; a bool without it is a flag that says true */
    const char *help;
    const char *null_word;  /* with API_NULLABLE: the value on the command line that says null */
    const char *empty_word; /* with API_LIST: the value that says the empty list */
    const char *asked_word; /* of API_CHOICE: who changes it to this is asked, as by API_ASK_YES;
                               NULL = none */
    const char *asks;       /* what a person is told then */
};

enum api_route_id {
    ROUTE_STATUS_GET,
    ROUTE_SETTINGS_LIST,
    ROUTE_SETTINGS_SET,
    ROUTE_API_GET,
    ROUTE_TLS_GET,
    ROUTE_TLS_SELF_SIGNED,
    ROUTE_TLS_IMPORT,
    ROUTE_TLS_ACME,
    ROUTE_TLS_CHALLENGE,
    ROUTE_INSTANCE_LIST,
    ROUTE_INSTANCE_ADD,
    ROUTE_INSTANCE_GET,
    ROUTE_INSTANCE_SET,
    ROUTE_INSTANCE_DELETE,
    ROUTE_PEER_LIST,
    ROUTE_PEER_ADD,
    ROUTE_PEER_GET,
    ROUTE_PEER_SET,
    ROUTE_PEER_DELETE,
    ROUTE_PEER_ENABLE,
    ROUTE_PEER_DISABLE,
    ROUTE_PEER_REKEY,
    ROUTE_PEER_FORGET_KEY,
    ROUTE_PROFILE_LIST,
    ROUTE_PROFILE_GET,
    ROUTE_FIREWALL_LIST,
    ROUTE_FIREWALL_ADD,
    ROUTE_FIREWALL_TEST,
    ROUTE_FIREWALL_GET,
    ROUTE_FIREWALL_SET,
    ROUTE_FIREWALL_MOVE,
    ROUTE_FIREWALL_ENABLE,
    ROUTE_FIREWALL_DISABLE,
    ROUTE_FIREWALL_DELETE,
    ROUTE_FIREWALL_CHECK_LIST,
    ROUTE_FIREWALL_CHECK_ADD,
    ROUTE_FIREWALL_CHECK_RUN,
    ROUTE_FIREWALL_CHECK_DELETE,
    ROUTE_USER_LIST,
    ROUTE_USER_ADD,
    ROUTE_USER_GET,
    ROUTE_USER_SET,
    ROUTE_USER_DELETE,
    ROUTE_USER_ENABLE,
    ROUTE_USER_DISABLE,
    ROUTE_USER_PEERS,
    ROUTE_LINK_LIST,
    ROUTE_LINK_ADD,
    ROUTE_LINK_DELETE,
    ROUTE_LINK_OPEN,
    ROUTE_LINK_FILE,
    ROUTE_TRAFFIC_GET,
    ROUTE_ATTENTION_LIST,
    ROUTE_EXPLAIN_GET,
    ROUTE_BACKUP_LIST,
    ROUTE_BACKUP_ADD,
    ROUTE_BACKUP_UPLOAD,
    ROUTE_BACKUP_KEY_GET,
    ROUTE_BACKUP_KEY_SET,
    ROUTE_BACKUP_KEY_DELETE,
    ROUTE_BACKUP_GET,
    ROUTE_BACKUP_FETCH,
    ROUTE_BACKUP_RESTORE,
    ROUTE_BACKUP_DELETE,
    ROUTE_UPDATE_GET,
    ROUTE_UPDATE_INSTALL,
    ROUTE_UPDATE_REBOOT,
    ROUTE_UPDATE_CONFIRM,
    ROUTE_UPDATE_ROLLBACK,
    ROUTE_BOX_GET,
    ROUTE_BOX_WISH,
    ROUTE_EVENTS_FOLLOW,
    ROUTE_AUDIT_LIST,
    ROUTE_AUDIT_VERIFY,
    ROUTE_SETUP_GET,
    ROUTE_SETUP_FINISH,
    ROUTE_SETUP_LINK,
    ROUTE_SESSION_GET,
    ROUTE_SESSION_ADD,
    ROUTE_SESSION_END,
    ROUTE_SESSION_PASSKEY_OPTIONS,
    ROUTE_SESSION_PASSKEY_ADD,
    ROUTE_SESSION_LIST,
    ROUTE_SESSION_DELETE,
    ROUTE_ADMIN_LIST,
    ROUTE_ADMIN_ADD,
    ROUTE_ADMIN_GET,
    ROUTE_ADMIN_SET,
    ROUTE_ADMIN_DELETE,
    ROUTE_ADMIN_PASSWORD,
    ROUTE_ADMIN_TOTP_BEGIN,
    ROUTE_ADMIN_TOTP_CONFIRM,
    ROUTE_ADMIN_TOTP_RECOVERY,
    ROUTE_ADMIN_TOTP_DELETE,
    ROUTE_ADMIN_PASSKEY_LIST,
    ROUTE_ADMIN_PASSKEY_OPTIONS,
    ROUTE_ADMIN_PASSKEY_ADD,
    ROUTE_ADMIN_PASSKEY_DELETE,
    ROUTE_TOKEN_LIST,
    ROUTE_TOKEN_ADD,
    ROUTE_TOKEN_DELETE,
    ROUTE_COUNT,
};

enum { API_PARAMETERS_MAX = 2 };
enum { API_TEXTS_TEXT_MAX = 950 }; /* bytes of one of API_TEXTS */

struct api_route {
    enum api_route_id id;
    enum api_method method;
    const char *path; /* "/api/v1/instances/{instance}/peers/{peer}" */
    enum api_role role;
    enum api_access access;
    enum api_scope scope;
    bool fresh;   /* only with a sign-in of a short while ago, or on the hub itself; no token */
    bool secret;  /* a secret is in the body or the answer: takes no Idempotency-Key */
    bool changes; /* takes dry_run and Idempotency-Key, is audited */
    bool while_frozen;             /* also while changes are refused: an update is on trial */
    const struct api_field *query; /* NULL = none */
    const struct api_field *body;  /* NULL = none */
    bool browser;                  /* makes no sense on the command line */
    enum api_ask ask;
    const char *asks;        /* what a person is told then */
    const char *noun, *verb; /* the words on the command line */
    const char *help;        /* one line */
};

const struct api_route *api_route(enum api_route_id id);

const char *api_method_name(enum api_method method);
const char *api_role_name(enum api_role role);
/* -EINVAL */
int api_role_parse(const char *name, enum api_role *ret_role);

/* A request as it came: bounded, not yet checked against a route. */
enum { API_REQUEST_MAX = 256 * 1024, API_ANSWER_MAX = 16 * 1024 * 1024 };

/* Finds the route; *ret_parameters point into `path_copy`, which is cut up at the slashes; then
 * %XX is decoded (a name may hold a slash or a space). A problem (400, 404, 405) when there is
 * none.
 */
const struct api_route *api_route_find(const char *method, char *path_copy,
                                       const char *ret_parameters[static API_PARAMETERS_MAX],
                                       struct problem *ret_problem);

/* Checks a JSON object against fields: unknown names, kinds, ranges, required ones (unless
 * `partial`). Adds to the problem a line per field. Kinds that carry syntax (addresses,
 * networks, durations) are checked by parsing; keys are left to rule_public_key(). */
bool api_fields_check(const struct api_field *fields, const json_t *object, bool partial,
                      struct problem *problem);
/* A query's values are texts ("10", "yes", "a,b" for a list): turns them into what the fields say,
 * in place, then checks as above. */
bool api_query_check(const struct api_field *fields, json_t *query, struct problem *problem);
