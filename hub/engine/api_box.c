/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The box, where it is Warren's own image: what its units tell, and what they are asked for. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "hub/base/buf.h"
#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/engine/api_call.h"
#include "hub/engine/api_change.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/box_facts.h"
#include "hub/engine/engine.h"

static json_t *box_json(const struct engine *engine)
{
    _cleanup_buf_ struct buf text = {0};
    char path[PATH_MAX];
    const char *slash = strrchr(engine->config_path, '/');

    snprintf(path, sizeof(path), "%.*s/box.facts", slash ? (int)(slash - engine->config_path) : 1,
             slash ? engine->config_path : ".");
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return box_facts_json(NULL, 0);
    buf_reserve(&text, BOX_FACTS_MAX);
    ssize_t got = read(fd, text.data, BOX_FACTS_MAX);
    return box_facts_json(text.data, got > 0 ? (size_t)got : 0);
}

void api_box_get(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    (void)request;
    api_answer(call, 200, NULL, box_json(engine));
}

/* An empty file by that name; a unit that watches for it does what it says. */
static int make_wish(const struct engine *engine, const char *wish)
{
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s/wish.%s", engine->state_directory, wish);
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    return fd < 0 ? -errno : 0;
}

static bool refuse(struct engine *engine, struct api_call *call, const char *wish,
                   const char *confirm)
{
    _cleanup_problem_ struct problem problem = {};
    json_t *box = box_json(engine);

    if (!json_is_true(json_object_get(box, "appliance")))
        problem_set(&problem, 409, "not-an-appliance",
                    "this machine is not Warren's own: use its own means");
    else if (text_equal(wish, "factory-reset") &&
             (!confirm || !text_equal(confirm, "delete everything")))
        problem_add_field(&problem, "confirm", "this deletes everything on the box",
                          "delete everything");
    json_decref(box);
    if (!problem.status)
        return false;
    api_answer_problem(call, &problem);
    return true;
}

void api_box_wish(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    const char *wish = json_string_value(json_object_get(request->body, "wish"));
    const char *confirm = json_string_value(json_object_get(request->body, "confirm"));
    _cleanup_api_change_ struct api_change change = {
        .engine = engine, .call = call, .request = request, .action = "box.wish", .is_plain = true};

    if (refuse(engine, call, wish, confirm))
        return;
    snprintf(change.object, sizeof(change.object), "box");
    snprintf(change.name, sizeof(change.name), "%s", wish);
    change.after = json_pack("{s:s}", "wish", wish);
    if (!api_change_begin(&change) || !api_change_commit(&change, 202))
        return;
    int r = make_wish(engine, wish);
    if (r < 0) {
        _cleanup_problem_ struct problem problem = {};
        log_error("box: %s: %s", wish, strerror(-r));
        problem_set(&problem, 500, "wish", "the box cannot be asked: %s", strerror(-r));
        api_answer_problem(call, &problem);
        return;
    }
    api_answer(call, 202, NULL, json_incref(change.after));
}
