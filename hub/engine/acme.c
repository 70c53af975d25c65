/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/acme.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/engine/api_json.h"
#include "hub/engine/api_tls.h"
#include "hub/engine/event_log.h"
#include "hub/engine/role_link.h"
#include "hub/engine/supervisor.h"
#include "hub/engine/web_tls.h"
#include "hub/pki/pki_acme.h"
#include "hub/store/acme_store.h"
#include "hub/store/audit_store.h"

enum {
    DAY = 86400,
    WAIT_FIRST = 300, /* s after a failure; doubles */
    WAIT_LAST = DAY,
    WAIT_TOO_MANY = 6 * 3600,
    LOOK_EVERY = 12 * 3600, /* clocks are set */
    FROZEN_EVERY = 60,
    CHALLENGES_MAX = 4,
};
#define SECOND_US UINT64_C(1000000)
#define ORDER_TIME_US (600 * SECOND_US)

enum state { STATE_OFF, STATE_WAITING, STATE_ORDERING, STATE_ISSUED, STATE_FAILED };
static const char *const state_names[] = {"off", "waiting", "ordering", "issued", "failed"};

struct challenge {
    char token[ACME_TOKEN_MAX]; /* "" = none */
    char answer[ACME_ANSWER_MAX];
};

/* What an order depends on. */
struct wanted {
    bool on;
    char name[256], directory[ACME_URL_MAX], contact[ACME_CONTACT_MAX];
};

struct acme {
    struct engine *engine;
    enum state state;
    struct acme_row row;
    struct wanted wanted;
    int64_t next_at; /* of the next order; 0 = none is to come */
    sd_event_source *timer;
    struct role_link *link; /* to warren-acme; NULL = not there yet */
    bool opening;           /* warrend was asked for it */
    unsigned asked;         /* how often, without an answer yet */
    char *key, *request;    /* of the certificate that is ordered */
    char thumbprint[ACME_THUMBPRINT_MAX];
    struct challenge challenges[CHALLENGES_MAX];
};

static void look(struct acme *acme);

/* ---- what is wanted ---- */

const char *acme_missing(const struct engine *engine)
{
    const struct settings *settings = &engine->settings;
    struct address address;

    if (!settings->acme)
        return "it is not wanted: set acme.enabled to yes";
    if (!settings->acme_terms_agreed)
        return "nobody has agreed to the authority's terms: read them, and set acme.terms_agreed "
               "to yes";
    if (!settings->public_name[0])
        return "the hub has no name: set hub.public_name";
    if (address_parse(settings->public_name, &address) == 0)
        return "hub.public_name is an address: authorities sign for names";
    if (!settings->web)
        return "the web is off: set web.enabled to yes";
    if (!settings->http_port)
        return "an authority looks at port 80: set web.http_port";
    return NULL;
}

static void read_wanted(const struct engine *engine, struct wanted *ret_wanted)
{
    memset(ret_wanted, 0, sizeof(*ret_wanted)); /* compared as bytes */
    ret_wanted->on = acme_missing(engine) == NULL;
    text_copy_cut(ret_wanted->name, sizeof(ret_wanted->name), engine->settings.public_name);
    text_copy_cut(ret_wanted->directory, sizeof(ret_wanted->directory),
                  engine->settings.acme_directory);
    text_copy_cut(ret_wanted->contact, sizeof(ret_wanted->contact), engine->settings.acme_contact);
}

static bool is_for(const struct pki_web_facts *facts, const char *name)
{
    for (size_t i = 0; i < facts->name_count; i++)
        if (strcasecmp(facts->names[i], name) == 0)
            return true;
    return false;
}

/* A third of its life before its end, 30 days at most. */
static int64_t due_at(const struct pki_web_facts *facts)
{
    int64_t before = (facts->not_after - facts->not_before) / 3;

    return facts->not_after - (before < PKI_WEB_RENEW_BEFORE ? before : PKI_WEB_RENEW_BEFORE);
}

static bool is_issued(const struct acme *acme)
{
    const struct web_tls *tls = acme->engine->tls;

    return web_tls_row(tls)->source == TLS_ACME && is_for(web_tls_facts(tls), acme->wanted.name);
}

/* When what is in use is to be replaced. What somebody brought is left alone as long as it lasts.
 */
