/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/object.h"

static const struct api_member members_update[] = {
    {"available", VALUE_BOOL, .help = "was the hub started from an image", .example = "true"},
    {"slot", VALUE_CHOICE, MEMBER_NULLABLE, .choices = "a|b", .help = "the slot that runs"},
    {"boot", VALUE_CHOICE, MEMBER_NULLABLE, .choices = "kept|trial|fallback",
     .help = "why that one was started"},
    {"version", VALUE_TEXT, .help = "of the program that runs", .example = "\"0.1.0\""},
    {"state", VALUE_CHOICE, .choices = "idle|installing|installed|rebooting|trial|failed",
     .help = "how the update stands"},
    {"update_slot", VALUE_CHOICE, MEMBER_NULLABLE, .choices = "a|b", .help = "the slot it is in"},
    {"update_version", VALUE_TEXT, MEMBER_NULLABLE, .help = "its version", .example = "\"0.2.0\""},
    {"until", VALUE_TIME, MEMBER_NULLABLE,
     .help = "when the trial ends and the system before it "
             "comes back"},
    {"waiting_for", VALUE_TEXT, MEMBER_NULLABLE, .help = "what it still needs to be healthy",
     .example = "null"},
    {"problem", VALUE_TEXT, MEMBER_NULLABLE, .help = "why the last one is not there",
     .example = "null"},
    {"received", VALUE_NUMBER, .help = "bytes that have come; the next part begins there",
     .example = "0"},
    {"total", VALUE_NUMBER, MEMBER_NULLABLE, .help = "bytes of the update that comes in",
     .example = "null"},
    {}};
const struct api_object api_object_update = {"Update", "the box's system and its update",
                                             members_update};
