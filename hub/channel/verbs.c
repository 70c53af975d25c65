/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/channel/verbs.h"

#include <assert.h>
#include <errno.h>
#include <stdalign.h>
#include <string.h>

#include "hub/channel/channel.h"
#include "hub/channel/verb_check.h"
#include "hub/channel/verb_rule.h"

/* The sum of the members is the size of the whole: no hole whose bytes would come from the sender's
 * stack. */
#define SIZE(type, field) sizeof(((struct type *)NULL)->field)
static_assert(sizeof(struct channel_header) == 2 + 2 + 4 + 8, "hole");
static_assert(sizeof(struct address) == 17, "hole");
static_assert(sizeof(struct prefix) == 18, "hole");
static_assert(sizeof(struct endpoint) == 17 + 1 + 2, "hole");
static_assert(sizeof(struct key) == 32, "hole");
static_assert(sizeof(struct sandbox_state) == 3 * 4 + 4 * 1 + 8, "hole");
static_assert(sizeof(struct uplink_addresses) == 4 * 18, "hole");
static_assert(sizeof(struct verb_net_id) == ID_MAX + 7, "hole");
static_assert(sizeof(struct verb_wireguard_id) == ID_MAX + 1 + 2 + 4, "hole");
static_assert(sizeof(struct verb_link_number) == 2 + 2, "hole");
static_assert(sizeof(struct verb_status) == 4, "hole");
static_assert(sizeof(struct verb_ack) == 4 + SIZE(verb_ack, detail), "hole");
static_assert(sizeof(struct verb_hello) == sizeof(struct sandbox_state) + 4 + 4, "hole");
static_assert(sizeof(struct verb_wireguard_opened) == 4 + 4, "hole");
static_assert(sizeof(struct verb_openvpn_id) == ID_MAX + 1 + 2 + 4, "hole");
static_assert(sizeof(struct verb_openvpn_opened) == 4 + 1 + 1 + 2, "hole");
static_assert(sizeof(struct verb_openvpn) == ID_MAX + 1 + 2 + 2 + 2 + 2 * 18 +
                                                 SIZE(verb_openvpn, tls_crypt_key) + 3 * 2 + 2 + 4,
              "hole");
static_assert(sizeof(struct verb_dns) == ID_MAX + 5 + 2 * 17, "hole");
static_assert(sizeof(struct dns_server) == DNS_NAME_MAX + 1 + 17, "hole");
static_assert(sizeof(struct verb_dns_servers) == ID_MAX + 3 + 4, "hole");
static_assert(sizeof(struct dns_record) == DNS_NAME_MAX + 2 * 17, "hole");
static_assert(sizeof(struct verb_dns_records) == ID_MAX + 3 + 4 + 8, "hole");
static_assert(sizeof(struct verb_role) == 3 * 4 + ID_MAX + 3 + 8 + sizeof(struct sandbox_state),
              "hole");
static_assert(sizeof(struct verb_root) == 1 + 5 + 18 + 3, "hole");
static_assert(sizeof(struct verb_link) == ID_MAX + 1 + 6 + LINK_COUNT / 8, "hole");
static_assert(sizeof(struct verb_uplink) == ID_MAX + 3 + 4 * 18 + 4, "hole");
static_assert(sizeof(struct verb_instance) == 32 + 2 + 2 + 1 + 1 + 2 + 2 * 18 + 4 * 18 + 4 + 4,
              "hole");
static_assert(sizeof(struct verb_peer) == 32 + 32 + 20 + 2 + 1 + 1 + 8 + 4 + 2 + 2 + 1 + 7, "hole");
static_assert(sizeof(struct verb_peer_key) == 32, "hole");
static_assert(sizeof(struct verb_filter) == 2 * ID_MAX + 3 + 3 + 8 + 4 * RULE_PORTS_MAX + 4 + 4,
              "hole");
static_assert(sizeof(struct verb_filter_id) == ID_MAX + 1 + 6, "hole");
static_assert(sizeof(struct verb_hit) == ID_MAX + 7 + 8, "hole");
static_assert(sizeof(struct verb_peer_failed) == 32 + sizeof(struct verb_ack), "hole");
static_assert(sizeof(struct verb_applied) ==
                  7 * 4 + 1 + OPENVPN_NUMBER_COUNT / 8 + 3 + SIZE(verb_applied, detail),
              "hole");
