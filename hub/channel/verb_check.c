/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/channel/verb_check.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/channel/verb_check_parts.h"
#include "hub/channel/verbs.h"

enum { MTU_MIN = 1280, MTU_MAX = 9000 };

static bool id_ok(const char id[static ID_MAX])
{
    return ended(id, ID_MAX) && (id[0] == 0 || id_valid(id));
}

static bool backend_ok(uint8_t backend)
{
    return backend == WIREGUARD_KERNEL || backend == WIREGUARD_USERSPACE;
}

static bool prefix_of_family(const struct prefix *prefix, int family)
{
    return prefix->address.family == family && prefix_valid(prefix);
}

static bool is_network(const struct prefix *prefix)
{
    return prefix_valid(prefix) && !prefix_has_host_bits(prefix);
}

static bool is_host(const struct prefix *prefix)
{
    return prefix_valid(prefix) && prefix->length == address_bits(&prefix->address);
}

static bool uplink_ok(const struct uplink_addresses *uplink)
{
    return prefix_of_family(&uplink->root4, AF_INET) &&
           prefix_of_family(&uplink->instance4, AF_INET) &&
           prefix_of_family(&uplink->root6, AF_INET6) &&
           prefix_of_family(&uplink->instance6, AF_INET6);
}

static bool hub_ok(const struct prefix *hub4, const struct prefix *hub6)
{
    return (!hub4->address.family || prefix_of_family(hub4, AF_INET)) &&
           (!hub6->address.family || prefix_of_family(hub6, AF_INET6));
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
    uint8_t any = 0;

    for (size_t i = 0; i < size; i++)
        any |= bytes[i];
    return any == 0;
}

/* "" is the hub's own namespace. */
const char *verb_check_net(enum role sender UNUSED, const void *body, int descriptors UNUSED)
{
    const struct verb_net_id *net = body;

    return id_ok(net->id) ? NULL : "no id";
}

const char *verb_check_instance_id(enum role sender, const void *body, int descriptors)
{
    const struct verb_net_id *net = body;
    const char *reason = verb_check_net(sender, body, descriptors);

    if (reason)
        return reason;
    return net->id[0] ? NULL : "an instance's id is needed";
}

const char *verb_check_wireguard_id(enum role sender UNUSED, const void *body,
                                    int descriptors UNUSED)
{
    const struct verb_wireguard_id *wireguard = body;

    if (!id_ok(wireguard->id) || !wireguard->id[0])
        return "an instance's id is needed";
    return wireguard->link < LINK_COUNT ? NULL : "no such link";
}

const char *verb_check_link_number(enum role sender UNUSED, const void *body,
                                   int descriptors UNUSED)
{
    const struct verb_link_number *number = body;

    return number->link < LINK_COUNT ? NULL : "no such link";
}

const char *verb_check_status(enum role sender UNUSED, const void *body, int descriptors UNUSED)
{
    const struct verb_status *status = body;

    return status_ok(status->status) ? NULL : "status is no error number";
}

const char *verb_check_net_opened(enum role sender, const void *body, int descriptors)
{
    const struct verb_status *status = body;

    if (descriptors != (status->status == 0 ? 2 : 0))
        return "descriptors do not fit the status";
    return verb_check_status(sender, body, descriptors);
}

const char *verb_check_wireguard_opened(enum role sender UNUSED, const void *body, int descriptors)
{
    const struct verb_wireguard_opened *opened = body;

    if (!status_ok(opened->status))
        return "status is no error number";
    if (descriptors != (opened->status == 0 ? 1 : 0))
        return "descriptors do not fit the status";
    return opened->adopted <= 1 ? NULL : "adopted is neither 0 nor 1";
}

static const char *check_server(const char id[static ID_MAX], uint16_t server)
{
    if (!id_ok(id) || !id[0])
        return "an instance's id is needed";
    return server < OPENVPN_NUMBER_COUNT ? NULL : "no such OpenVPN server";
}

