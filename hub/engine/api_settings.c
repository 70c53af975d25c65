/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The settings of the configuration file, listed and changed. The engine reads the file and judges
 * it; warrend writes it, and judges once more. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/nearest.h"
#include "hub/base/text.h"
#include "hub/engine/api_change.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/supervisor.h"
#include "hub/engine/web_tls.h"
#include "hub/settings/setting.h"
#include "hub/settings/settings_edit.h"
#include "hub/store/openvpn_store.h"

enum { NAME_MAX_SHOWN = VERB_SETTING_NAME_MAX };

static void name_of(const struct setting *setting, char name[static NAME_MAX_SHOWN])
{
    snprintf(name, NAME_MAX_SHOWN, "%s.%s", setting->section, setting->key);
}

static bool differs(const struct setting *setting, const struct settings *a,
                    const struct settings *b)
{
    _cleanup_buf_ struct buf text_a = {}, text_b = {};
    settings_value_format(a, setting, &text_a);
    settings_value_format(b, setting, &text_b);
    return !text_equal(text_a.data, text_b.data);
}

static json_t *value_json(const struct setting *setting, const struct settings *settings)
{
    _cleanup_buf_ struct buf text = {};
    settings_value_format(settings, setting, &text);
    return json_string(text.data);
}

/* `filed` is what the file says; NULL = it has errors. */
static json_t *setting_json(const struct setting *setting, const struct settings *in_force,
                            const struct settings *filed)
{
    char name[NAME_MAX_SHOWN];
    bool waits = filed && differs(setting, in_force, filed);
    name_of(setting, name);
    return json_pack("{s:s,s:s,s:s,s:o,s:o,s:s,s:s,s:s}", "name", name, "section", setting->section,
                     "key", setting->key, "value", value_json(setting, in_force), "pending",
                     waits ? value_json(setting, filed) : json_null(), "default", setting->initial,
                     "effect", setting->effect == SETTING_LIVE ? "live" : "restart", "help",
                     setting->help);
}

void api_settings_list(struct engine *engine, struct api_call *call,
                       const struct api_request *request)
{
    _cleanup_(settings_done) struct settings filed = {};
    struct settings_error error;
    size_t count = 0;
    (void)request;
    int r = settings_read(engine->config_path, &filed, &error, 1, &count);
    bool known = r == 0 || r == -ENOENT;
    json_t *items = json_array();
    for (size_t i = 0; i < settings_count; i++)
        json_array_append_new(
            items, setting_json(&settings_table[i], &engine->settings, known ? &filed : NULL));
    api_answer(call, 200, NULL, json_pack("{s:o,s:n}", "items", items, "next"));
}

/* ---- a change ---- */

struct settings_change {
    struct api_change change; /* first: as_answer() */
    struct buf text;          /* the file as it is */
    struct settings before, after;
    const struct setting *named[VERB_SETTINGS_MAX];
    size_t count;
    json_t *answer;
};

static void settings_change_free(struct settings_change *change)
{
    api_change_done(&change->change);
    buf_done(&change->text);
    settings_done(&change->before);
    settings_done(&change->after);
    json_decref(change->answer);
    free(change);
}

static void refuse(struct settings_change *change, int status, const char *type, const char *why)
{
    _cleanup_problem_ struct problem problem = {};
    char path[80], shown[260]; /* whole characters: both fit into the detail */
    text_copy_cut(path, sizeof path, change->change.engine->config_path);
    text_copy_cut(shown, sizeof shown, why);
    problem_set(&problem, status, type, "nothing was changed: %s: %s", path, shown);
    api_answer_problem(change->change.call, &problem);
}

/* False: answered. */
static bool read_file(struct settings_change *change)
{
    struct settings_error error;
    char why[sizeof error.text + 50];
    int r = settings_read_text(change->change.engine->config_path, &change->text);
    if (r < 0 && r != -ENOENT) {
        refuse(change, 500, "settings", strerror(-r));
        return false;
    }
    const char *text = change->text.data ? change->text.data : "";
    settings_done(&change->before);
    if (settings_parse(text, change->text.length, &change->before, &error, 1) == 0)
        return true;
    snprintf(why, sizeof why, "line %u is wrong, mend it first: %s", error.line, error.text);
    refuse(change, 409, "state", why);
    return false;
}

/* ---- the values ---- */

static void add_unknown(const char *name, const char *section, const char *key,
                        struct problem *problem)
{
    char field[NAME_MAX_SHOWN + 8], would[NAME_MAX_SHOWN];
    bool shown = text_is_printable(name, NULL) && strlen(name) < NAME_MAX_SHOWN;
    snprintf(field, sizeof field, "values.%s", shown ? name : "(unprintable)");
    const struct setting *nearest = settings_nearest(section, key);
    bool near = nearest_is_near(key, nearest_distance(nearest->key, key));
    name_of(nearest, would);
    problem_add_field(problem, field, "there is no such setting", near ? would : NULL);
}

