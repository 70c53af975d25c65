/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/buf.h"
#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/engine/api_change.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/api_json.h"
#include "hub/engine/api_profile_facts.h"
#include "hub/engine/link_make.h"
#include "hub/engine/link_state.h"
#include "hub/engine/setting_needed.h"
#include "hub/store/audit_store.h"
#include "profiles/qr.h"

/* ---- list ---- */

static json_t *format_json(const struct profile_format *format, const struct profile_facts *facts,
                           const struct issued_profile *issued, const json_t *state)
{
    _cleanup_free_ char *file_name = profile_file_name(facts, format);
    bool mine = text_equal(issued->format, format->name);
    return json_pack(
        "{s:s,s:s,s:s,s:s,s:b,s:b,s:o,s:o,s:o}", "format", format->name, "title", format->title,
        "file_name", file_name, "media_type", format->media_type, "fits_qr", format->fits_qr,
        "qr_by_link", format->import_scheme != NULL, "issued_at",
        json_time(mine ? issued->issued_at : 0), "stale",
        mine ? json_incref(json_object_get(state, "profile_stale")) : json_false(), "stale_reasons",
        mine ? json_incref(json_object_get(state, "profile_stale_reasons")) : json_array());
}

void api_profile_list(struct engine *engine, struct api_call *call,
                      const struct api_request *request)
{
    _cleanup_instance_ struct instance instance = {};
    _cleanup_peer_ struct peer peer = {};
    _cleanup_profile_source_ struct profile_source *source = NULL;
    _cleanup_profile_facts_ struct profile_facts facts = {};
    struct issued_profile issued = {};

    if (!api_find_instance(engine, call, request->parameters[0], &instance) ||
        !api_find_peer(engine, call, &instance, request->parameters[1], &peer))
        return;
    source = profile_source_new(engine, &instance);
    int r = profile_facts_make(source, &peer, NULL, &facts);
    if (r < 0) {
        api_answer_store_error(engine, call, r);
        return;
    }
    (void)profile_store_get(engine->store, peer.id, &issued);
    json_t *state = json_object(), *items = json_array();
    peer_json_add_profile(source, &peer, state);
    for (const struct profile_format *format = profile_formats; format->name; format++)
        if (format->subjects & profile_subject_of_peer(&peer))
            json_array_append_new(items, format_json(format, &facts, &issued, state));
    json_decref(state);
    api_answer(call, 200, NULL, json_pack("{s:o,s:n}", "items", items, "next"));
}

/* ---- show ---- */

/* What was asked for. */
struct wanted {
    const struct profile_format *format;
    bool qr;
    enum qr_style style;
    struct prefix_set excluded;
    /* The code holds a one-time link, which is made for it. */
    bool by_link;
    struct one_time_link link;
    char *import_url;
};

static void wanted_done(struct wanted *wanted)
{
    prefix_set_done(&wanted->excluded);
    free(wanted->import_url);
}

static void read_format(const json_t *query, const struct peer *peer, struct wanted *wanted,
                        struct problem *problem)
{
    const char *name = json_string_value(json_object_get(query, "format"));
    enum profile_subject subject = profile_subject_of_peer(peer);
    const struct profile_format *usual = profile_format_default(subject);
    char wrong[100];
    wanted->format = name ? profile_format_find(name) : usual;
    if (wanted->format && wanted->format->subjects & subject)
        return;
    snprintf(wrong, sizeof wrong, "is not for a %s over %s%s", peer->is_site ? "site" : "client",
             peer->protocol == PROTOCOL_OPENVPN ? "OpenVPN" : "WireGuard",
             peer->login == LOGIN_PASSWORD ? " with a password" : "");
    problem_add_field(problem, "format", wrong, usual->name);
}

static void read_qr(const json_t *query, const struct peer *peer, struct wanted *wanted,
                    struct problem *problem)
{
    const char *style = json_string_value(json_object_get(query, "qr"));
    if (!style || qr_style_parse(style, &wanted->style) < 0)
        return;
    wanted->qr = true;
    wanted->by_link = wanted->format && wanted->format->import_scheme;
    if (wanted->format && !wanted->format->fits_qr && !wanted->by_link)
        problem_add_field(problem, "qr", wanted->format->no_qr,
                          peer->protocol == PROTOCOL_OPENVPN ? "" : "format=wg-quick");
    else if (!peer->has_private_key)
        problem_add_field(problem, "qr",
                          "is not possible: only the device has the private key, so the code would "
                          "not work; give the peer new keys with rekey, or put the file together "
                          "on the device",
                          "");
}

static void read_excluded(const json_t *query, struct wanted *wanted, struct problem *problem)
{
    const json_t *item;
    size_t i;
    json_array_foreach(json_object_get(query, "exclude"), i, item)
    {
        char field[40], would[PREFIX_TEXT_MAX];
        struct prefix prefix;
        if (prefix_parse(json_string_value(item), &prefix) < 0)
            continue;
        struct prefix network = prefix_network(&prefix);
        snprintf(field, sizeof field, "exclude[%zu]", i);
        if (prefix_has_host_bits(&prefix))
            problem_add_field(problem, field, "is not written as its network address",
                              prefix_format(&network, would));
        prefix_set_add(&wanted->excluded, &network);
    }
    prefix_set_minimise(&wanted->excluded);
}

