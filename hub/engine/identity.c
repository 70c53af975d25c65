/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/identity.h"
#include "hub/engine/api_events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hub/api/route.h"
#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/engine/event_log.h"

enum { UPKEEP_US = 60 * 1000 * 1000 };

/* Rows in the order of the store, and an index of them by hash. */
struct session_entry {
    struct session_row row;
    bool used; /* since it was written */
};

struct token_entry {
    struct token_row row;
    bool used;
};

struct identity {
    struct engine *engine;
    sd_event_source *timer;
    uint64_t generation;
    struct admin *admins;
    struct session_entry *sessions;
    struct token_entry *tokens;
    size_t admin_count, session_count, token_count;
    struct session_entry **sessions_by_hash;
    struct token_entry **tokens_by_hash;
};

/* ---- reading ---- */

static void *grow(void *array, size_t count, size_t size)
{
    /* Powers of two, so that most calls do nothing. */
    if (count & (count - 1))
        return array;
    void *grown = reallocarray(array, count ? 2 * count : 1, size);
    if (!grown)
        abort();
    return grown;
}

static int add_admin(const struct admin *admin, void *data)
{
    struct identity *identity = data;

    identity->admins = grow(identity->admins, identity->admin_count, sizeof(identity->admins[0]));
    identity->admins[identity->admin_count] = *admin;
    /* Nobody needs the hash here. */
    explicit_bzero(identity->admins[identity->admin_count++].password, PASSWORD_HASH_SIZE);
    return 0;
}

static int add_session(const struct session_row *row, void *data)
{
    struct identity *identity = data;

    identity->sessions =
        grow(identity->sessions, identity->session_count, sizeof(identity->sessions[0]));
    identity->sessions[identity->session_count++] = (struct session_entry){.row = *row};
    return 0;
}

static int add_token(const struct token_row *row, void *data)
{
    struct identity *identity = data;

    identity->tokens = grow(identity->tokens, identity->token_count, sizeof(identity->tokens[0]));
    identity->tokens[identity->token_count++] = (struct token_entry){.row = *row};
    return 0;
}

static int compare_sessions(const void *a, const void *b)
{
    const struct session_entry *const *left = a, *const *right = b;

    return memcmp(&(*left)->row.hash, &(*right)->row.hash, sizeof(struct token_hash));
}

static int compare_tokens(const void *a, const void *b)
{
    const struct token_entry *const *left = a, *const *right = b;

    return memcmp(&(*left)->row.hash, &(*right)->row.hash, sizeof(struct token_hash));
}

static void make_indexes(struct identity *identity)
{
    identity->sessions_by_hash =
        memory_zero((identity->session_count + 1) * sizeof(identity->sessions_by_hash[0]));
    identity->tokens_by_hash =
        memory_zero((identity->token_count + 1) * sizeof(identity->tokens_by_hash[0]));
    for (size_t i = 0; i < identity->session_count; i++)
        identity->sessions_by_hash[i] = &identity->sessions[i];
    for (size_t i = 0; i < identity->token_count; i++)
        identity->tokens_by_hash[i] = &identity->tokens[i];
    qsort(identity->sessions_by_hash, identity->session_count,
          sizeof(identity->sessions_by_hash[0]), compare_sessions);
    qsort(identity->tokens_by_hash, identity->token_count, sizeof(identity->tokens_by_hash[0]),
          compare_tokens);
}

static void forget(struct identity *identity)
{
    free(identity->admins);
    free(identity->sessions);
    free(identity->tokens);
    free(identity->sessions_by_hash);
    free(identity->tokens_by_hash);
    identity->admins = NULL;
    identity->sessions = NULL;
    identity->tokens = NULL;
    identity->sessions_by_hash = NULL;
    identity->tokens_by_hash = NULL;
    identity->admin_count = identity->session_count = identity->token_count = 0;
}

