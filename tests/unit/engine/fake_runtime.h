/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stands in for runtime.h: all instances are active, and what is told to it is written down. */
#pragma once

#include "hub/channel/verbs.h"
#include "hub/engine/role_link.h"
#include "hub/engine/runtime.h"

struct fake_runtime {
    /* What the next calls answer. */
    int status;
    const char *detail;
    bool hold;      /* keep the answer back until fake_runtime_release() */
    bool pending;   /* instances are in step "link", failed */
    bool connected; /* what peers are */
    /* What was told. */
    int added, changed, deleted, peers, rules;
    int web_restarts; /* that warrend was told */
    char instance_id[ID_MAX], peer_id[ID_MAX];
    uint64_t dns_host; /* whose names changed last */
    bool has_old_key;
    struct key old_key;
    /* What warrend does with VERB_SETTINGS_SET; `done` is NULL when nobody asks for an answer. */
    int (*settings_set)(const struct verb_settings *list, const struct verb_setting *settings,
                        role_link_done done, void *data);
    /* Kept back. */
    runtime_done held;
    void *held_data;
};

extern struct fake_runtime fake_runtime;

void fake_runtime_release(void);
