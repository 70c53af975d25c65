/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/link_make.h"

#include <stdio.h>
#include <string.h>

#include "hub/api/problem.h"
#include "hub/base/text.h"
#include "hub/engine/setting_needed.h"

enum { HTTPS_PORT = 443 };

void link_make(const struct peer *peer, const struct link_order *order,
               struct link_token *ret_token, struct one_time_link *ret_link)
{
    struct one_time_link link = {
        .has_pin = order->pin != NULL,
        .identity = peer->public_key,
        .direct = order->direct,
        .uses = order->uses,
        .created_at = clock_seconds(),
    };

    id_make(link.id);
    link_token_make(ret_token);
    link_token_hash(ret_token, link.token_hash);
    if (order->pin)
        link_token_hash_pin(ret_token, order->pin, link.pin_hash);
    memcpy(link.instance_id, peer->instance_id, sizeof(link.instance_id));
    memcpy(link.peer_id, peer->id, sizeof(link.peer_id));
    text_copy_cut(link.made_by, sizeof(link.made_by), order->made_by);
    link.expires_at = link.created_at + order->seconds;
    *ret_link = link;
}

char *link_url(const struct engine *engine, const struct link_token *token, const char *extension)
{
    const char *host = engine->settings.public_name;
    bool is_ipv6 = strchr(host, ':') != NULL;
    char text[LINK_TOKEN_TEXT_MAX], port[8] = "";

    if (engine->settings.https_port != HTTPS_PORT)
        snprintf(port, sizeof(port), ":%u", engine->settings.https_port);
    return text_format("https://%s%s%s%s/get/%s%s", is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "",
                       port, link_token_format(token, text), extension);
}

void link_check_hub(const struct engine *engine, struct problem *problem)
{
    if (problem_is_set(problem))
        return;
    if (!*engine->settings.public_name)
        setting_needed(engine, NEEDS_PUBLIC_NAME, problem);
    else if (!engine->settings.web)
        setting_needed(engine, NEEDS_WEB, problem);
}
