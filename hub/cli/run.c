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
#include "hub/cli/profile_file.h"
#include "hub/cli/secret.h"
#include "hub/cli/session.h"
#include "hub/cli/show.h"

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
    _cleanup_buf_ struct buf usage = {0};

    fputs("warren: ", stderr);
    screen_print(&screen, COLOR_NONE, text);
    fputc('\n', stderr);
    if (route) {
        help_usage(route, &usage);
        fprintf(stderr, "usage: %s\n", usage.data);
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
    return route->verb && text_equal(route->verb, "list");
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

static enum cli_exit confirm_restore(const struct request *request)
{
    char answer[16];

    if (request->flags & (LOCAL_YES | LOCAL_DRY_RUN))
        return CLI_DONE;
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return run_usage_error(request->route, NULL,
                               "restoring replaces all that the hub has: say so with --yes");
    fprintf(stderr, "This replaces all instances, peers, keys and settings of this hub by those of "
                    "the backup.\nType \"yes\" to do it: ");
    if (!fgets(answer, sizeof(answer), stdin))
        return refuse("nothing was restored");
    answer[strcspn(answer, "\n")] = 0;
    return text_equal(answer, "yes") ? CLI_DONE
                                     : refuse("that is something else: nothing was restored");
}

static enum cli_exit confirm(const struct request *request)
{
    const char *name = request->parameters[0];
    char answer[256];

    if (request->route->id == ROUTE_BACKUP_RESTORE)
        return confirm_restore(request);
    if (request->route->id != ROUTE_INSTANCE_DELETE || request->flags & (LOCAL_YES | LOCAL_DRY_RUN))
        return CLI_DONE;
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return run_usage_error(request->route, NULL,
                               "deleting an instance deletes all of its peers: say so with --yes");
    fprintf(stderr,
            "This deletes the instance with all of its peers; its hostname rests for 30 days, no "
            "instance can take it before.\nType \"%s\" to do it: ",
            name);
    if (!fgets(answer, sizeof(answer), stdin))
        return refuse("nothing was deleted");
    answer[strcspn(answer, "\n")] = 0;
    return text_equal(answer, name) ? CLI_DONE
                                    : refuse("that is something else: nothing was deleted");
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

static void finish_list(struct session *session, const json_t *body)
{
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
    if (request->route->id == ROUTE_AUDIT_VERIFY && json_is_false(json_object_get(*body, "whole")))
        result = CLI_REFUSED;
    if (request->route->id == ROUTE_FIREWALL_CHECK_RUN &&
        json_integer_value(json_object_get(*body, "failed")) > 0)
        result = CLI_REFUSED;
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
