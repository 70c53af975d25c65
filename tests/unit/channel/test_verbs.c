/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
/* After the four that it needs. */
#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "tests/unit/channel/sample.h"

static struct sample sample;

static const char *reason_of(enum role sender, size_t size, int descriptors)
{
    const char *reason = NULL;
    int error = channel_check(sender, sample.data, size, descriptors, &reason);

    assert_int_equal(error, reason ? -EBADMSG : 0);
    return reason;
}

static void right_messages_pass(void **state)
{
    (void)state;
    for (enum verb verb = VERB_NONE + 1; verb < VERB_COUNT; verb++) {
        sample_make(verb, &sample);
        const char *reason = reason_of(sample.sender, sample.size, sample.descriptors);
        if (reason)
            print_error("%s: %s\n", verb_name(verb), reason);
        assert_null(reason);
        assert_string_not_equal(verb_name(verb), "unknown");
    }
}

static void sizes_are_exact(void **state)
{
    (void)state;
    for (enum verb verb = VERB_NONE + 1; verb < VERB_COUNT; verb++) {
        sample_make(verb, &sample);
        for (size_t size = 0; size < sample.size; size++)
            assert_non_null(reason_of(sample.sender, size, sample.descriptors));
        assert_non_null(reason_of(sample.sender, sample.size + 1, sample.descriptors));
        assert_non_null(reason_of(sample.sender, CHANNEL_MESSAGE_MAX, sample.descriptors));
    }
}

static void descriptors_are_counted(void **state)
{
    (void)state;
    for (enum verb verb = VERB_NONE + 1; verb < VERB_COUNT; verb++) {
        sample_make(verb, &sample);
        for (int descriptors = -1; descriptors <= CHANNEL_FDS_MAX + 1; descriptors++) {
            if (descriptors != sample.descriptors)
                assert_non_null(reason_of(sample.sender, sample.size, descriptors));
        }
    }
}

/* Who else may say it. */
static unsigned other_senders(enum verb verb)
{
    if (verb == VERB_ACK)
        return 1 << ROLE_SUPERVISOR | 1 << ROLE_NET_ROOT | 1 << ROLE_HASH | 1 << ROLE_UPDATE;
    return verb == VERB_APPLIED ? 1 << ROLE_NET_ROOT : 0;
}

static void senders_say_only_what_is_theirs(void **state)
{
    (void)state;
    for (enum verb verb = VERB_NONE + 1; verb < VERB_COUNT; verb++) {
        sample_make(verb, &sample);
        for (enum role sender = 0; sender <= ROLE_COUNT; sender++) {
            bool may = sender == sample.sender || other_senders(verb) & 1u << sender;

            assert_int_equal(!reason_of(sender, sample.size, sample.descriptors), may);
        }
        assert_non_null(reason_of((enum role)31, sample.size, sample.descriptors));
        assert_non_null(reason_of((enum role)32, sample.size, sample.descriptors));
        assert_non_null(reason_of((enum role) - 1, sample.size, sample.descriptors));
    }
}

static void unknown_verbs_and_lengths_are_refused(void **state)
{
    static const uint16_t none[] = {VERB_NONE, VERB_COUNT, VERB_COUNT + 1, UINT16_MAX};

    (void)state;
    for (size_t i = 0; i < ELEMENTS(none); i++) {
        sample_make(VERB_READY, &sample);
        ((struct channel_header *)sample.data)->verb = none[i];
        assert_non_null(reason_of(sample.sender, sample.size, 0));
        assert_string_equal(verb_name((enum verb)none[i]), "unknown");
    }
    sample_make(VERB_READY, &sample);
    ((struct channel_header *)sample.data)->length = (uint16_t)(sample.size + 1);
    assert_non_null(reason_of(sample.sender, sample.size, 0));
    ((struct channel_header *)sample.data)->length = (uint16_t)sample.size;
    assert_null(reason_of(sample.sender, sample.size, 0));
}

