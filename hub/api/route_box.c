/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/route_row.h"

static const struct api_field body_box_wish[] = {
    {.name = "wish",
     .kind = API_CHOICE,
     .flags = API_REQUIRED,
     .choices = "restart|power-off|factory-reset",
     .option = "WISH",
     .help = "what the box shall do"},
    {.name = "confirm",
     .kind = API_TEXT,
     .maximum = 40,
     .option = "--confirm",
     .value = "TEXT",
     .help = "\"delete everything\", for a factory reset"},
    {}};

const struct api_route api_routes_box[] = {
    ROUTE(ROUTE_BOX_GET, API_GET, "/api/v1/box", API_AUDITOR),
    .scope = API_SCOPE_HUB,
    WORDS("box", "show", "the machine, where it is Warren's own image, and what is wrong with it"),
    ROUTE(ROUTE_BOX_WISH, API_POST, "/api/v1/box/wish", API_OWNER),
    .scope = API_SCOPE_HUB,
    .fresh = true,
    .changes = true,
    .body = body_box_wish,
    WORDS("box", "wish", "restart the box, shut it down, or reset it to its factory state"),
    {}};