static const struct setting *find_setting(const char *name, struct problem *problem)
{
    _cleanup_free_ char *section = text_duplicate(name);
    char *dot = strchr(section, '.');
    const char *key = dot ? dot + 1 : section;
    if (dot)
        *dot = 0;
    const struct setting *setting = dot ? settings_find(section, key) : NULL;
    if (!setting)
        add_unknown(name, dot ? section : "", key, problem);
    return setting;
}

/* What is wrong with it is told; the field of `ret_settings` is set otherwise. */
static void take_value(const struct setting *setting, const char *text,
                       struct settings *ret_settings, struct problem *problem)
{
    char wrong[SETTING_WRONG_MAX], field[NAME_MAX_SHOWN + 8];
    _cleanup_free_ char *copy = text_duplicate(text + strspn(text, " "));
    for (size_t length = strlen(copy); length > 0 && copy[length - 1] == ' '; length--)
        copy[length - 1] = 0;
    if (setting_parse(setting, copy, ret_settings, wrong) == 0)
        return;
    snprintf(field, sizeof field, "values.%s.%s", setting->section, setting->key);
    problem_add_field(problem, field, wrong, setting->initial);
}

static void take_values(struct settings_change *change, struct settings *ret_wanted,
                        struct problem *problem)
{
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(change->change.request->body, "values"), name, value)
    {
        const struct setting *setting = find_setting(name, problem);
        if (!setting)
            continue;
        take_value(setting, json_string_value(value), ret_wanted, problem);
        change->named[change->count++] = setting;
    }
}

/* ---- the file that would be ---- */

/* "http_port in [web]: is https_port too; ..." is of that setting's field, where it is one of those
 * that were named; else of the first of them. */
static void add_of_the_whole(const struct settings_change *change, const char *text,
                             struct problem *problem)
{
    char start[NAME_MAX_SHOWN + 10], field[NAME_MAX_SHOWN + 8];
    const struct setting *blamed = change->named[0];
    for (size_t i = 0; i < change->count; i++) {
        const struct setting *setting = change->named[i];
        snprintf(start, sizeof start, "%s in [%s]: ", setting->key, setting->section);
        if (!text_starts_with(text, start))
            continue;
        blamed = setting;
        text += strlen(start);
        break;
    }
    snprintf(field, sizeof field, "values.%s.%s", blamed->section, blamed->key);
    problem_add_field(problem, field, text, NULL);
}

static void judge_whole(struct settings_change *change, const struct settings *wanted,
                        struct problem *problem)
{
    struct setting_value values[VERB_SETTINGS_MAX];
    struct buf texts[VERB_SETTINGS_MAX] = {};
    struct settings_error errors[8];
    _cleanup_buf_ struct buf edited = {};
    for (size_t i = 0; i < change->count; i++) {
        settings_value_format(wanted, change->named[i], &texts[i]);
        values[i] = (struct setting_value){change->named[i], texts[i].data};
    }
    settings_edit(change->text.data, change->text.length, values, change->count, &edited);
    settings_done(&change->after);
    size_t count =
        settings_parse(edited.data, edited.length, &change->after, errors, ELEMENTS(errors));
    for (size_t i = 0; i < count; i++)
        add_of_the_whole(change, errors[i].text, problem);
    for (size_t i = 0; i < change->count; i++)
        buf_done(&texts[i]);
}

/* False: answered. */
static bool judge(struct settings_change *change)
{
    _cleanup_(settings_done) struct settings wanted = {};
    _cleanup_problem_ struct problem problem = {};
    settings_init(&wanted);
    take_values(change, &wanted, &problem);
    if (!problem_is_set(&problem))
        judge_whole(change, &wanted, &problem);
    if (!problem_is_set(&problem))
        return true;
    api_answer_problem(change->change.call, &problem);
    return false;
}

/* ---- what is answered ---- */

static json_t *restart_json(const struct settings_change *change)
{
    _cleanup_buf_ struct buf text = {};
    size_t count = 0;
    for (size_t i = 0; i < change->count; i++) {
        const struct setting *setting = change->named[i];
        if (setting->effect != SETTING_RESTART ||
            !differs(setting, &change->change.engine->settings, &change->after))
            continue;
        buf_printf(&text, "%s%s.%s", count++ ? ", " : "", setting->section, setting->key);
    }
    if (count == 0)
        return json_null();
    buf_printf(&text,
               " %s effect when the hub is started again: by sudo systemctl restart warrend or "
               "hub/up, which tunnels live through, or by a restart of the machine",
               count == 1 ? "takes" : "take");
    return json_string(text.data);
}

/* ---- what else it brings with it ---- */