static void counts_are_bounded(void **state)
{
    static const struct {
        enum verb verb;
        uint32_t maximum;
        size_t counter, fixed, element;
    } counted[] = {
        {VERB_OPENVPN_OPEN, OPENVPN_BLOB_MAX, offsetof(struct verb_openvpn, blob_size),
         sizeof(struct verb_openvpn), 1},
        {VERB_ROLES_LIST, VERB_ROLES_MAX, offsetof(struct verb_roles, count),
         sizeof(struct verb_roles), sizeof(struct verb_role)},
        {VERB_DNS_SERVERS, VERB_DNS_SERVERS_MAX, offsetof(struct verb_dns_servers, count),
         sizeof(struct verb_dns_servers), sizeof(struct dns_server)},
        {VERB_DNS_RECORDS, VERB_DNS_RECORDS_MAX, offsetof(struct verb_dns_records, count),
         sizeof(struct verb_dns_records), sizeof(struct dns_record)},
        {VERB_INSTANCE_SET, VERB_PUSHED_MAX, offsetof(struct verb_instance, pushed_count),
         sizeof(struct verb_instance), sizeof(struct prefix)},
        {VERB_UPLINK_SET, OPENVPN_NUMBER_COUNT, offsetof(struct verb_uplink, port_count),
         sizeof(struct verb_uplink), sizeof(uint16_t)},
        {VERB_PEER_SET, PEER_PREFIXES_MAX, offsetof(struct verb_peer, prefix_count),
         sizeof(struct verb_peer), sizeof(struct prefix)},
        {VERB_STATS_PART, VERB_STATS_MAX, offsetof(struct verb_stats, count),
         sizeof(struct verb_stats), sizeof(struct verb_peer_stats)},
        {VERB_FILTER_SET, RULE_PREFIXES_MAX, offsetof(struct verb_filter, prefix_count),
         sizeof(struct verb_filter), sizeof(struct prefix)},
        {VERB_WEB_LISTENERS, VERB_WEB_LISTENERS_MAX, offsetof(struct verb_web_listeners, count),
         sizeof(struct verb_web_listeners), sizeof(struct web_listener)},
        {VERB_WEB_TLS, VERB_WEB_TLS_MAX, offsetof(struct verb_web_tls, blob_size),
         sizeof(struct verb_web_tls), 1},
        {VERB_WEB_ANSWER, WEB_PART_MAX, offsetof(struct verb_web_answer, blob_size),
         sizeof(struct verb_web_answer), 1},
        {VERB_WEB_ANSWER_PART, WEB_PART_MAX, offsetof(struct verb_web_part, blob_size),
         sizeof(struct verb_web_part), 1},
        {VERB_WEB_EVENT, VERB_WEB_EVENT_MAX, offsetof(struct verb_web_event, blob_size),
         sizeof(struct verb_web_event), 1},
        {VERB_HITS_PART, VERB_HITS_MAX, offsetof(struct verb_hits, count), sizeof(struct verb_hits),
         sizeof(struct verb_hit)},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(counted); i++) {
        sample_make(counted[i].verb, &sample);
        uint8_t *body = sample_body(&sample);
        uint32_t *count = (uint32_t *)(body + counted[i].counter);
        size_t base = sizeof(struct channel_header) + counted[i].fixed;

        if (counted[i].verb == VERB_INSTANCE_SET)
            verb_instance_set_ports((struct verb_instance *)body, (struct port_span){0},
                                    (struct port_span){0});

        /* As many as there may be: the last one of the sample again and again. */
        for (uint32_t j = *count; j < counted[i].maximum; j++)
            memcpy(body + counted[i].fixed + j * counted[i].element,
                   body + counted[i].fixed + (*count - 1) * counted[i].element, counted[i].element);
        *count = counted[i].maximum;
        if (counted[i].verb == VERB_OPENVPN_OPEN) /* whose parts add up to the whole */
            ((struct verb_openvpn *)body)->ca_size = OPENVPN_BLOB_MAX - 3;
        if (counted[i].verb == VERB_WEB_ANSWER)
            ((struct verb_web_answer *)body)->total_size = WEB_PART_MAX;
        assert_null(
            reason_of(sample.sender, base + *count * counted[i].element, sample.descriptors));
        *count = counted[i].maximum + 1;
        assert_non_null(
            reason_of(sample.sender, base + *count * counted[i].element, sample.descriptors));
        *count = UINT32_MAX;
        assert_non_null(reason_of(sample.sender, base, sample.descriptors));
        /* So many that their size, cut to 32 bits, would be none. */
        *count = 0x80000000u;
        assert_non_null(reason_of(sample.sender, base, sample.descriptors));
    }
}

/* The instance's second array: as many links, and as many servers, as there may be. */
static void ports_are_bounded(void **state)
{
    static const uint16_t links[LINK_COUNT + 1] = {[LINK_COUNT - 1] = 51821};
    static const uint16_t openvpn[OPENVPN_NUMBER_COUNT + 1] = {[OPENVPN_NUMBER_COUNT - 1] = 1194};
    static const struct {
        size_t links, openvpn;
        bool passes;
    } rows[] = {
        {0, 0, true},
        {LINK_COUNT, OPENVPN_NUMBER_COUNT, true},
        {LINK_COUNT + 1, 0, false},
        {0, OPENVPN_NUMBER_COUNT + 1, false},
        {LINK_COUNT + 1, OPENVPN_NUMBER_COUNT, false},
    };
    struct verb_instance *instance;
    size_t size;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        sample_make(VERB_INSTANCE_SET, &sample);
        instance = sample_body(&sample);
        verb_instance_set_ports(instance, (struct port_span){links, rows[i].links},
                                (struct port_span){openvpn, rows[i].openvpn});
        size = sizeof(struct channel_header) + verb_instance_size(instance);
        assert_int_equal(!reason_of(ROLE_ENGINE, size, 0), rows[i].passes);
        assert_non_null(reason_of(ROLE_ENGINE, size + 2, 0));
        if (!rows[i].passes)
            continue;
        assert_int_equal(port_span_get(verb_instance_links(instance), LINK_COUNT - 1),
                         rows[i].links ? 51821 : 0);
        assert_int_equal(port_span_get(verb_instance_openvpn(instance), OPENVPN_NUMBER_COUNT - 1),
                         rows[i].openvpn ? 1194 : 0);
        instance->port_count = UINT32_MAX;
        assert_non_null(reason_of(ROLE_ENGINE, size, 0));
    }
}

