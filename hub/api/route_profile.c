/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/route_row.h"

static const struct api_field query_profile[] = {
    {.name = "format",
     .kind = API_CHOICE,
     .choices = "wg-quick|ovpn|routeros|routeros6",
     .option = "--format",
     .value = "FORMAT",
     .help = "wg-quick (also for the WireGuard apps), ovpn, routeros (7) or routeros6"},
    {.name = "qr",
     .kind = API_CHOICE,
     .choices = "ansi|svg|png",
     .option = "--qr",
     .value = "STYLE",
     .help = "as a QR code: ansi (for the terminal), svg or png"},
    {.name = "exclude",
     .kind = API_PREFIX,
     .flags = API_LIST,
     .maximum = 32,
     .option = "--exclude",
     .value = "CIDR",
     .help = "network that is to stay outside of the tunnel"},
    {.name = "record",
     .kind = API_BOOL,
     .help = "no: do not remember it as the one to compare with; it is in the audit all the same"},
    {}};

const struct api_route api_routes_profile[] = {
    ROUTE(ROUTE_PROFILE_LIST, API_GET, PEER "/profiles", API_AUDITOR),
    WORDS("profile", "list", "the formats of a peer's profile, and what was handed out"),
    ROUTE(ROUTE_PROFILE_GET, API_GET, PEER "/profile", API_OPERATOR),
    .query = query_profile,
    WORDS("profile", "show", "a peer's profile, as a file or a QR code"),
    {}};
