/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One-time links as a person sees them who has no account: opened, and the file fetched that an app
 * imports. What opens one is a POST that somebody meant: no preview of a chat, no scanner of mail
 * uses it up.
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/engine/api_change.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/api_json.h"
#include "hub/engine/api_profile_facts.h"
#include "hub/engine/event_log.h"
#include "hub/engine/link_guard.h"
#include "hub/engine/link_make.h"
#include "hub/engine/link_state.h"
#include "hub/engine/link_steps.h"
#include "hub/store/audit_store.h"
#include "profiles/qr.h"

enum { WHO_MAX = 64, DETAIL_MAX = 200 };

/* Somebody with a link. */
struct visit {
    struct engine *engine;
    struct api_call *call;
    const struct api_request *request;
    struct link_token token;
    struct one_time_link link;
    struct instance instance;
    struct peer peer;
    bool has_peer;
    struct profile_source *source;
    struct profile_facts facts;
};

static void visit_done(struct visit *visit)
{
    profile_facts_done(&visit->facts);
    profile_source_free(visit->source);
    peer_done(&visit->peer);
    instance_done(&visit->instance);
}
#define _cleanup_visit_ __attribute__((cleanup(visit_done)))

static struct link_guard *guard_of(struct engine *engine)
{
    if (!engine->link_guard)
        engine->link_guard = link_guard_new();
    return engine->link_guard;
}

static uint64_t guard_clock(void)
{
    return clock_monotonic_us() / 1000000 + 1;
}

/* ---- who comes ---- */

static void answer_unknown(struct visit *visit)
{
    _cleanup_problem_ struct problem problem = {};
    link_guard_miss(guard_of(visit->engine), visit->request->caller->from, guard_clock());
    problem_set(&problem, 404, "link-unknown",
                "there is no such link: see that it was copied whole, or ask for a new one");
    api_answer_problem(visit->call, &problem);
}

/* False: answered. */
static bool admit(struct visit *visit)
{
    _cleanup_problem_ struct problem problem = {};
    uint32_t wait =
        link_guard_wait(guard_of(visit->engine), visit->request->caller->from, guard_clock());
    if (!wait)
        return true;
    problem_set(&problem, 429, "too-many", "too many links that there are not: wait %u seconds",
                wait);
    api_retry_after(visit->call, wait);
    api_answer_problem(visit->call, &problem);
    return false;
}

/* The link of the token, and its peer; false: answered. */
static bool find_link(struct visit *visit)
{
    struct store *store = visit->engine->store;
    uint8_t hash[LINK_HASH_SIZE];
    link_token_hash(&visit->token, hash);
    int r = one_time_link_find_hash(store, hash, &visit->link);
    if (r == -ENOENT) {
        answer_unknown(visit);
        return false;
    }
    if (r >= 0) {
        r = instance_store_find(store, visit->link.instance_id, &visit->instance);
        if (r >= 0)
            r = peer_store_find(store, visit->instance.id, visit->link.peer_id, &visit->peer);
        visit->has_peer = r == 0 && !visit->instance.deleting;
        r = r == -ENOENT ? 0 : r;
    }
    if (r >= 0)
        return true;
    api_answer_store_error(visit->engine, visit->call, r);
    return false;
}

/* ---- what is written down ---- */

static int add_audit(const struct visit *visit, const char *action, const char *detail)
{
    char object[64], who[WHO_MAX], after[DETAIL_MAX + 40];
    snprintf(object, sizeof object, "instance/%s/link/%s", visit->link.instance_id, visit->link.id);
    snprintf(who, sizeof who, "one-time link %s", visit->link.id);
    snprintf(after, sizeof after, "{\"%s\":\"%s\"}",
             text_equal(action, "link.refuse") ? "refused" : "formats", detail);
    return audit_store_add(visit->engine->store,
                           &(struct audit_entry){
                               .who = who,
                               .from = visit->request->caller->from,
                               .action = action,
                               .object = object,
                               .name = visit->has_peer ? visit->peer.name : "(deleted)",
                               .after = after,
                           });
}

