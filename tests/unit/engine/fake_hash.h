/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A double of the way to warren-hash: a hash is "fake:" and the password. */
#pragma once

#include "hub/engine/hash_door.h"

struct fake_hash {
    int asked;
    int refuses;       /* -EBUSY: at once */
    int fails;         /* -EPIPE: later */
    char checked[128]; /* against what, the last time; "" = nobody's */
};

extern struct fake_hash fake_hash;
