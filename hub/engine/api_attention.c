/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What needs somebody's attention: of each instance and of the hub, one item a thing, or one for
 * many of a kind. Each says what would do, and the command for it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/engine/acme.h"
#include "hub/engine/api_change.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/api_json.h"
#include "hub/engine/api_profile_facts.h"
#include "hub/engine/firewall_scene.h"
#include "hub/engine/runtime.h"
#include "hub/engine/web_tls.h"
#include "hub/store/firewall_store.h"
#include "peers/firewall.h"

enum {
    SOON_SECONDS = 14 * 86400,
    SINGLY_MAX = 5,             /* peers of a kind; more are one item */
    COSTLY_US = 50 * 1000,      /* what took longer to find */
    KEPT_US = 10 * 1000 * 1000, /* is told for so long */
    COMMAND_MAX = 200,
};

enum level { LEVEL_PROBLEM, LEVEL_SOON, LEVEL_NOTE };
static const char *const level_words[] = {"problem", "soon", "note"};

struct look {
    struct engine *engine;
    json_t *items[3]; /* by level */
    const struct instance *instance;
};

/* `instance` NULL: the hub's. Everything but kind and text may be NULL. */
static json_t *add(struct look *look, enum level level, const char *kind, const char *text,
                   const char *would, const char *command)
{
    const struct instance *instance = look->instance;
    json_t *item = json_pack("{s:s,s:s,s:s,s:s?,s:s?,s:s?,s:s?,s:n,s:n,s:i,s:n}", "kind", kind,
                             "level", level_words[level], "text", text, "would", would, "command",
                             command, "instance_id", instance ? instance->id : NULL, "instance",
                             instance ? instance->name : NULL, "peer_id", "peer", "count", 1, "at");
    json_array_append_new(look->items[level], item);
    return item;
}

/* ---- an instance's steps and servers ---- */

static void look_at_steps(struct look *look)
{
    json_t *object = json_object(), *step;
    size_t index;
    char text[300], command[COMMAND_MAX];
    instance_json_add_live(look->engine, look->instance->id, object);
    snprintf(command, sizeof command, "warren instance show %s", look->instance->id);
    json_array_foreach(json_object_get(object, "pending"), index, step)
    {
        const char *title = json_string_value(json_object_get(step, "title"));
        const char *reason = json_string_value(json_object_get(step, "reason"));
        if (!reason) /* it is being done */
            continue;
        snprintf(text, sizeof text, "%s of \"%s\" failed: %s", title ? title : "a step",
                 look->instance->name, reason);
        json_t *item =
            add(look, LEVEL_PROBLEM, "step-failed", text, "it is tried again by itself", command);
        json_object_set(item, "at", json_object_get(step, "retry_at"));
    }
    json_decref(object);
}

static void look_at_checks(struct look *look)
{
    json_t *failing;
    char text[200], command[COMMAND_MAX];
    if (firewall_checks_failing(look->engine, look->instance->id, &failing) < 0)
        return;
    size_t count = json_object_size(failing);
    json_decref(failing);
    if (count == 0)
        return;
    snprintf(text, sizeof text, "%zu saved check%s of the firewall of \"%s\" %s not hold", count,
             count == 1 ? "" : "s", look->instance->name, count == 1 ? "does" : "do");
    snprintf(command, sizeof command, "warren firewall check run %s", look->instance->id);
    json_t *item = add(look, LEVEL_PROBLEM, "check-failing", text,
                       "change the rules, or what is expected of them", command);
    json_object_set_new(item, "count", json_integer((json_int_t)count));
}

