/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/route_row.h"

static const struct api_field query_events[] = {
    {.name = "after",
     .kind = API_NUMBER,
     .maximum = INT64_MAX,
     .option = "--after",
     .value = "ID",
     .help = "begin with the event after this one; 0 = all that are kept"},
    {.name = "follow",
     .kind = API_BOOL,
     .help = "no: a list of the events that are kept, and no stream"},
    {.name = "limit",
     .kind = API_NUMBER,
     .minimum = 1,
     .maximum = 1000,
     .help = "of a list: only the newest so many"},
    {}};

const struct api_route api_routes_event[] = {
    ROUTE(ROUTE_EVENTS_FOLLOW, API_GET, "/api/v1/events", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    .query = query_events,
    WORDS("events", NULL, "what happens, as it happens"),
    {}};
