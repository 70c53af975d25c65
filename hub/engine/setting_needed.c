/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/setting_needed.h"

static const struct {
    const char *type, *why, *section, *key, *value, *then;
} needs[] = {
    [NEEDS_PUBLIC_NAME] = {"unconfigured", "the hub does not know its own public name", "hub",
                           "public_name", "NAME", "the file takes a reload"},
    [NEEDS_NAME_FOR_PASSKEYS] = {"no-name", "passkeys need a name for the hub, not an address",
                                 "hub", "public_name", "NAME", "the file takes a reload"},
    [NEEDS_WEB] = {"unconfigured", "the hub's web is off, and links lead there", "web", "enabled",
                   "yes", "either takes a restart"},
};

void setting_needed(const struct engine *engine, enum setting_needed what, struct problem *problem)
{
    const char *section = needs[what].section, *key = needs[what].key, *then = needs[what].then;
    const char *value = needs[what].value;

    problem_set(problem, 409, needs[what].type,
                "%s: an owner sets %s.%s (warren settings set %s.%s %s, or PATCH "
                "/api/v1/settings), or writes \"%s = %s\" under [%s] in %s; %s",
                needs[what].why, section, key, section, key, value, key, value, section,
                engine->config_path, then);
}