/* What the app fetches is the profile as it is. */
static void check_link(struct engine *engine, const struct wanted *wanted, struct problem *problem)
{
    if (!wanted->by_link)
        return;
    if (wanted->excluded.count > 0)
        problem_add_field(problem, "exclude",
                          "is not possible with qr: the code holds a link, not the file", "");
    link_check_hub(engine, problem);
}

static void make_link(struct engine *engine, const struct api_request *request,
                      const struct peer *peer, struct wanted *wanted)
{
    const struct link_order order = {.direct = true,
                                     .uses = LINK_USES,
                                     .seconds = LINK_DIRECT_SECONDS,
                                     .made_by = request->caller->who};
    struct link_token token;
    link_make(peer, &order, &token, &wanted->link);
    _cleanup_free_ char *url = link_url(engine, &token, wanted->format->extension);
    wanted->import_url = text_format("%s%s", wanted->format->import_scheme, url);
    sodium_memzero(&token, sizeof token);
}

/* What is kept of it must fit its column, so that a stale profile can be told. */
static void check_excluded(const struct wanted *wanted, struct issued_profile *issued,
                           struct problem *problem)
{
    _cleanup_free_ char *text = prefix_set_format(&wanted->excluded, ", ");
    if (text_copy(issued->excluded, sizeof issued->excluded, text) < 0)
        problem_add_field(problem, "exclude", "are too many networks: take larger ones", "");
}

static void check_hub(struct engine *engine, struct problem *problem)
{
    if (!problem_is_set(problem) && !*engine->settings.public_name)
        setting_needed(engine, NEEDS_PUBLIC_NAME, problem);
}

/* The row and the audit entry: who was given a profile is worth to be known. */
/* That it was handed out is in the audit in any case; `remember` it to say when it gets stale. */
static int record(struct engine *engine, const struct api_request *request,
                  const struct wanted *wanted, const struct profile_facts *facts,
                  struct issued_profile *issued, bool remember)
{
    struct issued_profile now;
    char object[48], after[700];
    profile_issued_of(facts, wanted->format, &now);
    (void)text_copy(now.excluded, sizeof now.excluded, issued->excluded);
    *issued = now;
    snprintf(object, sizeof object, "instance/%s/peer/%s", facts->instance_id, facts->peer_id);
    snprintf(after, sizeof after, "{\"format\":\"%s\",\"excluded\":\"%s\",\"private_key\":%s}",
             issued->format, issued->excluded, facts->has_private_key ? "true" : "false");
    const struct audit_entry entry = {.who = request->caller->who,
                                      .from = request->caller->from,
                                      .action = "profile.show",
                                      .object = object,
                                      .name = facts->peer_name,
                                      .after = after};
    int r = store_begin(engine->store);
    if (r < 0)
        return r;
    /* A new code ends the one before: there is one a peer. */
    if (wanted->by_link)
        r = one_time_link_delete_direct(engine->store, facts->peer_id);
    if (wanted->by_link && r >= 0)
        r = one_time_link_add(engine->store, &wanted->link);
    if (remember && r >= 0)
        r = profile_store_put(engine->store, issued);
    if (r >= 0)
        r = audit_store_add(engine->store, &entry);
    if (r >= 0)
        return store_commit(engine->store);
    store_rollback(engine->store);
    return r;
}

/* "acme-laptop.conf" -> "acme-laptop.png" */
static char *file_name_of(const struct wanted *wanted, const struct profile_facts *facts)
{
    static const char *const extensions[] = {
        [QR_ANSI] = ".txt", [QR_SVG] = ".svg", [QR_PNG] = ".png"};
    _cleanup_free_ char *name = profile_file_name(facts, wanted->format);
    if (!wanted->qr)
        return TAKE_PTR(name);
    char *dot = strrchr(name, '.');
    if (dot)
        *dot = 0;
    return text_format("%s%s", name, extensions[wanted->style]);
}

/* Nothing in it says where to connect to. */
static bool leads_nowhere(const struct peer *peer, const struct profile_facts *facts)
{
    return peer->protocol == PROTOCOL_OPENVPN && peer->login == LOGIN_CERTIFICATE &&
           !facts->openvpn.ports[OPENVPN_UDP] && !facts->openvpn.ports[OPENVPN_TCP];
}

static json_t *warnings_json(const struct peer *peer, const struct profile_facts *facts)
{
    json_t *warnings = json_array();
    if (!peer->has_private_key && peer->login == LOGIN_CERTIFICATE)
        json_array_append_new(warnings,
                              json_string("the hub does not have the private key: put the device's "
                                          "own in its place"));
    if (!peer->enabled)
        json_array_append_new(warnings,
                              json_string(peer->expired ? "the peer has expired: enable it again"
                                                        : "the peer is disabled"));
    if (leads_nowhere(peer, facts))
        json_array_append_new(warnings,
                              json_string("the instance's OpenVPN servers are off, and the profile "
                                          "leads nowhere; instance set --openvpn"));
    if (facts->route_all && facts->dns_count == 0)
        json_array_append_new(
            warnings, json_string("the full tunnel has no name server: the device keeps asking "
                                  "its own; instance set --dns, or [dns] servers"));
    return warnings;
}