/* They stay when what they name goes, and match nothing. */
static void look_at_rules(struct look *look)
{
    static const struct firewall_id_kinds kinds = {FIREWALL_PEER, FIREWALL_SITE, FIREWALL_USER};
    uint64_t count = 0;
    char text[200], command[COMMAND_MAX];
    if (firewall_store_count_of_nobody(look->engine->store, look->instance->id, &kinds, &count) <
            0 ||
        count == 0)
        return;
    snprintf(text, sizeof text,
             "%" PRIu64 " rule%s of the firewall of \"%s\" %s what was deleted: %s nothing", count,
             count == 1 ? "" : "s", look->instance->name, count == 1 ? "names" : "name",
             count == 1 ? "it matches" : "they match");
    snprintf(command, sizeof command, "warren firewall list %s", look->instance->id);
    json_t *item = add(look, LEVEL_NOTE, "rule-of-nobody", text,
                       "delete them, or let them name what is there", command);
    json_object_set_new(item, "count", json_integer((json_int_t)count));
}

/* ---- its peers ---- */

enum peer_kind { PEER_STALE, PEER_EXPIRING, PEER_CERTIFICATE, PEER_KIND_COUNT };

static const struct {
    const char *kind;
    const char *what, *is; /* WHAT "laptop" of "acme" IS */
    const char *whats;     /* 7 WHATS of "acme" are ... */
    const char *are, *would, *verb, *list;
} peer_kinds[PEER_KIND_COUNT] = {
    [PEER_STALE] = {"profile-stale", "the profile of", "is out of date", "profiles",
                    "are out of date",
                    "hand the new profile out, by a file, a QR code or a one-time link", "link add",
                    "--stale yes"},
    [PEER_EXPIRING] = {"peer-expiring", "the time of", "is over soon", "peers", "expire soon",
                       "give them more time, or let them go", "peer set", "--expiring 14d"},
    [PEER_CERTIFICATE] = {"certificate-expiring", "the certificate of", "is over soon",
                          "certificates of peers", "are over soon",
                          "give the peer a new one, and hand its new profile out", "peer rekey",
                          "--expiring 14d"},
};

struct found {
    char id[ID_MAX];
    char name[44];
    int64_t at;
};

struct peer_look {
    struct look *look;
    struct profile_source *source;
    int64_t now;
    struct found found[PEER_KIND_COUNT][SINGLY_MAX];
    size_t counts[PEER_KIND_COUNT];
    int64_t first[PEER_KIND_COUNT]; /* the earliest of their times */
};

static void find(struct peer_look *peers, enum peer_kind kind, const struct peer *peer, int64_t at)
{
    if (peers->counts[kind] < SINGLY_MAX) {
        struct found *found = &peers->found[kind][peers->counts[kind]];
        memcpy(found->id, peer->id, sizeof found->id);
        memcpy(found->name, peer->name, sizeof found->name);
        found->at = at;
    }
    if (!peers->counts[kind] || at < peers->first[kind])
        peers->first[kind] = at;
    peers->counts[kind]++;
}

static bool is_soon(const struct peer_look *peers, int64_t at)
{
    return at > peers->now && at - peers->now < SOON_SECONDS;
}

static int look_at_peer(const struct peer *peer, void *data)
{
    struct peer_look *peers = data;
    _cleanup_profile_standing_ struct profile_standing standing = {};
    if (!peer->enabled)
        return 0;
    if (peer->expires && is_soon(peers, peer->expires_at))
        find(peers, PEER_EXPIRING, peer, peer->expires_at);
    if (peer->certificate_expires_at && peer->certificate_expires_at - peers->now < SOON_SECONDS)
        find(peers, PEER_CERTIFICATE, peer, peer->certificate_expires_at);
    profile_standing_look(peers->source, peer, &standing);
    if (standing.issued_at && standing.stale)
        find(peers, PEER_STALE, peer, standing.issued_at);
    return 0;
}