static int64_t wanted_at(const struct acme *acme)
{
    const struct web_tls *tls = acme->engine->tls;

    return is_issued(acme) || web_tls_row(tls)->source == TLS_IMPORTED ? due_at(web_tls_facts(tls))
                                                                       : 0;
}

/* ---- its state ---- */

static void enter(struct acme *acme, enum state state, const char *why)
{
    if (acme->state != state)
        log_info("acme: %s -> %s (%s)", state_names[acme->state], state_names[state], why);
    acme->state = state;
}

static int on_timer(sd_event_source *source, uint64_t now, void *data)
{
    (void)source, (void)now;
    look(data);
    return 0;
}

static void look_after(struct acme *acme, int64_t seconds)
{
    uint64_t us = (uint64_t)(seconds < 1 ? 1 : seconds < LOOK_EVERY ? seconds : LOOK_EVERY);

    acme->timer = sd_event_source_disable_unref(acme->timer);
    if (sd_event_add_time_relative(acme->engine->event, &acme->timer, CLOCK_MONOTONIC,
                                   us * SECOND_US, 0, on_timer, acme) < 0)
        log_error("acme: no timer");
}

static int keep_row(struct acme *acme)
{
    struct store *store = acme->engine->store;
    int r = store_begin(store);

    if (r == 0)
        r = acme_store_put(store, &acme->row);
    if (r == 0)
        return store_commit(store);
    store_rollback(store);
    return r;
}

static void end_order(struct acme *acme)
{
    acme->timer = sd_event_source_disable_unref(acme->timer);
    acme->link = role_link_free(acme->link);
    acme->opening = false;
    if (acme->key)
        sodium_memzero(acme->key, strlen(acme->key));
    free(TAKE_PTR(acme->key));
    free(TAKE_PTR(acme->request));
    memset(acme->challenges, 0, sizeof(acme->challenges));
}

static int64_t wait_after(uint32_t failures, enum acme_result result)
{
    int64_t wait = result == ACME_RESULT_TOO_MANY ? WAIT_TOO_MANY : WAIT_FIRST;

    for (uint32_t i = 1; i < failures && wait < WAIT_LAST; i++)
        wait *= 2;
    return wait < WAIT_LAST ? wait : WAIT_LAST;
}

static void fail(struct acme *acme, enum acme_result result, const char *words)
{
    struct acme_row *row = &acme->row;
    char next[TIME_TEXT_MAX];

    end_order(acme);
    /* The try was counted when it began, if it came as far. */
    row->failures += row->failures == 0;
    row->next_at = clock_seconds() + wait_after(row->failures, result);
    text_copy_cut(row->words, sizeof(row->words), words);
    if (result == ACME_RESULT_ACCOUNT)
        row->directory[0] = 0;
    if (keep_row(acme) < 0)
        log_error("acme: the failure can't be written down, ignoring");
    log_warning("acme: no certificate for %s: %s; next try at %s", acme->wanted.name, words,
                time_format(row->next_at, next));
    event_log_add(acme->engine->events, "tls.failed", NULL, NULL, NULL,
                  "the authority gave no certificate for %s: %s", acme->wanted.name, words);
    enter(acme, STATE_FAILED, words);
    look(acme);
}

/* ---- the end of an order ---- */

static int add_audit(struct store *store, json_t *before, const struct pki_web_facts *facts)
{
    json_t *after = api_tls_json(TLS_ACME, facts);
    _cleanup_free_ char *before_text = json_dumps(before, JSON_COMPACT);
    _cleanup_free_ char *after_text = json_dumps(after, JSON_COMPACT);

    json_decref(after);
    return audit_store_add(store, &(struct audit_entry){.who = "hub",
                                                        .from = "timer",
                                                        .action = "tls.renew",
                                                        .object = "tls",
                                                        .name = "tls",
                                                        .before = before_text,
                                                        .after = after_text});
}

static int keep_issued(struct acme *acme, const struct tls_row *tls,
                       const struct pki_web_facts *facts)
{
    struct store *store = acme->engine->store;
    const struct web_tls *now = acme->engine->tls;
    json_t *before = api_tls_json(web_tls_row(now)->source, web_tls_facts(now));
    int r = store_begin(store);

    if (r == 0)
        r = tls_store_put(store, tls);
    if (r == 0)
        r = acme_store_put(store, &acme->row);
    if (r == 0)
        r = add_audit(store, before, facts);
    json_decref(before);
    if (r == 0)
        return store_commit(store);
    store_rollback(store);
    return r;
}