static json_t *base64_json(const struct buf *bytes)
{
    size_t size = sodium_base64_encoded_len(bytes->length, sodium_base64_VARIANT_ORIGINAL);
    _cleanup_free_ char *text = memory_zero(size);
    sodium_bin2base64(text, size, (const uint8_t *)bytes->data, bytes->length,
                      sodium_base64_VARIANT_ORIGINAL);
    return json_string(text);
}

static json_t *profile_json(const struct wanted *wanted, const struct profile_facts *facts,
                            const struct peer *peer, const struct buf *content)
{
    bool binary = wanted->qr && wanted->style == QR_PNG;
    _cleanup_free_ char *file_name = file_name_of(wanted, facts);
    return json_pack("{s:s,s:s,s:s,s:s,s:o,s:o}", "format", wanted->format->name, "file_name",
                     file_name, "media_type",
                     wanted->qr ? qr_media_type(wanted->style) : wanted->format->media_type,
                     "encoding", binary ? "base64" : "utf-8", "content",
                     binary ? base64_json(content)
                            : json_stringn(content->data ? content->data : "", content->length),
                     "warnings", warnings_json(peer, facts));
}

/* Writes the text, and draws it if asked to; false: a problem. */
static bool render(const struct wanted *wanted, const struct profile_facts *facts,
                   struct buf *content, struct problem *problem)
{
    _cleanup_buf_ struct buf text = {};
    char wrong[120];
    size_t bytes = 0;
    if (wanted->by_link)
        buf_add_text(&text, wanted->import_url);
    else
        wanted->format->write(facts, wanted->qr ? &text : content);
    if (!wanted->qr)
        return true;
    int r = qr_draw(text.data, text.length, wanted->style, content, &bytes);
    sodium_memzero(text.data, text.length);
    if (r >= 0)
        return true;
    snprintf(wrong, sizeof wrong, "is not possible: the profile has %zu bytes, a code holds %zu",
             text.length, bytes);
    problem_add_field(problem, "qr", wrong, "the file, or fewer networks in it");
    return false;
}

/* The read and checked request: writes the profile, remembers it, answers. */
static void answer_profile(struct engine *engine, struct api_call *call,
                           const struct api_request *request, const struct wanted *wanted,
                           struct issued_profile *issued, const struct profile_facts *facts,
                           const struct peer *peer)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_buf_ struct buf content = {};
    if (!render(wanted, facts, &content, &problem)) {
        api_answer_problem(call, &problem);
        return;
    }
    json_t *body = profile_json(wanted, facts, peer, &content);
    sodium_memzero(content.data, content.length);
    bool remember = !json_is_false(json_object_get(request->query, "record"));
    int r = record(engine, request, wanted, facts, issued, remember);
    if (r < 0 && wanted->by_link) {
        /* A code that nothing stands behind. */
        json_decref(body);
        api_answer_store_error(engine, call, r);
        return;
    }
    if (r < 0) {
        log_warning("api: remembering a profile of peer %s: %s, ignoring", peer->id, strerror(-r));
        json_array_append_new(
            json_object_get(body, "warnings"),
            json_string("the hub could not write down that it handed this out: it "
                        "will not say when it is out of date"));
    }
    api_answer(call, 200, NULL, body);
}

void api_profile_get(struct engine *engine, struct api_call *call,
                     const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_instance_ struct instance instance = {};
    _cleanup_peer_ struct peer peer = {};
    _cleanup_(wanted_done) struct wanted wanted = {};
    _cleanup_profile_source_ struct profile_source *source = NULL;
    _cleanup_profile_facts_ struct profile_facts facts = {};
    struct issued_profile issued = {};

    if (!api_find_instance(engine, call, request->parameters[0], &instance) ||
        !api_find_peer(engine, call, &instance, request->parameters[1], &peer))
        return;
    read_format(request->query, &peer, &wanted, &problem);
    read_qr(request->query, &peer, &wanted, &problem);
    read_excluded(request->query, &wanted, &problem);
    check_excluded(&wanted, &issued, &problem);
    check_hub(engine, &problem);
    check_link(engine, &wanted, &problem);
    if (!problem_is_set(&problem)) {
        source = profile_source_new(engine, &instance);
        int r = profile_facts_make(source, &peer, &wanted.excluded, &facts);
        if (r < 0)
            api_store_problem(engine, r, &problem);
    }
    if (api_refuse(call, &problem))
        return;
    if (wanted.by_link)
        make_link(engine, request, &peer, &wanted);
    answer_profile(engine, call, request, &wanted, &issued, &facts, &peer);
}
