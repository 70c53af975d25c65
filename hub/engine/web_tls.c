/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/web_tls.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/engine/acme.h"
#include "hub/engine/event_log.h"
#include "hub/engine/identity.h"
#include "hub/engine/web_door.h"
#include "hub/store/audit_store.h"

#define LOOK_EVERY_US (UINT64_C(12) * 3600 * 1000000)
#define RENAMED_US (UINT64_C(3600) * 1000000)
enum { NAMES_MAX = PKI_WEB_NAMES_MAX - 2 };

struct web_tls {
    struct engine *engine;
    sd_event_source *timer;
    struct tls_row row;
    struct pki_web_facts facts;
};

/* ---- the names it is for ---- */

struct names {
    const char *items[NAMES_MAX];
    size_t count;
    char addresses[NAMES_MAX][ADDRESS_TEXT_MAX];
};

static void add_name(struct names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (text_equal(names->items[i], name))
            return;
    if (*name && names->count < NAMES_MAX)
        names->items[names->count++] = name;
}

static void wanted_names(const struct settings *settings, struct names *names)
{
    names->count = 0;
    add_name(names, settings->public_name);
    for (size_t i = 0; i < settings->public_addresses.count && i < NAMES_MAX; i++)
        add_name(names,
                 address_format(&settings->public_addresses.items[i].address, names->addresses[i]));
    add_name(names, "localhost");
}

static bool is_for(const struct pki_web_facts *facts, const struct names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        bool found = false;
        for (size_t k = 0; k < facts->name_count; k++)
            found = found || text_equal(facts->names[k], names->items[i]);
        if (!found)
            return false;
    }
    return true;
}

static bool matches(const char *pattern, const char *name)
{
    const char *dot = strchr(name, '.');
    return strcasecmp(pattern, name) == 0 ||
           (text_starts_with(pattern, "*.") && dot && strcasecmp(pattern + 1, dot) == 0);
}

bool web_tls_is_for_hub(const struct engine *engine, const struct pki_web_facts *facts)
{
    struct names names;
    wanted_names(&engine->settings, &names);
    for (size_t i = 0; i + 1 < names.count; i++) /* the last one is localhost */
        for (size_t k = 0; k < facts->name_count; k++)
            if (matches(facts->names[k], names.items[i]))
                return true;
    return names.count <= 1;
}

/* ---- making one ---- */

static int add_audit(struct store *store, const struct pki_web_facts *facts)
{
    char end[TIME_TEXT_MAX], hex[2 * sizeof facts->fingerprint + 1];
    sodium_bin2hex(hex, sizeof hex, facts->fingerprint, sizeof facts->fingerprint);
    json_t *after = json_pack("{s:s,s:s,s:s}", "source", "self-signed", "fingerprint", hex,
                              "not_after", time_format(facts->not_after, end));
    _cleanup_free_ char *text = json_dumps(after, JSON_COMPACT);
    json_decref(after);
    return audit_store_add(store, &(struct audit_entry){.who = "hub",
                                                        .from = "timer",
                                                        .action = "tls.renew",
                                                        .object = "tls",
                                                        .name = "tls",
                                                        .after = text});
}

static int keep(struct store *store, const struct tls_row *row, const struct pki_web_facts *facts)
{
    int r = store_begin(store);
    if (r == 0)
        r = tls_store_put(store, row);
    if (r == 0)
        r = add_audit(store, facts);
    if (r < 0) {
        store_rollback(store);
        return r;
    }
    return store_commit(store);
}

int web_tls_self_signed(const struct engine *engine, struct tls_row *ret_row,
                        struct pki_web_facts *ret_facts)
{
    struct names names;
    char *chain, *key;
    const char *wrong;
    *ret_row = (struct tls_row){.source = TLS_SELF_SIGNED, .updated_at = clock_seconds()};
    wanted_names(&engine->settings, &names);
    int r = pki_web_make(names.items, names.count, ret_row->updated_at, &chain, &key);
    if (r < 0)
        return r;
    r = text_copy(ret_row->chain, sizeof ret_row->chain, chain);
    if (r == 0)
        r = text_copy(ret_row->key, sizeof ret_row->key, key);
    sodium_memzero(key, strlen(key));
    free(key);
    free(chain);
    return r < 0 ? r : pki_web_look(ret_row->chain, ret_facts, &wrong);
}

static int make(struct web_tls *tls)
{
    _cleanup_tls_row_ struct tls_row row = {};
    struct pki_web_facts facts;
    int r = web_tls_self_signed(tls->engine, &row, &facts);
    if (r == 0)
        r = keep(tls->engine->store, &row, &facts);
    if (r == 0)
        web_tls_take(tls, &row, &facts);
    return r;
}

static bool is_due(const struct web_tls *tls, const struct names *names)
{
    return tls->row.source == TLS_SELF_SIGNED &&
           (clock_seconds() > tls->facts.not_after - PKI_WEB_RENEW_BEFORE ||
            !is_for(&tls->facts, names));
}