const char *verb_check_openvpn_id(enum role sender UNUSED, const void *body, int descriptors UNUSED)
{
    const struct verb_openvpn_id *openvpn = body;

    return check_server(openvpn->id, openvpn->server);
}

const char *verb_check_openvpn_opened(enum role sender UNUSED, const void *body, int descriptors)
{
    const struct verb_openvpn_opened *opened = body;

    if (!status_ok(opened->status))
        return "status is no error number";
    if (descriptors != (opened->status == 0 ? 1 : 0))
        return "descriptors do not fit the status";
    if (opened->adopted > 1 || opened->differs > opened->adopted)
        return "adopted and differs do not fit";
    return NULL;
}

/* What the DER holds is for OpenVPN to judge; here only that each part is there. */
static const char *check_openvpn_secrets(const struct verb_openvpn *openvpn)
{
    uint32_t sum = (uint32_t)openvpn->ca_size + openvpn->certificate_size + openvpn->key_size;
    bool none = is_zero(openvpn->tls_crypt_key, sizeof(openvpn->tls_crypt_key));

    if (openvpn->ca_size == 0 || openvpn->certificate_size == 0 || openvpn->key_size == 0)
        return "CA, certificate or key is missing";
    if (sum != openvpn->blob_size)
        return "sizes do not add up";
    if (none != (openvpn_server_kind(openvpn->server) == OPENVPN_LEGACY))
        return "a tls-crypt key is for all servers but the legacy one";
    return NULL;
}

const char *verb_check_openvpn(enum role sender UNUSED, const void *body, int descriptors UNUSED)
{
    const struct verb_openvpn *openvpn = body;
    const char *reason = check_server(openvpn->id, openvpn->server);

    if (reason)
        return reason;
    if (openvpn->port == 0)
        return "port is 0";
    if (openvpn->mtu < MTU_MIN || openvpn->mtu > MTU_MAX)
        return "MTU out of range";
    if (!hub_ok(&openvpn->hub4, &openvpn->hub6))
        return "the hub's addresses are no prefixes";
    if (!openvpn->hub4.address.family && !openvpn->hub6.address.family)
        return "the hub has no address";
    return check_openvpn_secrets(openvpn);
}

static bool address_or_none(const struct address *address, int family)
{
    return address->family == 0 || (address->family == family && address_bits(address));
}

const char *verb_check_dns(enum role sender UNUSED, const void *body, int descriptors UNUSED)
{
    const struct verb_dns *dns = body;

    if (!id_ok(dns->id) || !dns->id[0])
        return "an instance's id is needed";
    if (!address_or_none(&dns->hub4, AF_INET) || !address_or_none(&dns->hub6, AF_INET6))
        return "the hub's addresses are none";
    return dns->hub4.family || dns->hub6.family ? NULL : "there is no address to listen on";
}

/* What goes into a file of the resolver is a name and nothing else. */
static bool dns_name_ok(const char name[static DNS_NAME_MAX])
{
    return ended(name, DNS_NAME_MAX) && dns_name_valid(name);
}

static const char *check_dns_server(const struct dns_server *server)
{
    if (server->kind >= DNS_SERVER_KIND_COUNT)
        return "no such kind of server";
    if ((server->kind == DNS_SERVER_FORWARD) != (address_bits(&server->address) != 0))
        return "an address of a server does not fit its kind";
    if (server->domain[0] == '\0' && server->kind == DNS_SERVER_FORWARD)
        return NULL;
    return dns_name_ok(server->domain) ? NULL : "a domain is none";
}

const char *verb_check_dns_servers(enum role sender UNUSED, const void *body,
                                   int descriptors UNUSED)
{
    const struct verb_dns_servers *list = body;
    const char *reason = NULL;

    if (!id_ok(list->id) || !list->id[0])
        return "an instance's id is needed";
    for (uint32_t i = 0; i < list->count && !reason; i++)
        reason = check_dns_server(&list->servers[i]);
    return reason;
}