/* One that is due at once would be asked for again and again. */
static int64_t rest_after(const struct pki_web_facts *facts)
{
    int64_t now = clock_seconds();

    return due_at(facts) <= now ? now + DAY : 0;
}

static void take_chain(struct acme *acme, const struct verb_acme_issued *issued)
{
    _cleanup_tls_row_ struct tls_row tls = {.source = TLS_ACME, .updated_at = clock_seconds()};
    struct pki_web_facts facts;
    const char *wrong = "";
    char words[ACME_WORDS_MAX];

    if (issued->chain_size >= sizeof(tls.chain)) {
        fail(acme, ACME_RESULT_REFUSED, "the authority's chain is too long");
        return;
    }
    memcpy(tls.chain, issued->chain, issued->chain_size);
    int r = text_copy(tls.key, sizeof(tls.key), acme->key);
    if (r == 0)
        r = pki_web_check(tls.chain, tls.key, tls.updated_at, &facts, &wrong);
    if (r == 0 && !is_for(&facts, acme->wanted.name)) {
        wrong = "is for another name";
        r = -EBADMSG;
    }
    if (r < 0) {
        snprintf(words, sizeof(words), "what the authority gave %s", wrong);
        fail(acme, ACME_RESULT_REFUSED, words);
        return;
    }
    acme->row.failures = 0;
    acme->row.words[0] = 0;
    acme->row.next_at = rest_after(&facts);
    r = keep_issued(acme, &tls, &facts);
    if (r < 0) {
        fail(acme, ACME_RESULT_BROKEN, "the certificate can't be stored");
        return;
    }
    end_order(acme);
    enter(acme, STATE_ISSUED, "it has a certificate");
    web_tls_take(acme->engine->tls, &tls, &facts);
}

/* ---- what warren-acme says ---- */

static int set_challenge(struct acme *acme, const struct verb_acme_challenge *told)
{
    struct challenge *place = NULL;

    for (size_t i = CHALLENGES_MAX; i-- > 0;)
        if (!acme->challenges[i].token[0] || text_equal(acme->challenges[i].token, told->token))
            place = &acme->challenges[i];
    if (!told->answer[0]) { /* it is over */
        if (place && text_equal(place->token, told->token))
            memset(place, 0, sizeof(*place));
        return 0;
    }
    if (!acme_answer_valid(told->token, told->answer, acme->thumbprint)) {
        log_error("acme: an answer to a challenge is not our account's, ignoring");
        return -EACCES;
    }
    if (!place)
        return -ENOSPC;
    text_copy_cut(place->token, sizeof(place->token), told->token);
    text_copy_cut(place->answer, sizeof(place->answer), told->answer);
    return 0;
}

static void take_issued(struct acme *acme, const struct verb_acme_issued *issued)
{
    enum acme_result result = (enum acme_result)issued->result;

    /* An authority that came as far as this knows the account. */
    if (result == ACME_RESULT_ISSUED || result == ACME_RESULT_CHALLENGE) {
        text_copy_cut(acme->row.directory, sizeof(acme->row.directory), acme->wanted.directory);
        text_copy_cut(acme->row.contact, sizeof(acme->row.contact), acme->wanted.contact);
    }
    if (result == ACME_RESULT_ISSUED)
        take_chain(acme, issued);
    else
        fail(acme, result, issued->words);
}

static void on_message(struct role_link *link, struct channel_message *message, void *data)
{
    struct acme *acme = data;

    (void)link;
    if (message->header.verb == VERB_ACME_ISSUED) {
        take_issued(acme, message->body);
        return;
    }
    if (message->header.verb != VERB_ACME_CHALLENGE)
        return;
    struct verb_status status = {.status = set_challenge(acme, message->body)};
    struct role_link_body body = {.fixed = &status, .fixed_size = sizeof(status), .fd = -1};
    (void)role_link_send(acme->link, VERB_ACME_PROCEED, &body);
}

static void on_closed(struct role_link *link, void *data)
{
    (void)link;
    fail(data, ACME_RESULT_BROKEN, "warren-acme ended; the hub's log says why");
}

/* ---- an order ---- */

