/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/object.h"

/* ---- problems and changes ---- */

static const struct api_member members_field_change[] = {
    {"field", VALUE_TEXT, .help = "the field", .example = "\"name\""},
    {"before", VALUE_ANY, .help = "its value now", .example = "\"laptop\""},
    {"after", VALUE_ANY, .help = "the value that it would have", .example = "\"tablet\""},
    {}};
const struct api_object api_object_field_change = {"FieldChange", "what a change does to a field",
                                                   members_field_change};

static const struct api_member members_problem_field[] = {
    {"field", VALUE_TEXT, .help = "the field, or the object that it clashes with",
     .example = "\"subnets[0]\""},
    {"wrong", VALUE_TEXT, .help = "what is wrong with it",
     .example = "\"is not written as its network address\""},
    {"would", VALUE_TEXT, MEMBER_NULLABLE, .help = "a value that would do",
     .example = "\"192.168.88.0/24\""},
    {}};
static const struct api_object object_problem_field = {
    "ProblemField", "what is wrong with one field", members_problem_field};

static const struct api_member members_problem[] = {
    {"type", VALUE_TEXT, .help = "a URI that names the kind of problem",
     .example = "\"https://warren.example/problems/invalid\""},
    {"title", VALUE_TEXT, .help = "the kind of problem for people",
     .example = "\"Something in the request is not right\""},
    {"status", VALUE_NUMBER, .help = "the HTTP status", .example = "422"},
    {"detail", VALUE_TEXT, .help = "what is wrong this time",
     .example = "\"subnets[0]: is not written as its network address (would do: "
                "192.168.88.0/24)\""},
    {"errors", VALUE_OBJECT, MEMBER_LIST | MEMBER_OPTIONAL, .object = &object_problem_field,
     .help = "each field that is wrong",
     .example = "[{\"field\": \"subnets[0]\", \"wrong\": \"is not written as its network "
                "address\", \"would\": \"192.168.88.0/24\"}]"},
    {"tries_left", VALUE_NUMBER, MEMBER_OPTIONAL,
     .help = "of a one-time link's PIN: wrong ones until the link is dead"},
    {"changes", VALUE_OBJECT, MEMBER_LIST | MEMBER_OPTIONAL, .object = &api_object_field_change,
     .help = "of a dry run that saved checks of the firewall refuse: what it would change"},
    {}};
const struct api_object api_object_problem = {"Problem", "a problem document (RFC 9457)",
                                              members_problem};

/* ---- status ---- */

static const struct api_member members_sandbox[] = {
    {"text", VALUE_TEXT, .help = "all of it for people",
     .example = "\"uid 997, no capabilities, seccomp\""},
    {"uid", VALUE_NUMBER, .help = "user", .example = "997"},
    {"gid", VALUE_NUMBER, .help = "group", .example = "997"},
    {"capabilities", VALUE_TEXT, MEMBER_LIST, .help = "capabilities that it has", .example = "[]"},
    {"no_new_privs", VALUE_BOOL, .help = "can it gain no privileges", .example = "true"},
    {"seccomp", VALUE_BOOL, .help = "are its system calls filtered", .example = "true"},
    {"landlock_abi", VALUE_NUMBER, .help = "Landlock's version, 0 = none", .example = "6"},
    {}};
static const struct api_object object_sandbox = {"Sandbox", "what a process can't do",
                                                 members_sandbox};

static const struct api_member members_role[] = {
    {"name", VALUE_TEXT, .help = "the program", .example = "\"warren-engine\""},
    {"instance_id", VALUE_ID, MEMBER_NULLABLE, .help = "the instance that it serves",
     .example = "null"},
    {"instance", VALUE_TEXT, MEMBER_NULLABLE, .help = "that instance's name", .example = "null"},
    {"pid", VALUE_NUMBER, .help = "process id", .example = "812"},
    {"restarts", VALUE_NUMBER, .help = "how often it was started again", .example = "0"},
    {"started_at", VALUE_TIME, MEMBER_NULLABLE, .help = "since when it runs"},
    {"sandbox", VALUE_OBJECT, MEMBER_NULLABLE, .object = &object_sandbox,
     .help = "as the kernel tells"},
    {}};
static const struct api_object object_role = {"Role", "one of the hub's processes", members_role};

static const struct api_member members_store[] = {
    {"directory", VALUE_TEXT, .help = "where it is", .example = "\"/var/lib/warren\""},
    {"bytes", VALUE_NUMBER, .help = "its size", .example = "524288"},
    {"commits", VALUE_NUMBER, .help = "changes since the start", .example = "17"},
    {"schema_version", VALUE_NUMBER, .help = "the newest migration in it", .example = "5"},
    {}};
