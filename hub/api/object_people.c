/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Users, one-time links, what the overview shows. */
#include "hub/api/object.h"

/* ---- users ---- */

static const struct api_member members_peer_counts[] = {
    {"total", VALUE_NUMBER, .help = "all", .example = "2"},
    {"enabled", VALUE_NUMBER, .help = "those that may be in", .example = "2"},
    {"connected", VALUE_NUMBER, .help = "those that are in", .example = "1"},
    {}};
static const struct api_object object_peer_counts = {"UserPeerCounts", "how many peers a user has",
                                                     members_peer_counts};

#define MEMBERS_OF_A_USERS_PEER \
    {"id", VALUE_ID, .help = "the peer's id", .example = "\"p5n2w7ub\""}, \
        {"name", VALUE_TEXT, .help = "its name", .example = "\"laptop\""}, \
        {"instance_id", VALUE_ID, .help = "its instance"}, \
    { \
        "instance", VALUE_TEXT, .help = "the instance's name", .example = "\"acme\"" \
    }

static const struct api_member members_changed_peer[] = {
    MEMBERS_OF_A_USERS_PEER,
    {"done", VALUE_CHOICE, .choices = "disabled|enabled|kept|deleted", .help = "what became of it"},
    {}};
static const struct api_object object_changed_peer = {
    "UserPeerChanged", "a peer that changed with its user", members_changed_peer};

static const struct api_member members_left_peer[] = {
    MEMBERS_OF_A_USERS_PEER,
    {"why", VALUE_TEXT, .help = "why it stays out",
     .example = "\"its time is over: enable it with --expires\""},
    {}};
static const struct api_object object_left_peer = {
    "UserPeerLeft", "a peer that was not enabled with its user", members_left_peer};

static const struct api_member members_user[] = {
    {"id", VALUE_ID, .help = "its id"},
    {"name", VALUE_TEXT, .help = "the person's name", .example = "\"anna\""},
    {"email", VALUE_TEXT, MEMBER_NULLABLE, .help = "mail address",
     .example = "\"anna@example.net\""},
    {"groups", VALUE_TEXT, MEMBER_LIST, .help = "groups that all of the user's peers are in",
     .example = "[\"staff\"]"},
    {"note", VALUE_TEXT, MEMBER_NULLABLE, .help = "for people", .example = "null"},
    {"enabled", VALUE_BOOL, .help = "may the user's peers be in", .example = "true"},
    {"peers", VALUE_OBJECT, .object = &object_peer_counts, .help = "how many peers are the user's"},
    {"created_at", VALUE_TIME, .help = "when it was added"},
    {"updated_at", VALUE_TIME, .help = "when it was last changed"},
    {"peers_changed", VALUE_OBJECT, MEMBER_LIST | MEMBER_OPTIONAL, .object = &object_changed_peer,
     .help = "after enable, disable and delete: the peers that changed with it"},
    {"peers_left", VALUE_OBJECT, MEMBER_LIST | MEMBER_OPTIONAL, .object = &object_left_peer,
     .help = "after enable: those that stay out, and why"},
    {"pending", VALUE_OBJECT, MEMBER_LIST | MEMBER_OPTIONAL, .object = &api_object_pending,
     .help = "after a change: what is not in the kernel yet"},
    {}};
const struct api_object api_object_user = {"User", "a person whose peers there are", members_user,
                                           .versioned = true};

static const struct api_member members_user_peer[] = {
    MEMBERS_OF_A_USERS_PEER,
    {"type", VALUE_CHOICE, .choices = "client|site", .help = "a device or a router"},
    {"protocol", VALUE_CHOICE, .choices = "wireguard|openvpn", .help = "what it speaks"},
    {"enabled", VALUE_BOOL, .help = "may it be in", .example = "true"},
    {"expired", VALUE_BOOL, .help = "was it shut out since its time was over"},
    {"expires_at", VALUE_TIME, MEMBER_NULLABLE, .help = "until when it may be in",
     .example = "null"},
    {"disabled_with_user", VALUE_BOOL, .help = "was it disabled with its user"},
    {"addresses", VALUE_ADDRESS, MEMBER_LIST, .help = "tunnel addresses"},
    {"connected", VALUE_BOOL, .help = "is it in", .example = "true"},
    {"last_seen", VALUE_TIME, MEMBER_NULLABLE, .help = "when something of it last came in"},
    {"rx_bytes", VALUE_NUMBER, .help = "received from it", .example = "1048576"},
    {"tx_bytes", VALUE_NUMBER, .help = "sent to it", .example = "9437184"},
    {}};