static_assert(sizeof(struct verb_web_listener) == 20 + 1 + 1, "hole");
static_assert(sizeof(struct web_listener) == 20 + 1 + 3 + 4, "hole");
static_assert(sizeof(struct verb_web_request) == 3 + 17 + 5 * 2 + 2 + 4 + 4, "hole");
static_assert(sizeof(struct verb_web_answer) ==
                  2 + 1 + 1 + 4 + WEB_SESSION_SIZE + 64 + 64 + 128 + 4 + 4 + 4,
              "hole");
static_assert(sizeof(struct verb_web_event) == 8 + 4 + 4, "hole");
static_assert(sizeof(struct verb_hash_made) == 4 + VERB_HASH_MAX, "hole");
static_assert(sizeof(struct verb_hash_derive) == 8 + 16 + VERB_PASSPHRASE_MAX, "hole");
static_assert(sizeof(struct verb_hash_derived) == 4 + 64, "hole");
static_assert(OPENVPN_NUMBER_COUNT % 8 == 0, "whole bytes");
static_assert(sizeof(struct verb_peer_stats) == 32 + 20 + 4 + 8 + 8 + 8, "hole");

static_assert(sizeof(struct verb_update_written) == SIZE(verb_update_written, version) + 4, "hole");
static_assert(sizeof(struct verb_boot_choice) == 4, "hole");
static_assert(sizeof(struct verb_acme_order) == ACME_URL_MAX + ACME_CONTACT_MAX + 1 + 3 + 4 + 4,
              "hole");
static_assert(sizeof(struct verb_acme_challenge) == ACME_TOKEN_MAX + ACME_ANSWER_MAX + 2, "hole");
static_assert(sizeof(struct verb_acme_issued) == 1 + 3 + ACME_WORDS_MAX + 4, "hole");

/* A struct's size is where its array begins, and the longest message fits a datagram. */
#define ARRAY_FITS(type, array, maximum) \
    static_assert(sizeof(struct type) == offsetof(struct type, array), "tail"); \
    static_assert(sizeof(struct channel_header) + sizeof(struct type) + \
                          (maximum) * sizeof(((struct type *)NULL)->array[0]) <= \
                      CHANNEL_MESSAGE_MAX, \
                  "too long")
ARRAY_FITS(verb_openvpn, blob, OPENVPN_BLOB_MAX);
ARRAY_FITS(verb_dns_servers, servers, VERB_DNS_SERVERS_MAX);
ARRAY_FITS(verb_dns_records, records, VERB_DNS_RECORDS_MAX);
ARRAY_FITS(verb_roles, roles, VERB_ROLES_MAX);
ARRAY_FITS(verb_uplink, openvpn_ports, OPENVPN_NUMBER_COUNT);
ARRAY_FITS(verb_instance, pushed, VERB_PUSHED_MAX + VERB_PORTS_MAX);
static_assert(sizeof(struct prefix) % alignof(uint16_t) == 0 &&
                  sizeof(struct verb_instance) % alignof(uint16_t) == 0,
              "ports are aligned behind pushed networks");
ARRAY_FITS(verb_peer, prefixes, PEER_PREFIXES_MAX);
ARRAY_FITS(verb_filter, prefixes, RULE_PREFIXES_MAX);
ARRAY_FITS(verb_stats, peers, VERB_STATS_MAX);
ARRAY_FITS(verb_hits, rules, VERB_HITS_MAX);
ARRAY_FITS(verb_blob, bytes, VERB_BLOB_MAX);
ARRAY_FITS(verb_web_listeners, listeners, VERB_WEB_LISTENERS_MAX);
ARRAY_FITS(verb_web_tls, blob, VERB_WEB_TLS_MAX);
ARRAY_FITS(verb_web_request, blob, WEB_REQUEST_BLOB_MAX);
ARRAY_FITS(verb_web_answer, blob, WEB_PART_MAX);
ARRAY_FITS(verb_web_part, blob, WEB_PART_MAX);
ARRAY_FITS(verb_web_event, blob, VERB_WEB_EVENT_MAX);
ARRAY_FITS(verb_acme_order, blob, ACME_ORDER_BLOB_MAX);
ARRAY_FITS(verb_acme_issued, chain, ACME_CHAIN_MAX);
static_assert(WEB_TOKEN_MAX + WEB_PATH_MAX + WEB_QUERY_MAX + 2 * WEB_HEADER_MAX + WEB_BODY_MAX <=
                  WEB_REQUEST_BLOB_MAX,
              "a request fits one message");

