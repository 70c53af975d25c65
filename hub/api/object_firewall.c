/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/object.h"

static const struct api_member members_rule[] = {
    {"id", VALUE_ID, .help = "its id", .example = "\"r4d6h2mc\""},
    {"instance_id", VALUE_ID, .help = "the instance whose firewall it is of"},
    {"position", VALUE_NUMBER, .help = "its place among the rules, 1 = the first", .example = "1"},
    {"action", VALUE_CHOICE, .choices = "allow|deny", .help = "what happens to what it matches"},
    {"from", VALUE_TEXT,
     .help = "who begins: any, peer:NAME, site:NAME, user:NAME, group:NAME or a network",
     .example = "\"group:staff\""},
    {"to", VALUE_TEXT, .help = "whom it is for, as from", .example = "\"site:office\""},
    {"protocol", VALUE_CHOICE, .choices = "any|tcp|udp|icmp", .help = "icmp is both families'",
     .example = "\"tcp\""},
    {"ports", VALUE_TEXT, MEMBER_LIST, .help = "ports and ranges of ports; empty: all",
     .example = "[\"22\", \"8000-8080\"]"},
    {"direction", VALUE_CHOICE, .choices = "one|both",
     .help = "both: flows that the other end begins too"},
    {"enabled", VALUE_BOOL, .help = "is it applied", .example = "true"},
    {"expired", VALUE_BOOL, .help = "is its time over"},
    {"expires_at", VALUE_TIME, MEMBER_NULLABLE, .help = "until when it holds", .example = "null"},
    {"comment", VALUE_TEXT, .help = "why it is there", .example = "\"remote desktop\""},
    {"created_at", VALUE_TIME, .help = "when it was added"},
    {"updated_at", VALUE_TIME, .help = "when it was last changed"},
    {"hits", VALUE_NUMBER, MEMBER_LIVE, .help = "flows that it decided", .example = "37"},
    {"pending", VALUE_OBJECT, MEMBER_LIST | MEMBER_LIVE | MEMBER_LAST | MEMBER_OPTIONAL,
     .object = &api_object_pending, .help = "what the instance still waits for; not in lists",
     .example = "[]"},
    {}};
const struct api_object api_object_rule = {"Rule", "a rule of an instance's firewall", members_rule,
                                           .versioned = true};

static const struct api_member members_finding[] = {
    {"action", VALUE_CHOICE, .choices = "allow|deny|mixed",
     .help = "what would happen; mixed: not the same for all addresses"},
    {"reason", VALUE_CHOICE,
     .choices = "rule|default|client_to_client|no_source|no_destination|no_uplink|hub",
     .help = "what decides"},
    {"rule", VALUE_ID, MEMBER_NULLABLE, .help = "the rule that decides", .example = "\"r4d6h2mc\""},
    {"position", VALUE_NUMBER, MEMBER_NULLABLE, .help = "its place among the rules",
     .example = "1"},
    {"from_address", VALUE_ADDRESS, .help = "the source that was looked at"},
    {"to_address", VALUE_ADDRESS, .help = "the destination that was looked at",
     .example = "\"192.168.88.10\""},
    {"allowed", VALUE_NUMBER, .help = "pairs of addresses that are allowed", .example = "1"},
    {"denied", VALUE_NUMBER, .help = "pairs of addresses that are denied", .example = "0"},
    {}};
const struct api_object api_object_finding = {"Finding", "what the firewall would do",
                                              members_finding};

static const struct api_member members_check[] = {
    {"id", VALUE_ID, .help = "its id", .example = "\"c2v5t7ke\""},
    {"instance_id", VALUE_ID, .help = "the instance whose firewall it is about"},
    {"expect", VALUE_CHOICE, .choices = "allow|deny", .help = "what is expected"},
    {"from", VALUE_TEXT, .help = "who begins", .example = "\"peer:laptop\""},
    {"to", VALUE_TEXT, .help = "whom it is for", .example = "\"site:office\""},
    {"protocol", VALUE_CHOICE, .choices = "any|tcp|udp|icmp", .help = "what is sent",
     .example = "\"tcp\""},
    {"port", VALUE_NUMBER, MEMBER_NULLABLE, .help = "the port that is to be reached",
     .example = "443"},
    {"created_at", VALUE_TIME, .help = "when it was added"},
    {"holds", VALUE_BOOL, MEMBER_LIVE, .help = "is it so", .example = "true"},
    {"finding", VALUE_OBJECT, MEMBER_NULLABLE | MEMBER_LIVE, .object = &api_object_finding,
     .help = "what the firewall would do; null when nothing can be sent"},
    {}};
const struct api_object api_object_check = {"Check", "something that is expected of the firewall",
                                            members_check};

static const struct api_member members_check_run[] = {
    {"items", VALUE_OBJECT, MEMBER_LIST, .object = &api_object_check, .help = "all checks"},
    {"failed", VALUE_NUMBER, .help = "how many of them do not hold", .example = "0"},
    {}};
const struct api_object api_object_check_run = {"CheckRun", "all that is expected, tested",
                                                members_check_run};

/* ---- explain ---- */

static const struct api_member members_end[] = {
    {"address", VALUE_ADDRESS, .help = "the address that was looked at"},
    {"place", VALUE_CHOICE, .choices = "hub|tunnel|subnet|pushed|internet|free|private|fenced",
     .help = "where it is", .example = "\"tunnel\""},
    {"peer", VALUE_TEXT, MEMBER_NULLABLE, .help = "whose it is", .example = "\"laptop\""},
    {}};
static const struct api_object object_end = {"ExplainedEnd", "an end of a way", members_end};

static const struct api_member members_step[] = {
    {"step", VALUE_TEXT, .help = "the step's word", .example = "\"source_enabled\""},
    {"title", VALUE_TEXT, .help = "the step for people", .example = "\"source enabled\""},
    {"holds", VALUE_CHOICE, .choices = "yes|no|unknown", .help = "is it so"},
    {"text", VALUE_TEXT, MEMBER_NULLABLE, .help = "what was seen",
     .example = "\"laptop is enabled\""},
    {"mend", VALUE_TEXT, MEMBER_NULLABLE, .help = "what would mend it", .example = "null"},
    {"command", VALUE_TEXT, MEMBER_NULLABLE, .help = "the command that would", .example = "null"},
    {}};
static const struct api_object object_step = {
    "ExplainedStep", "one thing that must hold on the way of a packet", members_step};

static const struct api_member members_explanation[] = {
    {"from", VALUE_OBJECT, .object = &object_end, .help = "who begins"},
    {"to", VALUE_OBJECT, .object = &object_end, .help = "whom it is for"},
    {"protocol", VALUE_CHOICE, .choices = "any|tcp|udp|icmp", .help = "what is sent",
     .example = "\"tcp\""},
    {"port", VALUE_NUMBER, MEMBER_NULLABLE, .help = "the port that is to be reached",
     .example = "443"},
    {"holds", VALUE_BOOL, .help = "does no step say no", .example = "true"},
    {"broken", VALUE_TEXT, MEMBER_NULLABLE, .help = "the first step that does", .example = "null"},
    {"steps", VALUE_OBJECT, MEMBER_LIST, .object = &object_step, .help = "the way, step by step"},
    {}};
const struct api_object api_object_explanation = {
    "Explanation", "the whole way from one end to another", members_explanation};
