/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/setup_link.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
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

/* The one that the box was seeded with, in a file beside the configuration; the image's units take
 * it away once the hub is ready. */
static int take_seeded(struct engine *engine)
{
    struct setup_link_row row = {.ends_at = clock_seconds() + SETUP_LINK_SECONDS};
    char path[sizeof(engine->config_path) + sizeof("/setup-token")], text[TOKEN_TEXT_MAX] = "";
    const char *slash = strrchr(engine->config_path, '/');

    snprintf(path, sizeof(path), "%.*s/setup-token", slash ? (int)(slash - engine->config_path) : 1,
             slash ? engine->config_path : ".");
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return 0;
    ssize_t got = read(fd, text, sizeof(text) - 1);
    int r = got < 0 ? -errno : token_parse(text, &row.token);
    sodium_memzero(text, sizeof(text));
    if (r == 0)
        r = setup_link_store_put(engine->store, &row);
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
    r = take_seeded(engine);
    if (r < 0)
        log_warning("the set-up token of the seed can't be taken: %s, ignoring", strerror(-r));
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
