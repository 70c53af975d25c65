/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/api_handlers.h"

const api_handler api_handlers[ROUTE_COUNT] = {
    [ROUTE_STATUS_GET] = api_status_get,
    [ROUTE_SETTINGS_LIST] = api_settings_list,
    [ROUTE_INSTANCE_LIST] = api_instance_list,
    [ROUTE_INSTANCE_ADD] = api_instance_add,
    [ROUTE_INSTANCE_GET] = api_instance_get,
    [ROUTE_INSTANCE_SET] = api_instance_set,
    [ROUTE_INSTANCE_DELETE] = api_instance_delete,
    [ROUTE_PEER_LIST] = api_peer_list,
    [ROUTE_PEER_ADD] = api_peer_add,
    [ROUTE_PEER_GET] = api_peer_get,
    [ROUTE_PEER_SET] = api_peer_set,
    [ROUTE_PEER_DELETE] = api_peer_delete,
    [ROUTE_PEER_ENABLE] = api_peer_enable,
    [ROUTE_PEER_DISABLE] = api_peer_disable,
    [ROUTE_PEER_REKEY] = api_peer_rekey,
    [ROUTE_PEER_FORGET_KEY] = api_peer_forget_key,
    [ROUTE_PROFILE_LIST] = api_profile_list,
    [ROUTE_PROFILE_GET] = api_profile_get,
    [ROUTE_EVENTS_FOLLOW] = api_events_follow,
    [ROUTE_AUDIT_LIST] = api_audit_list,
    [ROUTE_AUDIT_VERIFY] = api_audit_verify,
};
