/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/channel/sample.h"

#include <assert.h>
#include <errno.h>

#include "hub/base/cleanup.h"

static struct prefix prefix(const char *text)
{
    struct prefix prefix = {0};

    if (text && prefix_parse(text, &prefix) < 0)
        assert(!"a prefix");
    return prefix;
}

static struct uplink_addresses uplink(void)
{
    return (struct uplink_addresses){
        .root4 = prefix("169.254.1.1/30"),
        .instance4 = prefix("169.254.1.2/30"),
        .root6 = prefix("fd00::1/126"),
        .instance6 = prefix("fd00::2/126"),
    };
}

static const struct key some_key = {{1, 2, 3, [31] = 64}};
static const char some_id[ID_MAX] = "abcdefg2";

static size_t fill_net(void *body)
{
    struct verb_net_id *net = body;

    memcpy(net->id, some_id, ID_MAX);
    return sizeof(*net);
}

static size_t fill_wireguard_id(void *body)
{
    struct verb_wireguard_id *wireguard = body;

    *wireguard = (struct verb_wireguard_id){.link = LINK_COUNT - 1};
    memcpy(wireguard->id, some_id, ID_MAX);
    return sizeof(*wireguard);
}

static size_t fill_link_number(void *body)
{
    struct verb_link_number *number = body;

    *number = (struct verb_link_number){.link = 1};
    return sizeof(*number);
}

static size_t fill_ack(void *body)
{
    struct verb_ack *ack = body;

    *ack = (struct verb_ack){.status = -EBUSY, .detail = "making a link"};
    return sizeof(*ack);
}

static size_t fill_hello(void *body)
{
    struct verb_hello *hello = body;

    *hello = (struct verb_hello){.sandbox = {.pid = 7}, .role = ROLE_NET};
    return sizeof(*hello);
}

static size_t fill_zeros(size_t size, void *body)
{
    memset(body, 0, size);
    return size;
}

static size_t fill_openvpn(void *body)
{
    struct verb_openvpn *openvpn = body;

    *openvpn = (struct verb_openvpn){
        .server = OPENVPN_TCP,
        .port = 1194,
        .mtu = 1420,
        .hub4 = prefix("10.66.0.1/24"),
        .hub6 = prefix("fd00::1/64"),
        .tls_crypt_key = {[127] = 1},
        .ca_size = 3,
        .certificate_size = 2,
        .key_size = 1,
        .blob_size = 6,
    };
    memcpy(openvpn->id, some_id, ID_MAX);
    memset(openvpn->blob, '0', 6);
    return sizeof(*openvpn) + 6;
}

static size_t fill_openvpn_id(void *body)
{
    struct verb_openvpn_id *id = body;

    *id = (struct verb_openvpn_id){.server = OPENVPN_LEGACY};
    memcpy(id->id, some_id, ID_MAX);
    return sizeof(*id);
}

static size_t fill_openvpn_opened(void *body)
{
    struct verb_openvpn_opened *opened = body;

    *opened = (struct verb_openvpn_opened){.adopted = 1, .differs = 1};
    return sizeof(*opened);
}

static size_t fill_roles(void *body)
{
    struct verb_roles *list = body;

    list->count = 2;
    list->roles[0] = (struct verb_role){.role = ROLE_SUPERVISOR, .pid = 1};
    list->roles[1] = (struct verb_role){.role = ROLE_NET, .pid = 2, .started_at = 3};
    memcpy(list->roles[1].id, some_id, ID_MAX);
    return sizeof(*list) + 2 * sizeof(list->roles[0]);
}

static size_t fill_dns(void *body)
{
    struct verb_dns *dns = body;

    *dns = (struct verb_dns){.hub4 = prefix("10.66.0.1/32").address};
    memcpy(dns->id, some_id, ID_MAX);
    return sizeof(*dns);
}

static size_t fill_dns_servers(void *body)
{
    struct verb_dns_servers *list = body;

    memset(list, 0, sizeof(*list) + 3 * sizeof(list->servers[0]));
    memcpy(list->id, some_id, ID_MAX);
    list->count = 3;
    list->servers[0].address = prefix("192.0.2.53/32").address;
    list->servers[1] = (struct dns_server){"acme.internal", DNS_SERVER_LOCAL, {0}};
    list->servers[2] = (struct dns_server){.domain = "corp.example"};
    list->servers[2].address = prefix("fd00::53/128").address;
    return sizeof(*list) + 3 * sizeof(list->servers[0]);
}