const struct api_object api_object_user_peer = {"UserPeer", "a peer of a user, of any instance",
                                                members_user_peer};

/* ---- one-time links ---- */

static const struct api_member members_link[] = {
    {"id", VALUE_ID, .help = "its id"},
    {"instance_id", VALUE_ID, .help = "the instance of its peer"},
    {"instance", VALUE_TEXT, MEMBER_NULLABLE, .help = "that one's name; null when it is gone",
     .example = "\"acme\""},
    {"peer_id", VALUE_ID, .help = "whose profile it gives", .example = "\"p5n2w7ub\""},
    {"peer", VALUE_TEXT, MEMBER_NULLABLE, .help = "the peer's name; null when it is gone",
     .example = "\"laptop\""},
    {"state", VALUE_CHOICE,
     .choices = "open|blocked|expired|used-up|peer-deleted|rekeyed|key-forgotten|peer-expired|"
                "peer-disabled",
     .help = "can it be opened, or why not"},
    {"uses", VALUE_NUMBER, .help = "how often it can be opened in all", .example = "3"},
    {"uses_left", VALUE_NUMBER, .help = "how often it can still be opened", .example = "3"},
    {"pin", VALUE_BOOL, .help = "does who opens it need a PIN"},
    {"wrong_pins", VALUE_NUMBER, .help = "how many were tried; the fifth blocks it"},
    {"direct", VALUE_BOOL, .help = "is its file to be had without opening it, as from a QR code"},
    {"made_by", VALUE_TEXT, .help = "who made it", .example = "\"root (uid 0)\""},
    {"created_at", VALUE_TIME, .help = "when it was made"},
    {"expires_at", VALUE_TIME, .help = "until when it can be opened"},
    {"opened_at", VALUE_TIME, MEMBER_NULLABLE, .help = "when it was last opened",
     .example = "null"},
    {"url", VALUE_TEXT, MEMBER_OPTIONAL,
     .help = "in the first answer to who made it, and never again",
     .example = "\"https://vpn.example.net/get/k7x2mq4nwz3p5rfbtav6dgeyhcus3jlo\""},
    {"token", VALUE_TEXT, MEMBER_OPTIONAL, .help = "the end of the url",
     .example = "\"k7x2mq4nwz3p5rfbtav6dgeyhcus3jlo\""},
    {}};
const struct api_object api_object_link = {
    "OneTimeLink", "by which a person without an account gets a peer's profile", members_link};

static const struct api_member members_opened_hub[] = {
    {"public_name", VALUE_TEXT, .help = "the hub's name", .example = "\"vpn.example.net\""},
    {"region", VALUE_TEXT, .help = "its region", .example = "\"eu-1\""},
    {}};
static const struct api_object object_opened_hub = {"OpenedLinkHub", "the hub", members_opened_hub};

static const struct api_member members_opened_instance[] = {
    {"name", VALUE_TEXT, .help = "its name", .example = "\"acme\""}, {}};
static const struct api_object object_opened_instance = {"OpenedLinkInstance", "the instance",
                                                         members_opened_instance};

static const struct api_member members_opened_peer[] = {
    {"name", VALUE_TEXT, .help = "its name", .example = "\"laptop\""},
    {"type", VALUE_CHOICE, .choices = "client|site", .help = "a device or a router"},
    {"protocol", VALUE_CHOICE, .choices = "wireguard|openvpn", .help = "what it speaks"},
    {"route_all", VALUE_BOOL, .help = "does it send all of its traffic through the hub"},
    {"expires_at", VALUE_TIME, MEMBER_NULLABLE, .help = "until when it may be in",
     .example = "null"},
    {}};
static const struct api_object object_opened_peer = {"OpenedLinkPeer", "the device",
                                                     members_opened_peer};

static const struct api_member members_opened_format[] = {
    {"format", VALUE_CHOICE, .choices = "wg-quick|ovpn|routeros|routeros6",
     .help = "the format's word"},
    {"title", VALUE_TEXT, .help = "the format for people", .example = "\"WireGuard\""},
    {"file_name", VALUE_TEXT, .help = "what to call the file", .example = "\"acme-laptop.conf\""},
    {"media_type", VALUE_TEXT, .help = "what the content is", .example = "\"text/plain\""},
    {"content", VALUE_TEXT, .help = "the file", .example = "\"[Interface]\\nPrivateKey = ...\\n\""},
    {"url", VALUE_TEXT, .help = "where the file is, for half an hour",
     .example = "\"https://vpn.example.net/get/k7x2mq4nwz3p5rfbtav6dgeyhcus3jlo.conf\""},
    {"import_url", VALUE_TEXT, MEMBER_NULLABLE, .help = "what an app imports it by",
     .example = "null"},
    {"qr", VALUE_TEXT, MEMBER_NULLABLE, .help = "its QR code as SVG", .example = "\"<svg></svg>\""},
    {}};
