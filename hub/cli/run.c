/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hub/base/buf.h"
#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/cli/backup_command.h"
#include "hub/cli/help.h"
#include "hub/cli/list_edit.h"
#include "hub/cli/natural.h"
#include "hub/cli/profile_file.h"
#include "hub/cli/secret.h"
#include "hub/cli/session.h"
#include "hub/cli/show.h"
#include "hub/cli/show_change.h"

static const char socket_default[] = "/run/warren/api.sock";

const char *run_socket(const struct globals *globals)
{
    const char *environment = getenv("WARREN_SOCKET");

    if (globals->socket)
        return globals->socket;
    return environment && *environment ? environment : socket_default;
}

enum cli_exit run_usage_error(const struct api_route *route, const char *noun, const char *text)
{
    struct screen screen = screen_of(stderr, true);

    fputs("warren: ", stderr);
    screen_print(&screen, COLOR_NONE, text);
    fputc('\n', stderr);
    if (route) {
        fprintf(stderr, "see: warren %s%s%s --help\n", route->noun, route->verb ? " " : "",
                route->verb ? route->verb : "");
    } else if (noun) {
        fprintf(stderr, "see: warren %s --help\n", noun);
    } else {
        fputs("see: warren --help\n", stderr);
    }
    return CLI_USAGE;
}

static enum cli_exit refuse(const char *text)
{
    struct screen screen = screen_of(stderr, true);

    fputs("warren: refused: ", stderr);
    screen_print(&screen, COLOR_NONE, text);
    fputc('\n', stderr);
    return CLI_REFUSED;
}

/* ---- lists ---- */

static bool is_list(const struct api_route *route)
{
    return route->verb && (text_equal(route->verb, "list") || route->id == ROUTE_USER_PEERS);
}

static bool is_paged(const struct api_route *route)
{
    for (const struct api_field *field = route->query; field && field->name; field++)
        if (text_equal(field->name, "cursor"))
            return true;
    return false;
}

/* All pages into one list. */
static enum cli_exit ask_pages(struct session *session, struct request *request, json_t **ret_body)
{
    json_t *items = json_array();
    enum cli_exit result = CLI_DONE;
    bool more = true;

    json_object_set_new(request->query, "limit", json_string("1000"));
    while (more && result == CLI_DONE) {
        json_t *body = NULL;
        const char *next;

        result = session_ask(session, request, NULL, &body);
        json_array_extend(items, json_object_get(body, "items"));
        next = json_string_value(json_object_get(body, "next"));
        more = next != NULL;
        if (next)
            json_object_set_new(request->query, "cursor", json_string(next));
        json_decref(body);
    }
    *ret_body = json_pack("{s:o}", "items", items);
    return result;
}

/* ---- commands that are more than ask and show ---- */

static bool asks_programs(const struct api_route *route)
{
    return route->ask == API_ASK_NAME || route->ask == API_ASK_YES_ALWAYS;
}

/* What is to be typed: "yes", or the last of the names in the path. */
static const char *confirmation(const struct request *request)
{
    size_t last = API_PARAMETERS_MAX - 1;

    while (last > 0 && !request->parameters[last])
        last--;
    return request->route->ask == API_ASK_NAME ? request->parameters[last] : "yes";
}

static enum cli_exit confirm(const struct request *request)
{
    const struct api_route *route = request->route;
    const char *asks = request_asks(request), *wanted;
    _cleanup_free_ char *need = NULL;
    char answer[256];

    if (!asks || request->flags & (LOCAL_YES | LOCAL_DRY_RUN))
        return CLI_DONE;
    wanted = confirmation(request);
    need = text_format("%s Say so with --yes", asks);
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return asks_programs(route) ? run_usage_error(route, NULL, need) : CLI_DONE;
    fprintf(stderr, "%s\nType \"%s\" to do it: ", asks, wanted);
    if (!fgets(answer, sizeof(answer), stdin))
        return refuse("nothing was done");
    answer[strcspn(answer, "\n")] = 0;
    return text_equal(answer, wanted) ? CLI_DONE
                                      : refuse("that is something else: nothing was done");
}