static int send_order(struct acme *acme)
{
    const struct acme_row *row = &acme->row;
    size_t key_size = strlen(row->key), request_size = strlen(acme->request);
    struct verb_acme_order order = {
        .registered = text_equal(row->directory, acme->wanted.directory) &&
                      text_equal(row->contact, acme->wanted.contact),
        .key_size = (uint32_t)key_size,
        .blob_size = (uint32_t)(key_size + request_size),
    };
    char blob[ACME_ORDER_BLOB_MAX];
    struct role_link_body body = {.fixed = &order,
                                  .fixed_size = sizeof(order),
                                  .tail = blob,
                                  .tail_size = order.blob_size,
                                  .fd = -1};

    if (order.blob_size > sizeof(blob))
        return -E2BIG;
    memcpy(blob, row->key, key_size);
    memcpy(blob + key_size, acme->request, request_size);
    text_copy_cut(order.directory, sizeof(order.directory), acme->wanted.directory);
    text_copy_cut(order.contact, sizeof(order.contact), acme->wanted.contact);
    int r = role_link_send(acme->link, VERB_ACME_ORDER, &body);
    sodium_memzero(blob, sizeof(blob));
    return r;
}

static void on_opened(int status, struct channel_message *message, void *data)
{
    static const struct role_link_handlers handlers = {.message = on_message, .closed = on_closed};
    struct acme *acme = data;

    acme->asked--;
    /* Of an order that is none any more. */
    if (status == -ECANCELED || !acme->opening || acme->asked)
        return;
    acme->opening = false;
    if (status == 0 && message->header.verb == VERB_ACME_OPENED)
        status = ((const struct verb_status *)message->body)->status;
    if (status == 0)
        status = role_link_new(acme->engine->event, TAKE_FD(message->fds[0]), ROLE_ACME, &handlers,
                               acme, &acme->link);
    if (status == 0)
        status = send_order(acme);
    if (status < 0)
        fail(acme, ACME_RESULT_BROKEN, "warren-acme can't be started; the hub's log says why");
}

static int on_late(sd_event_source *source, uint64_t now, void *data)
{
    (void)source, (void)now;
    fail(data, ACME_RESULT_UNREACHABLE, "the authority was not done within 10 minutes");
    return 0;
}

/* The account's key is made once; the certificate's for each order. */
static int prepare(struct acme *acme)
{
    struct acme_row *row = &acme->row;
    int r = 0;

    if (!row->key[0]) {
        char *key = NULL;
        r = pki_acme_make_key(&key);
        if (r == 0)
            r = text_copy(row->key, sizeof(row->key), key);
        if (key)
            sodium_memzero(key, strlen(key));
        free(key);
    }
    if (r == 0)
        r = pki_acme_thumbprint(row->key, acme->thumbprint);
    if (r == 0)
        r = pki_acme_make_request(acme->wanted.name, &acme->key, &acme->request);
    if (r < 0)
        return r;
    /* Counted as a failure until it is none: who dies amid it must not hammer. */
    row->failures++;
    row->tried_at = clock_seconds();
    row->next_at = row->tried_at + wait_after(row->failures, ACME_RESULT_BROKEN);
    text_copy_cut(row->words, sizeof(row->words), "the hub was started again amid the order");
    return keep_row(acme);
}

static void begin(struct acme *acme, const char *why)
{
    int r = prepare(acme);

    if (r == 0) {
        enter(acme, STATE_ORDERING, why);
        acme->opening = true;
        r = supervisor_ask(acme->engine->supervisor, VERB_ACME_OPEN, NULL, on_opened, acme);
        acme->asked += r == 0;
    }
    acme->timer = sd_event_source_disable_unref(acme->timer);
    if (r == 0)
        r = sd_event_add_time_relative(acme->engine->event, &acme->timer, CLOCK_MONOTONIC,
                                       ORDER_TIME_US, 0, on_late, acme);
    if (r < 0) {
        log_error("acme: no order can be begun: %s", strerror(-r));
        fail(acme, ACME_RESULT_BROKEN, "no order can be begun; the hub's log says why");
    }
}

