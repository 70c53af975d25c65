/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/route_row.h"

const struct api_route api_routes_attention[] = {
    ROUTE(ROUTE_ATTENTION_LIST, API_GET, "/api/v1/attention", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    WORDS("attention", "list", "what needs somebody's attention, and what would do"),
    {}};
