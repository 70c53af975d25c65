/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One handler per route, in a file per noun. */
#pragma once

#include "hub/engine/api_server.h"

#define HANDLER(name) \
    void name(struct engine *engine, struct api_call *call, const struct api_request *request)

HANDLER(api_status_get);
HANDLER(api_settings_list);
HANDLER(api_settings_set);
HANDLER(api_tls_get);
HANDLER(api_tls_import);
HANDLER(api_tls_acme);
HANDLER(api_tls_challenge);
HANDLER(api_tls_self_signed);
HANDLER(api_openapi_get);

HANDLER(api_instance_list);
HANDLER(api_instance_add);
HANDLER(api_instance_get);
HANDLER(api_instance_set);
HANDLER(api_instance_delete);

HANDLER(api_peer_list);
HANDLER(api_peer_add);
HANDLER(api_peer_get);
HANDLER(api_peer_set);
HANDLER(api_peer_delete);
HANDLER(api_peer_enable);
HANDLER(api_peer_disable);
HANDLER(api_peer_rekey);
HANDLER(api_peer_forget_key);

HANDLER(api_profile_list);
HANDLER(api_profile_get);

HANDLER(api_user_list);
HANDLER(api_user_add);
HANDLER(api_user_get);
HANDLER(api_user_set);
HANDLER(api_user_delete);
HANDLER(api_user_enable);
HANDLER(api_user_disable);
HANDLER(api_user_peers);

HANDLER(api_link_list);
HANDLER(api_link_add);
HANDLER(api_link_delete);
HANDLER(api_link_open);
HANDLER(api_link_file);

HANDLER(api_traffic_get);

HANDLER(api_attention_list);

HANDLER(api_explain_get);

HANDLER(api_update_get);
HANDLER(api_update_install);
HANDLER(api_update_reboot);
HANDLER(api_update_confirm);
HANDLER(api_update_rollback);

HANDLER(api_backup_list);
HANDLER(api_backup_add);
HANDLER(api_backup_get);
HANDLER(api_backup_fetch);
HANDLER(api_backup_upload);
HANDLER(api_backup_restore);
HANDLER(api_backup_delete);
HANDLER(api_box_get);
HANDLER(api_box_wish);
HANDLER(api_backup_key_get);
HANDLER(api_backup_key_set);
HANDLER(api_backup_key_delete);

HANDLER(api_events_follow);

HANDLER(api_audit_list);
HANDLER(api_audit_verify);

HANDLER(api_firewall_list);
HANDLER(api_firewall_add);
HANDLER(api_firewall_test);
HANDLER(api_firewall_get);
HANDLER(api_firewall_set);
HANDLER(api_firewall_move);
HANDLER(api_firewall_enable);
HANDLER(api_firewall_disable);
HANDLER(api_firewall_delete);

HANDLER(api_firewall_check_list);
HANDLER(api_firewall_check_add);
HANDLER(api_firewall_check_run);
HANDLER(api_firewall_check_delete);

HANDLER(api_setup_get);
HANDLER(api_setup_finish);
HANDLER(api_setup_link);

HANDLER(api_session_get);
HANDLER(api_session_add);
HANDLER(api_session_end);
HANDLER(api_session_passkey_options);
HANDLER(api_session_passkey_add);
HANDLER(api_session_list);
HANDLER(api_session_delete);

HANDLER(api_admin_list);
HANDLER(api_admin_add);
HANDLER(api_admin_get);
HANDLER(api_admin_set);
HANDLER(api_admin_delete);
HANDLER(api_admin_password);
HANDLER(api_admin_totp_begin);
HANDLER(api_admin_totp_confirm);
HANDLER(api_admin_totp_recovery);
HANDLER(api_admin_totp_delete);

HANDLER(api_passkey_list);
HANDLER(api_passkey_options);
HANDLER(api_passkey_add);
HANDLER(api_passkey_delete);

HANDLER(api_token_list);
HANDLER(api_token_add);
HANDLER(api_token_delete);
