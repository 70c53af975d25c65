/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/object.h"

static const struct api_member members_box[] = {
    {"appliance", VALUE_BOOL, .help = "does the hub run from Warren's own disk image",
     .example = "true"},
    {"slot", VALUE_CHOICE, MEMBER_NULLABLE, .choices = "a|b", .help = "the one that runs"},
    {"boot", VALUE_CHOICE, MEMBER_NULLABLE, .choices = "kept|trial|fallback",
     .help = "why it runs: it is kept, on trial, or the other one can't be started"},
    {"seed", VALUE_TEXT, MEMBER_NULLABLE, .help = "where the box was told what it is",
     .example = "\"NoCloud\""},
    {"problems", VALUE_TEXT, MEMBER_LIST, .help = "what is wrong with the box", .example = "[]"},
    {}};
const struct api_object api_object_box = {"Box", "the machine, where it is Warren's own",
                                          members_box};

static const struct api_member members_box_wish[] = {{"wish", VALUE_CHOICE,
                                                      .choices = "restart|power-off|factory-reset",
                                                      .help = "what the box does now"},
                                                     {}};
const struct api_object api_object_box_wish = {"BoxWish", "something the box is asked to do",
                                               members_box_wish};