static const struct api_object object_store = {NULL, "the database", members_store};

static const struct api_member members_instance_counts[] = {
    {"total", VALUE_NUMBER, .help = "all of them", .example = "1"},
    {"pending", VALUE_NUMBER, .help = "not begun", .example = "0"},
    {"provisioning", VALUE_NUMBER, .help = "being set up", .example = "0"},
    {"active", VALUE_NUMBER, .help = "working", .example = "1"},
    {"failed", VALUE_NUMBER, .help = "waiting for another try", .example = "0"},
    {"deleting", VALUE_NUMBER, .help = "being taken down", .example = "0"},
    {}};
static const struct api_object object_instance_counts = {NULL, "how many instances",
                                                         members_instance_counts};

static const struct api_member members_listener[] = {
    {"address", VALUE_ADDRESS, .help = "where it listens", .example = "\"::\""},
    {"port", VALUE_NUMBER, .help = "and on which port", .example = "443"},
    {"protocol", VALUE_CHOICE, .choices = "https|http", .help = "http only leads to https"},
    {"failure", VALUE_TEXT, MEMBER_NULLABLE, .help = "why it does not listen", .example = "null"},
    {}};
static const struct api_object object_listener = {"Listener", "where the web listens",
                                                  members_listener};

static const struct api_member members_acme[] = {
    {"state", VALUE_CHOICE, .choices = "off|waiting|ordering|issued|failed",
     .help = "how the authority's certificate stands"},
    {"name", VALUE_TEXT, MEMBER_NULLABLE, .help = "whom it is ordered for; null: off",
     .example = "\"vpn.example.net\""},
    {"directory", VALUE_TEXT, .help = "the authority",
     .example = "\"https://acme-v02.api.letsencrypt.org/directory\""},
    {"reason", VALUE_TEXT, MEMBER_NULLABLE | MEMBER_LIVE, .help = "why it is off, waits, or failed",
     .example = "null"},
    {"failures", VALUE_NUMBER, MEMBER_LIVE, .help = "orders that failed, one after the other",
     .example = "0"},
    {"tried_at", VALUE_TIME, MEMBER_NULLABLE | MEMBER_LIVE, .help = "when the last order began"},
    {"next_at", VALUE_TIME, MEMBER_NULLABLE | MEMBER_LIVE, .help = "when the next one begins",
     .example = "\"2027-04-04T09:30:00Z\""},
    {}};
const struct api_object api_object_acme = {"Acme", "the authority that signs the certificate",
                                           members_acme};

static const struct api_member members_tls[] = {
    {"source", VALUE_CHOICE, .choices = "self-signed|imported|acme", .help = "where it is from"},
    {"fingerprint", VALUE_TEXT, .help = "SHA-256 in hex",
     .example =
         "\"8F:43:43:46:64:8F:6B:96:DF:89:DD:A9:01:C5:17:6B:10:A6:D8:39:61:DD:3C:1A:C8:8B:59:B2:"
         "DC:32:7A:A4\""},
    {"subject", VALUE_TEXT, .help = "whom it is for", .example = "\"CN=vpn.example.net\""},
    {"issuer", VALUE_TEXT, .help = "who signed it", .example = "\"CN=vpn.example.net\""},
    {"names", VALUE_TEXT, MEMBER_LIST, .help = "names and addresses that it is good for",
     .example = "[\"vpn.example.net\", \"198.51.100.7\"]"},
    {"not_before", VALUE_TIME, .help = "when it begins"},
    {"not_after", VALUE_TIME, .help = "when it ends", .example = "\"2027-05-04T09:30:00Z\""},
    {"acme", VALUE_OBJECT, MEMBER_LIVE | MEMBER_OPTIONAL, .object = &api_object_acme,
     .help = "the authority that signs it, or is to"},
    {"warning", VALUE_TEXT, MEMBER_NULLABLE | MEMBER_OPTIONAL,
     .help = "why browsers would refuse it", .example = "null"},
    {}};
const struct api_object api_object_tls = {"Certificate", "the certificate that browsers see",
                                          members_tls};

static const struct api_member members_web[] = {
    {"enabled", VALUE_BOOL, .help = "is the web wanted", .example = "true"},
    {"connected", VALUE_BOOL, .help = "does its process run", .example = "true"},
    {"streams", VALUE_NUMBER, .help = "those who follow events over it", .example = "1"},
    {"listeners", VALUE_OBJECT, MEMBER_LIST, .object = &object_listener,
     .help = "where it listens"},
    {"pending", VALUE_OBJECT, MEMBER_LIST, .object = &api_object_pending,
     .help = "what it still waits for", .example = "[]"},
    {"certificate", VALUE_OBJECT, .object = &api_object_tls,
     .help = "the certificate that browsers see"},
    {}};
