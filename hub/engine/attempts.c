/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/attempts.h"

#include <ctype.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/address.h"
#include "hub/base/log.h"
#include "hub/engine/identity.h"
#include "hub/identity/backoff.h"
#include "hub/store/sign_in_store.h"

enum {
    PLACES = 4096,
    KEY_BYTES = 16,
    ACCOUNTS_MAX = 2 * ADMINS_MAX, /* some are of admins who are gone */
    WRITE_US = 10 * 1000 * 1000,
};

/* Of an address, or of a name that no admin has. */
struct place {
    uint8_t key[KEY_BYTES];
    struct backoff backoff;
};

struct account {
    char admin_id[ID_MAX];
    struct backoff backoff;
    bool changed; /* since it was written */
};

struct attempts {
    sd_event_source *timer;
    struct engine *engine;
    uint8_t
        secret[crypto_generichash_KEYBYTES]; /* so that nobody chooses where its keys come to lie */
    struct place places[PLACES];
    struct account accounts[ACCOUNTS_MAX];
    size_t account_count;
};

/* ---- places ---- */

/* Who has one IPv6 address has 2^64 of them. */
static void network_of(const char *from, char text[static ADDRESS_TEXT_MAX])
{
    struct address address;

    text_copy_cut(text, ADDRESS_TEXT_MAX, from);
    if (address_parse(from, &address) < 0 || address.family != AF_INET6)
        return;
    memset(address.bytes + 8, 0, 8);
    address_format(&address, text);
}

static void make_key(const struct attempts *attempts, char kind, const char *text,
                     uint8_t key[static KEY_BYTES])
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, attempts->secret, sizeof(attempts->secret), KEY_BYTES);
    crypto_generichash_update(&state, (const uint8_t *)&kind, 1);
    for (; *text; text++) {
        uint8_t small = (uint8_t)tolower((unsigned char)*text);
        crypto_generichash_update(&state, &small, 1);
    }
    crypto_generichash_final(&state, key, KEY_BYTES);
}

static bool is_taken(const struct place *place)
{
    return place->backoff.failures > 0 || place->backoff.pending > 0;
}

/* Whose place is given to another rather: nobody's, then of who was quiet longest. */
static int64_t worth(const struct place *place)
{
    if (place->backoff.pending > 0)
        return INT64_MAX;
    return is_taken(place) ? place->backoff.failed_at : INT64_MIN;
}

/* The key's place, else one to be taken: a free one, or the one that was quiet longest, of the few
 * where the key may be. */
static struct place *find_place(struct attempts *attempts, const uint8_t key[static KEY_BYTES])
{
    enum { LOOKED_AT = 16 };
    uint32_t start;
    struct place *best = NULL;

    memcpy(&start, key, sizeof(start));
    for (uint32_t i = 0; i < LOOKED_AT; i++) {
        struct place *place = &attempts->places[(start + i) % PLACES];
        if (is_taken(place) && memcmp(place->key, key, KEY_BYTES) == 0)
            return place;
        if (!best || worth(place) < worth(best))
            best = place;
    }
    memcpy(best->key, key, KEY_BYTES);
    best->backoff = (struct backoff){0};
    return best;
}

static struct place *place_of(struct attempts *attempts, char kind, const char *text)
{
    uint8_t key[KEY_BYTES];

    make_key(attempts, kind, text, key);
    return find_place(attempts, key);
}

static struct place *place_of_address(struct attempts *attempts, const char *from)
{
    char network[ADDRESS_TEXT_MAX];

    network_of(from, network);
    return place_of(attempts, 'a', network);
}

/* ---- accounts ---- */

static struct account *find_account(struct attempts *attempts, const char *admin_id)
{
    for (size_t i = 0; i < attempts->account_count; i++)
        if (text_equal(attempts->accounts[i].admin_id, admin_id))
            return &attempts->accounts[i];
    return NULL;
}

/* One is made for an admin who has none, as long as there are not more than admins can be. */
static struct account *account_of(struct attempts *attempts, const char *admin_id)
{
    struct account *account = find_account(attempts, admin_id);

    if (account)
        return account;
    if (attempts->account_count == ACCOUNTS_MAX)
        attempts->account_count = 0; /* all of them are long gone, or soon there again */
    account = &attempts->accounts[attempts->account_count++];
    *account = (struct account){0};
    memcpy(account->admin_id, admin_id, ID_MAX);
    return account;
}

/* What is known of it costs no more time where there is such an admin than where there is none: the
 * disk comes later. */
static struct backoff *account_backoff(struct attempts *attempts, const struct attempt *attempt)
{
    if (!*attempt->admin_id)
        return &place_of(attempts, 'n', attempt->name)->backoff;
    return &account_of(attempts, attempt->admin_id)->backoff;
}

static void note_change(struct attempts *attempts, const struct attempt *attempt)
{
    if (*attempt->admin_id)
        account_of(attempts, attempt->admin_id)->changed = true;
}

