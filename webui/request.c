/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "webui/request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/acme_challenge.h"
#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "webui/asset.h"
#include "webui/credential.h"
#include "webui/engine_link.h"
#include "webui/target.h"

/* ---- files ---- */

static void answer_asset(struct connection *connection, const struct http_head *head,
                         const struct asset *asset)
{
    struct answer answer = {
        .status = 200,
        .media_type = asset->media_type,
        .etag = asset->etag,
        .caching = asset->immutable ? ANSWER_IMMUTABLE : ANSWER_REVALIDATED,
        .gzip = asset->gzip,
        .page = text_starts_with(asset->media_type, "text/html"),
    };

    if (answer_is_known(head->fields[HTTP_IF_NONE_MATCH], asset->etag)) {
        answer.status = 304;
        connection_answer(connection, &answer, NULL, 0);
        return;
    }
    connection_answer(connection, &answer, asset->data, asset->size);
}

static void take_page(struct connection *connection, const struct http_head *head,
                      const struct target *target)
{
    const struct asset *asset = asset_find(target->path);

    if (!asset)
        connection_refuse(connection, 404, "not-found", "there is no such file", 0);
    else if (head->method != HTTP_GET && head->method != HTTP_HEAD)
        connection_refuse(connection, 405, "method", "a file can be read alone", 0);
    else
        answer_asset(connection, head, asset);
}

/* ---- the API ---- */

/* Followed by who says so; a list for all others. */
static void prepare_events(const struct http_head *head, struct target *target)
{
    struct http_text id = head->fields[HTTP_LAST_EVENT_ID];
    char text[24];
    uint64_t number;

    if (!http_list_has(head->fields[HTTP_ACCEPT], "text/event-stream") ||
        head->method == HTTP_HEAD) {
        target_add(target, "follow", "no");
        return;
    }
    if (!id.at || id.size >= sizeof(text))
        return;
    memcpy(text, id.at, id.size);
    text[id.size] = 0;
    if (text_parse_u64(text, 0, INT64_MAX, &number) == 0)
        target_add(target, "after", text);
}

static void ask_engine(struct connection *connection, const struct http_head *head,
                       const struct target *target, const struct credential *credential,
                       const char *body)
{
    const struct web *web = connection->web;

    if (connection->group->in_flight >= WEB_ADDRESS_IN_FLIGHT_MAX) {
        connection_refuse(connection, 429, "busy", "too many requests at once from this address",
                          1);
        return;
    }
    int r = web->in_flight < WEB_IN_FLIGHT_MAX
                ? engine_link_ask(connection, head, target, credential, body)
                : -EAGAIN;
    if (r == -EAGAIN)
        connection_refuse(connection, 503, "busy", "the hub has too much to do", 2);
    else if (r < 0)
        connection_refuse(connection, 503, "engine", "the hub is being started again", 2);
}

static void take_api(struct connection *connection, const struct http_head *head,
                     struct target *target, const char *body)
{
    struct credential credential;
    const char *wrong = NULL;

    if (!credential_take(head, &credential, &wrong)) {
        connection_refuse(connection, 400, "malformed", wrong, 0);
        return;
    }
    if ((wrong = credential_check_origin(head, &credential))) {
        connection_refuse(connection, 403, "origin", wrong, 0);
        return;
    }
    if ((wrong = credential_check_content(head))) {
        connection_refuse(connection, 415, "content-type", wrong, 0);
        return;
    }
    if (head->fields[HTTP_IF_MATCH].size >= WEB_HEADER_MAX ||
        head->fields[HTTP_IDEMPOTENCY_KEY].size >= WEB_HEADER_MAX) {
        connection_refuse(connection, 400, "malformed", "a header has at most 128 bytes", 0);
        return;
    }
    if (target->kind == TARGET_EVENTS && (head->method == HTTP_GET || head->method == HTTP_HEAD))
        prepare_events(head, target);
    ask_engine(connection, head, target, &credential, body);
}

/* ---- an authority that looks whether a name leads here ---- */

/* By whoever knows the token, over HTTP or HTTPS: a credential is nothing to it. */
static void take_challenge(struct connection *connection, const struct http_head *head,
                           const struct target *target)
{
    static const struct credential nobody = {.kind = WEB_CREDENTIAL_NONE};

    if (!acme_token_valid(target->path + strlen(ACME_CHALLENGE_PATH)))
        connection_refuse(connection, 404, "not-found", "there is no such challenge", 0);
    else if (head->method != HTTP_GET && head->method != HTTP_HEAD)
        connection_refuse(connection, 405, "method", "a challenge can be read alone", 0);
    else
        ask_engine(connection, head, target, &nobody, "");
}

/* ---- plain HTTP ---- */

/* Where the same is to be had safely. The host without its port; an IPv6 address has brackets. */
static void redirect(struct connection *connection, const struct http_head *head)
{
    struct http_text host = head->fields[HTTP_HOST];
    _cleanup_buf_ struct buf location = {0};
    struct answer answer = {.status = 308};
    size_t size = 0;

    while (host.at && size < host.size && (host.at[size] != ':' || host.at[0] == '['))
        if (host.at[size++] == ']')
            break;
    connection->closes = true;
    if (size == 0 || !connection->port) {
        connection_refuse(connection, 404, "not-found", "come by HTTPS", 0);
        return;
    }
    buf_add_text(&location, "https://");
    buf_add(&location, host.at, size);
    if (connection->port != 443)
        buf_printf(&location, ":%u", connection->port);
    buf_add(&location, head->path.at, head->path.size);
    if (head->query.at) {
        buf_add_char(&location, '?');
        buf_add(&location, head->query.at, head->query.size);
    }
    answer.location = location.data;
    connection_answer(connection, &answer, NULL, 0);
}

/* ---- the whole ---- */

void request_take(struct connection *connection, const struct http_head *head, const char *body)
{
    const char *wrong = "";
    struct target target;

    if (!target_parse(head->path, head->query, &target, &wrong))
        connection_refuse(connection, 400, "malformed", wrong, 0);
    else if (target.kind == TARGET_CHALLENGE)
        take_challenge(connection, head, &target);
    else if (!connection->session)
        redirect(connection, head);
    else if (target.kind == TARGET_API || target.kind == TARGET_EVENTS)
        take_api(connection, head, &target, body);
    else
        take_page(connection, head, &target);
}