enum {
    SUPERVISOR = 1 << ROLE_SUPERVISOR,
    ENGINE = 1 << ROLE_ENGINE,
    NET_ROOT = 1 << ROLE_NET_ROOT,
    NET = 1 << ROLE_NET,
    UPDATE = 1 << ROLE_UPDATE,
    WORKER = NET_ROOT | NET,
    WEB = 1 << ROLE_WEB,
    HASH = 1 << ROLE_HASH,
    ACME = 1 << ROLE_ACME,
};

#define BODY(type) .size = sizeof(struct type)
#define COUNTED(type, counter, array, maximum) \
    BODY(type), .count_offset = offsetof(struct type, counter), \
                .element_size = sizeof(((struct type *)NULL)->array[0]), .count_max = (maximum)
#define COUNTED_MORE(type, counter, element, maximum) \
    .more_offset = offsetof(struct type, counter), .more_size = sizeof(element), \
    .more_max = (maximum)
#define DESCRIPTORS(minimum, maximum) .descriptors_min = (minimum), .descriptors_max = (maximum)
#define CHECK(kind) .check = verb_check_##kind

/* clang-format off: a table */
static const struct verb_rule rules[VERB_COUNT] = {
    [VERB_ACK] = {"ACK", SUPERVISOR | WORKER | HASH | UPDATE, BODY(verb_ack), CHECK(ack)},
    [VERB_HELLO] = {"HELLO", WORKER, BODY(verb_hello), CHECK(hello)},

    [VERB_READY] = {"READY", ENGINE},
    [VERB_NET_OPEN] = {"NET_OPEN", ENGINE, BODY(verb_net_id), CHECK(net)},
    [VERB_NET_CLOSE] = {"NET_CLOSE", ENGINE, BODY(verb_net_id), CHECK(net)},
    [VERB_WIREGUARD_OPEN] = {"WIREGUARD_OPEN", ENGINE, BODY(verb_wireguard_id),
                             CHECK(wireguard_id)},
    [VERB_WIREGUARD_CLOSE] = {"WIREGUARD_CLOSE", ENGINE, BODY(verb_wireguard_id),
                              CHECK(wireguard_id)},
    [VERB_OPENVPN_OPEN] = {"OPENVPN_OPEN", ENGINE,
                           COUNTED(verb_openvpn, blob_size, blob, OPENVPN_BLOB_MAX),
                           CHECK(openvpn)},
    [VERB_OPENVPN_CLOSE] = {"OPENVPN_CLOSE", ENGINE, BODY(verb_openvpn_id), CHECK(openvpn_id)},
    [VERB_DNS_BEGIN] = {"DNS_BEGIN", ENGINE, BODY(verb_dns), CHECK(dns)},
    [VERB_DNS_SERVERS] = {"DNS_SERVERS", ENGINE,
                          COUNTED(verb_dns_servers, count, servers, VERB_DNS_SERVERS_MAX),
                          CHECK(dns_servers)},
    [VERB_DNS_RECORDS] = {"DNS_RECORDS", ENGINE,
                          COUNTED(verb_dns_records, count, records, VERB_DNS_RECORDS_MAX),
                          CHECK(dns_records)},
    [VERB_DNS_END] = {"DNS_END", ENGINE, BODY(verb_net_id), CHECK(instance_id)},
    [VERB_UPDATE_OPEN] = {"UPDATE_OPEN", ENGINE},
    [VERB_UPDATE_HEALTHY] = {"UPDATE_HEALTHY", ENGINE},
    [VERB_REBOOT] = {"REBOOT", ENGINE},
    [VERB_ROLES] = {"ROLES", ENGINE},
    [VERB_WEB_RESTART] = {"WEB_RESTART", ENGINE},
    [VERB_SETTINGS_SET] = {"SETTINGS_SET", ENGINE,
                           COUNTED(verb_settings, count, settings, VERB_SETTINGS_MAX),
                           CHECK(settings)},

    [VERB_NET_OPENED] = {"NET_OPENED", SUPERVISOR, BODY(verb_status), DESCRIPTORS(0, 2),
                         CHECK(net_opened)},
    [VERB_WIREGUARD_OPENED] = {"WIREGUARD_OPENED", SUPERVISOR, BODY(verb_wireguard_opened),
                               DESCRIPTORS(0, 1), CHECK(wireguard_opened)},
    [VERB_OPENVPN_OPENED] = {"OPENVPN_OPENED", SUPERVISOR, BODY(verb_openvpn_opened),
                             DESCRIPTORS(0, 1), CHECK(openvpn_opened)},
    [VERB_ROLES_LIST] = {"ROLES_LIST", SUPERVISOR,
                         COUNTED(verb_roles, count, roles, VERB_ROLES_MAX), CHECK(roles)},
    [VERB_NET_GONE] = {"NET_GONE", SUPERVISOR, BODY(verb_net_id), CHECK(net)},
    [VERB_WIREGUARD_GONE] = {"WIREGUARD_GONE", SUPERVISOR, BODY(verb_wireguard_id),
                             CHECK(wireguard_id)},
    [VERB_OPENVPN_GONE] = {"OPENVPN_GONE", SUPERVISOR, BODY(verb_openvpn_id), CHECK(openvpn_id)},
    [VERB_DNS_GONE] = {"DNS_GONE", SUPERVISOR, BODY(verb_net_id), CHECK(instance_id)},
    [VERB_UPDATE_OPENED] = {"UPDATE_OPENED", SUPERVISOR, BODY(verb_status), DESCRIPTORS(0, 1),
                            CHECK(role_opened)},
    [VERB_RELOAD] = {"RELOAD", SUPERVISOR},

    [VERB_ROOT_SET] = {"ROOT_SET", ENGINE, BODY(verb_root), CHECK(root)},
    [VERB_LINK_SET] = {"LINK_SET", ENGINE, BODY(verb_link), DESCRIPTORS(1, 1), CHECK(link)},
    [VERB_UPLINK_SET] = {"UPLINK_SET", ENGINE,
                         COUNTED(verb_uplink, port_count, openvpn_ports, OPENVPN_NUMBER_COUNT),
                         DESCRIPTORS(1, 1), CHECK(uplink)},
    [VERB_UPLINK_REMOVE] = {"UPLINK_REMOVE", ENGINE, BODY(verb_net_id), CHECK(instance_id)},

    [VERB_WIREGUARD_SOCKET] = {"WIREGUARD_SOCKET", ENGINE, BODY(verb_link_number),
                               DESCRIPTORS(1, 1), CHECK(link_number)},
    [VERB_APPLY_BEGIN] = {"APPLY_BEGIN", ENGINE,
                          COUNTED(verb_instance, pushed_count, pushed, VERB_PUSHED_MAX),
                          COUNTED_MORE(verb_instance, port_count, uint16_t, VERB_PORTS_MAX),
                          CHECK(instance)},
    [VERB_APPLY_END] = {"APPLY_END", ENGINE},
    [VERB_INSTANCE_SET] = {"INSTANCE_SET", ENGINE,
                           COUNTED(verb_instance, pushed_count, pushed, VERB_PUSHED_MAX),
                           COUNTED_MORE(verb_instance, port_count, uint16_t, VERB_PORTS_MAX),
                           CHECK(instance)},
    [VERB_PEER_SET] = {"PEER_SET", ENGINE,
                       COUNTED(verb_peer, prefix_count, prefixes, PEER_PREFIXES_MAX), CHECK(peer)},
    [VERB_PEER_REMOVE] = {"PEER_REMOVE", ENGINE, BODY(verb_peer_key), CHECK(peer_key)},
    [VERB_FILTER_SET] = {"FILTER_SET", ENGINE,
                         COUNTED(verb_filter, prefix_count, prefixes, RULE_PREFIXES_MAX),
                         CHECK(rule)},
    [VERB_FILTER_REMOVE] = {"FILTER_REMOVE", ENGINE, BODY(verb_filter_id), CHECK(rule_id)},
    [VERB_STATS] = {"STATS", ENGINE},
    [VERB_HITS] = {"HITS", ENGINE},
    [VERB_RESYNC] = {"RESYNC", ENGINE},

    [VERB_APPLIED] = {"APPLIED", WORKER, BODY(verb_applied), CHECK(applied)},
    [VERB_PEER_FAILED] = {"PEER_FAILED", NET, BODY(verb_peer_failed), CHECK(peer_failed)},
    [VERB_STATS_PART] = {"STATS_PART", NET, COUNTED(verb_stats, count, peers, VERB_STATS_MAX),
                         CHECK(stats)},
    [VERB_STATS_END] = {"STATS_END", NET, BODY(verb_status), CHECK(status)},
    [VERB_HITS_PART] = {"HITS_PART", NET, COUNTED(verb_hits, count, rules, VERB_HITS_MAX),
                        CHECK(hits)},
    [VERB_HITS_END] = {"HITS_END", NET, BODY(verb_status), CHECK(status)},

    [VERB_WEB_LISTENER] = {"WEB_LISTENER", SUPERVISOR, BODY(verb_web_listener), DESCRIPTORS(1, 1),
                           CHECK(web_listener)},
    [VERB_WEB_ENGINE] = {"WEB_ENGINE", SUPERVISOR, DESCRIPTORS(1, 1)},
    [VERB_WEB_OPENED] = {"WEB_OPENED", SUPERVISOR, DESCRIPTORS(1, 1)},
    [VERB_WEB_LISTENERS] = {"WEB_LISTENERS", SUPERVISOR,
                            COUNTED(verb_web_listeners, count, listeners, VERB_WEB_LISTENERS_MAX),
                            CHECK(web_listeners)},
    [VERB_WEB_TLS] = {"WEB_TLS", ENGINE, COUNTED(verb_web_tls, blob_size, blob, VERB_WEB_TLS_MAX),
                      CHECK(web_tls)},
    [VERB_WEB_ANSWER] = {"WEB_ANSWER", ENGINE,
                         COUNTED(verb_web_answer, blob_size, blob, WEB_PART_MAX),
                         CHECK(web_answer)},
    [VERB_WEB_ANSWER_PART] = {"WEB_ANSWER_PART", ENGINE,
                              COUNTED(verb_web_part, blob_size, blob, WEB_PART_MAX),
                              CHECK(web_part)},
    [VERB_WEB_EVENT] = {"WEB_EVENT", ENGINE,
                        COUNTED(verb_web_event, blob_size, blob, VERB_WEB_EVENT_MAX),
                        CHECK(web_event)},
    [VERB_WEB_REQUEST] = {"WEB_REQUEST", WEB,
                          COUNTED(verb_web_request, blob_size, blob, WEB_REQUEST_BLOB_MAX),
                          CHECK(web_request)},
    [VERB_WEB_GONE] = {"WEB_GONE", WEB},

    [VERB_UPDATE_PART] = {"UPDATE_PART", ENGINE, COUNTED(verb_blob, size, bytes, VERB_BLOB_MAX)},
    [VERB_UPDATE_END] = {"UPDATE_END", ENGINE},
    [VERB_BOOT_GET] = {"BOOT_GET", ENGINE},
    [VERB_BOOT_SET] = {"BOOT_SET", ENGINE, BODY(verb_boot_choice), CHECK(boot_choice)},
    [VERB_UPDATE_WRITTEN] = {"UPDATE_WRITTEN", UPDATE, BODY(verb_update_written),
                             CHECK(update_written)},
    [VERB_BOOT_CHOICE] = {"BOOT_CHOICE", UPDATE, BODY(verb_boot_choice), CHECK(boot_choice)},

    [VERB_HASH_OPENED] = {"HASH_OPENED", SUPERVISOR, DESCRIPTORS(1, 1)},
    [VERB_HASH_MAKE] = {"HASH_MAKE", ENGINE, BODY(verb_password), CHECK(password)},
    [VERB_HASH_VERIFY] = {"HASH_VERIFY", ENGINE, BODY(verb_hash_verify), CHECK(hash_verify)},
    [VERB_HASH_DERIVE] = {"HASH_DERIVE", ENGINE, BODY(verb_hash_derive), CHECK(hash_derive)},
    [VERB_HASH_MADE] = {"HASH_MADE", HASH, BODY(verb_hash_made), CHECK(hash_made)},
    [VERB_HASH_DERIVED] = {"HASH_DERIVED", HASH, BODY(verb_hash_derived), CHECK(hash_derived)},

    [VERB_ACME_OPEN] = {"ACME_OPEN", ENGINE},
    [VERB_ACME_OPENED] = {"ACME_OPENED", SUPERVISOR, BODY(verb_status), DESCRIPTORS(0, 1),
                          CHECK(role_opened)},
    [VERB_ACME_ORDER] = {"ACME_ORDER", ENGINE,
                         COUNTED(verb_acme_order, blob_size, blob, ACME_ORDER_BLOB_MAX),
                         CHECK(acme_order)},
    [VERB_ACME_PROCEED] = {"ACME_PROCEED", ENGINE, BODY(verb_status), CHECK(status)},
    [VERB_ACME_CHALLENGE] = {"ACME_CHALLENGE", ACME, BODY(verb_acme_challenge),
                             CHECK(acme_challenge)},
    [VERB_ACME_ISSUED] = {"ACME_ISSUED", ACME,
                          COUNTED(verb_acme_issued, chain_size, chain, ACME_CHAIN_MAX),
                          CHECK(acme_issued)},

    [VERB_WEB_END] = {"WEB_END", ENGINE},
};
/* clang-format on */