static void tell_singly(struct peer_look *peers, enum peer_kind kind)
{
    struct look *look = peers->look;
    char text[200], command[COMMAND_MAX];
    for (size_t i = 0; i < peers->counts[kind]; i++) {
        const struct found *found = &peers->found[kind][i];
        snprintf(text, sizeof text, "%s \"%s\" of \"%s\" %s", peer_kinds[kind].what, found->name,
                 look->instance->name, peer_kinds[kind].is);
        snprintf(command, sizeof command, "warren %s %s %s%s", peer_kinds[kind].verb,
                 look->instance->id, found->id, kind == PEER_EXPIRING ? " --expires 30d" : "");
        json_t *item =
            add(look, LEVEL_SOON, peer_kinds[kind].kind, text, peer_kinds[kind].would, command);
        json_object_set_new(item, "peer_id", json_string(found->id));
        json_object_set_new(item, "peer", json_string(found->name));
        json_object_set_new(item, "at", json_time(found->at));
    }
}

static void tell_together(struct peer_look *peers, enum peer_kind kind)
{
    struct look *look = peers->look;
    char text[200], command[COMMAND_MAX];
    snprintf(text, sizeof text, "%zu %s of \"%s\" %s", peers->counts[kind], peer_kinds[kind].whats,
             look->instance->name, peer_kinds[kind].are);
    snprintf(command, sizeof command, "warren peer list %s %s", look->instance->id,
             peer_kinds[kind].list);
    json_t *item =
        add(look, LEVEL_SOON, peer_kinds[kind].kind, text, peer_kinds[kind].would, command);
    json_object_set_new(item, "count", json_integer((json_int_t)peers->counts[kind]));
    json_object_set_new(item, "at", json_time(peers->first[kind]));
}

static void look_at_peers(struct look *look)
{
    struct peer_look *peers = memory_zero(sizeof *peers);
    peers->look = look;
    peers->now = clock_seconds();
    peers->source = profile_source_new(look->engine, look->instance);
    /* With secrets: whether a profile is stale depends on the preshared key. */
    (void)peer_store_list(look->engine->store, look->instance->id, 0, 0, true, look_at_peer, peers);
    for (enum peer_kind kind = 0; kind < PEER_KIND_COUNT; kind++) {
        if (peers->counts[kind] > SINGLY_MAX)
            tell_together(peers, kind);
        else
            tell_singly(peers, kind);
    }
    profile_source_free(peers->source);
    free(peers);
}

static int look_at_instance(const struct instance *instance, void *data)
{
    struct look *look = data;
    if (instance->deleting)
        return 0;
    look->instance = instance;
    look_at_steps(look);
    look_at_checks(look);
    look_at_rules(look);
    look_at_peers(look);
    look->instance = NULL;
    return 0;
}

/* ---- the hub ---- */

static void look_at_name(struct look *look)
{
    if (!*look->engine->settings.public_name)
        add(look, LEVEL_PROBLEM, "no-public-name",
            "the hub does not know its own public name: no profile can be handed out",
            "set hub.public_name", "warren settings set hub.public_name NAME");
}

/* Read again, or at the next start, it is not taken. */
static void look_at_settings(struct look *look)
{
    const char *path = look->engine->config_path;
    _cleanup_(settings_done) struct settings settings = {};
    struct settings_error error = {};
    char text[sizeof error.text + sizeof look->engine->config_path + 100];
    size_t count = 0;
    int r = settings_read(path, &settings, &error, 1, &count);
    if (r == 0 || r == -ENOENT)
        return;
    if (count > 0)
        snprintf(text, sizeof text, "%s is wrong and not in force, what was before is: line %u: %s",
                 path, error.line, error.text);
    else
        snprintf(text, sizeof text, "%s cannot be read, what was before is in force: %s", path,
                 strerror(-r));
    add(look, LEVEL_PROBLEM, "settings-wrong", text,
        "mend the file and have the hub read it again (systemctl reload warrend)",
        "warrend --check");
}