static size_t fill_dns_records(void *body)
{
    struct verb_dns_records *list = body;

    memset(list, 0, sizeof(*list) + 2 * sizeof(list->records[0]));
    memcpy(list->id, some_id, ID_MAX);
    list->count = 2;
    list->block = UINT64_MAX;
    list->records[0] = (struct dns_record){.name = "laptop.acme.internal"};
    list->records[0].addresses[0] = prefix("10.66.0.2/32").address;
    list->records[0].addresses[1] = prefix("fd00::2/128").address;
    list->records[1] = (struct dns_record){.name = "nas.corp.example"};
    list->records[1].addresses[1] = prefix("fd00::9/128").address;
    return sizeof(*list) + 2 * sizeof(list->records[0]);
}

static size_t fill_root(void *body)
{
    struct verb_root *root = body;

    *root = (struct verb_root){.forward_other = 1, .uplink6 = prefix("fd00:0:0:ffff::/64")};
    return sizeof(*root);
}

static size_t fill_link(void *body)
{
    struct verb_link *link = body;

    *link = (struct verb_link){.backend = WIREGUARD_USERSPACE};
    link_set_add(&link->more, LINK_COUNT - 1);
    memcpy(link->id, some_id, ID_MAX);
    return sizeof(*link);
}

static size_t fill_uplink(void *body)
{
    static const uint16_t ports[] = {1194, 1194, 1195};
    struct verb_uplink *set = body;

    *set = (struct verb_uplink){.port_count = ELEMENTS(ports), .addresses = uplink()};
    memcpy(set->id, some_id, ID_MAX);
    memcpy(set->openvpn_ports, ports, sizeof(ports));
    return sizeof(*set) + sizeof(ports);
}

static size_t fill_instance(void *body)
{
    static const uint16_t links[] = {0, 51821}, openvpn[] = {1194, 0, 1195};
    struct verb_instance *instance = body;

    *instance = (struct verb_instance){
        .private_key = some_key,
        .listen_port = 51820,
        .mtu = 1420,
        .backend = WIREGUARD_KERNEL,
        .flags = INSTANCE_CLIENT_TO_CLIENT,
        .hub4 = prefix("10.66.0.1/24"),
        .uplink = uplink(),
        .pushed_count = 1,
    };
    instance->pushed[0] = prefix("198.51.100.0/24");
    verb_instance_set_ports(instance, (struct port_span){links, ELEMENTS(links)},
                            (struct port_span){openvpn, ELEMENTS(openvpn)});
    return verb_instance_size(instance);
}

static size_t fill_peer(void *body)
{
    struct verb_peer *peer = body;

    *peer = (struct verb_peer){
        .public_key = some_key,
        .keepalive = 25,
        .flags = PEER_HAS_PRESHARED_KEY | PEER_IS_SITE | PEER_HAS_ENDPOINT | PEER_EXPIRES,
        .tunnel_count = 2,
        .expires_at = 1,
        .prefix_count = 4,
        .link = 1,
        .mapped_count = 1,
    };
    endpoint_parse("[2001:db8::1]:51820", &peer->endpoint);
    peer->prefixes[0] = prefix("10.66.0.2/32");
    peer->prefixes[1] = prefix("fd00::2/128");
    peer->prefixes[2] = prefix("10.88.1.0/24");
    peer->prefixes[3] = prefix("192.168.88.0/24");
    return sizeof(*peer) + 4 * sizeof(peer->prefixes[0]);
}

static size_t fill_peer_key(void *body)
{
    struct verb_peer_key *key = body;

    key->public_key = some_key;
    return sizeof(*key);
}

static size_t fill_rule(void *body)
{
    struct verb_filter *rule = body;

    *rule = (struct verb_filter){
        .flags = RULE_ALLOW | RULE_BOTH | RULE_EXPIRES | RULE_MORE,
        .protocol = 6,
        .port_count = 2,
        .expires_at = 1,
        .ports = {{80, 80}, {443, 450}},
        .from_count = 1,
        .prefix_count = 2,
    };
    memcpy(rule->id, some_id, ID_MAX);
    memcpy(rule->after, "bcdefgh3", ID_MAX);
    rule->prefixes[0] = prefix("10.66.0.2/32");
    rule->prefixes[1] = prefix("fd00::/64");
    return sizeof(*rule) + 2 * sizeof(rule->prefixes[0]);
}

static size_t fill_rule_id(void *body)
{
    struct verb_filter_id *rule = body;

    memcpy(rule->id, some_id, ID_MAX);
    rule->flags = RULE_MORE;
    return sizeof(*rule);
}

