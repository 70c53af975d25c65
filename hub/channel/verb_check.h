/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The content of messages whose size is right already: NULL, or what is wrong with it. One per
 * kind of body; both sides rely on them, so that no handler has to ask again. */
#pragma once

#include "hub/base/role.h"

const char *verb_check_net(enum role sender, const void *body, int descriptors); /* "" allowed */
const char *verb_check_instance_id(enum role sender, const void *body, int descriptors);
const char *verb_check_wireguard_id(enum role sender, const void *body, int descriptors);
const char *verb_check_link_number(enum role sender, const void *body, int descriptors);
const char *verb_check_status(enum role sender, const void *body, int descriptors);
const char *verb_check_net_opened(enum role sender, const void *body, int descriptors);
const char *verb_check_wireguard_opened(enum role sender, const void *body, int descriptors);
const char *verb_check_openvpn(enum role sender, const void *body, int descriptors);
const char *verb_check_openvpn_id(enum role sender, const void *body, int descriptors);
const char *verb_check_openvpn_opened(enum role sender, const void *body, int descriptors);
const char *verb_check_dns(enum role sender, const void *body, int descriptors);
const char *verb_check_dns_servers(enum role sender, const void *body, int descriptors);
const char *verb_check_dns_records(enum role sender, const void *body, int descriptors);
const char *verb_check_ack(enum role sender, const void *body, int descriptors);
const char *verb_check_hello(enum role sender, const void *body, int descriptors);
const char *verb_check_roles(enum role sender, const void *body, int descriptors);
const char *verb_check_settings(enum role sender, const void *body, int descriptors);
const char *verb_check_root(enum role sender, const void *body, int descriptors);
const char *verb_check_link(enum role sender, const void *body, int descriptors);
const char *verb_check_uplink(enum role sender, const void *body, int descriptors);
const char *verb_check_instance(enum role sender, const void *body, int descriptors);
const char *verb_check_peer(enum role sender, const void *body, int descriptors);
const char *verb_check_peer_key(enum role sender, const void *body, int descriptors);
const char *verb_check_peer_failed(enum role sender, const void *body, int descriptors);
const char *verb_check_applied(enum role sender, const void *body, int descriptors);
const char *verb_check_stats(enum role sender, const void *body, int descriptors);
const char *verb_check_rule(enum role sender, const void *body, int descriptors);
const char *verb_check_rule_id(enum role sender, const void *body, int descriptors);
const char *verb_check_web_listener(enum role sender, const void *body, int descriptors);
const char *verb_check_web_listeners(enum role sender, const void *body, int descriptors);
const char *verb_check_web_tls(enum role sender, const void *body, int descriptors);
const char *verb_check_web_request(enum role sender, const void *body, int descriptors);
const char *verb_check_web_answer(enum role sender, const void *body, int descriptors);
const char *verb_check_web_part(enum role sender, const void *body, int descriptors);
const char *verb_check_web_event(enum role sender, const void *body, int descriptors);
const char *verb_check_acme_order(enum role sender, const void *body, int descriptors);
const char *verb_check_acme_challenge(enum role sender, const void *body, int descriptors);
const char *verb_check_acme_issued(enum role sender, const void *body, int descriptors);
const char *verb_check_password(enum role sender, const void *body, int descriptors);
const char *verb_check_hash_verify(enum role sender, const void *body, int descriptors);
const char *verb_check_hash_made(enum role sender, const void *body, int descriptors);
const char *verb_check_hash_derive(enum role sender, const void *body, int descriptors);
const char *verb_check_hash_derived(enum role sender, const void *body, int descriptors);
const char *verb_check_hits(enum role sender, const void *body, int descriptors);
const char *verb_check_role_opened(enum role sender, const void *body, int descriptors);
const char *verb_check_update_written(enum role sender, const void *body, int descriptors);
const char *verb_check_boot_choice(enum role sender, const void *body, int descriptors);