static const struct api_object object_web = {"Web", "the UI and the API over HTTPS", members_web};

static const struct api_member members_forwarding[] = {
    {"automatic", VALUE_BOOL, .help = "is it as before the hub came (forward_other = auto)",
     .example = "true"},
    {"ipv4", VALUE_BOOL, .help = "is it let through in IPv4", .example = "true"},
    {"ipv6", VALUE_BOOL, .help = "is it let through in IPv6", .example = "false"},
    {}};
static const struct api_object object_forwarding = {
    "Forwarding", "what the machine forwards besides the tenants' traffic", members_forwarding};

static const struct api_member members_status[] = {
    {"version", VALUE_TEXT, .help = "the program's version", .example = "\"0.1.0\""},
    {"region", VALUE_TEXT, .help = "the hub's region", .example = "\"eu-1\""},
    {"public_name", VALUE_TEXT, MEMBER_NULLABLE, .help = "the hub's own public name",
     .example = "\"vpn.example.net\""},
    {"ready", VALUE_BOOL, .help = "was every instance active or failed once", .example = "true"},
    {"started_at", VALUE_TIME, .help = "when the engine was started"},
    {"uptime", VALUE_NUMBER, .help = "seconds since then", .example = "86400"},
    {"backend", VALUE_CHOICE, .choices = "kernel|userspace", .help = "which WireGuard it uses"},
    {"roles", VALUE_OBJECT, MEMBER_LIST, .object = &object_role, .help = "the hub's processes"},
    {"roles_problem", VALUE_TEXT, MEMBER_NULLABLE, .help = "why they are not known",
     .example = "null"},
    {"store", VALUE_OBJECT, .object = &object_store, .help = "the database"},
    {"instances", VALUE_OBJECT, .object = &object_instance_counts, .help = "how many instances"},
    {"web", VALUE_OBJECT, MEMBER_NULLABLE, .object = &object_web,
     .help = "the UI and the API over HTTPS"},
    {"backup", VALUE_OBJECT, MEMBER_NULLABLE, .object = &api_object_backup_state,
     .help = "the backups that the hub makes by itself"},
    {"forward_other", VALUE_OBJECT, .object = &object_forwarding,
     .help = "is what the machine forwards besides the tenants' traffic let through"},
    {"setup", VALUE_OBJECT, .object = &api_object_setup_state,
     .help = "does the hub wait for its first owner"},
    {"frozen", VALUE_TEXT, MEMBER_NULLABLE, .help = "why no change is taken now",
     .example = "null"},
    {}};
const struct api_object api_object_status = {"Status", "the hub itself", members_status};

static const struct api_member members_setting[] = {
    {"name", VALUE_TEXT, .help = "section, dot, key: what a change calls it",
     .example = "\"hub.public_name\""},
    {"section", VALUE_TEXT, .help = "section of the configuration file", .example = "\"hub\""},
    {"key", VALUE_TEXT, .help = "its name there", .example = "\"public_name\""},
    {"value", VALUE_TEXT, .help = "its value now", .example = "\"vpn.example.net\""},
    {"pending", VALUE_TEXT, MEMBER_NULLABLE,
     .help = "its value in the file, where that is not in force yet: it will be when the hub is "
             "started again (or, after an edit by hand, when the file is read again)",
     .example = "null"},
    {"default", VALUE_TEXT, .help = "its value when the file is silent", .example = "\"\""},
    {"effect", VALUE_CHOICE, .choices = "live|restart", .help = "when a change of it takes effect"},
    {"help", VALUE_TEXT, .help = "what it is for", .example = "\"Name that peers connect to.\""},
    {}};
const struct api_object api_object_setting = {"Setting", "a setting of the configuration file",
                                              members_setting};

static const struct api_member members_settings_change[] = {
    {"items", VALUE_OBJECT, MEMBER_LIST, .object = &api_object_setting,
     .help = "the settings that were named"},
    {"restart", VALUE_TEXT, MEMBER_NULLABLE,
     .help = "which of them wait for a restart, and what that means; null: none",
     .example = "null"},
    {"notice", VALUE_TEXT, MEMBER_NULLABLE, .help = "what else the change brings with it",
     .example = "null"},
    {}};
const struct api_object api_object_settings_change = {
    "SettingsChange", "settings after a change of them", members_settings_change};

/* ---- events and audit ---- */