static const struct api_object object_opened_format = {"OpenedLinkFormat", "a file for the device",
                                                       members_opened_format};

static const struct api_member members_opened[] = {
    {"hub", VALUE_OBJECT, .object = &object_opened_hub, .help = "the hub"},
    {"instance", VALUE_OBJECT, .object = &object_opened_instance, .help = "the instance"},
    {"peer", VALUE_OBJECT, .object = &object_opened_peer, .help = "the device"},
    {"formats", VALUE_OBJECT, MEMBER_LIST, .object = &object_opened_format,
     .help = "what it needs, the usual format first"},
    {"steps", VALUE_ANY,
     .help = "of each system (ios, android, windows, macos, linux, routeros): "
             "keys of what to do",
     .example = "{\"ios\": [\"install-wireguard\", \"scan-or-open-file\", \"switch-on\"]}"},
    {"openvpn_import_url", VALUE_TEXT, MEMBER_NULLABLE,
     .help = "what OpenVPN Connect imports it by", .example = "null"},
    {"uses", VALUE_NUMBER, .help = "how often the link can be opened in all", .example = "3"},
    {"uses_left", VALUE_NUMBER, .help = "how often it can still be opened", .example = "2"},
    {"valid_until", VALUE_TIME, .help = "until when"},
    {"file_until", VALUE_TIME, .help = "until when its file can be fetched"},
    {}};
const struct api_object api_object_opened_link = {
    "OpenedLink", "what a one-time link shows its person", members_opened};

/* ---- traffic, attention ---- */

static const struct api_member members_traffic[] = {
    {"span", VALUE_CHOICE, .choices = "hour|day|fortnight|quarter|two-years",
     .help = "how far back it goes"},
    {"instance_id", VALUE_ID, MEMBER_NULLABLE, .help = "whose it is; null: the whole hub's"},
    {"peer_id", VALUE_ID, MEMBER_NULLABLE, .help = "the peer whose it is", .example = "null"},
    {"step", VALUE_NUMBER, .help = "seconds of each point", .example = "60"},
    {"from", VALUE_TIME, .help = "when the first point begins"},
    {"rx", VALUE_ANY, .help = "bytes received, a number for each point; null where it is not known",
     .example = "[null, 0, 1048576]"},
    {"tx", VALUE_ANY, .help = "bytes sent", .example = "[null, 0, 9437184]"},
    {}};
const struct api_object api_object_traffic = {"Traffic", "how much traffic there was, over time",
                                              members_traffic};

static const struct api_member members_attention[] = {
    {"kind", VALUE_CHOICE,
     .choices =
         "step-failed|check-failing|rule-of-nobody|profile-stale|peer-expiring|"
         "certificate-expiring|"
         "settings-wrong|no-public-name|web-certificate-expiring|web-certificate-name|acme-failed|"
         "dns-third-party",
     .help = "what is the matter"},
    {"level", VALUE_CHOICE, .choices = "problem|soon|note", .help = "how much it is"},
    {"text", VALUE_TEXT, .help = "what is the matter, for people",
     .example = "\"the profile of \\\"laptop\\\" of \\\"acme\\\" is out of date\""},
    {"would", VALUE_TEXT, MEMBER_NULLABLE, .help = "what would do",
     .example = "\"hand the new profile out\""},
    {"command", VALUE_TEXT, MEMBER_NULLABLE, .help = "the command for it",
     .example = "\"warren link add k3m7q2xa p5n2w7ub\""},
    {"instance_id", VALUE_ID, MEMBER_NULLABLE, .help = "the instance that it is about"},
    {"instance", VALUE_TEXT, MEMBER_NULLABLE, .help = "its name", .example = "\"acme\""},
    {"peer_id", VALUE_ID, MEMBER_NULLABLE, .help = "the peer that it is about",
     .example = "\"p5n2w7ub\""},
    {"peer", VALUE_TEXT, MEMBER_NULLABLE, .help = "its name", .example = "\"laptop\""},
    {"count", VALUE_NUMBER, .help = "how many of the kind it is about", .example = "1"},
    {"at", VALUE_TIME, MEMBER_NULLABLE, .help = "since when, or when it will be"},
    {}};
const struct api_object api_object_attention = {
    "Attention", "something that needs somebody's attention", members_attention};