static void tell(const struct visit *visit, const char *kind, const char *text)
{
    event_log_add(visit->engine->events, kind, visit->link.instance_id, visit->link.peer_id,
                  json_pack("{s:s}", "link", visit->link.id), "%s, from %s", text,
                  visit->request->caller->from);
}

/* Of an expired link that is asked for again and again the audit tells so often. */
static void note_refusal(struct visit *visit, const char *why)
{
    struct store *store = visit->engine->store;
    bool told = visit->link.refusals < LINK_REFUSALS_MAX;
    visit->link.refusals += told;
    int r = store_begin(store);
    if (r >= 0)
        r = one_time_link_update(store, &visit->link);
    if (r >= 0 && told)
        r = add_audit(visit, "link.refuse", why);
    if (r >= 0)
        r = store_commit(store);
    else if (store_in_transaction(store))
        store_rollback(store);
    if (r < 0)
        log_warning("api: refusal of link %s not written down: %s, ignoring", visit->link.id,
                    strerror(-r));
}

/* The link as it is now, with who was handed what; false: answered. */
static bool write_use(struct visit *visit, const char *action, const char *formats,
                      const struct profile_format *format)
{
    _cleanup_problem_ struct problem problem = {};
    struct store *store = visit->engine->store;
    struct issued_profile issued = {};
    profile_issued_of(&visit->facts, format, &issued);
    int r = store_begin(store);
    if (r >= 0)
        r = one_time_link_update(store, &visit->link);
    if (r >= 0)
        r = profile_store_put(store, &issued);
    if (r >= 0)
        r = add_audit(visit, action, formats);
    if (r >= 0)
        r = store_commit(store);
    if (r >= 0)
        return true;
    api_store_problem(visit->engine, r, &problem);
    if (store_in_transaction(store))
        store_rollback(store);
    api_answer_problem(visit->call, &problem);
    return false;
}

/* ---- may it be opened ---- */

static void refuse(struct visit *visit, enum link_state state)
{
    _cleanup_problem_ struct problem problem = {};
    note_refusal(visit, link_state_word(state));
    link_state_problem(state, &problem);
    api_answer_problem(visit->call, &problem);
}

static void answer_pin(struct visit *visit, const char *type, const char *detail)
{
    _cleanup_problem_ struct problem problem = {};
    problem_set(&problem, 403, type, "%s", detail);
    json_t *document = problem_to_json(&problem);
    json_object_set_new(document, "tries_left",
                        json_integer(LINK_PINS_MAX - (int)visit->link.wrong_pins));
    api_answer(visit->call, problem.status, NULL, document);
}

static bool pin_is_right(const struct visit *visit, const char *pin)
{
    uint8_t hash[LINK_HASH_SIZE];
    link_token_hash_pin(&visit->token, pin, hash);
    return sodium_memcmp(hash, visit->link.pin_hash, sizeof hash) == 0;
}

static void refuse_pin(struct visit *visit)
{
    visit->link.wrong_pins++;
    if (visit->link.wrong_pins < LINK_PINS_MAX) {
        note_refusal(visit, "pin-wrong");
        answer_pin(visit, "link-pin-wrong", "the PIN is wrong");
        return;
    }
    tell(visit, "link.blocked", "one-time link blocked after too many wrong PINs");
    refuse(visit, LINK_BLOCKED);
}

/* False: answered. */
static bool check_pin(struct visit *visit)
{
    const char *pin = json_string_value(json_object_get(visit->request->body, "pin"));
    if (!visit->link.has_pin || (pin && pin_is_right(visit, pin)))
        return true;
    if (pin && *pin)
        refuse_pin(visit);
    else
        answer_pin(visit, "link-pin-needed", "the link has a PIN: ask who gave you the link");
    return false;
}

