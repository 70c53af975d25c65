/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/setup_link.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/socket.h>

#include "hub/base/log.h"
#include "hub/engine/identity.h"
#include "hub/store/sign_in_store.h"

int setup_link_get(struct engine *engine, struct token *ret_token, int64_t *ret_ends_at)
{
    struct setup_link_row row;

    if (identity_has_owner(engine->identity))
        return -ENOENT;
    int r = setup_link_store_get(engine->store, &row);
    if (r == 0 && clock_seconds() >= row.ends_at)
        r = -ENOENT;
    if (r == 0) {
        *ret_token = row.token;
        *ret_ends_at = row.ends_at;
    }
    token_wipe(&row.token);
    return r;
}

int setup_link_make(struct engine *engine, struct token *ret_token, int64_t *ret_ends_at)
{
    struct setup_link_row row = {.ends_at = clock_seconds() + SETUP_LINK_SECONDS};

    token_make(&row.token);
    int r = setup_link_store_put(engine->store, &row);
    if (r == 0) {
        *ret_token = row.token;
        *ret_ends_at = row.ends_at;
    }
    token_wipe(&row.token);
    return r;
}

int setup_link_prepare(struct engine *engine)
{
    struct token token;
    int64_t ends_at;
    int r;

    if (identity_has_owner(engine->identity))
        return 0;
    r = setup_link_get(engine, &token, &ends_at);
    if (r < 0)
        r = setup_link_make(engine, &token, &ends_at);
    token_wipe(&token);
    if (r == 0)
        log_info("there is no owner yet: \"warren setup link\" shows the link to make one");
    else
        log_warning("no set-up link can be made: the database can't be written, ignoring");
    return 0; /* a full disk is no reason not to start */
}

/* The hub's name for people, else its first address, else what they will know. */
static void host_of(const struct engine *engine, char *text, size_t size)
{
    const struct settings *settings = &engine->settings;
    char address[ADDRESS_TEXT_MAX];
    struct address named;

    snprintf(text, size, "%s", *settings->public_name ? settings->public_name : "HUB");
    if (!*settings->public_name && settings->public_addresses.count)
        snprintf(text, size, "%s",
                 address_format(&settings->public_addresses.items[0].address, address));
    if (address_parse(text, &named) == 0 && named.family == AF_INET6)
        snprintf(text, size, "[%s]", address_format(&named, address));
}

void setup_link_format(const struct engine *engine, const struct token *token,
                       char text[static SETUP_LINK_TEXT_MAX])
{
    char host[300], port[8] = "", words[TOKEN_TEXT_MAX];

    host_of(engine, host, sizeof(host));
    if (engine->settings.https_port != 443)
        snprintf(port, sizeof(port), ":%u", engine->settings.https_port);
    snprintf(text, SETUP_LINK_TEXT_MAX, "https://%s%s/setup#%s", host, port,
             token_format(token, words));
    sodium_memzero(words, sizeof(words));
}