static int load(struct identity *identity)
{
    struct store *store = identity->engine->store;
    int r = admin_store_list(store, NULL, 0, add_admin, identity);

    if (r == 0)
        r = session_store_list(store, add_session, identity);
    if (r == 0)
        r = token_store_list(store, add_token, identity);
    return r;
}

/* ---- writing what was used ---- */

static int write_uses(struct identity *identity)
{
    struct store *store = identity->engine->store;
    int r = 0;

    for (size_t i = 0; i < identity->session_count && r == 0; i++)
        if (identity->sessions[i].used)
            r = session_store_note_use(store, identity->sessions[i].row.id,
                                       identity->sessions[i].row.last_used_at);
    for (size_t i = 0; i < identity->token_count && r == 0; i++)
        if (identity->tokens[i].used)
            r = token_store_note_use(store, identity->tokens[i].row.id,
                                     identity->tokens[i].row.last_used_at,
                                     identity->tokens[i].row.last_used_from);
    return r;
}

static bool any_used(const struct identity *identity)
{
    for (size_t i = 0; i < identity->session_count; i++)
        if (identity->sessions[i].used)
            return true;
    for (size_t i = 0; i < identity->token_count; i++)
        if (identity->tokens[i].used)
            return true;
    return false;
}

static void flush(struct identity *identity)
{
    struct store *store = identity->engine->store;

    if (!any_used(identity) || store_in_transaction(store))
        return;
    int r = store_begin_aside(store);
    if (r == 0)
        r = write_uses(identity);
    if (r == 0)
        r = store_commit(store);
    else
        store_rollback(store);
    if (r < 0) {
        log_warning("when sessions were used can't be written: %s, ignoring", strerror(-r));
        return;
    }
    for (size_t i = 0; i < identity->session_count; i++)
        identity->sessions[i].used = false;
    for (size_t i = 0; i < identity->token_count; i++)
        identity->tokens[i].used = false;
}

void identity_reload(struct identity *identity)
{
    flush(identity);
    forget(identity);
    identity->generation++;
    int r = load(identity);
    if (r < 0) {
        log_error("admins and sessions can't be read: %s; nobody is let in", strerror(-r));
        forget(identity);
    }
    make_indexes(identity);
    api_events_look_again(identity->engine);
}

/* ---- the end of sessions ---- */

int64_t identity_idle_end(const struct identity *identity, const struct session_row *session)
{
    return session->last_used_at + identity->engine->settings.session_idle;
}

static bool is_over(const struct identity *identity, const struct session_row *session, int64_t now)
{
    return now >= session->ends_at || now >= identity_idle_end(identity, session);
}

static void tell_ended(struct identity *identity, const struct session_row *session)
{
    const struct admin *admin = identity_admin(identity, session->admin_id);

    event_log_add(identity->engine->events, "session.ended", NULL, NULL,
                  json_pack("{s:s,s:s}", "session_id", session->id, "admin_id", session->admin_id),
                  "a session of %s ended: not used, or at its end", admin ? admin->name : "nobody");
}