static const struct api_member members_event[] = {
    {"id", VALUE_NUMBER, .help = "grows, over restarts too", .example = "1868041224192001"},
    {"at", VALUE_TIME, .help = "when"},
    {"kind", VALUE_TEXT, .help = "what happened: NOUN.VERB", .example = "\"peer.connected\""},
    {"instance_id", VALUE_ID, MEMBER_NULLABLE, .help = "the instance that it is about"},
    {"peer_id", VALUE_ID, MEMBER_NULLABLE, .help = "the peer that it is about",
     .example = "\"p5n2w7ub\""},
    {"text", VALUE_TEXT, .help = "what happened, for people", .example = "\"connected\""},
    {"instance", VALUE_TEXT, MEMBER_OPTIONAL, .help = "the instance's name", .example = "\"acme\""},
    {"peer", VALUE_TEXT, MEMBER_OPTIONAL, .help = "the peer's name", .example = "\"laptop\""},
    {"rule", VALUE_ID, MEMBER_OPTIONAL, .help = "of firewall.changed: the rule"},
    {"user_id", VALUE_ID, MEMBER_OPTIONAL, .help = "of user.*: the user"},
    {"user", VALUE_TEXT, MEMBER_OPTIONAL, .help = "of user.*: the user's name",
     .example = "\"anna\""},
    {"link", VALUE_ID, MEMBER_OPTIONAL, .help = "of link.*: the one-time link"},
    {"step", VALUE_TEXT, MEMBER_OPTIONAL, .help = "of instance.step: the step that is done"},
    {"writes", VALUE_NUMBER, MEMBER_OPTIONAL, .help = "of drift.repaired: what had to be mended"},
    {"admin_id", VALUE_ID, MEMBER_OPTIONAL, .help = "the admin that it is about"},
    {"admin", VALUE_TEXT, MEMBER_OPTIONAL, .help = "that admin's name", .example = "\"anna\""},
    {"session_id", VALUE_ID, MEMBER_OPTIONAL, .help = "of session.ended: the session"},
    {"token_id", VALUE_ID, MEMBER_OPTIONAL, .help = "of token.added and token.deleted: the token"},
    {"from", VALUE_TEXT, MEMBER_OPTIONAL, .help = "of sign-ins: the address that they came from",
     .example = "\"198.51.100.7\""},
    {"method", VALUE_TEXT, MEMBER_OPTIONAL, .help = "of admin.signed_in: what was shown",
     .example = "\"password\""},
    {"backup", VALUE_ID, MEMBER_OPTIONAL, .help = "of backup.created and backup.deleted: the backup"},
    {"bytes", VALUE_NUMBER, MEMBER_OPTIONAL, .help = "of backup.created and backup.deleted: its size",
     .example = "184320"},
    {"received", VALUE_NUMBER, MEMBER_OPTIONAL, .help = "of update.progress: bytes that have come",
     .example = "131072"},
    {"total", VALUE_NUMBER, MEMBER_OPTIONAL, .help = "of update.progress: bytes of the whole",
     .example = "70254592"},
    {}};
const struct api_object api_object_event = {"Event", "something that happened", members_event};

static const struct api_member members_audit_entry[] = {
    {"number", VALUE_NUMBER, .help = "counts the entries", .example = "42"},
    {"at", VALUE_TIME, .help = "when"},
    {"who", VALUE_TEXT, .help = "who did it", .example = "\"root (uid 0)\""},
    {"from", VALUE_TEXT, .help = "where from", .example = "\"unix socket\""},
    {"action", VALUE_TEXT, .help = "what was done: NOUN.VERB", .example = "\"peer.set\""},
    {"object", VALUE_TEXT, .help = "what it was done to: NOUN/ID/...",
     .example = "\"instance/k3m7q2xa/peer/p5n2w7ub\""},
    {"name", VALUE_TEXT, .help = "that object's name at the time", .example = "\"laptop\""},
    {"before", VALUE_ANY, MEMBER_NULLABLE, .help = "the object before; null when it was added",
     .example = "{\"name\": \"laptop\"}"},
    {"after", VALUE_ANY, MEMBER_NULLABLE, .help = "the object after; null when it was deleted",
     .example = "{\"name\": \"tablet\"}"},
    {"hash", VALUE_TEXT, .help = "covers this entry and the hash of the one before",
     .example = "\"8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4\""},
    {}};
const struct api_object api_object_audit_entry = {
    "AuditEntry", "a change: who, when, before and after", members_audit_entry};

static const struct api_member members_audit_state[] = {
    {"whole", VALUE_BOOL, .help = "is no entry missing or changed", .example = "true"},
    {"checked", VALUE_NUMBER, .help = "entries looked at", .example = "42"},
    {"broken_at", VALUE_NUMBER, MEMBER_NULLABLE, .help = "the first entry that is not right",
     .example = "null"},
    {}};
const struct api_object api_object_audit_state = {"AuditState", "is the audit's chain whole",
                                                  members_audit_state};