/* Facts of the profile; false: answered. */
static bool take_facts(struct visit *visit)
{
    _cleanup_problem_ struct problem problem = {};
    link_check_hub(visit->engine, &problem);
    if (!problem_is_set(&problem)) {
        visit->source = profile_source_new(visit->engine, &visit->instance);
        int r = profile_facts_make(visit->source, &visit->peer, NULL, &visit->facts);
        if (r < 0)
            api_store_problem(visit->engine, r, &problem);
    }
    if (!problem_is_set(&problem))
        return true;
    api_answer_problem(visit->call, &problem);
    return false;
}

/* ---- what is shown ---- */

static json_t *qr_json(const void *text, size_t size)
{
    _cleanup_buf_ struct buf image = {};
    size_t bytes = 0;
    if (qr_draw(text, size, QR_SVG, &image, &bytes) < 0)
        return json_null();
    json_t *svg = json_stringn(image.data, image.length);
    sodium_memzero(image.data, image.length);
    return svg;
}

/* openvpn://import-profile/https://hub.example.net/get/TOKEN.ovpn; NULL: the format has none. */
static char *import_url(const struct visit *visit, const struct profile_format *format)
{
    _cleanup_free_ char *url = link_url(visit->engine, &visit->token, format->extension);
    return format->import_scheme ? text_format("%s%s", format->import_scheme, url) : NULL;
}

static json_t *format_json(const struct visit *visit, const struct profile_format *format)
{
    _cleanup_free_ char *file_name = profile_file_name(&visit->facts, format);
    _cleanup_free_ char *import = import_url(visit, format);
    _cleanup_free_ char *url = link_url(visit->engine, &visit->token, format->extension);
    _cleanup_buf_ struct buf text = {};
    format->write(&visit->facts, &text);
    json_t *qr = import            ? qr_json(import, strlen(import))
                 : format->fits_qr ? qr_json(text.data, text.length)
                                   : json_null();
    json_t *object = json_pack("{s:s,s:s,s:s,s:s,s:o,s:s,s:s?,s:o}", "format", format->name,
                               "title", format->title, "file_name", file_name, "media_type",
                               format->media_type, "content", json_stringn(text.data, text.length),
                               "url", url, "import_url", import, "qr", qr);
    sodium_memzero(text.data, text.length);
    return object;
}

/* Also writes their names, with commas between. */
static json_t *formats_json(const struct visit *visit, struct buf *names)
{
    json_t *list = json_array();
    for (const struct profile_format *format = profile_formats; format->name; format++) {
        if (!(format->subjects & profile_subject_of_peer(&visit->peer)))
            continue;
        json_array_append_new(list, format_json(visit, format));
        buf_printf(names, "%s%s", names->length ? ", " : "", format->name);
    }
    return list;
}

static json_t *opened_json(const struct visit *visit, json_t *formats)
{
    const struct engine *engine = visit->engine;
    const struct profile_format *usual =
        profile_format_default(profile_subject_of_peer(&visit->peer));
    _cleanup_free_ char *import = import_url(visit, usual);
    return json_pack("{s:{s:s,s:s},s:{s:s},s:{s:s,s:s,s:s,s:b,s:o},s:o,s:o,s:s?,s:i,s:i,s:o,s:o}",
                     "hub", "public_name", engine->settings.public_name, "region",
                     engine->settings.region, "instance", "name", visit->instance.name, "peer",
                     "name", visit->peer.name, "type", visit->peer.is_site ? "site" : "client",
                     "protocol", visit->peer.protocol == PROTOCOL_OPENVPN ? "openvpn" : "wireguard",
                     "route_all", visit->peer.route_all, "expires_at",
                     json_time(visit->peer.expires ? visit->peer.expires_at : 0), "formats",
                     formats, "steps", link_steps_json(profile_subject_of_peer(&visit->peer)),
                     "openvpn_import_url", import, "uses", (int)visit->link.uses, "uses_left",
                     (int)(visit->link.uses - visit->link.used), "valid_until",
                     json_time(visit->link.expires_at), "file_until",
                     json_time(visit->link.opened_at + LINK_RIDE_SECONDS));
}