static void add_notice(struct buf *text, const char *notice)
{
    buf_printf(text, "%s%s", text->length ? "; " : "", notice);
}

/* A certificate that the hub signed itself is for its names. */
static bool renews_certificate(const struct settings_change *change)
{
    static const char *const keys[] = {"public_name", "public_addresses"};
    const struct web_tls *tls = change->change.engine->tls;
    bool renews = false;
    for (size_t i = 0; i < ELEMENTS(keys); i++)
        renews |= differs(settings_find("hub", keys[i]), &change->before, &change->after);
    return renews && tls && web_tls_row(tls)->source == TLS_SELF_SIGNED;
}

/* Instances keep the ports that they have. */
struct outside {
    const struct settings_change *change;
    size_t wireguard, openvpn;
};

static bool is_outside(const struct port_range *range, uint16_t port)
{
    return port < range->first || port > range->last;
}

static int count_outside(const struct instance *instance, void *data)
{
    struct outside *outside = data;
    const struct settings *after = &outside->change->after;
    uint16_t port;
    outside->wireguard += is_outside(&after->wireguard_ports, instance->port);
    if (openvpn_store_port(outside->change->change.engine->store, instance->id, &port) == 0)
        outside->openvpn += is_outside(&after->openvpn_ports, port) ||
                            is_outside(&after->openvpn_ports, (uint16_t)(port + 1));
    return 0;
}

static void add_outside(struct buf *text, size_t count, const char *name)
{
    char notice[200];
    if (count == 0)
        return;
    snprintf(notice, sizeof notice,
             "%zu of the instances have a port outside of %s and keep it: the firewall in front of "
             "the hub must let it through as before",
             count, name);
    add_notice(text, notice);
}

static json_t *notice_json(const struct settings_change *change)
{
    _cleanup_buf_ struct buf text = {};
    struct outside outside = {.change = change};
    if (renews_certificate(change))
        add_notice(&text,
                   web_tls_is_provisional(change->change.engine->tls)
                       ? "the web's certificate is made anew for the hub's new name at once"
                       : "the web's certificate is made anew for the hub's new name in an hour, or "
                         "when the hub is started again: browsers then ask once more whether to "
                         "trust it");
    if (*change->before.public_name && !*change->after.public_name)
        add_notice(&text, "without hub.public_name no profile can be handed out, since devices "
                          "must know where to connect to");
    if (differs(settings_find("web", "enabled"), &change->before, &change->after) &&
        !change->after.web)
        add_notice(&text, "without web.enabled no browser reaches the hub: what brings it back is "
                          "the warren command on the machine");
    else if (differs(settings_find("web", "listen"), &change->before, &change->after) &&
             change->after.web_listen.count > 0)
        add_notice(&text, "the web is at the addresses of web.listen alone then: where this "
                          "machine has none of them, no browser reaches the hub any more");
    if (instance_store_list(change->change.engine->store, NULL, 0, count_outside, &outside) < 0)
        outside = (struct outside){};
    if (differs(settings_find("wireguard", "ports"), &change->before, &change->after))
        add_outside(&text, outside.wireguard, "wireguard.ports");
    if (differs(settings_find("openvpn", "ports"), &change->before, &change->after))
        add_outside(&text, outside.openvpn, "openvpn.ports");
    return text.length ? json_string(text.data) : json_null();
}

/* As things are once the file has been read again. */
static json_t *change_json(const struct settings_change *change)
{
    const struct settings *in_force = &change->change.engine->settings;
    json_t *items = json_array();
    for (size_t i = 0; i < change->count; i++) {
        const struct setting *setting = change->named[i];
        const struct settings *now = setting->effect == SETTING_LIVE ? &change->after : in_force;
        json_array_append_new(items, setting_json(setting, now, &change->after));
    }
    return json_pack("{s:o,s:o,s:o}", "items", items, "restart", restart_json(change), "notice",
                     notice_json(change));
}

/* {"hub.region": "eu-1"}: of those that the change changes in the file. */
static json_t *values_json(const struct settings_change *change, const struct settings *settings)
{
    json_t *values = json_object();
    char name[NAME_MAX_SHOWN];
    for (size_t i = 0; i < change->count; i++) {
        if (!differs(change->named[i], &change->before, &change->after))
            continue;
        name_of(change->named[i], name);
        json_object_set_new(values, name, value_json(change->named[i], settings));
    }
    return values;
}

static void answer_dry_run(struct settings_change *change)
{
    json_t *changes = json_array(), *value;
    const char *name;
    json_object_foreach(change->change.after, name, value)
    {
        json_array_append_new(changes, json_pack("{s:s,s:O,s:O}", "field", name, "before",
                                                 json_object_get(change->change.before, name),
                                                 "after", value));
    }
    api_answer(change->change.call, 200, NULL,
               json_pack("{s:o,s:o}", "would", change_json(change), "changes", changes));
}

