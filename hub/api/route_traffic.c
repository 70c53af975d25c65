/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/route_row.h"

static const struct api_field query_traffic[] = {
    {.name = "instance",
     .kind = API_TEXT,
     .minimum = 1,
     .maximum = 100,
     .option = "INSTANCE",
     .value = "INSTANCE",
     .help = "an instance's; the whole hub's when not given"},
    {.name = "peer",
     .kind = API_TEXT,
     .minimum = 1,
     .maximum = 100,
     .option = "PEER",
     .value = "PEER",
     .help = "a peer's"},
    {.name = "span",
     .kind = API_CHOICE,
     .choices = "hour|day|fortnight|quarter|two-years",
     .option = "--span",
     .value = "SPAN",
     .help = "how far back: hour (default), day, fortnight, quarter or two-years"},
    {}};

const struct api_route api_routes_traffic[] = {
    ROUTE(ROUTE_TRAFFIC_GET, API_GET, "/api/v1/traffic", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    .query = query_traffic,
    WORDS("traffic", "show", "how much traffic there was, over time"),
    {}};