static int renew_if_due(struct web_tls *tls)
{
    struct names names;
    wanted_names(&tls->engine->settings, &names);
    if (!is_due(tls, &names))
        return 0;
    int r = make(tls);
    if (r < 0)
        log_error("the web's certificate can't be made: %s, ignoring", strerror(-r));
    return r;
}

static void warn_of_end(const struct web_tls *tls)
{
    char end[TIME_TEXT_MAX];
    if (tls->row.source != TLS_SELF_SIGNED &&
        clock_seconds() > tls->facts.not_after - PKI_WEB_RENEW_BEFORE)
        log_warning("the web's certificate ends at %s: import a new one",
                    time_format(tls->facts.not_after, end));
}

static int on_timer(sd_event_source *source, uint64_t now, void *data)
{
    (void)now;
    (void)renew_if_due(data);
    warn_of_end(data);
    return sd_event_source_set_time_relative(source, LOOK_EVERY_US);
}

/* ---- the whole ---- */

static int read_row(struct web_tls *tls)
{
    const char *wrong = "";
    int r = tls_store_get(tls->engine->store, &tls->row);
    if (r == 0)
        r = pki_web_look(tls->row.chain, &tls->facts, &wrong);
    if (r == -EBADMSG)
        log_error("the web's certificate %s: another is made", wrong);
    return r;
}

int web_tls_new(struct engine *engine, struct web_tls **ret_tls)
{
    struct web_tls *tls = memory_zero(sizeof *tls);
    tls->engine = engine;
    int r = read_row(tls);
    if (r == -ENOENT || r == -EBADMSG)
        r = make(tls);
    else if (r == 0)
        /* On a full disk the one that there is does until there is room. */
        (void)renew_if_due(tls);
    if (r >= 0)
        r = sd_event_add_time_relative(engine->event, &tls->timer, CLOCK_MONOTONIC, LOOK_EVERY_US,
                                       0, on_timer, tls);
    if (r >= 0)
        r = sd_event_source_set_enabled(tls->timer, SD_EVENT_ON);
    if (r < 0) {
        log_error("the web's certificate: %s", strerror(-r));
        web_tls_free(tls);
        return r;
    }
    *ret_tls = tls;
    return 0;
}

struct web_tls *web_tls_free(struct web_tls *tls)
{
    if (!tls)
        return NULL;
    sd_event_source_disable_unref(tls->timer);
    tls_row_done(&tls->row);
    free(tls);
    return NULL;
}

const struct pki_web_facts *web_tls_facts(const struct web_tls *tls)
{
    return &tls->facts;
}

const struct tls_row *web_tls_row(const struct web_tls *tls)
{
    return &tls->row;
}

const char *web_tls_source_name(enum tls_source source)
{
    static const char *const names[TLS_SOURCE_COUNT] = {
        [TLS_SELF_SIGNED] = "self-signed", [TLS_IMPORTED] = "imported", [TLS_ACME] = "acme"};
    return (unsigned)source < TLS_SOURCE_COUNT ? names[source] : "unknown";
}

const char *web_tls_fingerprint(const struct pki_web_facts *facts,
                                char text[static FINGERPRINT_TEXT_MAX])
{
    for (size_t i = 0; i < sizeof facts->fingerprint; i++)
        snprintf(text + 3 * i, 4, "%02X%s", facts->fingerprint[i],
                 i + 1 < sizeof facts->fingerprint ? ":" : "");
    return text;
}

void web_tls_take(struct web_tls *tls, const struct tls_row *row, const struct pki_web_facts *facts)
{
    char fingerprint[FINGERPRINT_TEXT_MAX];
    tls->row = *row;
    tls->facts = *facts;
    web_tls_fingerprint(facts, fingerprint);
    log_info("the web's certificate (%s): SHA-256 %s", web_tls_source_name(row->source),
             fingerprint);
    event_log_add(tls->engine->events, "tls.changed", NULL, NULL, NULL,
                  "the web shows another certificate: SHA-256 %s", fingerprint);
    if (tls->engine->web)
        web_door_send_tls(tls->engine->web);
    if (tls->engine->acme)
        acme_certificate_changed(tls->engine->acme);
}

bool web_tls_is_provisional(const struct web_tls *tls)
{
    /* "localhost" is always there. */
    return tls->facts.name_count <= 1 && !identity_has_owner(tls->engine->identity);
}

/* Who has just named the hub in a browser is not to meet a stranger's certificate at the next
 * click, as in the middle of the first start. */
void web_tls_settings_changed(struct web_tls *tls)
{
    struct names names;
    wanted_names(&tls->engine->settings, &names);
    if (is_due(tls, &names))
        (void)sd_event_source_set_time_relative(tls->timer,
                                                web_tls_is_provisional(tls) ? 0 : RENAMED_US);
}