static size_t fill_hits(void *body)
{
    struct verb_hits *hits = body;

    hits->count = 1;
    hits->rules[0] = (struct verb_hit){.hits = 7};
    memcpy(hits->rules[0].id, some_id, ID_MAX);
    return sizeof(*hits) + sizeof(hits->rules[0]);
}

static size_t fill_peer_failed(void *body)
{
    struct verb_peer_failed *failed = body;

    failed->public_key = some_key;
    fill_ack(&failed->failure);
    return sizeof(*failed);
}

static size_t fill_stats(void *body)
{
    struct verb_stats *stats = body;

    stats->count = 2;
    stats->peers[0] = (struct verb_peer_stats){.public_key = some_key};
    stats->peers[1] = (struct verb_peer_stats){.public_key = some_key, .handshake_at = 9};
    endpoint_parse("192.0.2.1:1", &stats->peers[1].endpoint);
    return sizeof(*stats) + 2 * sizeof(stats->peers[0]);
}

static size_t fill_web_listener(void *body)
{
    struct verb_web_listener *listener = body;

    *listener = (struct verb_web_listener){.tls = 1};
    endpoint_parse("192.0.2.1:443", &listener->endpoint);
    return sizeof(*listener);
}

static size_t fill_web_listeners(void *body)
{
    struct verb_web_listeners *list = body;

    list->count = 1;
    list->listeners[0] = (struct web_listener){.tls = 1, .status = -EADDRINUSE};
    endpoint_parse("[2001:db8::1]:443", &list->listeners[0].endpoint);
    return sizeof(*list) + sizeof(list->listeners[0]);
}

static size_t fill_web_tls(void *body)
{
    struct verb_web_tls *tls = body;

    *tls = (struct verb_web_tls){.chain_size = 5, .blob_size = 8};
    memcpy(tls->blob, "chainkey", 8);
    return sizeof(*tls) + 8;
}

static size_t fill_web_request(void *body)
{
    static const char blob[] = "tok\0/api\0a\0b\0\"r1\"\0key\0{}";
    struct verb_web_request *request = body;

    *request = (struct verb_web_request){
        .method = WEB_POST,
        .credential = WEB_CREDENTIAL_TOKEN,
        .credential_size = 4,
        .path_size = 5,
        .query_size = 4,
        .if_match_size = 5,
        .idempotency_key_size = 4,
        .body_size = 2,
        .blob_size = sizeof(blob) - 1,
    };
    address_parse("192.0.2.1", &request->from);
    memcpy(request->blob, blob, sizeof(blob) - 1);
    return sizeof(*request) + sizeof(blob) - 1;
}

static size_t fill_web_answer(void *body)
{
    struct verb_web_answer *answer = body;

    *answer = (struct verb_web_answer){
        .status = 200, .flags = WEB_ANSWER_SET_SESSION, .total_size = 5, .blob_size = 2};
    memcpy(answer->blob, "{}", 2);
    return sizeof(*answer) + 2;
}

static size_t fill_web_part(void *body)
{
    struct verb_web_part *part = body;

    part->blob_size = 3;
    memcpy(part->blob, "abc", 3);
    return sizeof(*part) + 3;
}

static size_t fill_web_event(void *body)
{
    struct verb_web_event *event = body;

    *event = (struct verb_web_event){.id = 7, .stream_count = 2, .blob_size = 10};
    memcpy(event->blob, "\1\0\0\0\2\0\0\0{}", 10);
    return sizeof(*event) + 10;
}

static size_t fill_blob(void *body)
{
    struct verb_blob *blob = body;

    blob->size = 3;
    memcpy(blob->bytes, "abc", 3);
    return sizeof(*blob) + 3;
}

static size_t fill_update_written(void *body)
{
    struct verb_update_written *written = body;

    *written = (struct verb_update_written){.version = "0.2.0", .schema_version = 7};
    return sizeof(*written);
}

static size_t fill_boot_choice(void *body)
{
    struct verb_boot_choice *choice = body;

    *choice = (struct verb_boot_choice){.slot = 'a', .trial = 'b', .failures = 1};
    return sizeof(*choice);
}

static size_t fill_password(void *body)
{
    struct verb_password *asked = body;

    *asked = (struct verb_password){.password = "correct horse"};
    return sizeof(*asked);
}

static size_t fill_hash_verify(void *body)
{
    struct verb_hash_verify *asked = body;

    *asked = (struct verb_hash_verify){.hash = "$argon2id$", .password = "correct horse"};
    return sizeof(*asked);
}

