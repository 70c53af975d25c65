/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/show_change.h"

#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/cli/cell.h"
#include "hub/cli/shell_quote.h"

/* "firewall check" -> "check" */
static const char *last_word(const char *noun)
{
    const char *space = strrchr(noun, ' ');

    return space ? space + 1 : noun;
}

void show_by_name(const struct screen *screen, const struct request *request, const json_t *body,
                  const char *done)
{
    screen_say(screen, "%s \"%s\" %s", last_word(request->route->noun), cell_text(body, "name"),
               done);
}

void show_by_id(const struct screen *screen, const struct request *request, const json_t *body,
                const char *done)
{
    screen_say(screen, "%s %s %s", last_word(request->route->noun), cell_text(body, "id"), done);
}

void show_deleted(const struct screen *screen, const struct request *request, const json_t *body)
{
    const char *name = json_string_value(json_object_get(body, "name"));
    bool going = json_is_false(json_object_get(body, "deleted"));

    screen_say(screen, "%s \"%s\" %s", request->route->noun,
               name ? name : request->parameters[request->route->id == ROUTE_PEER_DELETE],
               going ? "is being deleted" : "deleted");
}

/* "warren profile show 'Acme Ltd' laptop"; `name` NULL = as it was asked for */
static char *peer_command(const char *command, const struct request *request, const char *name)
{
    _cleanup_free_ char *instance = shell_quote(request->parameters[0]);
    _cleanup_free_ char *peer = shell_quote(name ? name : request->parameters[1]);

    return text_format("warren %s %s %s", command, instance, peer);
}

static void show_pending(const struct screen *screen, const json_t *body, const char *command)
{
    const json_t *pending = json_object_get(body, "pending");
    _cleanup_buf_ struct buf steps = {0};

    if (json_array_size(pending) == 0)
        return;
    cell_pending(pending, &steps);
    screen_say(screen, "Not done yet: %s; see: %s", steps.data, command);
}

static void show_peer_pending(const struct screen *screen, const struct request *request,
                              const json_t *body)
{
    const char *name = json_string_value(json_object_get(body, "name"));
    _cleanup_free_ char *look = peer_command("peer show", request, name);

    show_pending(screen, body, look);
}

/* Of the form that a peer of this kind is most likely to take. */
static const char *profile_options(const json_t *peer)
{
    const char *type = json_string_value(json_object_get(peer, "type"));
    const char *login = json_string_value(json_object_get(peer, "login"));

    if (login && text_equal(login, "certificate"))
        return " -o profile.ovpn";
    return type && text_equal(type, "site") ? " --format routeros" : " --qr ansi";
}

void show_peer_added(const struct screen *screen, const struct request *request, const json_t *body)
{
    const char *name = json_string_value(json_object_get(body, "name"));
    const char *type = json_string_value(json_object_get(body, "type"));
    _cleanup_free_ char *profile = NULL;
    _cleanup_buf_ struct buf addresses = {0};

    if (!name)
        return;
    cell_plain(json_object_get(body, "addresses"), &addresses);
    screen_say(screen, "%s \"%s\" added: %s", type ? type : "peer", name, addresses.data);
    show_peer_pending(screen, request, body);
    profile = peer_command("profile show", request, name);
    screen_say(screen, "Its profile: %s%s", profile, profile_options(body));
}

void show_peer_change(const struct screen *screen, const struct request *request,
                      const json_t *body, const char *done)
{
    const char *name = json_string_value(json_object_get(body, "name"));

    screen_say(screen, "peer \"%s\" %s", name ? name : request->parameters[1], done);
    show_peer_pending(screen, request, body);
}

