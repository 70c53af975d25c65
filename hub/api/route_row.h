/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tables of routes are written with. Each noun has a route_NOUN.c: the fields of its
 * queries and bodies, and its routes in the order of their ids, which follow each other; a new noun
 * is declared here and named in route.c.
 */
#pragma once

#include "hub/api/route.h"

extern const struct api_route api_routes_hub[];
extern const struct api_route api_routes_instance[];
extern const struct api_route api_routes_peer[];
extern const struct api_route api_routes_profile[];
extern const struct api_route api_routes_firewall[];
extern const struct api_route api_routes_user[];
extern const struct api_route api_routes_link[];
extern const struct api_route api_routes_traffic[];
extern const struct api_route api_routes_attention[];
extern const struct api_route api_routes_explain[];
extern const struct api_route api_routes_backup[];
extern const struct api_route api_routes_update[];
extern const struct api_route api_routes_box[];
extern const struct api_route api_routes_event[];
extern const struct api_route api_routes_audit[];
extern const struct api_route api_routes_setup[];
extern const struct api_route api_routes_session[];
extern const struct api_route api_routes_admin[];
extern const struct api_route api_routes_token[];

/* All of them, in the order of the ids; NULL ends the list, and each table ends with no path. */
extern const struct api_route *const api_route_nouns[];

/* ---- queries and fields that several nouns share ---- */

extern const struct api_field api_query_page[];
extern const struct api_field
    api_query_judged[]; /* of a change that the saved checks are run before */

#define FIELD_LIMIT \
    { \
        .name = "limit", .kind = API_NUMBER, .minimum = 1, .maximum = 1000, .option = "--limit", \
        .value = "N", .help = "at most so many" \
    }
#define FIELD_CURSOR \
    { \
        .name = "cursor", .kind = API_TEXT, .minimum = 1, .maximum = 100, \
        .help = "go on where the page before ended" \
    }
#define FIELD_END(name_, option_, flags_, help_) \
    { \
        .name = name_, .kind = API_TEXT, .flags = flags_, .minimum = 1, .maximum = 80, \
        .option = option_, .value = "END", .help = help_ \
    }
#define FIELD_PROTOCOL_OF(name_, option_, choices_, help_) \
    { \
        .name = name_, .kind = API_CHOICE, .choices = choices_, .option = option_, \
        .value = "PROTOCOL", .help = help_ \
    }
#define FIELD_PROTOCOL(choices_, help_) FIELD_PROTOCOL_OF("protocol", "--protocol", choices_, help_)
#define FIELD_PORT_OF(name_, option_, help_) \
    { \
        .name = name_, .kind = API_NUMBER, .minimum = 1, .maximum = 65535, .option = option_, \
        .value = "PORT", .help = help_ \
    }
#define FIELD_PORT FIELD_PORT_OF("port", "--port", "port that is to be reached")
#define FIELD_NAME(option_, flags_) \
    { \
        .name = "name", .kind = API_TEXT, .flags = flags_, .maximum = 256, .option = option_, \
        .value = "NAME", .help = "name for people" \
    }
/* Of changes that the saved checks of the firewall are run before. */
#define FIELDS_JUDGED \
    {.name = "force", \
     .kind = API_BOOL, \
     .option = "--force", \
     .help = "even if a saved check of the firewall would no longer hold"}, \
    { \
        .name = "dry_run", .kind = API_BOOL, .help = "only say what would be changed" \
    }
#define FIELD_ROLE(flags_, help_) \
    { \
        .name = "role", .kind = API_CHOICE, .flags = flags_, .choices = "owner|operator|auditor", \
        .option = "--role", .value = "ROLE", .help = help_ \
    }
#define FIELD_INSTANCES(help_) \
    { \
        .name = "instances", .kind = API_TEXT, .flags = API_LIST | API_NULLABLE, .maximum = 64, \
        .option = "--instance", .value = "INSTANCE", .null_word = "all", .help = help_ \
    }
#define FIELD_ADMIN_NAME(option_, flags_) \
    { \
        .name = "name", .kind = API_TEXT, .flags = flags_, .minimum = 1, .maximum = 100, \
        .option = option_, .value = "NAME", .help = "what the admin signs in as" \
    }
#define FIELD_SECRET(name_, flags_, help_) \
    { \
        .name = name_, .kind = API_TEXT, .flags = API_SECRET | (flags_), .minimum = 1, \
        .maximum = 1024, .help = help_ \
    }
/* Of a browser: base64url without padding. */
#define FIELD_BYTES(name_, maximum_, help_) \
    { \
        .name = name_, .kind = API_TEXT, .flags = API_REQUIRED, .minimum = 1, .maximum = maximum_, \
        .help = help_ \
    }
/* Of a file that comes in parts. */
#define FIELDS_FILE_PART \
    {.name = "offset", \
     .kind = API_NUMBER, \
     .flags = API_REQUIRED, \
     .maximum = INT64_MAX, \
     .help = "first byte of the part; 0 begins anew"}, \
        {.name = "total", \
         .kind = API_NUMBER, \
         .flags = API_REQUIRED, \
         .minimum = 1, \
         .maximum = INT64_C(1) << 40, \
         .help = "bytes of the whole"}, \
    { \
        .name = "content", .kind = API_TEXT, .flags = API_REQUIRED, .minimum = 1, \
        .maximum = 174764, .option = "FILE", .value = "FILE", \
        .help = "up to 131,072 bytes in base64" \
    }

/* ---- a row ---- */

#define INSTANCES "/api/v1/instances"
#define INSTANCE INSTANCES "/{instance}"
#define PEERS INSTANCE "/peers"
#define PEER PEERS "/{peer}"

#define ROUTE(id_, method_, path_, role_) \
    { \
        .id = id_, .method = method_, .path = path_, .role = role_
#define BROWSER(noun_, verb_, help_) \
    .browser = true, .noun = noun_, .verb = verb_, .help = help_ \
    }
#define WORDS(noun_, verb_, help_) \
    .noun = noun_, .verb = verb_, .help = help_ \
    }