const char *verb_check_dns_records(enum role sender UNUSED, const void *body,
                                   int descriptors UNUSED)
{
    const struct verb_dns_records *list = body;

    if (!id_ok(list->id) || !list->id[0])
        return "an instance's id is needed";
    for (uint32_t i = 0; i < list->count; i++) {
        const struct dns_record *record = &list->records[i];

        if (!dns_name_ok(record->name))
            return "a name is none";
        for (size_t k = 0; k < 2; k++) {
            if (record->addresses[k].family && !address_bits(&record->addresses[k]))
                return "an address of a name is none";
        }
    }
    return NULL;
}

const char *verb_check_ack(enum role sender UNUSED, const void *body, int descriptors UNUSED)
{
    const struct verb_ack *ack = body;

    if (!status_ok(ack->status))
        return "status is no error number";
    return ended(ack->detail, sizeof(ack->detail)) ? NULL : "detail is not ended";
}

const char *verb_check_hello(enum role sender, const void *body, int descriptors UNUSED)
{
    const struct verb_hello *hello = body;

    return hello->role == sender ? NULL : "says it is another role";
}

const char *verb_check_roles(enum role sender UNUSED, const void *body, int descriptors UNUSED)
{
    const struct verb_roles *list = body;

    for (uint32_t i = 0; i < list->count; i++) {
        if (list->roles[i].role >= ROLE_COUNT)
            return "no such role";
        if (!id_ok(list->roles[i].id))
            return "no id";
    }
    return NULL;
}

const char *verb_check_settings(enum role sender UNUSED, const void *body, int descriptors UNUSED)
{
    const struct verb_settings *list = body;

    if (list->count == 0)
        return "no settings";
    for (uint32_t i = 0; i < list->count; i++) {
        const struct verb_setting *setting = &list->settings[i];

        if (!ended(setting->name, sizeof(setting->name)) || !setting->name[0] ||
            !ended(setting->text, sizeof(setting->text)))
            return "a text that does not end";
        if (!text_is_printable(setting->name, NULL) || !text_is_printable(setting->text, NULL))
            return "a text that is none";
    }
    return NULL;
}

const char *verb_check_root(enum role sender UNUSED, const void *body, int descriptors UNUSED)
{
    const struct verb_root *root = body;

    if (root->forward_other > FORWARD_BOTH)
        return "forward_other is no set of families";
    return prefix_of_family(&root->uplink6, AF_INET6) && is_network(&root->uplink6)
               ? NULL
               : "uplink6 is no IPv6 network";
}

const char *verb_check_link(enum role sender UNUSED, const void *body, int descriptors UNUSED)
{
    const struct verb_link *link = body;

    if (!id_ok(link->id) || !link->id[0])
        return "an instance's id is needed";
    if (link_set_has(&link->more, 0))
        return "link 0 is not one more";
    return backend_ok(link->backend) ? NULL : "no such backend";
}

const char *verb_check_uplink(enum role sender UNUSED, const void *body, int descriptors UNUSED)
{
    const struct verb_uplink *uplink = body;

    if (!id_ok(uplink->id) || !uplink->id[0])
        return "an instance's id is needed";
    return uplink_ok(&uplink->addresses) ? NULL : "uplink addresses are no prefixes";
}

