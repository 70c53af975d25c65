/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person does with a profile, system by system: keys of the UI's catalogue, no prose. */
#pragma once

#include <jansson.h>

#include "profiles/profile.h"

/* {"ios":["install-wireguard",...],...} */
json_t *link_steps_json(enum profile_subject subject);