/* Also a file that says it already may not have been read yet. */
static bool is_nothing(const struct settings_change *change)
{
    for (size_t i = 0; i < change->count; i++)
        if (change->named[i]->effect == SETTING_LIVE &&
            differs(change->named[i], &change->change.engine->settings, &change->after))
            return false;
    return json_object_size(change->change.after) == 0;
}

/* The audit has the values, the answer (also one that is given again) what became of them. */
static void as_answer(const struct api_change *change, json_t *object)
{
    const struct settings_change *whole = (const struct settings_change *)change;
    json_object_clear(object);
    json_object_update(object, whole->answer);
}

/* What the audit calls it: those that were named. */
static void name_change(struct settings_change *change)
{
    _cleanup_buf_ struct buf text = {};
    char name[NAME_MAX_SHOWN];
    for (size_t i = 0; i < change->count; i++) {
        name_of(change->named[i], name);
        buf_printf(&text, "%s%s", i > 0 ? ", " : "", name);
    }
    text_copy_cut(change->change.name, sizeof change->change.name, text.data ? text.data : "");
}

/* ---- warrend writes ---- */

static struct verb_settings *settings_message(const struct settings_change *change,
                                              const struct settings *settings, size_t *ret_size)
{
    *ret_size = change->count * sizeof(struct verb_setting);
    struct verb_settings *list = memory_zero(sizeof *list + *ret_size);
    for (size_t i = 0; i < change->count; i++) {
        _cleanup_buf_ struct buf text = {};
        settings_value_format(settings, change->named[i], &text);
        name_of(change->named[i], list->settings[i].name);
        text_copy_cut(list->settings[i].text, VERB_SETTING_TEXT_MAX, text.data);
    }
    list->count = (uint32_t)change->count;
    return list;
}

static struct role_link_body body_of(const struct verb_settings *list, size_t size)
{
    return (struct role_link_body){.fixed = list,
                                   .fixed_size = sizeof *list,
                                   .tail = list->settings,
                                   .tail_size = size,
                                   .fd = -1};
}

/* What can't be noted must not be. */
static void take_back(struct settings_change *change)
{
    size_t size;
    _cleanup_free_ struct verb_settings *list = settings_message(change, &change->before, &size);
    struct role_link_body body = body_of(list, size);
    log_error("settings.set is not in the audit, taking it back");
    (void)supervisor_tell(change->change.engine->supervisor, VERB_SETTINGS_SET, &body);
}

static void refuse_unwritten(struct settings_change *change, int status,
                             const struct channel_message *message)
{
    const struct verb_ack *ack = message && message->header.verb == VERB_ACK ? message->body : NULL;
    const char *why = ack && *ack->detail ? ack->detail : strerror(-status);
    if (status == -ENOSPC || status == -EDQUOT)
        refuse(change, 507, "disk-full", why);
    else if (status == -EINVAL)
        refuse(change, 409, "state", why);
    else
        refuse(change, 500, "settings", why);
}

/* By now the engine has read the file again. */
static void finish(struct settings_change *change)
{
    change->answer = change_json(change);
    if (!api_change_begin(&change->change) || !api_change_commit(&change->change, 200)) {
        take_back(change);
        return;
    }
    api_answer(change->change.call, 200, NULL, json_incref(change->answer));
}

static void on_written(int status, struct channel_message *message, void *data)
{
    struct settings_change *change = data;
    if (status < 0)
        refuse_unwritten(change, status, message);
    else
        finish(change);
    settings_change_free(change);
}

static void write_file(struct settings_change *change)
{
    size_t size;
    _cleanup_free_ struct verb_settings *list = settings_message(change, &change->after, &size);
    struct role_link_body body = body_of(list, size);
    int r = supervisor_ask(change->change.engine->supervisor, VERB_SETTINGS_SET, &body, on_written,
                           change);
    if (r < 0)
        on_written(r, NULL, change);
}

void api_settings_set(struct engine *engine, struct api_call *call,
                      const struct api_request *request)
{
    struct settings_change *change = memory_zero(sizeof *change);
    change->change = (struct api_change){.engine = engine,
                                         .call = call,
                                         .request = request,
                                         .action = "settings.set",
                                         .object = "settings",
                                         .add_live = as_answer};
    if (!read_file(change) || !judge(change)) {
        settings_change_free(change);
        return;
    }
    name_change(change);
    change->change.before = values_json(change, &change->before);
    change->change.after = values_json(change, &change->after);
    if (request->dry_run) {
        answer_dry_run(change);
    } else if (is_nothing(change)) {
        api_answer(call, 200, NULL, change_json(change));
    } else {
        write_file(change);
        return;
    }
    settings_change_free(change);
}