static int take_row(const struct attempt_row *row, void *data)
{
    struct account *account = account_of(data, row->admin_id);

    account->backoff = (struct backoff){
        .failures = row->failures, .failed_at = row->failed_at, .decayed_at = row->decayed_at};
    return 0;
}

/* Of an admin who is gone meanwhile there is nothing to be written. */
static int write_account(struct attempts *attempts, struct account *account)
{
    struct attempt_row row = {.failures = account->backoff.failures,
                              .failed_at = account->backoff.failed_at,
                              .decayed_at = account->backoff.decayed_at};
    memcpy(row.admin_id, account->admin_id, ID_MAX);
    account->changed = false;
    if (identity_admin(attempts->engine->identity, account->admin_id))
        return attempt_store_put(attempts->engine->store, &row);
    account->backoff = (struct backoff){0};
    return 0;
}

static bool any_changed(const struct attempts *attempts)
{
    for (size_t i = 0; i < attempts->account_count; i++)
        if (attempts->accounts[i].changed)
            return true;
    return false;
}

static void write_accounts(struct attempts *attempts)
{
    struct store *store = attempts->engine->store;

    if (!any_changed(attempts))
        return;
    int r = store_begin_aside(store);
    for (size_t i = 0; r == 0 && i < attempts->account_count; i++)
        if (attempts->accounts[i].changed)
            r = write_account(attempts, &attempts->accounts[i]);
    if (r == 0)
        r = store_commit(store);
    else if (store_in_transaction(store))
        store_rollback(store);
    if (r < 0)
        log_warning("guesses can't be written down: %s, ignoring", strerror(-r));
}

static int on_write_time(sd_event_source *source, uint64_t now, void *data)
{
    (void)now;
    write_accounts(data);
    (void)sd_event_source_set_time_relative(source, WRITE_US);
    return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static bool is_known(struct attempts *attempts, const struct attempt *attempt)
{
    char network[ADDRESS_TEXT_MAX];

    network_of(attempt->from, network);
    return *attempt->admin_id &&
           known_address_store_find(attempts->engine->store, attempt->admin_id, network,
                                    clock_seconds() - KNOWN_ADDRESS_SECONDS) == 0;
}

/* ---- the whole ---- */

uint32_t attempts_wait_address(struct attempts *attempts, const char *from)
{
    return backoff_wait(&backoff_of_address, &place_of_address(attempts, from)->backoff,
                        clock_seconds());
}

void attempts_charge_address(struct attempts *attempts, const char *from)
{
    backoff_charge(&place_of_address(attempts, from)->backoff, clock_seconds());
}

uint32_t attempts_wait(struct attempts *attempts, const struct attempt *attempt)
{
    uint32_t wait = attempts_wait_address(attempts, attempt->from);
    uint32_t of_account =
        backoff_wait(&backoff_of_account, account_backoff(attempts, attempt), clock_seconds());

    if (of_account > wait && !is_known(attempts, attempt))
        return of_account;
    return wait;
}

void attempts_begin(struct attempts *attempts, const struct attempt *attempt)
{
    backoff_begin(&place_of_address(attempts, attempt->from)->backoff);
    backoff_begin(account_backoff(attempts, attempt));
}

void attempts_end(struct attempts *attempts, const struct attempt *attempt)
{
    backoff_end(&place_of_address(attempts, attempt->from)->backoff);
    backoff_end(account_backoff(attempts, attempt));
}

bool attempts_end_wrong(struct attempts *attempts, const struct attempt *attempt)
{
    attempts_end(attempts, attempt);
    attempts_charge_address(attempts, attempt->from);
    backoff_charge(account_backoff(attempts, attempt), clock_seconds());
    note_change(attempts, attempt);
    return backoff_is_over(&backoff_of_address,
                           &place_of_address(attempts, attempt->from)->backoff) ||
           backoff_is_over(&backoff_of_account, account_backoff(attempts, attempt));
}

int attempts_know_address(struct attempts *attempts, const struct attempt *attempt)
{
    char network[ADDRESS_TEXT_MAX];

    network_of(attempt->from, network);
    return known_address_store_put(attempts->engine->store, attempt->admin_id, network,
                                   clock_seconds());
}

/* ---- life ---- */

int attempts_new(struct engine *engine, struct attempts **ret_attempts)
{
    struct attempts *attempts = memory_zero(sizeof(*attempts));

    attempts->engine = engine;
    randombytes_buf(attempts->secret, sizeof(attempts->secret));
    int r = attempt_store_list(engine->store, take_row, attempts);
    if (r >= 0)
        r = sd_event_add_time_relative(engine->event, &attempts->timer, CLOCK_MONOTONIC, WRITE_US,
                                       0, on_write_time, attempts);
    if (r < 0) {
        free(attempts);
        return r;
    }
    *ret_attempts = attempts;
    return 0;
}

struct attempts *attempts_free(struct attempts *attempts)
{
    if (!attempts)
        return NULL;
    write_accounts(attempts);
    sd_event_source_disable_unref(attempts->timer);
    free(attempts);
    return NULL;
}