const char *verb_check_instance(enum role sender UNUSED, const void *body, int descriptors UNUSED)
{
    const struct verb_instance *instance = body;

    if (key_is_zero(&instance->private_key))
        return "private key is zero";
    if (instance->listen_port == 0)
        return "port is 0";
    if (instance->mtu < MTU_MIN || instance->mtu > MTU_MAX)
        return "MTU out of range";
    if (!backend_ok(instance->backend))
        return "no such backend";
    if (instance->flags & ~(INSTANCE_CLIENT_TO_CLIENT | INSTANCE_DENY))
        return "unknown flags";
    if (!hub_ok(&instance->hub4, &instance->hub6))
        return "the hub's addresses are no prefixes";
    if (!uplink_ok(&instance->uplink))
        return "uplink addresses are no prefixes";
    if (instance->link_count > LINK_COUNT || instance->link_count > instance->port_count ||
        verb_instance_openvpn(instance).count > OPENVPN_NUMBER_COUNT)
        return "ports of links that can't be";
    if (port_span_get(verb_instance_links(instance), 0))
        return "link 0 has its own member";
    for (uint32_t i = 0; i < instance->pushed_count; i++) {
        if (!is_network(&instance->pushed[i]))
            return "a pushed route is no network";
    }
    return NULL;
}

/* Any port: a peer may have sent from port 0, and must not end the worker of all with that. */
static const char *check_endpoint(const struct verb_peer *peer)
{
    if (!(peer->flags & PEER_HAS_ENDPOINT))
        return peer->endpoint.address.family ? "an endpoint without its flag" : NULL;
    return address_bits(&peer->endpoint.address) ? NULL : "endpoint is no address";
}

static const char *check_protocol(const struct verb_peer *peer)
{
    if (!(peer->flags & PEER_OPENVPN))
        return peer->server ? "an OpenVPN server of a WireGuard peer" : NULL;
    if (peer->server != OPENVPN_NOT_CONNECTED && openvpn_server_link_of(peer->server) != peer->link)
        return "no OpenVPN server of the peer's link";
    if (peer->flags & (PEER_HAS_PRESHARED_KEY | PEER_HAS_ENDPOINT) || peer->keepalive)
        return "WireGuard's members of an OpenVPN peer";
    return NULL;
}

static const char *check_peer_prefixes(const struct verb_peer *peer)
{
    uint32_t behind;

    if (peer->tunnel_count > peer->prefix_count || peer->tunnel_count > PEER_TUNNEL_ADDRESSES_MAX)
        return "too many tunnel addresses";
    behind = peer->prefix_count - peer->tunnel_count;
    if (peer->mapped_count > behind / 2)
        return "real prefixes of subnets that are not there";
    for (uint32_t i = 0; i < peer->prefix_count; i++) {
        const struct prefix *prefix = &peer->prefixes[i];

        if (i < peer->tunnel_count && !is_host(prefix))
            return "a tunnel address is none";
        if (!is_network(prefix))
            return "a subnet is no network";
    }
    return NULL;
}

const char *verb_check_peer(enum role sender UNUSED, const void *body, int descriptors UNUSED)
{
    const struct verb_peer *peer = body;
    const uint8_t known = PEER_HAS_PRESHARED_KEY | PEER_HAS_ENDPOINT | PEER_IS_SITE |
                          PEER_ROUTE_ALL | PEER_EXPIRES | PEER_OPENVPN;

    if (key_is_zero(&peer->public_key))
        return "public key is zero";
    if (peer->flags & ~known)
        return "unknown flags";
    if ((peer->flags & PEER_EXPIRES) && peer->expires_at <= 0)
        return "no time of expiry";
    if (peer->link >= LINK_COUNT)
        return "no such link";
    const char *reason = check_protocol(peer);
    if (!reason)
        reason = check_endpoint(peer);
    return reason ? reason : check_peer_prefixes(peer);
}

const char *verb_check_peer_key(enum role sender UNUSED, const void *body, int descriptors UNUSED)
{
    const struct verb_peer_key *key = body;

    return key_is_zero(&key->public_key) ? "public key is zero" : NULL;
}

static const char *check_rule_ports(const struct verb_filter *rule)
{
    if (rule->port_count > RULE_PORTS_MAX)
        return "too many ports";
    if (rule->port_count && rule->protocol != IPPROTO_TCP && rule->protocol != IPPROTO_UDP)
        return "ports of a protocol without any";
    for (uint8_t i = 0; i < rule->port_count; i++) {
        if (rule->ports[i].first == 0 || rule->ports[i].first > rule->ports[i].last)
            return "ports are no range";
    }
    return NULL;
}

