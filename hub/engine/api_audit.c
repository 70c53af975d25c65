/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/text.h"
#include "hub/engine/api_change.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/api_json.h"
#include "hub/store/audit_store.h"

enum {
    PAGE_DEFAULT = 100,
    READ_MAX = 20000, /* entries for one page of somebody who sees few of them */
};

struct page {
    const struct api_caller *caller;
    json_t *items;
    size_t limit;
    size_t read;
    uint64_t last; /* that was looked at */
    bool more;
};

static json_t *json_of_text(const char *text)
{
    json_t *value = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    return value ? value : json_null();
}

/* Who is limited sees what was done to its instances: "instance/ID/...". */
static bool may_see(const struct api_caller *caller, const char *object)
{
    static const char start[] = "instance/";
    char id[ID_MAX] = "";
    if (!caller->limited)
        return true;
    if (!text_starts_with(object, start))
        return false;
    text_copy_cut(id, sizeof id, object + strlen(start));
    return api_caller_sees(caller, id);
}

static int add_to_page(const struct audit_entry *entry, void *data)
{
    struct page *page = data;
    if (page->read++ == READ_MAX) {
        page->more = true;
        return 1;
    }
    if (!may_see(page->caller, entry->object)) {
        page->last = entry->number;
        return 0;
    }
    if (json_array_size(page->items) == page->limit) {
        page->more = true;
        return 1;
    }
    json_array_append_new(page->items,
                          json_pack("{s:I,s:o,s:s,s:s,s:s,s:s,s:s,s:o,s:o,s:s}", "number",
                                    (json_int_t)entry->number, "at", json_time(entry->at), "who",
                                    entry->who, "from", entry->from, "action", entry->action,
                                    "object", entry->object, "name", entry->name, "before",
                                    json_of_text(entry->before), "after",
                                    json_of_text(entry->after), "hash", entry->hash));
    page->last = entry->number;
    return 0;
}

void api_audit_list(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    const json_t *limit = json_object_get(request->query, "limit");
    const char *cursor = json_string_value(json_object_get(request->query, "cursor"));
    const char *object = json_string_value(json_object_get(request->query, "object"));
    struct page page = {.caller = request->caller,
                        .limit = limit ? (size_t)json_integer_value(limit) : PAGE_DEFAULT};
    uint64_t before = 0;
    char next[24];

    if (cursor && text_parse_u64(cursor, 1, INT64_MAX, &before) < 0) {
        problem_add_field(&problem, "cursor", "is not one that a page before gave", "");
        api_answer_problem(call, &problem);
        return;
    }
    page.items = json_array();
    unsigned limit_read = request->caller->limited ? READ_MAX + 1 : (unsigned)page.limit + 1;
    int r = audit_store_list(engine->store, before, limit_read, object, add_to_page, &page);
    if (r < 0) {
        json_decref(page.items);
        api_answer_store_error(engine, call, r);
        return;
    }
    snprintf(next, sizeof next, "%" PRIu64, page.last);
    api_answer(call, 200, NULL,
               json_pack("{s:o,s:s?}", "items", page.items, "next", page.more ? next : NULL));
}

void api_audit_verify(struct engine *engine, struct api_call *call,
                      const struct api_request *request)
{
    uint64_t checked = 0, broken = 0;
    (void)request;
    int r = audit_store_verify(engine->store, &checked, &broken);
    if (r < 0 && r != -EBADMSG) {
        api_answer_store_error(engine, call, r);
        return;
    }
    api_answer(call, 200, NULL,
               json_pack("{s:b,s:I,s:o}", "whole", r == 0, "checked", (json_int_t)checked,
                         "broken_at", r == 0 ? json_null() : json_integer((json_int_t)broken)));
}