const struct verb_rule *verb_rule_find(unsigned verb)
{
    return verb < VERB_COUNT && rules[verb].name ? &rules[verb] : NULL;
}

const char *verb_name(enum verb verb)
{
    const struct verb_rule *rule = verb_rule_find(verb);

    return rule ? rule->name : "unknown";
}

static size_t element_count(const void *body, size_t offset)
{
    uint32_t count;

    memcpy(&count, (const char *)body + offset, sizeof(count));
    return count;
}

const char *verb_rule_check_size(const struct verb_rule *rule, const void *body, size_t body_size,
                                 size_t size, int descriptors)
{
    size_t elements = 0, more = 0;

    if (descriptors < rule->descriptors_min || descriptors > rule->descriptors_max)
        return "wrong number of descriptors";
    if (body_size < rule->size)
        return "too short";
    if (rule->element_size) {
        elements = element_count(body, rule->count_offset);
        if (elements > rule->count_max)
            return "too many elements";
    }
    if (rule->more_size) {
        more = element_count(body, rule->more_offset);
        if (more > rule->more_max)
            return "too many elements";
    }
    return size == rule->size + elements * rule->element_size + more * rule->more_size
               ? NULL
               : "wrong size";
}

static const char *check(enum role sender, const void *data, size_t size, int descriptors)
{
    struct channel_header header;

    if (size < sizeof(header))
        return "shorter than a header";
    memcpy(&header, data, sizeof(header));
    const struct verb_rule *rule = verb_rule_find(header.verb);
    if (!rule)
        return "no such verb";
    if (header.length && header.length != size)
        return "another length than its own";
    if (sender >= ROLE_COUNT || !(rule->senders & 1u << sender))
        return "not for this role to say";

    const char *body = (const char *)data + sizeof(header);
    size -= sizeof(header);
    const char *reason = verb_rule_check_size(rule, body, size, size, descriptors);
    return reason || !rule->check ? reason : rule->check(sender, body, descriptors);
}

int channel_check(enum role sender, const void *data, size_t size, int fd_count,
                  const char **ret_reason)
{
    const char *reason = check(sender, data, size, fd_count);

    if (!reason)
        return 0;
    *ret_reason = reason;
    return -EBADMSG;
}