void show_peer_set(const struct screen *screen, const struct request *request, const json_t *body)
{
    const char *name = json_string_value(json_object_get(body, "name"));
    _cleanup_free_ char *enable = peer_command("peer enable", request, name);
    _cleanup_free_ char *profile = peer_command("profile show", request, name);

    show_peer_change(screen, request, body, "changed");
    if (json_is_true(json_object_get(body, "profile_stale")))
        screen_say(screen, "Its device has an old profile: %s", profile);
    if (json_object_get(request->body, "expires_in") &&
        json_is_false(json_object_get(body, "enabled")))
        screen_say(screen, "It is not enabled: %s", enable);
}

void show_peer_rekeyed(const struct screen *screen, const struct request *request,
                       const json_t *body)
{
    const char *name = json_string_value(json_object_get(body, "name"));
    _cleanup_free_ char *profile = peer_command("profile show", request, name);
    _cleanup_free_ char *done =
        text_format("has new keys; its old profile has stopped working: %s", profile);

    show_peer_change(screen, request, body, done);
}

void show_instance_set(const struct screen *screen, const struct request *request,
                       const json_t *body)
{
    const char *name = json_string_value(json_object_get(body, "name"));
    _cleanup_free_ char *word = shell_quote(name ? name : request->parameters[0]);
    _cleanup_free_ char *look = text_format("warren instance show %s", word);

    screen_say(screen, "instance \"%s\" changed", name ? name : request->parameters[0]);
    show_pending(screen, body, look);
}

/* ---- the firewall ---- */

void show_rule(const struct screen *screen, const struct request *request, const json_t *body,
               const char *done)
{
    _cleanup_free_ char *instance = shell_quote(request->parameters[0]);
    _cleanup_free_ char *look =
        text_format("warren firewall show %s %s", instance, cell_text(body, "id"));
    _cleanup_buf_ struct buf ports = {0};
    bool has_ports = json_array_size(json_object_get(body, "ports")) > 0;

    cell_plain(json_object_get(body, "ports"), &ports);
    screen_say(screen, "rule %lld (%s) %s: %s from %s to %s, %s%s%s",
               (long long)json_integer_value(json_object_get(body, "position")),
               cell_text(body, "id"), done, cell_text(body, "action"), cell_text(body, "from"),
               cell_text(body, "to"), cell_text(body, "protocol"), has_ports ? " " : "",
               has_ports ? ports.data : "");
    show_pending(screen, body, look);
}

void show_check_added(const struct screen *screen, const json_t *body)
{
    screen_say(screen, "check %s added: %s from %s to %s is expected", cell_text(body, "id"),
               cell_text(body, "expect"), cell_text(body, "from"), cell_text(body, "to"));
    if (json_is_false(json_object_get(body, "holds")))
        screen_say(screen, "It does not hold now; once it does, a change that breaks it is "
                           "refused.");
}

/* ---- users ---- */

static void show_user_peers(const struct screen *screen, const json_t *list, const char *field)
{
    json_t *item;
    size_t index;

    json_array_foreach((json_t *)list, index, item)
    {
        screen_say(screen, "  peer \"%s\" of \"%s\": %s", cell_text(item, "name"),
                   cell_text(item, "instance"), cell_text(item, field));
    }
}

void show_user(const struct screen *screen, const struct request *request, const json_t *body,
               const char *done)
{
    const char *name = json_string_value(json_object_get(body, "name"));
    _cleanup_free_ char *word = shell_quote(name ? name : request->parameters[0]);
    _cleanup_free_ char *look = text_format("warren user peers %s", word);

    screen_say(screen, "user \"%s\" %s", name ? name : request->parameters[0], done);
    show_user_peers(screen, json_object_get(body, "peers_changed"), "done");
    show_user_peers(screen, json_object_get(body, "peers_left"), "why");
    show_pending(screen, body, look);
}

/* ---- one-time links ---- */

void show_link_added(const struct screen *screen, const json_t *body)
{
    const char *url = json_string_value(json_object_get(body, "url"));
    long long uses = json_integer_value(json_object_get(body, "uses"));

    screen_say(screen, "link %s for \"%s\" made: it can be opened %lld time%s, until %s",
               cell_text(body, "id"), cell_text(body, "peer"), uses, uses == 1 ? "" : "s",
               cell_text(body, "expires_at"));
    if (url)
        screen_say(screen, "%s", url);
}

