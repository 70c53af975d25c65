/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/api_tls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/text.h"
#include "hub/engine/acme.h"
#include "hub/engine/api_change.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/web_tls.h"

json_t *api_tls_json(enum tls_source source, const struct pki_web_facts *facts)
{
    char fingerprint[FINGERPRINT_TEXT_MAX], begin[TIME_TEXT_MAX], end[TIME_TEXT_MAX];
    json_t *names = json_array();
    for (size_t i = 0; i < facts->name_count; i++)
        json_array_append_new(names, json_string(facts->names[i]));
    return json_pack("{s:s,s:s,s:s,s:s,s:o,s:s,s:s}", "source", web_tls_source_name(source),
                     "fingerprint", web_tls_fingerprint(facts, fingerprint), "subject",
                     facts->subject, "issuer", facts->issuer, "names", names, "not_before",
                     time_format(facts->not_before, begin), "not_after",
                     time_format(facts->not_after, end));
}

json_t *api_tls_warn(const struct engine *engine, const struct pki_web_facts *facts, json_t *tls)
{
    char text[400];
    const char *name = engine->settings.public_name;
    snprintf(text, sizeof text,
             "it names none of the hub's names (%.250s): browsers and programs refuse it",
             *name ? name : "its addresses");
    json_object_set_new(tls, "warning",
                        web_tls_is_for_hub(engine, facts) ? json_null() : json_string(text));
    return tls;
}

static json_t *present(const struct engine *engine)
{
    json_t *tls = api_tls_json(web_tls_row(engine->tls)->source, web_tls_facts(engine->tls));
    if (engine->acme)
        json_object_set_new(tls, "acme", acme_json(engine->acme));
    return tls;
}

void api_tls_get(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    (void)request;
    api_answer(call, 200, NULL, api_tls_warn(engine, web_tls_facts(engine->tls), present(engine)));
}

/* ---- import ---- */

static bool is_pem(const char *text)
{
    for (const char *p = text; *p; p++)
        if ((*p < ' ' || *p > '~') && *p != '\n' && *p != '\r' && *p != '\t')
            return false;
    return true;
}

/* False: answered. */
static bool check(struct api_call *call, const char *chain, const char *key,
                  struct pki_web_facts *ret_facts)
{
    _cleanup_problem_ struct problem problem = {};
    const char *wrong = NULL;
    if (!is_pem(chain))
        problem_add_field(&problem, "chain", "is no text in PEM", NULL);
    if (!is_pem(key))
        problem_add_field(&problem, "key", "is no text in PEM", NULL);
    if (!problem_is_set(&problem)) {
        int r = pki_web_check(chain, key, clock_seconds(), ret_facts, &wrong);
        if (r < 0)
            problem_add_field(&problem, r == -EKEYREJECTED ? "key" : "chain", wrong, NULL);
    }
    if (!problem_is_set(&problem))
        return true;
    api_answer_problem(call, &problem);
    return false;
}

void api_tls_import(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    _cleanup_api_change_ struct api_change change = {.engine = engine,
                                                     .call = call,
                                                     .request = request,
                                                     .action = "tls.import",
                                                     .object = "tls",
                                                     .name = "tls",
                                                     .is_plain = true};
    _cleanup_tls_row_ struct tls_row row = {.source = TLS_IMPORTED, .updated_at = clock_seconds()};
    struct pki_web_facts facts;
    const char *chain = json_string_value(json_object_get(request->body, "chain"));
    const char *key = json_string_value(json_object_get(request->body, "key"));
    if (!check(call, chain, key, &facts))
        return;
    text_copy_cut(row.chain, sizeof row.chain, chain);
    text_copy_cut(row.key, sizeof row.key, key);
    change.before = api_tls_json(web_tls_row(engine->tls)->source, web_tls_facts(engine->tls));
    if (!api_change_begin(&change))
        return;
    int r = tls_store_put(engine->store, &row);
    if (r < 0) {
        api_change_fail(&change, r, NULL);
        return;
    }
    change.after = api_tls_warn(engine, &facts, api_tls_json(TLS_IMPORTED, &facts));
    if (!api_change_commit(&change, 200))
        return;
    web_tls_take(engine->tls, &row, &facts);
    api_answer(call, 200, NULL, api_tls_warn(engine, &facts, present(engine)));
}

/* ---- back to one of the hub's own ---- */

void api_tls_self_signed(struct engine *engine, struct api_call *call,
                         const struct api_request *request)
{
    _cleanup_api_change_ struct api_change change = {.engine = engine,
                                                     .call = call,
                                                     .request = request,
                                                     .action = "tls.self-signed",
                                                     .object = "tls",
                                                     .name = "tls",
                                                     .is_plain = true};
    _cleanup_tls_row_ struct tls_row row = {};
    struct pki_web_facts facts;
    int r = web_tls_self_signed(engine, &row, &facts);
    change.before = api_tls_json(web_tls_row(engine->tls)->source, web_tls_facts(engine->tls));
    if (!api_change_begin(&change))
        return;
    if (r == 0)
        r = tls_store_put(engine->store, &row);
    if (r < 0) {
        api_change_fail(&change, r, NULL);
        return;
    }
    change.after = api_tls_json(TLS_SELF_SIGNED, &facts);
    if (!api_change_commit(&change, 200))
        return;
    web_tls_take(engine->tls, &row, &facts);
    api_answer(call, 200, NULL, api_tls_warn(engine, &facts, present(engine)));
}

/* ---- of an authority ---- */

/* What is declared of it. */
static json_t *order_json(const struct engine *engine, const char *state)
{
    json_t *acme = acme_json(engine->acme);
    json_t *order =
        json_pack("{s:O,s:O,s:O}", "state", json_object_get(acme, "state"), "name",
                  json_object_get(acme, "name"), "directory", json_object_get(acme, "directory"));
    json_decref(acme);
    if (state)
        json_object_set_new(order, "state", json_string(state));
    return order;
}

void api_tls_acme(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    _cleanup_api_change_ struct api_change change = {.engine = engine,
                                                     .call = call,
                                                     .request = request,
                                                     .action = "tls.acme",
                                                     .object = "tls",
                                                     .name = "tls",
                                                     .is_plain = true};
    const char *missing = engine->acme ? acme_missing(engine) : "this engine has no part for it";
    if (missing) {
        _cleanup_problem_ struct problem problem = {};
        problem_set(&problem, 409, "acme-off", "nothing can be ordered: %s", missing);
        api_answer_problem(call, &problem);
        return;
    }
    change.before = order_json(engine, NULL);
    change.after = order_json(engine, "ordering");
    if (!api_change_begin(&change) || !api_change_commit(&change, 202))
        return;
    (void)acme_order(engine->acme);
    api_answer(call, 202, NULL, acme_json(engine->acme));
}

void api_tls_challenge(struct engine *engine, struct api_call *call,
                       const struct api_request *request)
{
    const char *answer = engine->acme ? acme_answer(engine->acme, request->parameters[0]) : NULL;
    if (answer) {
        api_answer_raw(call, &(struct api_raw){.media_type = "application/octet-stream",
                                               .bytes = answer,
                                               .size = strlen(answer)});
        return;
    }
    _cleanup_problem_ struct problem problem = {};
    problem_set(&problem, 404, "not-found", "the hub orders nothing by that token");
    api_answer_problem(call, &problem);
}