/* One thing wrong in a message that is right otherwise. */
#define BREAK(name, type, statement) \
    static void name(void *data) \
    { \
        struct type *body = data; \
        statement; \
    }
BREAK(id_not_ended, verb_net_id, memset(body->id, 'a', ID_MAX))
BREAK(id_short, verb_net_id, body->id[5] = 0)
BREAK(id_of_a_path, verb_net_id, memcpy(body->id, "../../aa", 8))
BREAK(id_none, verb_net_id, body->id[0] = 0)
BREAK(link_more, verb_link, link_set_add(&body->more, 0))
BREAK(wireguard_link, verb_wireguard_id, body->link = LINK_COUNT)
BREAK(number_link, verb_link_number, body->link = LINK_COUNT)
BREAK(instance_link_port, verb_instance,
      ((uint16_t *)(void *)&body->pushed[body->pushed_count])[0] = 1)
BREAK(instance_link_count, verb_instance, body->link_count = (uint16_t)(body->port_count + 1))
BREAK(peer_link, verb_peer, body->link = LINK_COUNT)
BREAK(peer_mapped, verb_peer, body->mapped_count = 2)
BREAK(link_id_none, verb_link, body->id[0] = 0)
BREAK(link_backend_0, verb_link, body->backend = 0)
BREAK(link_backend_3, verb_link, body->backend = 3)
BREAK(uplink_id, verb_uplink, body->id[0] = 'A')
BREAK(uplink_family, verb_uplink, body->addresses.root4.address.family = AF_INET6)
BREAK(uplink_none, verb_uplink, body->addresses.instance6.address.family = 0)
BREAK(uplink_length, verb_uplink, body->addresses.instance4.length = 33)
BREAK(status_positive, verb_status, body->status = 1)
BREAK(status_huge, verb_status, body->status = -4096)
BREAK(opened_failed, verb_status, body->status = -EIO) /* but has descriptors */
BREAK(wireguard_failed, verb_wireguard_opened, body->status = -EIO)
BREAK(wireguard_adopted, verb_wireguard_opened, body->adopted = 2)
BREAK(openvpn_id_none, verb_openvpn_id, body->id[0] = 0)
BREAK(openvpn_id_path, verb_openvpn_id, memcpy(body->id, "../../aa", 8))
BREAK(openvpn_id_server, verb_openvpn_id, body->server = OPENVPN_NUMBER_COUNT)
BREAK(openvpn_no_id, verb_openvpn, body->id[0] = 0)
BREAK(openvpn_server, verb_openvpn, body->server = OPENVPN_NUMBER_COUNT)
BREAK(openvpn_port, verb_openvpn, body->port = 0)
BREAK(openvpn_mtu, verb_openvpn, body->mtu = 1279)
BREAK(openvpn_hub4, verb_openvpn, body->hub4.length = 33)
BREAK(openvpn_hub6, verb_openvpn, body->hub6.address.family = AF_INET)
BREAK(openvpn_no_hub, verb_openvpn, body->hub4 = body->hub6 = (struct prefix){0})
BREAK(openvpn_no_tls_crypt, verb_openvpn, body->tls_crypt_key[127] = 0)
BREAK(openvpn_legacy_tls_crypt, verb_openvpn, body->server = OPENVPN_LEGACY)
BREAK(openvpn_sum, verb_openvpn, body->ca_size = UINT16_MAX)
BREAK(openvpn_no_key, verb_openvpn, (body->key_size = 0, body->ca_size = 4))
BREAK(openvpn_failed, verb_openvpn_opened, body->status = -EIO)
BREAK(openvpn_adopted, verb_openvpn_opened, body->adopted = 2)
BREAK(openvpn_new_differs, verb_openvpn_opened, body->adopted = 0)
BREAK(ack_status, verb_ack, body->status = 7)
BREAK(ack_detail, verb_ack, memset(body->detail, 'x', sizeof(body->detail)))
BREAK(hello_engine, verb_hello, body->role = ROLE_ENGINE)
BREAK(hello_none, verb_hello, body->role = UINT32_MAX)
BREAK(roles_role, verb_roles, body->roles[1].role = ROLE_COUNT)
BREAK(roles_id, verb_roles, body->roles[1].id[8] = 'a')
BREAK(listener_family, verb_web_listener, body->endpoint.address.family = 9)
BREAK(listener_port, verb_web_listener, body->endpoint.port = 0)
BREAK(listener_tls, verb_web_listener, body->tls = 2)
BREAK(listeners_family, verb_web_listeners, body->listeners[0].endpoint.address.family = 0)
BREAK(listeners_tls, verb_web_listeners, body->listeners[0].tls = 2)
BREAK(listeners_status, verb_web_listeners, body->listeners[0].status = 1)
BREAK(tls_no_chain, verb_web_tls, body->chain_size = 0)
BREAK(tls_no_key, verb_web_tls, body->chain_size = body->blob_size)
BREAK(tls_zero, verb_web_tls, body->blob[2] = 0)
BREAK(request_method, verb_web_request, body->method = WEB_METHOD_COUNT)
BREAK(request_credential, verb_web_request, body->credential = WEB_CREDENTIAL_KIND_COUNT)
BREAK(request_none, verb_web_request, body->credential = WEB_CREDENTIAL_NONE)
BREAK(request_session, verb_web_request, body->credential = WEB_CREDENTIAL_SESSION)
BREAK(request_token, verb_web_request, body->blob[1] = 0)
BREAK(request_from, verb_web_request, body->from.family = 0)
BREAK(request_sum, verb_web_request, body->body_size = 3)
BREAK(request_huge, verb_web_request, body->body_size = UINT32_MAX)
BREAK(request_path, verb_web_request, body->blob[4] = 'a')
BREAK(request_path_open, verb_web_request, body->blob[8] = 'a')
BREAK(request_path_cut, verb_web_request, body->blob[6] = 0)
BREAK(request_query_odd, verb_web_request, body->blob[10] = 'x')
BREAK(request_query_open, verb_web_request, body->blob[12] = 'x')
BREAK(request_if_match, verb_web_request, body->blob[17] = 'x')
BREAK(request_key, verb_web_request, body->blob[21] = 'x')
BREAK(password_end, verb_password, memset(body->password, 'x', sizeof(body->password)))
BREAK(verify_end, verb_hash_verify, memset(body->password, 'x', sizeof(body->password)))
BREAK(verify_hash, verb_hash_verify, memset(body->hash, 'x', sizeof(body->hash)))
BREAK(made_end, verb_hash_made, memset(body->hash, 'x', sizeof(body->hash)))
BREAK(made_status, verb_hash_made, body->status = 1)
BREAK(made_both, verb_hash_made, body->status = -ENOMEM)
BREAK(made_none, verb_hash_made, body->hash[0] = 0)
BREAK(derive_end, verb_hash_derive, memset(body->passphrase, 'x', sizeof(body->passphrase)))
BREAK(derived_status, verb_hash_derived, body->status = 1)
BREAK(answer_status, verb_web_answer, body->status = 100)
BREAK(answer_flags, verb_web_answer, body->flags = 0x80)
BREAK(answer_etag, verb_web_answer, memset(body->etag, 'x', sizeof(body->etag)))
BREAK(answer_media, verb_web_answer, memset(body->media_type, 'x', sizeof(body->media_type)))
BREAK(answer_file, verb_web_answer, memset(body->file_name, 'x', sizeof(body->file_name)))
BREAK(answer_etag_line, verb_web_answer, strcpy(body->etag, "a\r\nb"))
BREAK(answer_media_line, verb_web_answer, strcpy(body->media_type, "a\nb"))
BREAK(answer_file_line, verb_web_answer, strcpy(body->file_name, "\xff"))
BREAK(answer_total, verb_web_answer, body->total_size = 1)
BREAK(answer_stream, verb_web_answer, body->flags = WEB_ANSWER_STREAM)
BREAK(event_none, verb_web_event, body->stream_count = 0)
BREAK(event_many, verb_web_event, body->stream_count = UINT32_MAX)
BREAK(event_no_text, verb_web_event, body->stream_count = 3)
BREAK(event_lines, verb_web_event, body->blob[9] = '\n')
BREAK(dns_id, verb_dns, body->id[0] = 0)
BREAK(dns_nowhere, verb_dns, body->hub4.family = 0)
BREAK(dns_hub4, verb_dns, body->hub4.family = AF_INET6)
BREAK(dns_hub6, verb_dns, body->hub6.family = AF_INET)
BREAK(servers_id, verb_dns_servers, body->id[0] = '.')
BREAK(servers_kind, verb_dns_servers, body->servers[0].kind = DNS_SERVER_KIND_COUNT)
BREAK(servers_no_address, verb_dns_servers, body->servers[0].address.family = 0)
BREAK(servers_family, verb_dns_servers, body->servers[0].address.family = 3)
BREAK(servers_address, verb_dns_servers, body->servers[1].address.family = AF_INET)
BREAK(servers_no_domain, verb_dns_servers, body->servers[1].domain[0] = 0)
BREAK(servers_slash, verb_dns_servers, body->servers[2].domain[1] = '/')
BREAK(servers_line, verb_dns_servers, body->servers[2].domain[1] = '\n')
BREAK(servers_not_ended, verb_dns_servers, memset(body->servers[2].domain, 'a', DNS_NAME_MAX))
BREAK(records_id, verb_dns_records, memcpy(body->id, "../../aa", 8))
BREAK(records_line, verb_dns_records, body->records[0].name[3] = '\n')
BREAK(records_space, verb_dns_records, body->records[0].name[3] = ' ')
BREAK(records_remark, verb_dns_records, body->records[1].name[0] = '#')
BREAK(records_none, verb_dns_records, body->records[1].name[0] = 0)
BREAK(records_family, verb_dns_records, body->records[1].addresses[0].family = 7)
BREAK(root_flag, verb_root, body->forward_other = 4)
BREAK(root_family, verb_root, body->uplink6.address.family = AF_INET)
BREAK(root_host, verb_root, body->uplink6.address.bytes[15] = 1)
BREAK(instance_key, verb_instance, body->private_key = (struct key){0})
BREAK(instance_port, verb_instance, body->listen_port = 0)
BREAK(instance_mtu_small, verb_instance, body->mtu = 1279)
BREAK(instance_mtu_large, verb_instance, body->mtu = 9001)
BREAK(instance_backend, verb_instance, body->backend = 9)
BREAK(instance_flags, verb_instance, body->flags = 4)
BREAK(instance_hub4, verb_instance, body->hub4.address.family = AF_INET6)
BREAK(instance_hub4_length, verb_instance, body->hub4.length = 33)
BREAK(instance_hub6, verb_instance, body->hub6.address.family = 3)
BREAK(instance_uplink, verb_instance, body->uplink.root6.length = 129)
BREAK(instance_pushed, verb_instance, body->pushed[0].address.bytes[3] = 1)
BREAK(instance_pushed_none, verb_instance, body->pushed[0].address.family = 0)
BREAK(peer_no_key, verb_peer, body->public_key = (struct key){0})
BREAK(peer_flags, verb_peer, body->flags |= 1 << 6)
BREAK(peer_server, verb_peer, body->server = OPENVPN_TCP)
BREAK(peer_openvpn_endpoint, verb_peer, body->flags |= PEER_OPENVPN)
BREAK(peer_expiry, verb_peer, body->expires_at = 0)
BREAK(peer_expiry_past, verb_peer, body->expires_at = -1)
BREAK(peer_endpoint_family, verb_peer, body->endpoint.address.family = 0)
BREAK(peer_endpoint_flag, verb_peer, body->flags &= (uint8_t)~PEER_HAS_ENDPOINT)
BREAK(peer_tunnels, verb_peer, body->tunnel_count = 3)
BREAK(peer_tunnels_many, verb_peer, body->tunnel_count = 255)
BREAK(peer_tunnel_network, verb_peer, body->prefixes[0].length = 31)
BREAK(peer_subnet_host, verb_peer, body->prefixes[2].address.bytes[3] = 1)
BREAK(peer_subnet_length, verb_peer, body->prefixes[2].length = 33)
BREAK(peer_subnet_none, verb_peer, body->prefixes[2].address.family = 0)
BREAK(key_none, verb_peer_key, body->public_key = (struct key){0})
BREAK(failed_status, verb_peer_failed, body->failure.status = INT32_MIN)
BREAK(failed_detail, verb_peer_failed, memset(body->failure.detail, 'x', 124))
BREAK(applied_status, verb_applied, body->status = 1)
BREAK(applied_missing, verb_applied, body->link_missing = 2)
BREAK(applied_detail, verb_applied, memset(body->detail, 'x', sizeof(body->detail)))
BREAK(stats_endpoint, verb_stats, body->peers[1].endpoint.address.family = 1)
BREAK(stats_handshake, verb_stats, body->peers[1].handshake_at = -1)
BREAK(filter_id, verb_filter, body->id[0] = 0)
BREAK(filter_after, verb_filter, body->after[0] = '/')
BREAK(filter_flags, verb_filter, body->flags |= 1 << 6)
BREAK(filter_protocol, verb_filter, body->protocol = 2)
BREAK(filter_ports_many, verb_filter, body->port_count = RULE_PORTS_MAX + 1)
BREAK(filter_ports_of_none, verb_filter, body->protocol = 0)
BREAK(filter_port_0, verb_filter, body->ports[1].first = 0)
BREAK(filter_ports_turned, verb_filter, body->ports[1].last = 1)
BREAK(filter_expiry, verb_filter, body->expires_at = 0)
BREAK(filter_sources, verb_filter, body->from_count = 3)
BREAK(filter_from_any, verb_filter, body->flags |= RULE_FROM_ANY)
BREAK(filter_to_any, verb_filter, body->flags |= RULE_TO_ANY)
BREAK(filter_host_bits, verb_filter, body->prefixes[1].address.bytes[15] = 1)
BREAK(filter_length, verb_filter, body->prefixes[0].length = 33)
BREAK(filter_id_none, verb_filter_id, body->id[0] = 0)
BREAK(filter_id_flags, verb_filter_id, body->flags = RULE_ALLOW)
BREAK(settings_none, verb_settings, body->settings[1].name[0] = 0)
BREAK(settings_name, verb_settings, memset(body->settings[0].name, 'x', VERB_SETTING_NAME_MAX))
BREAK(settings_text, verb_settings, memset(body->settings[0].text, 'x', VERB_SETTING_TEXT_MAX))
BREAK(settings_line, verb_settings, body->settings[1].text[0] = '\n')
BREAK(hits_id, verb_hits, body->rules[0].id[0] = 0)

