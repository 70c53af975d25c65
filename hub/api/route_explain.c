/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/route_row.h"

static const struct api_field query_explain[] = {
    FIELD_END("from", "--from", API_REQUIRED,
              "who begins: a peer (also by its DNS name), site:NAME, an address or internet"),
    FIELD_END("to", "--to", API_REQUIRED,
              "whom it is for: a peer, site:NAME (what is behind it), an address, a network, or "
              "internet"),
    FIELD_PORT,
    FIELD_PROTOCOL("tcp|udp|icmp", "tcp (default with a port), udp, icmp (default without)"),
    {}};

const struct api_route api_routes_explain[] = {
    ROUTE(ROUTE_EXPLAIN_GET, API_GET, INSTANCE "/explain", API_AUDITOR),
    .query = query_explain,
    WORDS("explain", NULL, "the whole way from one end to another: what holds, where it breaks"),
    {}};
