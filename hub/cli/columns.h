/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is shown of each object: columns_NOUN of those in a list, rows_NOUN of one. */
#pragma once

#include "hub/cli/table.h"

/* columns_network.c */
extern const struct column columns_instance[], rows_instance[], columns_peer[], rows_peer[],
    columns_profile[], columns_rule[], rows_rule[], rows_finding[], columns_check[];

/* columns_people.c */
extern const struct column columns_user[], rows_user[], columns_user_peer[], columns_link[],
    rows_file[], columns_admin[], rows_admin[], columns_session[], rows_caller[], columns_passkey[],
    columns_token[], rows_setup[], rows_secret[];

/* columns_hub.c */
extern const struct column rows_status[], columns_web_pending[], columns_role[], rows_tls[],
    columns_settings[], columns_attention[], columns_event[], columns_audit[], rows_verify[],
    columns_change[], rows_update[], columns_backup[], rows_backup[], rows_backup_key[], rows_box[];