static const struct {
    enum verb verb;
    void (*wrong)(void *body);
} breaks[] = {
    {VERB_NET_OPEN, id_not_ended},
    {VERB_NET_OPEN, id_short},
    {VERB_NET_CLOSE, id_of_a_path},
    {VERB_NET_GONE, id_of_a_path},
    {VERB_WIREGUARD_OPEN, id_of_a_path},
    {VERB_WIREGUARD_OPEN, id_none},
    {VERB_WIREGUARD_CLOSE, id_none},
    {VERB_WIREGUARD_GONE, id_none},
    {VERB_UPLINK_REMOVE, id_none},
    {VERB_WIREGUARD_OPEN, wireguard_link},
    {VERB_WIREGUARD_SOCKET, number_link},
    {VERB_LINK_SET, link_more},
    {VERB_DNS_BEGIN, dns_id},
    {VERB_DNS_BEGIN, dns_nowhere},
    {VERB_DNS_BEGIN, dns_hub4},
    {VERB_DNS_BEGIN, dns_hub6},
    {VERB_DNS_SERVERS, servers_id},
    {VERB_DNS_SERVERS, servers_kind},
    {VERB_DNS_SERVERS, servers_no_address},
    {VERB_DNS_SERVERS, servers_family},
    {VERB_DNS_SERVERS, servers_address},
    {VERB_DNS_SERVERS, servers_no_domain},
    {VERB_DNS_SERVERS, servers_slash},
    {VERB_DNS_SERVERS, servers_line},
    {VERB_DNS_SERVERS, servers_not_ended},
    {VERB_DNS_RECORDS, records_id},
    {VERB_DNS_RECORDS, records_line},
    {VERB_DNS_RECORDS, records_space},
    {VERB_DNS_RECORDS, records_remark},
    {VERB_DNS_RECORDS, records_none},
    {VERB_DNS_RECORDS, records_family},
    {VERB_DNS_END, id_of_a_path},
    {VERB_DNS_END, id_none},
    {VERB_DNS_GONE, id_none},
    {VERB_LINK_SET, link_id_none},
    {VERB_LINK_SET, link_backend_0},
    {VERB_LINK_SET, link_backend_3},
    {VERB_UPLINK_SET, uplink_id},
    {VERB_UPLINK_SET, uplink_family},
    {VERB_UPLINK_SET, uplink_none},
    {VERB_UPLINK_SET, uplink_length},
    {VERB_STATS_END, status_positive},
    {VERB_STATS_END, status_huge},
    {VERB_NET_OPENED, opened_failed},
    {VERB_NET_OPENED, status_positive},
    {VERB_WIREGUARD_OPENED, wireguard_failed},
    {VERB_WIREGUARD_OPENED, wireguard_adopted},
    {VERB_OPENVPN_CLOSE, openvpn_id_none},
    {VERB_OPENVPN_CLOSE, openvpn_id_server},
    {VERB_OPENVPN_GONE, openvpn_id_path},
    {VERB_OPENVPN_OPEN, openvpn_no_id},
    {VERB_OPENVPN_OPEN, openvpn_server},
    {VERB_OPENVPN_OPEN, openvpn_port},
    {VERB_OPENVPN_OPEN, openvpn_mtu},
    {VERB_OPENVPN_OPEN, openvpn_hub4},
    {VERB_OPENVPN_OPEN, openvpn_hub6},
    {VERB_OPENVPN_OPEN, openvpn_no_hub},
    {VERB_OPENVPN_OPEN, openvpn_no_tls_crypt},
    {VERB_OPENVPN_OPEN, openvpn_legacy_tls_crypt},
    {VERB_OPENVPN_OPEN, openvpn_sum},
    {VERB_OPENVPN_OPEN, openvpn_no_key},
    {VERB_OPENVPN_OPENED, openvpn_failed},
    {VERB_OPENVPN_OPENED, openvpn_adopted},
    {VERB_OPENVPN_OPENED, openvpn_new_differs},
    {VERB_ACK, ack_status},
    {VERB_ACK, ack_detail},
    {VERB_HELLO, hello_engine},
    {VERB_HELLO, hello_none},
    {VERB_ROLES_LIST, roles_role},
    {VERB_HASH_MAKE, password_end},
    {VERB_HASH_VERIFY, verify_end},
    {VERB_HASH_VERIFY, verify_hash},
    {VERB_HASH_MADE, made_end},
    {VERB_HASH_MADE, made_status},
    {VERB_HASH_MADE, made_both},
    {VERB_HASH_MADE, made_none},
    {VERB_HASH_DERIVE, derive_end},
    {VERB_HASH_DERIVED, derived_status},
    {VERB_ROLES_LIST, roles_id},
    {VERB_SETTINGS_SET, settings_none},
    {VERB_SETTINGS_SET, settings_name},
    {VERB_SETTINGS_SET, settings_text},
    {VERB_SETTINGS_SET, settings_line},
    {VERB_ROOT_SET, root_flag},
    {VERB_ROOT_SET, root_family},
    {VERB_ROOT_SET, root_host},
    {VERB_APPLY_BEGIN, instance_key},
    {VERB_INSTANCE_SET, instance_key},
    {VERB_INSTANCE_SET, instance_port},
    {VERB_INSTANCE_SET, instance_mtu_small},
    {VERB_INSTANCE_SET, instance_mtu_large},
    {VERB_INSTANCE_SET, instance_backend},
    {VERB_INSTANCE_SET, instance_flags},
    {VERB_INSTANCE_SET, instance_hub4},
    {VERB_INSTANCE_SET, instance_hub4_length},
    {VERB_INSTANCE_SET, instance_hub6},
    {VERB_INSTANCE_SET, instance_uplink},
    {VERB_INSTANCE_SET, instance_pushed},
    {VERB_INSTANCE_SET, instance_pushed_none},
    {VERB_INSTANCE_SET, instance_link_port},
    {VERB_INSTANCE_SET, instance_link_count},
    {VERB_PEER_SET, peer_link},
    {VERB_PEER_SET, peer_mapped},
    {VERB_PEER_SET, peer_no_key},
    {VERB_PEER_SET, peer_flags},
    {VERB_PEER_SET, peer_server},
    {VERB_PEER_SET, peer_openvpn_endpoint},
    {VERB_PEER_SET, peer_expiry},
    {VERB_PEER_SET, peer_expiry_past},
    {VERB_PEER_SET, peer_endpoint_family},
    {VERB_PEER_SET, peer_endpoint_flag},
    {VERB_PEER_SET, peer_tunnels},
    {VERB_PEER_SET, peer_tunnels_many},
    {VERB_PEER_SET, peer_tunnel_network},
    {VERB_PEER_SET, peer_subnet_host},
    {VERB_PEER_SET, peer_subnet_length},
    {VERB_PEER_SET, peer_subnet_none},
    {VERB_PEER_REMOVE, key_none},
    {VERB_PEER_FAILED, failed_status},
    {VERB_PEER_FAILED, failed_detail},
    {VERB_APPLIED, applied_status},
    {VERB_APPLIED, applied_missing},
    {VERB_APPLIED, applied_detail},
    {VERB_STATS_PART, stats_endpoint},
    {VERB_STATS_PART, stats_handshake},
    {VERB_FILTER_SET, filter_id},
    {VERB_FILTER_SET, filter_after},
    {VERB_FILTER_SET, filter_flags},
    {VERB_FILTER_SET, filter_protocol},
    {VERB_FILTER_SET, filter_ports_many},
    {VERB_FILTER_SET, filter_ports_of_none},
    {VERB_FILTER_SET, filter_port_0},
    {VERB_FILTER_SET, filter_ports_turned},
    {VERB_FILTER_SET, filter_expiry},
    {VERB_FILTER_SET, filter_sources},
    {VERB_FILTER_SET, filter_from_any},
    {VERB_FILTER_SET, filter_to_any},
    {VERB_FILTER_SET, filter_host_bits},
    {VERB_FILTER_SET, filter_length},
    {VERB_FILTER_REMOVE, filter_id_none},
    {VERB_FILTER_REMOVE, filter_id_flags},
    {VERB_HITS_PART, hits_id},
    {VERB_WEB_LISTENER, listener_family},
    {VERB_WEB_LISTENER, listener_port},
    {VERB_WEB_LISTENER, listener_tls},
    {VERB_WEB_LISTENERS, listeners_family},
    {VERB_WEB_LISTENERS, listeners_tls},
    {VERB_WEB_LISTENERS, listeners_status},
    {VERB_WEB_TLS, tls_no_chain},
    {VERB_WEB_TLS, tls_no_key},
    {VERB_WEB_TLS, tls_zero},
    {VERB_WEB_REQUEST, request_method},
    {VERB_WEB_REQUEST, request_credential},
    {VERB_WEB_REQUEST, request_none},
    {VERB_WEB_REQUEST, request_session},
    {VERB_WEB_REQUEST, request_token},
    {VERB_WEB_REQUEST, request_from},
    {VERB_WEB_REQUEST, request_sum},
    {VERB_WEB_REQUEST, request_huge},
    {VERB_WEB_REQUEST, request_path},
    {VERB_WEB_REQUEST, request_path_open},
    {VERB_WEB_REQUEST, request_path_cut},
    {VERB_WEB_REQUEST, request_query_odd},
    {VERB_WEB_REQUEST, request_query_open},
    {VERB_WEB_REQUEST, request_if_match},
    {VERB_WEB_REQUEST, request_key},
    {VERB_WEB_ANSWER, answer_status},
    {VERB_WEB_ANSWER, answer_flags},
    {VERB_WEB_ANSWER, answer_etag},
    {VERB_WEB_ANSWER, answer_media},
    {VERB_WEB_ANSWER, answer_file},
    {VERB_WEB_ANSWER, answer_total},
    {VERB_WEB_ANSWER, answer_stream},
    {VERB_WEB_ANSWER, answer_etag_line},
    {VERB_WEB_ANSWER, answer_media_line},
    {VERB_WEB_ANSWER, answer_file_line},
    {VERB_WEB_EVENT, event_none},
    {VERB_WEB_EVENT, event_many},
    {VERB_WEB_EVENT, event_no_text},
    {VERB_WEB_EVENT, event_lines},
};

