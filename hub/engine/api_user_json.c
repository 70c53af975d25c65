/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/api_user_json.h"

#include <stdio.h>

#include "hub/base/text.h"
#include "hub/engine/api_json.h"
#include "hub/engine/runtime.h"

_Static_assert((int)USER_GROUPS_MAX == (int)GROUPS_MAX, "a user is in as many groups as a peer");

enum { FIELD_PATH_MAX = 40 };

/* ---- out ---- */

struct counting {
    struct engine *engine;
    int connected;
};

static int count_connected(const char *instance_id, const char *peer_id, uint64_t row, void *data)
{
    struct counting *counting = data;
    struct peer_view view = {};
    (void)row;
    runtime_peer_view(counting->engine->runtimes, instance_id, peer_id, &view);
    counting->connected += view.liveness.connected;
    return 0;
}

static json_t *peers_json(struct engine *engine, const struct user *user)
{
    struct counting counting = {.engine = engine};
    uint32_t total = 0, enabled = 0;
    (void)user_store_count_peers(engine->store, user->id, &total, &enabled);
    (void)user_store_peers(engine->store, user->id, NULL, 0, 0, count_connected, &counting);
    return json_pack("{s:i,s:i,s:i}", "total", (int)total, "enabled", (int)enabled, "connected",
                     counting.connected);
}

json_t *user_json(struct engine *engine, const struct user *user)
{
    return json_pack("{s:s,s:s,s:s?,s:o,s:s?,s:b,s:o,s:o,s:o}", "id", user->id, "name", user->name,
                     "email", *user->email ? user->email : NULL, "groups",
                     json_labels(user->groups, user->group_count), "note",
                     *user->note ? user->note : NULL, "enabled", user->enabled, "peers",
                     peers_json(engine, user), "created_at", json_time(user->created_at),
                     "updated_at", json_time(user->updated_at));
}

/* ---- in ---- */

static void read_name(struct engine *engine, const json_t *body, struct user *user,
                      struct problem *problem)
{
    const char *name = json_string_value(json_object_get(body, "name"));
    struct complaint complaint;
    struct user other;
    if (!name)
        return;
    if (!rule_user_name(name, &complaint)) {
        problem_add_field(problem, "name", complaint.wrong, complaint.would);
        return;
    }
    if (user_store_find(engine->store, name, &other) == 0 && !text_equal(other.id, user->id))
        problem_add_conflict(problem, "name", "another user has this name", NULL);
    (void)text_copy(user->name, sizeof user->name, name);
}

static void read_email(const json_t *body, struct user *user, struct problem *problem)
{
    const json_t *value = json_object_get(body, "email");
    struct complaint complaint;
    if (json_is_null(value))
        *user->email = 0;
    if (!json_is_string(value))
        return;
    if (rule_email(json_string_value(value), &complaint))
        (void)text_copy(user->email, sizeof user->email, json_string_value(value));
    else
        problem_add_field(problem, "email", complaint.wrong, complaint.would);
}

static void read_note(const json_t *body, struct user *user, struct problem *problem)
{
    const json_t *value = json_object_get(body, "note");
    struct complaint complaint;
    if (json_is_null(value))
        *user->note = 0;
    if (!json_is_string(value))
        return;
    if (rule_comment(json_string_value(value), &complaint))
        (void)text_copy(user->note, sizeof user->note, json_string_value(value));
    else
        problem_add_field(problem, "note", complaint.wrong, complaint.would);
}

static bool is_known(const struct user *user, const char *label)
{
    for (size_t i = 0; i < user->group_count; i++)
        if (text_equal(user->groups[i], label))
            return true;
    return false;
}

static void read_groups(const json_t *body, struct user *user, struct problem *problem)
{
    json_t *groups = json_object_get(body, "groups"), *item;
    struct complaint complaint;
    char field[FIELD_PATH_MAX];
    size_t index;
    if (groups)
        user->group_count = 0;
    json_array_foreach(groups, index, item)
    {
        const char *label = json_string_value(item);
        snprintf(field, sizeof field, "groups[%zu]", index);
        if (!rule_label(label, &complaint))
            problem_add_field(problem, field, complaint.wrong, complaint.would);
        else if (!is_known(user, label) && user->group_count < USER_GROUPS_MAX)
            (void)text_copy(user->groups[user->group_count++], LABEL_MAX, label);
    }
}

void user_input_read(struct engine *engine, const json_t *body, struct user *user,
                     struct problem *problem)
{
    read_name(engine, body, user, problem);
    read_email(body, user, problem);
    read_note(body, user, problem);
    read_groups(body, user, problem);
}
