/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/link_state.h"

#include <stdio.h>

static const struct {
    const char *word;
    int status;
    const char *text;
} states[] = {
    [LINK_OPEN] = {"open", 200, ""},
    [LINK_BLOCKED] = {"blocked", 410,
                      "the PIN was wrong too often, so the link has stopped working: ask for a new "
                      "one"},
    [LINK_EXPIRED] = {"expired", 410, "the link's time is over: ask for a new one"},
    [LINK_USED_UP] = {"used-up", 410,
                      "the link was opened as often as it may be: ask for a new one, and say so if "
                      "it was not you"},
    [LINK_PEER_DELETED] = {"peer-deleted", 410,
                           "the device that the link was for is no longer part of the VPN: ask who "
                           "gave you the link"},
    [LINK_PEER_REKEYED] = {"rekeyed", 410,
                           "the device got new keys since the link was made: ask for a new one"},
    [LINK_KEY_FORGOTTEN] = {"key-forgotten", 410,
                            "only the device itself has its key now: ask for new keys and a new "
                            "link"},
    [LINK_PEER_EXPIRED] = {"peer-expired", 409,
                           "the device's time in the VPN is over: ask who gave you the link"},
    [LINK_PEER_DISABLED] =
        {"peer-disabled", 409,
         "the device is not let into the VPN at the moment: ask who gave you the "
         "link"},
};

enum link_state link_state_of(const struct one_time_link *link, const struct peer *peer,
                              int64_t now)
{
    if (link->wrong_pins >= LINK_PINS_MAX)
        return LINK_BLOCKED;
    if (!peer)
        return LINK_PEER_DELETED;
    if (!key_equal(&peer->public_key, &link->identity))
        return LINK_PEER_REKEYED;
    if (now >= link->expires_at)
        return LINK_EXPIRED;
    if (link->used >= link->uses)
        return LINK_USED_UP;
    if (peer->login == LOGIN_CERTIFICATE && !peer->has_private_key)
        return LINK_KEY_FORGOTTEN;
    if (peer->expired || (peer->expires && now >= peer->expires_at))
        return LINK_PEER_EXPIRED;
    return peer->enabled ? LINK_OPEN : LINK_PEER_DISABLED;
}

const char *link_state_word(enum link_state state)
{
    return states[state].word;
}

void link_state_problem(enum link_state state, struct problem *problem)
{
    char type[40];

    snprintf(type, sizeof(type), "link-%s", states[state].word);
    problem_set(problem, states[state].status, type, "%s", states[state].text);
}

bool link_rides(const struct one_time_link *link, int64_t now)
{
    return link->opened_at && now >= link->opened_at && now < link->opened_at + LINK_RIDE_SECONDS &&
           link->downloads < LINK_RIDE_DOWNLOADS;
}
