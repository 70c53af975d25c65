/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a peer at one end of the way must be: enabled, connected, and its device must lead there. */
#include "peers/explain_step.h"
#include "peers/liveness.h"

static const char *kind_of(const struct explain_peer *peer)
{
    return peer->is_site ? "site" : "client";
}

void explain_enabled(const struct explain_facts *facts, const struct explain_peer *peer,
                     struct explain_step *step)
{
    if (peer->time_is_over) {
        step_no(step, "the time of the %s %s is over: it is not let in", kind_of(peer), peer->name);
        step_mend(step, "give it more time");
        step_command(step, "peer", "enable", facts->instance, peer->name, "--expires", "30d", NULL);
        return;
    }
    if (!peer->enabled) {
        step_no(step, "the %s %s is disabled: it is not let in%s", kind_of(peer), peer->name,
                peer->is_site ? ", and its networks are not advertised" : "");
        step_mend(step, "enable it");
        step_command(step, "peer", "enable", facts->instance, peer->name, NULL);
        return;
    }
    step_yes(step, "the %s %s is enabled", kind_of(peer), peer->name);
}

/* ---- connected ---- */

static void say_seen(const struct explain_facts *facts, const struct explain_peer *peer,
                     struct buf *text)
{
    char ago[STEP_AGO_MAX];

    if (peer->last_seen)
        buf_printf(text, ", last seen %s", step_ago(facts->now, peer->last_seen, ago));
    else
        buf_add_text(text, ", and never was");
}

static void mend_profile(const struct explain_facts *facts, const struct explain_peer *peer,
                         struct explain_step *step)
{
    step_command(step, "profile", "show", facts->instance, peer->name, NULL);
}

/* Why it is not there, as far as the hub can know. */
static void explain_absent(const struct explain_facts *facts, const struct explain_peer *peer,
                           struct explain_step *step)
{
    step_no(step, "%s is not connected", peer->name);
    say_seen(facts, peer, &step->text);
    if (peer->is_openvpn && !peer->server) {
        step_no(step, "; the instance's OpenVPN servers are off");
        step_mend(step, "turn them on");
        step_command(step, "instance", "set", facts->instance, "--openvpn", "both", NULL);
    } else if (peer->is_openvpn && *peer->server_failure) {
        step_no(step, "; the OpenVPN server %s does not run: %s", peer->server,
                peer->server_failure);
        step_mend(step, "the hub tries again by itself; its log says more");
    } else if (peer->certificate_is_over) {
        step_no(step, "; its certificate has ended");
        step_mend(step, "give it new keys, and its device the new profile");
        step_command(step, "peer", "rekey", facts->instance, peer->name, NULL);
    } else if (!peer->profile.issued) {
        step_no(step, "; its profile was not handed out yet");
        step_mend(step, "bring its profile to its device");
        mend_profile(facts, peer, step);
    } else if (peer->profile.stale_access) {
        step_no(step, "; the profile that was handed out can no longer connect");
        step_mend(step, "bring its profile as it is now to its device");
        mend_profile(facts, peer, step);
    } else {
        step_mend(step,
                  "turn the tunnel on at its device; see that the device reaches the hub's "
                  "port%s",
                  peer->is_openvpn ? "" : " by UDP");
    }
}

static void explain_wireguard(const struct explain_facts *facts, const struct explain_peer *peer,
                              struct explain_step *step)
{
    char seen[STEP_AGO_MAX], handshake[STEP_AGO_MAX];

    step_yes(step, "%s is connected over WireGuard, last handshake %s, last seen %s", peer->name,
             step_ago(facts->now, peer->last_handshake, handshake),
             step_ago(facts->now, peer->last_seen, seen));
    /* One who does not keep a keepalive's time is likely gone; the hub can't know yet. */
    if (peer->keepalive && facts->now - peer->last_seen > 2 * peer->keepalive + LIVENESS_GRACE) {
        step_unknown(step, ": silent, though it should say something every %u s", peer->keepalive);
        step_mend(step, "see that its device is on");
    }
}

void explain_connected(const struct explain_facts *facts, const struct explain_peer *peer,
                       struct explain_step *step)
{
    char since[STEP_AGO_MAX];