/* Is it time? */
static void look(struct acme *acme)
{
    const char *missing = acme_missing(acme->engine);
    int64_t now = clock_seconds(), at = wanted_at(acme);

    if (acme->state == STATE_ORDERING && (acme->link || acme->opening))
        return;
    acme->timer = sd_event_source_disable_unref(acme->timer);
    acme->next_at = 0;
    if (missing) {
        enter(acme, STATE_OFF, missing);
        return;
    }
    if (acme->row.failures)
        enter(acme, STATE_FAILED, acme->row.words);
    else
        enter(acme, is_issued(acme) ? STATE_ISSUED : STATE_WAITING, "its time is to come");
    /* What was asked for and failed is asked for again, due or not. */
    acme->next_at = at > acme->row.next_at && !acme->row.failures ? at : acme->row.next_at;
    if (acme->next_at > now)
        look_after(acme, acme->next_at - now);
    else if (acme->engine->frozen[0])
        look_after(acme, FROZEN_EVERY);
    else
        begin(acme, "it is time");
}

int acme_order(struct acme *acme)
{
    if (acme_missing(acme->engine))
        return -EINVAL;
    if (acme->engine->frozen[0])
        return -EBUSY;
    if (acme->state != STATE_ORDERING)
        begin(acme, "asked for");
    return 0;
}

/* ---- the whole ---- */

int acme_new(struct engine *engine, struct acme **ret_acme)
{
    struct acme *acme = memory_zero(sizeof(*acme));

    acme->engine = engine;
    read_wanted(engine, &acme->wanted);
    int r = acme_store_get(engine->store, &acme->row);
    if (r == -ENOENT)
        r = 0;
    if (r == 0) /* once all is open */
        r = sd_event_add_time_relative(engine->event, &acme->timer, CLOCK_MONOTONIC, 0, 0, on_timer,
                                       acme);
    if (r < 0) {
        log_error("acme: %s", strerror(-r));
        acme_free(acme);
        return r;
    }
    *ret_acme = acme;
    return 0;
}

struct acme *acme_free(struct acme *acme)
{
    if (!acme)
        return NULL;
    end_order(acme);
    acme_row_done(&acme->row);
    free(acme);
    return NULL;
}

void acme_settings_changed(struct acme *acme)
{
    struct wanted wanted;

    read_wanted(acme->engine, &wanted);
    if (memcmp(&wanted, &acme->wanted, sizeof(wanted)) == 0) {
        look(acme);
        return;
    }
    acme->wanted = wanted;
    end_order(acme);
    enter(acme, STATE_WAITING, "the settings changed");
    acme->row.failures = 0;
    acme->row.next_at = 0;
    acme->row.words[0] = 0;
    if (acme->row.key[0] && keep_row(acme) < 0)
        log_error("acme: that the settings changed can't be written down, ignoring");
    look(acme);
}

/* The settings may have changed it. */
void acme_certificate_changed(struct acme *acme)
{
    acme_settings_changed(acme);
}

/* ---- what it tells ---- */

const char *acme_answer(const struct acme *acme, const char *token)
{
    for (size_t i = 0; i < CHALLENGES_MAX; i++)
        if (acme->challenges[i].token[0] && text_equal(acme->challenges[i].token, token))
            return acme->challenges[i].answer;
    return NULL;
}

const char *acme_failure(const struct acme *acme, int64_t *ret_next_at)
{
    if (acme->state != STATE_FAILED)
        return NULL;
    *ret_next_at = acme->next_at;
    return acme->row.words;
}

static const char *reason_of(const struct acme *acme)
{
    switch (acme->state) {
    case STATE_OFF:
        return acme_missing(acme->engine);
    case STATE_WAITING:
        return web_tls_row(acme->engine->tls)->source == TLS_IMPORTED
                   ? "the imported certificate is left alone until then; warren tls acme orders now"
                   : NULL;
    case STATE_FAILED:
        return acme->row.words;
    case STATE_ORDERING:
    case STATE_ISSUED:
        break;
    }
    return NULL;
}

json_t *acme_json(const struct acme *acme)
{
    bool ordering = acme->state == STATE_ORDERING;

    return json_pack("{s:s,s:s?,s:s,s:s?,s:i,s:o,s:o}", "state", state_names[acme->state], "name",
                     acme->wanted.on ? acme->wanted.name : NULL, "directory",
                     acme->engine->settings.acme_directory, "reason", reason_of(acme), "failures",
                     (int)(acme->row.failures - (ordering && acme->row.failures ? 1 : 0)),
                     "tried_at", acme->row.tried_at ? json_time(acme->row.tried_at) : json_null(),
                     "next_at",
                     acme->next_at && !ordering ? json_time(acme->next_at) : json_null());
}