static enum cli_exit check_profile(const struct session *session)
{
    const struct request *request = session->request;
    const char *qr = json_string_value(json_object_get(request->query, "qr"));
    char error[PROFILE_ERROR_MAX];

    if (request->route->id != ROUTE_PROFILE_GET)
        return CLI_DONE;
    if (qr && text_equal(qr, "png") && !request->output && session->out.terminal &&
        !session->globals->json)
        return run_usage_error(request->route, NULL,
                               "a PNG is not for a terminal: say -o FILE, or --qr ansi");
    return profile_file_check(request, error) < 0 ? refuse(error) : CLI_DONE;
}

static enum cli_exit finish_profile(struct session *session, json_t *body)
{
    char error[PROFILE_ERROR_MAX];

    profile_file_warn(body);
    if (session->globals->json && !session->request->output) {
        session_print_json(session, body, false);
        return CLI_DONE;
    }
    if (profile_file_write(&session->out, session->request, body, error) < 0)
        return refuse(error);
    profile_file_warn_of_width(&session->out, session->request, body);
    if (session->globals->json) {
        json_object_del(body, "content");
        session_print_json(session, body, false);
    } else if (session->request->output) {
        fprintf(stderr, "written to %s\n", session->request->output);
    }
    return CLI_DONE;
}

/* Lists of what people gave names to. */
static bool is_by_name(const struct request *request)
{
    switch ((int)request->route->id) {
    case ROUTE_INSTANCE_LIST:
    case ROUTE_PEER_LIST:
    case ROUTE_USER_LIST:
    case ROUTE_ADMIN_LIST:
    case ROUTE_TOKEN_LIST:
        return !json_object_get(request->query, "cursor");
    }
    return false;
}

static void finish_list(struct session *session, const json_t *body)
{
    if (!session->globals->json && is_by_name(session->request)) {
        json_t *sorted = json_pack("{s:o}", "items", natural_sort(json_object_get(body, "items")));
        show_answer(&session->out, session->request, sorted);
        json_decref(sorted);
        return;
    }
    if (!session->globals->json) {
        show_answer(&session->out, session->request, body);
        return;
    }
    json_t *list = json_pack("{s:O}", "items", json_object_get(body, "items"));
    session_print_json(session, list, false);
    json_decref(list);
}

static bool waits(const struct request *request)
{
    return request->route->id == ROUTE_INSTANCE_ADD &&
           !(request->flags & (LOCAL_NO_WAIT | LOCAL_DRY_RUN));
}

static enum cli_exit finish(struct session *session, json_t **body)
{
    const struct request *request = session->request;
    enum cli_exit result = CLI_DONE;

    if (request->route->id == ROUTE_PROFILE_GET)
        return finish_profile(session, *body);
    if (is_list(request->route) || request->route->id == ROUTE_EVENTS_FOLLOW) {
        finish_list(session, *body);
        return CLI_DONE;
    }
    if (waits(request))
        result = instance_wait(session, body);
    if (session->globals->json || request->route->id == ROUTE_API_GET)
        session_print_json(session, *body, false);
    else if (request->flags & LOCAL_DRY_RUN)
        show_dry_run(&session->out, *body);
    else if (!waits(request))
        show_answer(&session->out, request, *body);
    if (request->route->method == API_PATCH && !session->globals->json &&
        !(request->flags & LOCAL_DRY_RUN))
        show_changes(&session->out, *body);
    if (request->route->id == ROUTE_AUDIT_VERIFY && json_is_false(json_object_get(*body, "whole")))
        result = CLI_REFUSED;
    if (request->route->id == ROUTE_FIREWALL_CHECK_RUN &&
        json_integer_value(json_object_get(*body, "failed")) > 0)
        result = CLI_REFUSED;
    return result;
}

/* ---- lists that are changed, not replaced ---- */