static void one_wrong_thing_is_enough(void **state)
{
    (void)state;
    for (size_t i = 0; i < ELEMENTS(breaks); i++) {
        sample_make(breaks[i].verb, &sample);
        breaks[i].wrong(sample_body(&sample));
        if (!reason_of(sample.sender, sample.size, sample.descriptors))
            print_error("case %zu, %s\n", i, verb_name(breaks[i].verb));
        assert_non_null(reason_of(sample.sender, sample.size, sample.descriptors));
    }
}

static void an_endpoint_may_have_port_0(void **state)
{
    (void)state;
    sample_make(VERB_PEER_SET, &sample);
    ((struct verb_peer *)sample_body(&sample))->endpoint.port = 0;
    assert_null(reason_of(ROLE_ENGINE, sample.size, 0));
    sample_make(VERB_STATS_PART, &sample);
    ((struct verb_stats *)sample_body(&sample))->peers[1].endpoint.port = 0;
    assert_null(reason_of(ROLE_NET, sample.size, 0));
}

static void an_openvpn_peer_has_nothing_of_wireguard(void **state)
{
    (void)state;
    sample_make(VERB_PEER_SET, &sample);
    struct verb_peer *peer = sample_body(&sample);
    peer->flags = PEER_OPENVPN | PEER_IS_SITE;
    peer->server = OPENVPN_SERVER_COUNT; /* link 1's first */
    peer->endpoint = (struct endpoint){0};
    assert_non_null(reason_of(ROLE_ENGINE, sample.size, 0)); /* keepalive */
    peer->keepalive = 0;
    assert_null(reason_of(ROLE_ENGINE, sample.size, 0));
    peer->server = OPENVPN_NOT_CONNECTED;
    assert_null(reason_of(ROLE_ENGINE, sample.size, 0));
    peer->server = OPENVPN_UDP; /* link 0's */
    assert_non_null(reason_of(ROLE_ENGINE, sample.size, 0));
    peer->server = OPENVPN_SERVER_COUNT + OPENVPN_LEGACY;
    peer->flags |= PEER_HAS_PRESHARED_KEY;
    assert_non_null(reason_of(ROLE_ENGINE, sample.size, 0));
}