static size_t fill_hash_made(void *body)
{
    struct verb_hash_made *made = body;

    *made = (struct verb_hash_made){.hash = "$argon2id$"};
    return sizeof(*made);
}

static size_t fill_acme_order(void *body)
{
    struct verb_acme_order *order = body;

    *order = (struct verb_acme_order){.directory = "https://acme.example/directory",
                                      .contact = "admin@example.net",
                                      .key_size = 3,
                                      .blob_size = 10};
    memcpy(order->blob, "KEYREQUEST", 10);
    return sizeof(*order) + order->blob_size;
}

static size_t fill_acme_challenge(void *body)
{
    struct verb_acme_challenge *challenge = body;

    *challenge = (struct verb_acme_challenge){.token = "abcdefghijklmnopqrstuv",
                                              .answer = "abcdefghijklmnopqrstuv.thumbprint"};
    return sizeof(*challenge);
}

static size_t fill_acme_issued(void *body)
{
    struct verb_acme_issued *issued = body;

    *issued = (struct verb_acme_issued){.chain_size = 5};
    memcpy(issued->chain, "CHAIN", 5);
    return sizeof(*issued) + issued->chain_size;
}

static size_t fill_hash_derive(void *body)
{
    struct verb_hash_derive *asked = body;

    *asked = (struct verb_hash_derive){
        .operations = 4, .memory_kib = 65536, .passphrase = "correct horse"};
    return sizeof(*asked);
}

static size_t fill_hash_derived(void *body)
{
    struct verb_hash_derived *derived = body;

    *derived = (struct verb_hash_derived){.key = {1, 2, 3}};
    return sizeof(*derived);
}

static size_t fill_settings(void *body)
{
    struct verb_settings *list = body;

    list->count = 2;
    list->settings[0] = (struct verb_setting){.name = "hub.region", .text = "eu-1"};
    list->settings[1] = (struct verb_setting){.name = "hub.public_name", .text = ""};
    return sizeof(*list) + 2 * sizeof(list->settings[0]);
}

static size_t fill(enum verb verb, void *body)
{
    switch (verb) {
    case VERB_NONE:
    case VERB_COUNT:
    case VERB_READY:
    case VERB_ROLES:
    case VERB_RELOAD:
    case VERB_APPLY_END:
    case VERB_STATS:
    case VERB_HITS:
    case VERB_RESYNC:
    case VERB_UPDATE_OPEN:
    case VERB_UPDATE_HEALTHY:
    case VERB_REBOOT:
    case VERB_UPDATE_END:
    case VERB_BOOT_GET:
    case VERB_WEB_RESTART:
    case VERB_WEB_ENGINE:
    case VERB_WEB_OPENED:
    case VERB_WEB_GONE:
    case VERB_HASH_OPENED:
    case VERB_ACME_OPEN:
    case VERB_WEB_END:
        return 0;
    case VERB_ACME_ORDER:
        return fill_acme_order(body);
    case VERB_ACME_CHALLENGE:
        return fill_acme_challenge(body);
    case VERB_ACME_ISSUED:
        return fill_acme_issued(body);
    case VERB_SETTINGS_SET:
        return fill_settings(body);
    case VERB_HASH_MAKE:
        return fill_password(body);
    case VERB_HASH_VERIFY:
        return fill_hash_verify(body);
    case VERB_HASH_MADE:
        return fill_hash_made(body);
    case VERB_HASH_DERIVE:
        return fill_hash_derive(body);
    case VERB_HASH_DERIVED:
        return fill_hash_derived(body);
    case VERB_WEB_LISTENER:
        return fill_web_listener(body);
    case VERB_WEB_LISTENERS:
        return fill_web_listeners(body);
    case VERB_WEB_TLS:
        return fill_web_tls(body);
    case VERB_WEB_ANSWER:
        return fill_web_answer(body);
    case VERB_WEB_ANSWER_PART:
        return fill_web_part(body);
    case VERB_WEB_EVENT:
        return fill_web_event(body);
    case VERB_WEB_REQUEST:
        return fill_web_request(body);
    case VERB_NET_OPEN:
    case VERB_NET_CLOSE:
    case VERB_NET_GONE:
    case VERB_DNS_END:
    case VERB_DNS_GONE:
    case VERB_UPLINK_REMOVE:
        return fill_net(body);
    case VERB_WIREGUARD_OPEN:
    case VERB_WIREGUARD_CLOSE:
    case VERB_WIREGUARD_GONE:
        return fill_wireguard_id(body);
    case VERB_WIREGUARD_SOCKET:
        return fill_link_number(body);
    case VERB_OPENVPN_OPEN:
        return fill_openvpn(body);
    case VERB_OPENVPN_CLOSE:
    case VERB_OPENVPN_GONE:
        return fill_openvpn_id(body);
    case VERB_OPENVPN_OPENED:
        return fill_openvpn_opened(body);
    case VERB_ACK:
        return fill_ack(body);
    case VERB_HELLO:
        return fill_hello(body);
    case VERB_UPDATE_PART:
        return fill_blob(body);
    case VERB_UPDATE_WRITTEN:
        return fill_update_written(body);
    case VERB_BOOT_SET:
    case VERB_BOOT_CHOICE:
        return fill_boot_choice(body);
    case VERB_NET_OPENED:
    case VERB_UPDATE_OPENED:
    case VERB_ACME_OPENED:
    case VERB_ACME_PROCEED:
    case VERB_STATS_END:
    case VERB_HITS_END:
        return fill_zeros(sizeof(struct verb_status), body);
    case VERB_WIREGUARD_OPENED:
        return fill_zeros(sizeof(struct verb_wireguard_opened), body);
    case VERB_APPLIED:
        return fill_zeros(sizeof(struct verb_applied), body);
    case VERB_DNS_BEGIN:
        return fill_dns(body);
    case VERB_DNS_SERVERS:
        return fill_dns_servers(body);
    case VERB_DNS_RECORDS:
        return fill_dns_records(body);
    case VERB_ROLES_LIST:
        return fill_roles(body);
    case VERB_ROOT_SET:
        return fill_root(body);
    case VERB_LINK_SET:
        return fill_link(body);
    case VERB_UPLINK_SET:
        return fill_uplink(body);
    case VERB_APPLY_BEGIN:
    case VERB_INSTANCE_SET:
        return fill_instance(body);
    case VERB_PEER_SET:
        return fill_peer(body);
    case VERB_PEER_REMOVE:
        return fill_peer_key(body);
    case VERB_FILTER_SET:
        return fill_rule(body);
    case VERB_FILTER_REMOVE:
        return fill_rule_id(body);
    case VERB_HITS_PART:
        return fill_hits(body);
    case VERB_PEER_FAILED:
        return fill_peer_failed(body);
    case VERB_STATS_PART:
        return fill_stats(body);
    }
    return 0;
}