static void look_at_certificate(struct look *look)
{
    char text[200];
    if (!look->engine->tls || !look->engine->settings.web)
        return;
    const struct pki_web_facts *facts = web_tls_facts(look->engine->tls);
    int64_t now = clock_seconds();
    if (!web_tls_is_for_hub(look->engine, facts) && !facts->self_signed)
        add(look, LEVEL_PROBLEM, "web-certificate-name",
            "the web's certificate names none of the hub's names: browsers and programs refuse it",
            "bring one that names hub.public_name, or go back to one of the hub's own",
            "warren tls self-signed");
    /* The one that the hub signs for itself it renews by itself. */
    if (facts->self_signed || facts->not_after - now >= SOON_SECONDS)
        return;
    snprintf(text, sizeof text, "the web's certificate %s",
             facts->not_after <= now ? "is over: browsers refuse it" : "is over soon");
    json_t *item = add(look, facts->not_after <= now ? LEVEL_PROBLEM : LEVEL_SOON,
                       "web-certificate-expiring", text, "bring a new one", "warren tls import");
    json_object_set_new(item, "at", json_time(facts->not_after));
}

static void look_at_acme(struct look *look)
{
    const struct engine *engine = look->engine;
    char text[500];
    int64_t next_at;
    const char *why = engine->acme && engine->tls ? acme_failure(engine->acme, &next_at) : NULL;
    if (!why)
        return;
    snprintf(text, sizeof text, "the authority gives the web no certificate: %s", why);
    json_t *item =
        add(look, LEVEL_PROBLEM, "acme-failed", text,
            "it is tried again by itself; what is in use stays in use", "warren tls acme");
    json_object_set_new(item, "at", json_time(next_at));
}

/* Who hears which names the peers ask for; nothing is wrong with it that is meant. */
static void look_at_dns(struct look *look)
{
    const struct settings *settings = &look->engine->settings;
    char text[200], server[ADDRESS_TEXT_MAX];
    if (settings->dns_count == 0)
        return;
    address_format(&settings->dns[0], server);
    snprintf(text, sizeof text,
             "names that instances have no servers of their own for are asked at %s", server);
    add(look, LEVEL_NOTE, "dns-third-party", text,
        "if that is nobody you chose, set servers in section [dns] of the configuration",
        "warren settings list");
}

/* ---- the answer ---- */

static json_t *look_at_all(struct engine *engine)
{
    struct look look = {.engine = engine, .items = {json_array(), json_array(), json_array()}};
    look_at_settings(&look);
    look_at_name(&look);
    look_at_certificate(&look);
    look_at_acme(&look);
    look_at_dns(&look);
    (void)instance_store_list(engine->store, NULL, 0, look_at_instance, &look);
    json_array_extend(look.items[LEVEL_PROBLEM], look.items[LEVEL_SOON]);
    json_array_extend(look.items[LEVEL_PROBLEM], look.items[LEVEL_NOTE]);
    json_decref(look.items[LEVEL_SOON]);
    json_decref(look.items[LEVEL_NOTE]);
    return look.items[LEVEL_PROBLEM];
}

/* What the caller has business with. */
static json_t *seen_by(const struct api_caller *caller, const json_t *items)
{
    json_t *seen = json_array(), *item;
    size_t index;
    json_array_foreach((json_t *)items, index, item)
    {
        const char *instance_id = json_string_value(json_object_get(item, "instance_id"));
        if (!caller->limited || (instance_id && api_caller_sees(caller, instance_id)))
            json_array_append(seen, item);
    }
    return seen;
}

void api_attention_list(struct engine *engine, struct api_call *call,
                        const struct api_request *request)
{
    uint64_t begun = clock_monotonic_us();
    if (!engine->attention || begun >= engine->attention_until) {
        json_decref(engine->attention);
        engine->attention = look_at_all(engine);
        uint64_t done = clock_monotonic_us();
        engine->attention_until = done - begun > COSTLY_US ? done + KEPT_US : 0;
    }
    json_t *seen = seen_by(request->caller, engine->attention);
    api_answer(call, 200, NULL, json_pack("{s:o,s:n}", "items", seen, "next"));
}
