/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/route.h"

#include <errno.h>

#include "hub/api/route_row.h"
#include "hub/base/text.h"

const struct api_field api_query_page[] = {FIELD_LIMIT, FIELD_CURSOR, {}};

const struct api_field api_query_judged[] = {FIELDS_JUDGED, {}};

const struct api_route *const api_route_nouns[] = {
    api_routes_hub,       api_routes_instance, api_routes_peer,   api_routes_profile,
    api_routes_firewall,  api_routes_user,     api_routes_link,   api_routes_traffic,
    api_routes_attention, api_routes_explain,  api_routes_backup, api_routes_update,
    api_routes_box,       api_routes_event,    api_routes_audit,  api_routes_setup,
    api_routes_session,   api_routes_admin,    api_routes_token,  NULL,
};

const struct api_route *api_route(enum api_route_id id)
{
    const struct api_route *const *noun = api_route_nouns;
    while (noun[1] && noun[1]->id <= id)
        noun++;
    return &(*noun)[id - (*noun)->id];
}

static const char *const method_names[] = {
    [API_GET] = "GET", [API_POST] = "POST", [API_PATCH] = "PATCH", [API_DELETE] = "DELETE"};

static const char *const role_names[] = {
    [API_AUDITOR] = "auditor", [API_OPERATOR] = "operator", [API_OWNER] = "owner"};

const char *api_role_name(enum api_role role)
{
    return role_names[role];
}

int api_role_parse(const char *name, enum api_role *ret_role)
{
    for (enum api_role role = API_AUDITOR; role <= API_OWNER; role++)
        if (text_equal(role_names[role], name)) {
            *ret_role = role;
            return 0;
        }
    return -EINVAL;
}

const char *api_method_name(enum api_method method)
{
    return method_names[method];
}
