/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/object.h"

static const struct api_member members_pending[] = {
    {"step", VALUE_TEXT, .help = "the step that is not done yet", .example = "\"link_ready\""},
    {"title", VALUE_TEXT, .help = "the step for people", .example = "\"WireGuard link\""},
    {"reason", VALUE_TEXT, MEMBER_NULLABLE, .help = "why it failed; null: it is being done",
     .example = "null"},
    {"retry_at", VALUE_TIME, MEMBER_NULLABLE, .help = "when it is tried again", .example = "null"},
    {}};
const struct api_object api_object_pending = {
    "Pending", "something that an instance's traffic still waits for", members_pending};

static const struct api_member members_ready[] = {
    {"namespace_ready", VALUE_BOOL, .help = "its network namespace stands", .example = "true"},
    {"link_ready", VALUE_BOOL, .help = "its WireGuard devices stand", .example = "true"},
    {"openvpn_ready", VALUE_BOOL, .help = "its OpenVPN servers run, or none is wanted",
     .example = "true"},
    {"uplink_ready", VALUE_BOOL, .help = "its way out stands", .example = "true"},
    {"configured", VALUE_BOOL, .help = "keys, peers, routes and rules are in the kernel",
     .example = "true"},
    {"dns_ready", VALUE_BOOL, .help = "its resolver answers", .example = "true"},
    {}};
static const struct api_object object_ready = {NULL, "which steps are done", members_ready};

static const struct api_member members_wireguard[] = {
    {"port", VALUE_NUMBER, .help = "UDP port on the hub's public address", .example = "51820"},
    {"public_key", VALUE_KEY, .help = "the hub's key towards the peers"},
    {"backend", VALUE_CHOICE, MEMBER_NULLABLE | MEMBER_LIVE, .choices = "kernel|userspace",
     .help = "which WireGuard it runs on"},
    {}};
static const struct api_object object_wireguard = {NULL, "the WireGuard side", members_wireguard};

static const struct api_member members_server[] = {
    {"state", VALUE_CHOICE, .choices = "off|opening|attaching|ready|closing|failed",
     .help = "how far it is", .example = "\"ready\""},
    {"port", VALUE_NUMBER, .help = "port on the hub's public address", .example = "1194"},
    {"connected", VALUE_NUMBER, .help = "peers connected to it", .example = "2"},
    {"failure", VALUE_TEXT, MEMBER_NULLABLE, .help = "why it does not run", .example = "null"},
    {"retry_at", VALUE_TIME, MEMBER_NULLABLE, .help = "when it is started again",
     .example = "null"},
    {}};
static const struct api_object object_server = {
    "OpenvpnServer", "an OpenVPN process of an instance", members_server};

static const struct api_member members_openvpn[] = {
    {"transports", VALUE_CHOICE, MEMBER_LIST, .choices = "udp|tcp",
     .help = "what OpenVPN peers may connect by", .example = "[\"udp\", \"tcp\"]"},
    {"port", VALUE_NUMBER, MEMBER_NULLABLE,
     .help = "port of the servers of both transports; null before the first OpenVPN peer",
     .example = "1194"},
    {"legacy_port", VALUE_NUMBER, MEMBER_NULLABLE,
     .help = "port of the server for peers that log in by password", .example = "1195"},
    {"servers", VALUE_OBJECT, MEMBER_MAP | MEMBER_LIVE, .object = &object_server,
     .help = "the servers that are wanted, by name: udp, tcp, legacy, udp-1, ...",
     .example = "{\"udp\": {\"state\": \"ready\", \"port\": 1194, \"connected\": 2, "
                "\"failure\": null, \"retry_at\": null}}"},
    {}};
static const struct api_object object_openvpn = {NULL, "the OpenVPN side", members_openvpn};

static const struct api_member members_peer_counts[] = {
    {"total", VALUE_NUMBER, .help = "all of them", .example = "12"},
    {"enabled", VALUE_NUMBER, .help = "those that may be in", .example = "11"},
    {"connected", VALUE_NUMBER, .help = "those that are in", .example = "7"},
    {}};