/* ---- settings ---- */

void show_settings_set(const struct screen *screen, const json_t *body)
{
    const char *restart = json_string_value(json_object_get(body, "restart"));
    const char *notice = json_string_value(json_object_get(body, "notice"));
    json_t *item;
    size_t index;

    json_array_foreach(json_object_get(body, "items"), index, item)
    {
        const char *pending = json_string_value(json_object_get(item, "pending"));
        const char *value = pending ? pending : cell_text(item, "value");
        screen_say(screen, "%s %s %s", cell_text(item, "name"), pending ? "will be" : "is",
                   *value ? value : "empty");
    }
    if (restart)
        screen_say(screen, "%s", restart);
    if (notice)
        screen_say(screen, "%s", notice);
}

void show_link_opened(const struct screen *screen, const json_t *body)
{
    const char *peer = cell_text(json_object_get(body, "peer"), "name");
    const json_t *formats = json_object_get(body, "formats"), *format;
    long long left = json_integer_value(json_object_get(body, "uses_left"));
    size_t index;

    screen_say(screen, "\"%s\" of \"%s\"; the link can be opened %lld more time%s, until %s", peer,
               cell_text(json_object_get(body, "instance"), "name"), left, left == 1 ? "" : "s",
               cell_text(body, "valid_until"));
    json_array_foreach((json_t *)formats, index, format)
    {
        screen_say(screen, "  %s: %s", cell_text(format, "title"), cell_text(format, "file_name"));
        screen_say(screen, "    %s (until %s)", cell_text(format, "url"),
                   cell_text(body, "file_until"));
    }
    fputc('\n', screen->stream);
    screen_print(screen, COLOR_NONE, cell_text(json_array_get(formats, 0), "content"));
}

/* ---- what a change changed ---- */

static void add_side(const json_t *value, struct buf *line)
{
    _cleanup_buf_ struct buf text = {0};

    if (!value || json_is_null(value) || (json_is_array(value) && json_array_size(value) == 0) ||
        (json_is_string(value) && json_string_length(value) == 0)) {
        buf_add_text(line, "(none)");
        return;
    }
    cell_plain(value, &text);
    buf_add_text(line, text.data);
}

static void add_members(const char *field, const json_t *before, const json_t *after, json_t *lines)
{
    const char *member;
    json_t *value;

    json_object_foreach((json_t *)after, member, value)
    {
        json_t *was = json_object_get(before, member);

        if (!was || !json_equal(was, value))
            json_array_append_new(lines, json_pack("{s:o,s:O?,s:O}", "field",
                                                   json_sprintf("%s.%s", field, member), "before",
                                                   was, "after", value));
    }
}

json_t *changes_apart(const json_t *changes)
{
    json_t *lines = json_array(), *change;
    size_t index;

    json_array_foreach((json_t *)changes, index, change)
    {
        const json_t *before = json_object_get(change, "before");
        const json_t *after = json_object_get(change, "after");

        if (json_is_object(after))
            add_members(cell_text(change, "field"), before, after, lines);
        else
            json_array_append(lines, change);
    }
    return lines;
}

/* One line per field; its name is the one that it has in the API. */
void show_changes(const struct screen *screen, const json_t *body)
{
    json_t *changes = changes_apart(json_object_get(body, "changes")), *change;
    size_t index;

    if (json_array_size(changes) == 0)
        screen_say(screen, "Nothing is other than before.");
    json_array_foreach(changes, index, change)
    {
        _cleanup_buf_ struct buf line = {0};

        buf_printf(&line, "  %s: ", cell_text(change, "field"));
        add_side(json_object_get(change, "before"), &line);
        buf_add_text(&line, " -> ");
        add_side(json_object_get(change, "after"), &line);
        screen_say(screen, "%s", line.data);
    }
    json_decref(changes);
}