    if (!peer->enabled || peer->time_is_over)
        step_unknown(step, "it is not let in");
    else if (!peer->connected)
        explain_absent(facts, peer, step);
    else if (!peer->is_openvpn)
        explain_wireguard(facts, peer, step);
    else
        step_yes(step, "%s is connected over OpenVPN%s%s, since %s", peer->name,
                 peer->server ? ", server " : "", peer->server ? peer->server : "",
                 step_ago(facts->now, peer->connected_since, since));
}

/* ---- the route at its device ---- */

/* Nothing handed out now would lead there either. */
static void explain_uncovered(const struct explain_facts *facts, const struct explain_end *near,
                              const struct explain_end *far, struct explain_step *step)
{
    const struct explain_peer *peer = &near->peer;
    char address[ADDRESS_TEXT_MAX];

    address_format(&far->address, address);
    if (far->place != EXPLAIN_INTERNET) {
        step_no(step, "the profile of %s does not lead to %s", peer->name, address);
        return;
    }
    if (peer->is_site) {
        step_no(step,
                "a site's router keeps its own way to the internet: %s is not sent to the hub",
                address);
        step_mend(step, "reach it past the tunnel");
        return;
    }
    step_no(step, "%s has a split tunnel: %s is not sent to the hub", peer->name, address);
    step_mend(step, "send all of its traffic through the hub, and bring its profile to its device "
                    "anew (or push the network to all clients: instance set --push)");
    step_command(step, "peer", "set", facts->instance, peer->name, "--full-tunnel", "yes", NULL);
}

/* A device over OpenVPN is told its routes when it connects. */
static void explain_pushed_route(const struct explain_facts *facts, const struct explain_peer *peer,
                                 struct explain_step *step)
{
    if (peer->profile.surely_older)
        step_no(step, "%s connected before there was this route, and was not told of it",
                peer->name);
    else
        step_unknown(step,
                     "%s connected before the other end last changed: it may not have been "
                     "told of the route",
                     peer->name);
    step_mend(step, "have it connect again: turn its tunnel off and on at the device, or");
    step_command(step, "peer", "disable", facts->instance, peer->name, "--json", NULL);
    buf_add_text(&step->command, " && warren");
    step_word(step, "peer");
    step_word(step, "enable");
    step_word(step, facts->instance);
    step_word(step, peer->name);
}

static void explain_old_profile(const struct explain_facts *facts, const struct explain_peer *peer,
                                const char *address, struct explain_step *step)
{
    if (peer->profile.excluded)
        step_no(step, "the profile of %s was handed out with an exclusion that leaves %s out",
                peer->name, address);
    else
        step_no(step,
                "the profile that %s was handed does not lead to %s: it is older than the route",
                peer->name, address);
    step_mend(step, "bring its profile as it is now to its device");
    mend_profile(facts, peer, step);
}

void explain_route(const struct explain_facts *facts, const struct explain_end *near,
                   const struct explain_end *far, struct explain_step *step)
{
    const struct explain_peer *peer = &near->peer;
    const struct explain_profile *profile = &peer->profile;
    char address[ADDRESS_TEXT_MAX];

    address_format(&far->address, address);
    if (far->place == EXPLAIN_FREE || far->place == EXPLAIN_PRIVATE || far->place == EXPLAIN_FENCED)
        step_unknown(step, "there is no way to lead to");
    else if (!peer->enabled || peer->time_is_over)
        step_unknown(step, "it is not let in");
    else if (!profile->covers)
        explain_uncovered(facts, near, far, step);
    else if (profile->excluded)
        explain_old_profile(facts, peer, address, step);
    else if (peer->is_openvpn && profile->older)
        explain_pushed_route(facts, peer, step);
    else if (!peer->is_openvpn && profile->stale_routes && profile->older)
        explain_old_profile(facts, peer, address, step);
    else if (!peer->is_openvpn && !profile->issued)
        step_unknown(step, "the profile of %s leads to %s, but was not handed out yet", peer->name,
                     address);
    else
        step_yes(step, "%s %s %s into its tunnel%s", peer->name,
                 peer->is_openvpn ? "was told to route" : "has a profile that routes", address,
                 profile->stale_routes && !peer->is_openvpn
                     ? " (the profile is stale for other networks)"
                     : "");
    if (near->place == EXPLAIN_SUBNET && step->holds == EXPLAIN_YES)
        step_yes(step, "; what is behind it must send its answers to the router of %s", peer->name);
}