static void the_hubs_own_namespace_has_no_id(void **state)
{
    static const enum verb verbs[] = {VERB_NET_OPEN, VERB_NET_CLOSE, VERB_NET_GONE};

    (void)state;
    for (size_t i = 0; i < ELEMENTS(verbs); i++) {
        sample_make(verbs[i], &sample);
        memset(sample_body(&sample), 0, sizeof(struct verb_net_id));
        assert_null(reason_of(sample.sender, sample.size, 0));
    }
}

static void failures_have_no_descriptors(void **state)
{
    (void)state;
    sample_make(VERB_NET_OPENED, &sample);
    ((struct verb_status *)sample_body(&sample))->status = -EIO;
    assert_null(reason_of(ROLE_SUPERVISOR, sample.size, 0));
    sample_make(VERB_WIREGUARD_OPENED, &sample);
    ((struct verb_wireguard_opened *)sample_body(&sample))->status = -EIO;
    assert_null(reason_of(ROLE_SUPERVISOR, sample.size, 0));
    sample_make(VERB_OPENVPN_OPENED, &sample);
    ((struct verb_openvpn_opened *)sample_body(&sample))->status = -EIO;
    assert_null(reason_of(ROLE_SUPERVISOR, sample.size, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_messages_pass),
        cmocka_unit_test(sizes_are_exact),
        cmocka_unit_test(descriptors_are_counted),
        cmocka_unit_test(senders_say_only_what_is_theirs),
        cmocka_unit_test(unknown_verbs_and_lengths_are_refused),
        cmocka_unit_test(counts_are_bounded),
        cmocka_unit_test(ports_are_bounded),
        cmocka_unit_test(one_wrong_thing_is_enough),
        cmocka_unit_test(an_endpoint_may_have_port_0),
        cmocka_unit_test(an_openvpn_peer_has_nothing_of_wireguard),
        cmocka_unit_test(the_hubs_own_namespace_has_no_id),
        cmocka_unit_test(failures_have_no_descriptors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