const char *verb_check_rule(enum role sender UNUSED, const void *body, int descriptors UNUSED)
{
    const struct verb_filter *rule = body;
    const uint8_t known =
        RULE_ALLOW | RULE_BOTH | RULE_EXPIRES | RULE_FROM_ANY | RULE_TO_ANY | RULE_MORE;

    if (!id_ok(rule->id) || !rule->id[0] || !id_ok(rule->after))
        return "a rule's id is needed";
    if (rule->flags & ~known)
        return "unknown flags";
    if (rule->protocol && rule->protocol != IPPROTO_TCP && rule->protocol != IPPROTO_UDP &&
        rule->protocol != IPPROTO_ICMP)
        return "no such protocol";
    if ((rule->flags & RULE_EXPIRES) && rule->expires_at <= 0)
        return "no time of expiry";
    if (rule->from_count > rule->prefix_count)
        return "more sources than there are";
    if (((rule->flags & RULE_FROM_ANY) && rule->from_count) ||
        ((rule->flags & RULE_TO_ANY) && rule->from_count < rule->prefix_count))
        return "any, and networks";
    for (uint32_t i = 0; i < rule->prefix_count; i++) {
        if (!is_network(&rule->prefixes[i]))
            return "an end is no network";
    }
    return check_rule_ports(rule);
}

const char *verb_check_rule_id(enum role sender UNUSED, const void *body, int descriptors UNUSED)
{
    const struct verb_filter_id *rule = body;

    if (!id_ok(rule->id) || !rule->id[0])
        return "a rule's id is needed";
    return rule->flags & ~RULE_MORE ? "unknown flags" : NULL;
}

const char *verb_check_hits(enum role sender UNUSED, const void *body, int descriptors UNUSED)
{
    const struct verb_hits *hits = body;

    for (uint32_t i = 0; i < hits->count; i++) {
        if (!id_ok(hits->rules[i].id) || !hits->rules[i].id[0])
            return "a rule's id is needed";
    }
    return NULL;
}

const char *verb_check_peer_failed(enum role sender, const void *body, int descriptors)
{
    const struct verb_peer_failed *failed = body;

    return verb_check_ack(sender, &failed->failure, descriptors);
}

const char *verb_check_applied(enum role sender UNUSED, const void *body, int descriptors UNUSED)
{
    const struct verb_applied *applied = body;

    if (!status_ok(applied->status))
        return "status is no error number";
    if (applied->link_missing > 1)
        return "link_missing is neither 0 nor 1";
    return ended(applied->detail, sizeof(applied->detail)) ? NULL : "detail is not ended";
}

const char *verb_check_stats(enum role sender UNUSED, const void *body, int descriptors UNUSED)
{
    const struct verb_stats *stats = body;

    for (uint32_t i = 0; i < stats->count; i++) {
        const struct verb_peer_stats *peer = &stats->peers[i];

        if (peer->endpoint.address.family && !address_bits(&peer->endpoint.address))
            return "endpoint is no address";
        if (peer->handshake_at < 0)
            return "handshake before 1970";
    }
    return NULL;
}

const char *verb_check_role_opened(enum role sender, const void *body, int descriptors)
{
    const struct verb_status *status = body;

    if (descriptors != (status->status == 0 ? 1 : 0))
        return "descriptors do not fit the status";
    return verb_check_status(sender, body, descriptors);
}

const char *verb_check_update_written(enum role sender UNUSED, const void *body,
                                      int descriptors UNUSED)
{
    const struct verb_update_written *written = body;

    if (!ended(written->version, sizeof(written->version)))
        return "version is not ended";
    return text_is_printable(written->version, NULL) ? NULL : "version is no text";
}

static bool is_slot(uint8_t slot)
{
    return slot == 'a' || slot == 'b';
}

