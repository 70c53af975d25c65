/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/route_row.h"

static const struct api_field query_audit[] = {
    FIELD_LIMIT,
    FIELD_CURSOR,
    {.name = "object",
     .kind = API_TEXT,
     .minimum = 1,
     .maximum = 100,
     .option = "--object",
     .value = "OBJECT",
     .help = "only changes of an object and what is in it: instance/ID"},
    {}};

const struct api_route api_routes_audit[] = {
    ROUTE(ROUTE_AUDIT_LIST, API_GET, "/api/v1/audit", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    .query = query_audit,
    WORDS("audit", "list", "who changed what, newest first"),
    ROUTE(ROUTE_AUDIT_VERIFY, API_GET, "/api/v1/audit/verify", API_AUDITOR),
    .scope = API_SCOPE_HUB,
    WORDS("audit", "verify", "is the audit's chain of hashes whole"),
    {}};