static enum role sender_of(enum verb verb)
{
    if (verb == VERB_WEB_REQUEST || verb == VERB_WEB_GONE)
        return ROLE_WEB;
    if (verb == VERB_UPDATE_WRITTEN || verb == VERB_BOOT_CHOICE)
        return ROLE_UPDATE;
    if (verb == VERB_HASH_MADE || verb == VERB_HASH_DERIVED)
        return ROLE_HASH;
    if (verb == VERB_ACME_CHALLENGE || verb == VERB_ACME_ISSUED)
        return ROLE_ACME;
    if (verb == VERB_HASH_OPENED || verb == VERB_ACME_OPENED)
        return ROLE_SUPERVISOR;
    if (verb >= VERB_WEB_TLS)
        return ROLE_ENGINE;
    if (verb >= VERB_WEB_LISTENER)
        return ROLE_SUPERVISOR;
    if (verb == VERB_ACK || verb == VERB_HELLO || verb >= VERB_APPLIED)
        return ROLE_NET;
    return verb >= VERB_NET_OPENED && verb <= VERB_RELOAD ? ROLE_SUPERVISOR : ROLE_ENGINE;
}

static int descriptors_of(enum verb verb)
{
    if (verb == VERB_NET_OPENED)
        return 2;
    return verb == VERB_WIREGUARD_OPENED || verb == VERB_OPENVPN_OPENED || verb == VERB_LINK_SET ||
           verb == VERB_UPLINK_SET || verb == VERB_WIREGUARD_SOCKET || verb == VERB_WEB_LISTENER ||
           verb == VERB_UPDATE_OPENED || verb == VERB_WEB_ENGINE || verb == VERB_WEB_OPENED ||
           verb == VERB_HASH_OPENED || verb == VERB_ACME_OPENED;
}

void sample_make(enum verb verb, struct sample *ret_sample)
{
    struct channel_header header = {.verb = verb, .request = 5, .generation = 6};

    memset(ret_sample, 0, sizeof(*ret_sample));
    memcpy(ret_sample->data, &header, sizeof(header));
    ret_sample->sender = sender_of(verb);
    ret_sample->descriptors = descriptors_of(verb);
    ret_sample->size = sizeof(header) + fill(verb, sample_body(ret_sample));
}