const char *verb_check_boot_choice(enum role sender UNUSED, const void *body,
                                   int descriptors UNUSED)
{
    const struct verb_boot_choice *choice = body;

    if (!is_slot(choice->slot) || (choice->trial && !is_slot(choice->trial)))
        return "no slot";
    return choice->failures <= 9 && !choice->padding ? NULL : "too many failures";
}

/* ---- certificates of an authority ---- */

/* Words of a command line and of JSON: no white space, no quotes. */
static bool is_word(const char *text)
{
    return text_is_printable(text, NULL) && !strpbrk(text, " \"\\");
}

const char *verb_check_acme_order(enum role sender UNUSED, const void *body, int descriptors UNUSED)
{
    const struct verb_acme_order *order = body;

    if (!ended(order->directory, sizeof(order->directory)) ||
        !ended(order->contact, sizeof(order->contact)))
        return "a text is not ended";
    if (!text_starts_with(order->directory, "https://") || !is_word(order->directory))
        return "the directory is none";
    if (!is_word(order->contact) || order->contact[0] == '-')
        return "the contact is none";
    if (order->registered > 1)
        return "registered is neither 0 nor 1";
    if (order->key_size == 0 || order->key_size >= order->blob_size)
        return "key or request is missing";
    return memchr(order->blob, 0, order->blob_size) ? "PEM has a zero byte" : NULL;
}

const char *verb_check_acme_challenge(enum role sender UNUSED, const void *body,
                                      int descriptors UNUSED)
{
    const struct verb_acme_challenge *challenge = body;

    if (!ended(challenge->token, sizeof(challenge->token)) ||
        !ended(challenge->answer, sizeof(challenge->answer)))
        return "a text is not ended";
    return acme_token_valid(challenge->token) ? NULL : "the token is none";
}

const char *verb_check_acme_issued(enum role sender UNUSED, const void *body,
                                   int descriptors UNUSED)
{
    const struct verb_acme_issued *issued = body;

    if (issued->result >= ACME_RESULT_COUNT)
        return "no such result";
    if (!ended(issued->words, sizeof(issued->words)) || !text_is_printable(issued->words, NULL))
        return "the words are none";
    if ((issued->result == ACME_RESULT_ISSUED) != (issued->chain_size > 0))
        return "the chain does not fit the result";
    return memchr(issued->chain, 0, issued->chain_size) ? "PEM has a zero byte" : NULL;
}

/* ---- passwords ---- */

const char *verb_check_password(enum role sender UNUSED, const void *body, int descriptors UNUSED)
{
    const struct verb_password *asked = body;

    return ended(asked->password, sizeof(asked->password)) ? NULL : "the password is not ended";
}

const char *verb_check_hash_verify(enum role sender UNUSED, const void *body,
                                   int descriptors UNUSED)
{
    const struct verb_hash_verify *asked = body;

    if (!ended(asked->hash, sizeof(asked->hash)))
        return "the hash is not ended";
    return ended(asked->password, sizeof(asked->password)) ? NULL : "the password is not ended";
}

const char *verb_check_hash_made(enum role sender UNUSED, const void *body, int descriptors UNUSED)
{
    const struct verb_hash_made *made = body;

    if (!status_ok(made->status))
        return "status is no error number";
    if (!ended(made->hash, sizeof(made->hash)))
        return "the hash is not ended";
    return (made->status == 0) == (made->hash[0] != 0) ? NULL : "the hash does not fit the status";
}

const char *verb_check_hash_derive(enum role sender UNUSED, const void *body,
                                   int descriptors UNUSED)
{
    const struct verb_hash_derive *asked = body;

    return ended(asked->passphrase, sizeof(asked->passphrase)) ? NULL
                                                               : "the passphrase is not ended";
}

const char *verb_check_hash_derived(enum role sender UNUSED, const void *body,
                                    int descriptors UNUSED)
{
    const struct verb_hash_derived *derived = body;

    return status_ok(derived->status) ? NULL : "status is no error number";
}