static const struct api_object object_peer_counts = {NULL, "how many peers", members_peer_counts};

static const struct api_member members_resync[] = {
    {"at", VALUE_TIME, MEMBER_NULLABLE, .help = "when the kernel was last compared"},
    {"writes", VALUE_NUMBER, .help = "what had to be mended then", .example = "0"},
    {}};
static const struct api_object object_resync = {NULL, "the last look for drift", members_resync};

static const struct api_member members_instance[] = {
    {"id", VALUE_ID, .help = "its id"},
    {"name", VALUE_TEXT, .help = "name for people", .example = "\"acme\""},
    {"hostname", VALUE_TEXT, .help = "first label of the public name", .example = "\"acme\""},
    {"public_name", VALUE_TEXT, MEMBER_NULLABLE,
     .help = "the name that peers connect to; null without a base domain",
     .example = "\"acme.vpn.example.net\""},
    {"region", VALUE_TEXT, .help = "the hub's region", .example = "\"eu-1\""},
    {"state", VALUE_CHOICE, MEMBER_LIVE | MEMBER_LAST,
     .choices = "pending|provisioning|active|failed|deleting", .help = "how far it is",
     .example = "\"active\""},
    {"ready", VALUE_OBJECT, MEMBER_LIVE, .object = &object_ready, .help = "which steps are done"},
    {"pending", VALUE_OBJECT, MEMBER_LIST | MEMBER_LIVE | MEMBER_LAST,
     .object = &api_object_pending, .help = "what its traffic still waits for", .example = "[]"},
    {"networks", VALUE_PREFIX, MEMBER_LIST, .help = "tunnel networks, at most one a family",
     .example = "[\"10.66.0.0/24\", \"fd00:1:2:3::/64\"]"},
    {"hub_addresses", VALUE_ADDRESS, MEMBER_LIST, .help = "the hub's own addresses in them",
     .example = "[\"10.66.0.1\", \"fd00:1:2:3::1\"]"},
    {"pushed_routes", VALUE_PREFIX, MEMBER_LIST,
     .help = "public networks that clients reach through the hub",
     .example = "[\"203.0.113.0/24\"]"},
    {"public_dns", VALUE_ADDRESS, MEMBER_LIST | MEMBER_NULLABLE,
     .help = "name servers that the hub asks for clients; null: the hub's default, []: none",
     .example = "null"},
    {"dns_domain", VALUE_TEXT, .help = "the domain of its peers' names",
     .example = "\"acme.internal\""},
    {"domains", VALUE_TEXT, MEMBER_LIST, .help = "what clients search beside it", .example = "[]"},
    {"dns_custom", VALUE_TEXT, MEMBER_LIST, .help = "names that its resolver knows, NAME=IP",
     .example = "[\"nas=192.168.88.10\"]"},
    {"split_dns", VALUE_TEXT, MEMBER_LIST,
     .help = "name servers inside the tunnel for a domain, DOMAIN=IP", .example = "[]"},
    {"client_to_client", VALUE_BOOL, .help = "may clients reach each other"},
    {"firewall_default", VALUE_CHOICE, .choices = "allow|deny",
     .help = "what happens to what no rule matches"},
    {"mtu", VALUE_NUMBER, .help = "MTU inside the tunnel", .example = "1420"},
    {"wireguard", VALUE_OBJECT, .object = &object_wireguard, .help = "the WireGuard side"},
    {"openvpn", VALUE_OBJECT, .object = &object_openvpn, .help = "the OpenVPN side"},
    {"peers", VALUE_OBJECT, MEMBER_LIVE, .object = &object_peer_counts, .help = "how many peers"},
    {"resync", VALUE_OBJECT, MEMBER_LIVE, .object = &object_resync,
     .help = "the last look for drift"},
    {"created_at", VALUE_TIME, .help = "when it was added"},
    {"updated_at", VALUE_TIME, .help = "when it was last changed"},
    {}};
const struct api_object api_object_instance = {"Instance", "a VPN of one tenant", members_instance,
                                               .versioned = true};