static const struct api_route *route_that_shows(const struct api_route *route)
{
    for (size_t i = 0; i < ROUTE_COUNT; i++)
        if (api_route(i)->method == API_GET && text_equal(api_route(i)->path, route->path))
            return api_route(i);
    return NULL;
}

/* An admin's instances are told by their ids. */
static enum cli_exit find_instance_id(struct session *session, json_t *list, size_t index)
{
    struct request request = {.route = api_route(ROUTE_INSTANCE_GET),
                              .parameters = {json_string_value(json_array_get(list, index))}};
    json_t *body = NULL;
    enum cli_exit result = session_ask(session, &request, NULL, &body);

    if (result == CLI_DONE)
        json_array_set(list, index, json_object_get(body, "id"));
    json_decref(body);
    return result;
}

static enum cli_exit find_instance_ids(struct session *session, json_t *edit)
{
    static const char *const kinds[] = {"add", "remove"};
    enum cli_exit result = CLI_DONE;

    for (size_t i = 0; i < ELEMENTS(kinds); i++) {
        json_t *list = json_object_get(edit, kinds[i]);

        for (size_t j = 0; j < json_array_size(list) && result == CLI_DONE; j++)
            result = find_instance_id(session, list, j);
    }
    return result;
}

static enum cli_exit edit_lists(struct session *session, struct request *request)
{
    struct request look = {.route = route_that_shows(request->route)};
    char error[CLI_ERROR_MAX];
    json_t *object = NULL;
    enum cli_exit result = CLI_DONE;

    memcpy(look.parameters, request->parameters, sizeof(look.parameters));
    if (json_object_get(request->edits, "instances"))
        result = find_instance_ids(session, json_object_get(request->edits, "instances"));
    if (result == CLI_DONE)
        result = session_ask(session, &look, NULL, &object);
    if (result == CLI_DONE &&
        list_edit_apply(request->route, request->edits, object, request->body, error) < 0)
        result = refuse(error);
    if (result == CLI_DONE && json_object_get(object, "etag") &&
        !json_object_get(request->headers, "if-match"))
        json_object_set(request->headers, "if-match", json_object_get(object, "etag"));
    json_decref(object);
    return result;
}

static enum cli_exit run_connected(struct session *session, struct request *request)
{
    bool all = is_paged(request->route) && !json_object_get(request->query, "limit");
    json_t *body = NULL;
    enum cli_exit result;

    if (backup_command_is(request))
        return backup_command_run(session, request);
    if (request->route->id == ROUTE_EVENTS_FOLLOW) {
        if (request->flags & LOCAL_FOLLOW)
            return event_follow(session, FOLLOW_PATIENCE_MS);
        json_object_set_new(request->query, "follow", json_string("no"));
    }
    if (json_object_size(request->edits) > 0) {
        result = edit_lists(session, request);
        if (result != CLI_DONE)
            return result;
    }
    result = all ? ask_pages(session, request, &body) : session_ask(session, request, NULL, &body);
    if (result == CLI_DONE)
        result = finish(session, &body);
    json_decref(body);
    return result;
}

enum cli_exit run_request(const struct globals *globals, struct request *request)
{
    struct session session = {
        .globals = globals,
        .request = request,
        .out = screen_of(stdout, globals->no_color),
        .err = screen_of(stderr, globals->no_color),
    };
    enum cli_exit result = confirm(request);
    char error[CLI_ERROR_MAX];

    if (result == CLI_DONE)
        result = check_profile(&session);
    if (result == CLI_DONE && secret_read_all(request, error) < 0)
        result = refuse(error);
    if (result == CLI_DONE && backup_command_is(request))
        result = backup_command_check(request);
    if (result != CLI_DONE)
        return result;
    if (connection_open(&session.connection, run_socket(globals)) < 0)
        return session_unreachable(&session);
    result = run_connected(&session, request);
    connection_done(&session.connection);
    if (fflush(stdout) != 0 && result == CLI_DONE)
        return refuse("writing the output failed");
    return result;
}