static int on_upkeep(sd_event_source *source, uint64_t when, void *data)
{
    struct identity *identity = data;
    int64_t now = clock_seconds();
    size_t ended = 0;

    (void)when;
    for (size_t i = 0; i < identity->session_count; i++) {
        const struct session_row *session = &identity->sessions[i].row;
        if (!is_over(identity, session, now))
            continue;
        tell_ended(identity, session);
        (void)session_store_delete(identity->engine->store, session->id);
        ended++;
    }
    if (ended)
        identity_reload(identity);
    else
        flush(identity);
    api_events_look_again(identity->engine); /* tokens end by themselves */
    (void)sd_event_source_set_time_relative(source, UPKEEP_US);
    return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* ---- finding ---- */

uint64_t identity_generation(const struct identity *identity)
{
    return identity->generation;
}

const struct admin *identity_admin(const struct identity *identity, const char *id)
{
    for (size_t i = 0; i < identity->admin_count; i++)
        if (text_equal(identity->admins[i].id, id))
            return &identity->admins[i];
    return NULL;
}

static bool is_enabled(const struct identity *identity, const char *admin_id)
{
    const struct admin *admin = identity_admin(identity, admin_id);

    return admin && admin->enabled;
}

const struct session_row *identity_use_session(struct identity *identity,
                                               const struct token_hash *hash)
{
    const struct session_entry wanted = {.row.hash = *hash}, *key = &wanted;
    struct session_entry **found =
        bsearch(&key, identity->sessions_by_hash, identity->session_count,
                sizeof(identity->sessions_by_hash[0]), compare_sessions);
    int64_t now = clock_seconds();

    if (!found || is_over(identity, &(*found)->row, now) ||
        !is_enabled(identity, (*found)->row.admin_id))
        return NULL;
    if ((*found)->row.last_used_at != now) {
        (*found)->row.last_used_at = now;
        (*found)->used = true;
    }
    return &(*found)->row;
}

const struct token_row *identity_find_token(struct identity *identity,
                                            const struct token_hash *hash)
{
    struct token_entry wanted = {.row.hash = *hash}, *key = &wanted;
    struct token_entry **found = bsearch(&key, identity->tokens_by_hash, identity->token_count,
                                         sizeof(identity->tokens_by_hash[0]), compare_tokens);

    if (!found || ((*found)->row.expires_at && clock_seconds() >= (*found)->row.expires_at) ||
        !is_enabled(identity, (*found)->row.admin_id))
        return NULL;
    return &(*found)->row;
}

void identity_note_token(struct identity *identity, const struct token_row *row, const char *from)
{
    struct token_entry *entry = &identity->tokens[0];

    while (&entry->row != row)
        entry++;
    int64_t now = clock_seconds();
    if (entry->row.last_used_at == now)
        return;
    entry->row.last_used_at = now;
    text_copy_cut(entry->row.last_used_from, sizeof(entry->row.last_used_from), from);
    entry->used = true;
}

const struct session_row *identity_session(const struct identity *identity, const char *id)
{
    int64_t now = clock_seconds();

    for (size_t i = 0; i < identity->session_count; i++)
        if (text_equal(identity->sessions[i].row.id, id))
            return is_over(identity, &identity->sessions[i].row, now) ? NULL
                                                                      : &identity->sessions[i].row;
    return NULL;
}

const struct token_row *identity_token(const struct identity *identity, const char *id)
{
    for (size_t i = 0; i < identity->token_count; i++)
        if (text_equal(identity->tokens[i].row.id, id))
            return &identity->tokens[i].row;
    return NULL;
}

const struct session_row *identity_session_at(const struct identity *identity, size_t index)
{
    return index < identity->session_count ? &identity->sessions[index].row : NULL;
}

const struct token_row *identity_token_at(const struct identity *identity, size_t index)
{
    return index < identity->token_count ? &identity->tokens[index].row : NULL;
}

size_t identity_admin_count(const struct identity *identity)
{
    return identity->admin_count;
}

bool identity_has_owner(const struct identity *identity)
{
    for (size_t i = 0; i < identity->admin_count; i++)
        if (identity->admins[i].enabled && identity->admins[i].rights.role == API_OWNER)
            return true;
    return false;
}

/* ---- life ---- */

int identity_new(struct engine *engine, struct identity **ret_identity)
{
    struct identity *identity = memory_zero(sizeof(*identity));

    identity->engine = engine;
    int r = sd_event_add_time_relative(engine->event, &identity->timer, CLOCK_MONOTONIC, UPKEEP_US,
                                       0, on_upkeep, identity);
    if (r < 0) {
        free(identity);
        return r;
    }
    identity_reload(identity);
    *ret_identity = identity;
    return 0;
}

struct identity *identity_free(struct identity *identity)
{
    if (!identity)
        return NULL;
    flush(identity);
    sd_event_source_disable_unref(identity->timer);
    forget(identity);
    free(identity);
    return NULL;
}
