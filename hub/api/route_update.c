/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/route_row.h"

static const struct api_field body_update_install[] = {FIELDS_FILE_PART, {}};

#define UPDATE "/api/v1/update"

const struct api_route api_routes_update[] = {
    ROUTE(ROUTE_UPDATE_GET, API_GET, UPDATE, API_AUDITOR),
    .scope = API_SCOPE_HUB,
    WORDS("update", "show", "which system runs, and how an update of it stands"),
    ROUTE(ROUTE_UPDATE_INSTALL, API_POST, UPDATE "/install", API_OWNER),
    .scope = API_SCOPE_HUB,
    .changes = true,
    .body = body_update_install,
    WORDS("update", "install",
          "check an update and write it into the other slot; nothing restarts"),
    ROUTE(ROUTE_UPDATE_REBOOT, API_POST, UPDATE "/reboot", API_OWNER),
    .scope = API_SCOPE_HUB,
    .fresh = true,
    .changes = true,
    WORDS("update", "reboot", "start the machine again, with the update on trial"),
    ROUTE(ROUTE_UPDATE_CONFIRM, API_POST, UPDATE "/confirm", API_OWNER),
    .scope = API_SCOPE_HUB,
    .changes = true,
    .while_frozen = true,
    WORDS("update", "confirm",
          "keep the update that is on trial; the hub does it when it is healthy"),
    ROUTE(ROUTE_UPDATE_ROLLBACK, API_POST, UPDATE "/rollback", API_OWNER),
    .scope = API_SCOPE_HUB,
    .changes = true,
    .while_frozen = true,
    WORDS("update", "rollback", "go back to the system before, or forget what was installed"),
    {}};