void api_link_open(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    _cleanup_visit_ struct visit visit = {.engine = engine, .call = call, .request = request};
    _cleanup_buf_ struct buf names = {};
    if (!admit(&visit))
        return;
    if (link_token_parse(json_string_value(json_object_get(request->body, "token")), &visit.token) <
        0) {
        answer_unknown(&visit);
        return;
    }
    if (!find_link(&visit))
        return;
    enum link_state state =
        link_state_of(&visit.link, visit.has_peer ? &visit.peer : NULL, clock_seconds());
    if (state != LINK_OPEN) {
        refuse(&visit, state);
        return;
    }
    if (!check_pin(&visit) || !take_facts(&visit))
        return;
    visit.link.used++;
    visit.link.opened_at = clock_seconds();
    visit.link.downloads = 0;
    json_t *formats = formats_json(&visit, &names);
    if (!write_use(&visit, "link.open", names.data,
                   profile_format_default(profile_subject_of_peer(&visit.peer)))) {
        json_decref(formats);
        return;
    }
    tell(&visit, "link.opened", "one-time link opened");
    api_answer(call, 200, NULL, opened_json(&visit, formats));
}

/* ---- the file ---- */

static const struct profile_format *find_format(const struct peer *peer, const char *extension)
{
    for (const struct profile_format *format = profile_formats; format->name; format++)
        if (format->subjects & profile_subject_of_peer(peer) &&
            text_equal(format->extension + 1, extension))
            return format;
    return NULL;
}

/* Whether by a use of it or because it was opened just now; false: answered. */
static bool take_file(struct visit *visit, const struct profile_format *format)
{
    _cleanup_problem_ struct problem problem = {};
    int64_t now = clock_seconds();
    enum link_state state = link_state_of(&visit->link, visit->has_peer ? &visit->peer : NULL, now);
    bool rides = link_rides(&visit->link, now);
    if (state != LINK_OPEN && !(rides && (state == LINK_USED_UP || state == LINK_EXPIRED))) {
        refuse(visit, state);
        return false;
    }
    if (!format) {
        answer_unknown(visit);
        return false;
    }
    if (rides) {
        visit->link.downloads++;
        return true;
    }
    if (visit->link.direct) {
        visit->link.used++;
        visit->link.opened_at = now;
        visit->link.downloads = 1;
        return true;
    }
    note_refusal(visit, "not-opened");
    problem_set(&problem, 403, "link-not-opened",
                "open the link in a browser first; the file is there for half an hour then");
    api_answer_problem(visit->call, &problem);
    return false;
}

void api_link_file(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    _cleanup_visit_ struct visit visit = {.engine = engine, .call = call, .request = request};
    _cleanup_free_ char *file_name = NULL;
    _cleanup_buf_ struct buf text = {};
    const struct profile_format *format;
    const char *extension;
    if (!admit(&visit))
        return;
    if (link_token_parse_file(request->parameters[0], &visit.token, &extension) < 0) {
        answer_unknown(&visit);
        return;
    }
    if (!find_link(&visit))
        return;
    format = visit.has_peer ? find_format(&visit.peer, extension) : NULL;
    if (!take_file(&visit, format) || !take_facts(&visit) ||
        !write_use(&visit, "link.download", format->name, format))
        return;
    file_name = profile_file_name(&visit.facts, format);
    format->write(&visit.facts, &text);
    api_answer_raw(call, &(struct api_raw){.media_type = format->media_type,
                                           .file_name = file_name,
                                           .bytes = text.data,
                                           .size = text.length});
    sodium_memzero(text.data, text.length);
}
