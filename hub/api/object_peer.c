/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/object.h"

static const struct api_member members_certificate[] = {
    {"fingerprint", VALUE_TEXT, .help = "SHA-256 in hex",
     .example = "\"8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4\""},
    {"expires_at", VALUE_TIME, MEMBER_NULLABLE, .help = "when it ends",
     .example = "\"2036-05-01T09:30:00Z\""},
    {}};
static const struct api_object object_certificate = {
    "PeerCertificate", "what an OpenVPN peer shows who it is by", members_certificate};

static const struct api_member members_mapped[] = {
    {"real", VALUE_PREFIX, .help = "the network behind the site", .example = "\"192.168.88.0/24\""},
    {"mapped", VALUE_PREFIX, .help = "as others see it", .example = "\"10.88.1.0/24\""},
    {}};
static const struct api_object object_mapped = {
    "MappedSubnet", "a network that others see as another one", members_mapped};

static const struct api_member members_peer[] = {
    {"id", VALUE_ID, .help = "its id", .example = "\"p5n2w7ub\""},
    {"instance_id", VALUE_ID, .help = "the instance that it is a member of"},
    {"name", VALUE_TEXT, .help = "name for people", .example = "\"laptop\""},
    {"dns_name", VALUE_TEXT, MEMBER_NULLABLE, .help = "its name within the tunnel",
     .example = "\"laptop.acme.internal\""},
    {"type", VALUE_CHOICE, .choices = "client|site",
     .help = "one person's device, or a router with the networks behind it"},
    {"protocol", VALUE_CHOICE, .choices = "wireguard|openvpn", .help = "what it speaks"},
    {"login", VALUE_CHOICE, MEMBER_NULLABLE, .choices = "certificate|password",
     .help = "how an OpenVPN peer shows who it is; null of WireGuard", .example = "null"},
    {"enabled", VALUE_BOOL, .help = "may it be in", .example = "true"},
    {"expired", VALUE_BOOL, .help = "was it shut out since its time was over"},
    {"expires_at", VALUE_TIME, MEMBER_NULLABLE, .help = "until when it may be in",
     .example = "null"},
    {"addresses", VALUE_ADDRESS, MEMBER_LIST, .help = "tunnel addresses, one a family",
     .example = "[\"10.66.0.2\", \"fd00:1:2:3::2\"]"},
    {"subnets", VALUE_PREFIX, MEMBER_LIST, .help = "the networks behind a site, as others see them",
     .example = "[]"},
    {"mapped", VALUE_OBJECT, MEMBER_LIST, .object = &object_mapped,
     .help = "those of them that are others really", .example = "[]"},
    {"user", VALUE_TEXT, MEMBER_NULLABLE, .help = "whose device it is", .example = "\"anna\""},
    {"groups", VALUE_TEXT, MEMBER_LIST, .help = "groups that rules of the firewall name",
     .example = "[\"staff\"]"},
    {"route_all", VALUE_BOOL, .help = "does it send all of its traffic through the hub"},
    {"public_key", VALUE_KEY, MEMBER_NULLABLE, .help = "its WireGuard key; null of OpenVPN"},
    {"certificate", VALUE_OBJECT, MEMBER_NULLABLE, .object = &object_certificate,
     .help = "of an OpenVPN peer that shows one", .example = "null"},
    {"private_key_held", VALUE_BOOL, .help = "does the hub keep its private key",
     .example = "true"},
    {"preshared_key", VALUE_BOOL, .help = "has it a preshared key", .example = "true"},
    {"keepalive", VALUE_NUMBER, .help = "persistent keepalive in seconds, 0 = off",
     .example = "25"},
    {"created_at", VALUE_TIME, .help = "when it was added"},
    {"updated_at", VALUE_TIME, .help = "when it was last changed"},
    {"profile_issued_at", VALUE_TIME, MEMBER_NULLABLE | MEMBER_LIVE,
     .help = "when a profile was last handed out", .example = "null"},
    {"profile_stale", VALUE_BOOL, MEMBER_LIVE, .help = "is that one out of date"},
    {"profile_stale_reasons", VALUE_TEXT, MEMBER_LIST | MEMBER_LIVE, .help = "what changed since",
     .example = "[]"},
    {"connected", VALUE_BOOL, MEMBER_LIVE | MEMBER_LAST, .help = "is it in", .example = "true"},
    {"connected_since", VALUE_TIME, MEMBER_NULLABLE | MEMBER_LIVE | MEMBER_LAST,
     .help = "since when"},
    {"connected_from", VALUE_TEXT, MEMBER_NULLABLE | MEMBER_LIVE | MEMBER_LAST,
     .help = "its address and port on the internet", .example = "\"198.51.100.7:40123\""},
    {"last_handshake", VALUE_TIME, MEMBER_NULLABLE | MEMBER_LIVE | MEMBER_LAST,
     .help = "when it last showed who it is"},
    {"last_seen", VALUE_TIME, MEMBER_NULLABLE | MEMBER_LIVE | MEMBER_LAST,
     .help = "when something of it last came in"},
    {"rx_bytes", VALUE_NUMBER, MEMBER_LIVE | MEMBER_LAST, .help = "received from it",
     .example = "1048576"},
    {"tx_bytes", VALUE_NUMBER, MEMBER_LIVE | MEMBER_LAST, .help = "sent to it",
     .example = "9437184"},
    {"pending", VALUE_OBJECT, MEMBER_LIST | MEMBER_LIVE | MEMBER_LAST,
     .object = &api_object_pending, .help = "what its traffic still waits for", .example = "[]"},
    {}};
const struct api_object api_object_peer = {"Peer", "a member of one instance", members_peer,
                                           .versioned = true};

#define MEMBERS_OF_A_FORMAT \
    { \
        "format", VALUE_CHOICE, .choices = "wg-quick|ovpn|routeros|routeros6", \
                                .help = "the format's word" \
    }

static const struct api_member members_profile[] = {
    MEMBERS_OF_A_FORMAT,
    {"file_name", VALUE_TEXT, .help = "what to call the file", .example = "\"acme-laptop.conf\""},
    {"media_type", VALUE_TEXT, .help = "what the content is", .example = "\"text/plain\""},
    {"encoding", VALUE_CHOICE, .choices = "utf-8|base64",
     .help = "how the content is written here"},
    {"content", VALUE_TEXT, .help = "the file, or the picture of its code",
     .example = "\"[Interface]\\nPrivateKey = ...\\n\""},
    {"warnings", VALUE_TEXT, MEMBER_LIST, .help = "what its reader should know", .example = "[]"},
    {}};
const struct api_object api_object_profile = {"Profile", "what a peer's device needs",
                                              members_profile};

static const struct api_member members_profile_format[] = {
    MEMBERS_OF_A_FORMAT,
    {"title", VALUE_TEXT, .help = "the format for people", .example = "\"WireGuard\""},
    {"file_name", VALUE_TEXT, .help = "what to call the file", .example = "\"acme-laptop.conf\""},
    {"media_type", VALUE_TEXT, .help = "what the content is", .example = "\"text/plain\""},
    {"fits_qr", VALUE_BOOL, .help = "can it be a QR code", .example = "true"},
    {"issued_at", VALUE_TIME, MEMBER_NULLABLE, .help = "when it was handed out", .example = "null"},
    {"stale", VALUE_BOOL, .help = "is what was handed out out of date"},
    {"stale_reasons", VALUE_TEXT, MEMBER_LIST, .help = "what changed since", .example = "[]"},
    {}};
const struct api_object api_object_profile_format = {
    "ProfileFormat", "a format that a peer's profile can be had in", members_profile_format};
