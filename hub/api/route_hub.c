/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/route_row.h"

static const struct api_field body_settings_set[] = {
    {.name = "values",
     .kind = API_TEXTS,
     .flags = API_REQUIRED,
     .minimum = 1,
     .maximum = 64,
     .option = "NAME",
     .value = "VALUE",
     .help = "what settings shall be, by their names (section, dot, key), as the file says it"},
    {}};

static const struct api_field body_tls_import[] = {
    {.name = "chain",
     .kind = API_TEXT,
     .flags = API_REQUIRED | API_FILE,
     .minimum = 1,
     .maximum = 32767,
     .option = "CHAIN",
     .value = "FILE",
     .help = "the certificate and those that it was signed with, in PEM"},
    {.name = "key",
     .kind = API_TEXT,
     .flags = API_REQUIRED | API_FILE,
     .minimum = 1,
     .maximum = 4095,
     .option = "KEY",
     .value = "FILE",
     .help = "its private key, in PEM, without a password"},
    {}};

const struct api_route api_routes_hub[] = {
    ROUTE(ROUTE_STATUS_GET, API_GET, "/api/v1/status", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    WORDS("status", NULL, "the hub, its processes and their sandboxes"),
    ROUTE(ROUTE_SETTINGS_LIST, API_GET, "/api/v1/settings", API_AUDITOR),
    .scope = API_SCOPE_HUB,
    WORDS("settings", "list", "the settings of the configuration file and their values"),
    ROUTE(ROUTE_SETTINGS_SET, API_PATCH, "/api/v1/settings", API_OWNER),
    .scope = API_SCOPE_HUB,
    .changes = true,
    .body = body_settings_set,
    WORDS("settings", "set", "change a setting, in the configuration file too"),
    ROUTE(ROUTE_API_GET, API_GET, "/api/v1/openapi.json", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    WORDS("api", "show", "all that the API can do, as an OpenAPI document"),
    ROUTE(ROUTE_TLS_GET, API_GET, "/api/v1/tls", API_AUDITOR),
    .scope = API_SCOPE_HUB,
    WORDS("tls", "show", "the certificate that the web shows itself with"),
    ROUTE(ROUTE_TLS_IMPORT, API_POST, "/api/v1/tls/import", API_OWNER),
    .scope = API_SCOPE_HUB,
    .fresh = true,
    .secret = true,
    .changes = true,
    .body = body_tls_import,
    WORDS("tls", "import", "have the web show itself with a certificate of your own"),
    {}};
