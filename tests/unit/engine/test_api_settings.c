/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings changed, with warrend played: it writes the file, the engine reads it, or it says no. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "api_world.h"
#include "fake_runtime.h"
#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/settings/settings_edit.h"

static struct {
    struct world *world;
    int status; /* what warrend says */
    int calls;
} warrend;

static void ignore(const struct setting *setting, const char *value, void *data)
{
    (void)setting, (void)value, (void)data;
}

static void write_text(const struct world *world, const char *text)
{
    FILE *file = fopen(world->engine.config_path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void reload(struct engine *engine)
{
    struct settings_error error;
    struct settings settings;
    size_t count;
    assert_int_equal(settings_read(engine->config_path, &settings, &error, 1, &count), 0);
    settings_take_live(&engine->settings, &settings, ignore, NULL);
    settings_done(&settings);
}

static int play_warrend(const struct verb_settings *list, const struct verb_setting *settings,
                        role_link_done done, void *data)
{
    struct setting_value values[VERB_SETTINGS_MAX];
    _cleanup_buf_ struct buf before = {}, after = {};
    char name[VERB_SETTING_NAME_MAX];
    warrend.calls++;
    for (size_t i = 0; i < list->count && warrend.status == 0; i++) {
        char *dot = strchr(strcpy(name, settings[i].name), '.');
        *dot = 0;
        values[i] = (struct setting_value){settings_find(name, dot + 1), settings[i].text};
        assert_non_null(values[i].setting);
    }
    if (warrend.status == 0) {
        assert_int_equal(settings_read_text(warrend.world->engine.config_path, &before), 0);
        settings_edit(before.data, before.length, values, list->count, &after);
        write_text(warrend.world, after.data);
        reload(&warrend.world->engine);
    }
    if (done)
        done(warrend.status, NULL, data);
    return 0;
}

static int setup(void **state)
{
    struct world *world = world_new();
    warrend.world = world;
    warrend.status = warrend.calls = 0;
    fake_runtime.settings_set = play_warrend;
    write_text(world, "# ours\n[hub]\nregion = eu-1 # old\npublic_name = vpn.example.net\n");
    reload(&world->engine);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    fake_runtime.settings_set = NULL;
    world_free(*state);
    return 0;
}

static json_t *set(struct world *world, const char *values, const char *query, int status)
{
    _cleanup_free_ char *body = text_format("{\"values\":%s}", values);
    json_t *answer = world_call(world, "PATCH", "/settings", query, NULL, body);
    if (number_at(answer, "status") != status)
        fail_msg("%s: %s", values, json_dumps(answer, 0));
    return answer;
}

static void expect_file(const struct world *world, const char *text)
{
    _cleanup_buf_ struct buf is = {};
    assert_int_equal(settings_read_text(world->engine.config_path, &is), 0);
    assert_string_equal(is.data, text);
}

static void test_live(void **state)
{
    struct world *world = *state;
    json_t *answer =
        set(world, "{\"hub.region\":\" eu-2 \",\"dns.servers\":\"9.9.9.9,1.1.1.1\"}", NULL, 200);
    assert_string_equal(text_at(answer, "body.items[0].name"), "hub.region");
    assert_string_equal(text_at(answer, "body.items[0].value"), "eu-2");
    assert_string_equal(text_at(answer, "body.items[1].value"), "9.9.9.9, 1.1.1.1");
    assert_true(json_is_null(at(answer, "body.items[0].pending")));
    assert_true(json_is_null(at(answer, "body.restart")));
    json_decref(answer);
    assert_string_equal(world->engine.settings.region, "eu-2");
    expect_file(world, "# ours\n[hub]\nregion = eu-2 # old\npublic_name = vpn.example.net\n\n"
                       "[dns]\nservers = 9.9.9.9, 1.1.1.1\n");
    answer = world_call(world, "GET", "/audit", NULL, NULL, NULL);
    assert_string_equal(text_at(answer, "body.items[0].action"), "settings.set");
    assert_string_equal(text_at(answer, "body.items[0].name"), "hub.region, dns.servers");
    assert_non_null(json_object_get(at(answer, "body.items[0].before"), "hub.region"));
    assert_string_equal(
        json_string_value(json_object_get(at(answer, "body.items[0].after"), "hub.region")),
        "eu-2");
    json_decref(answer);
    /* Once more is nothing. */
    json_decref(set(world, "{\"hub.region\":\"eu-2\"}", NULL, 200));
    assert_int_equal(warrend.calls, 1);
}

static void test_restart(void **state)
{
    struct world *world = *state;
    json_t *answer = set(world, "{\"web.https_port\":\"8443\",\"hub.region\":\"x\"}", NULL, 200);
    assert_string_equal(text_at(answer, "body.items[0].value"), "443");
    assert_string_equal(text_at(answer, "body.items[0].pending"), "8443");
    assert_true(text_starts_with(text_at(answer, "body.restart"), "web.https_port takes effect"));
    json_decref(answer);
    assert_int_equal(world->engine.settings.https_port, 443);
    answer = world_call(world, "GET", "/settings", NULL, NULL, NULL);
    json_t *item;
    size_t index, waiting = 0;
    json_array_foreach((json_t *)at(answer, "body.items"), index, item)
    {
        bool waits = json_is_string(json_object_get(item, "pending"));
        assert_int_equal(waits, text_equal(text_at(item, "name"), "web.https_port"));
        waiting += waits;
    }
    assert_int_equal(waiting, 1);
    json_decref(answer);
    /* Back again: nothing waits. */
    answer = set(world, "{\"web.https_port\":\"443\"}", NULL, 200);
    assert_true(json_is_null(at(answer, "body.restart")));
    json_decref(answer);
}

static void test_dry_run(void **state)
{
    struct world *world = *state;
    json_t *answer =
        set(world, "{\"hub.region\":\"x\",\"web.http_port\":\"8080\"}", "{\"dry_run\":\"1\"}", 200);
    assert_int_equal(json_array_size(at(answer, "body.changes")), 2);
    assert_string_equal(text_at(answer, "body.changes[0].field"), "hub.region");
    assert_string_equal(text_at(answer, "body.changes[0].before"), "eu-1");
    assert_string_equal(text_at(answer, "body.changes[0].after"), "x");
    assert_string_equal(text_at(answer, "body.would.items[0].effect"), "live");
    assert_string_equal(text_at(answer, "body.would.items[1].effect"), "restart");
    assert_string_equal(text_at(answer, "body.would.items[1].pending"), "8080");
    assert_true(json_is_string(at(answer, "body.would.restart")));
    json_decref(answer);
    assert_int_equal(warrend.calls, 0);
}

static void test_wrong(void **state)
{
    static const struct {
        const char *values, *field, *would;
    } rows[] = {
        {"{\"hub.region\":\"\"}", "values.hub.region", "local"},
        {"{\"hub.region\":\"a#b\"}", "values.hub.region", "local"},
        {"{\"hub.region\":\"a\\nb\"}", "values.hub.region", "local"},
        {"{\"hub.region\":7}", "values.hub.region", NULL},
        {"{\"hub.regoin\":\"eu\"}", "values.hub.regoin", "hub.region"},
        {"{\"mtu\":\"1400\"}", "values.mtu", "wireguard.mtu"},
        {"{\"region\":\"eu\"}", "values.region", "hub.region"},
        {"{\"\":\"eu\"}", "values.", NULL},
        {"{\"wireguard.backend\":\"magic\"}", "values.wireguard.backend", "auto"},
        {"{\"web.https_port\":\"80\"}", "values.web.https_port", NULL},
        {"{\"web.https_port\":\"8080\",\"web.http_port\":\"8080\"}", "values.web.http_port", NULL},
        {"{\"openvpn.ports\":\"1024-65535\",\"web.https_port\":\"2000\"}", "values.web.https_port",
         NULL},
        {"{\"pools.management\":\"10.66.0.0/16\"}", "values.pools.management", NULL},
        {"{}", "values", NULL},
        {"[]", "values", NULL},
        {"null", "values", NULL},
    };
    struct world *world = *state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        json_t *answer = set(world, rows[i].values, NULL, 422);
        assert_string_equal(text_at(answer, "body.errors[0].field"), rows[i].field);
        if (rows[i].would)
            assert_string_equal(text_at(answer, "body.errors[0].would"), rows[i].would);
        json_decref(answer);
    }
    json_t *unknown = set(world, "{\"nosuch.thing\":\"3\"}", NULL, 422); /* nothing is near */
    assert_true(json_is_null(at(unknown, "body.errors[0].would")));
    json_decref(unknown);
    /* One is wrong: none is taken. */
    json_decref(set(world, "{\"hub.region\":\"eu-9\",\"wireguard.mtu\":\"1\"}", NULL, 422));
    assert_int_equal(warrend.calls, 0);
    assert_string_equal(world->engine.settings.region, "eu-1");
}

static void test_unwritten(void **state)
{
    static const struct {
        int error, status;
    } rows[] = {{-ENOSPC, 507}, {-EROFS, 500}, {-EINVAL, 409}, {-ETIMEDOUT, 500}};
    struct world *world = *state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        warrend.status = rows[i].error;
        json_decref(set(world, "{\"hub.region\":\"eu-9\"}", NULL, rows[i].status));
    }
    assert_string_equal(world->engine.settings.region, "eu-1");
    json_t *answer = world_call(world, "GET", "/audit", NULL, NULL, NULL);
    assert_int_equal(json_array_size(at(answer, "body.items")), 0);
    json_decref(answer);
    /* A file that is wrong already is for a person to mend. */
    warrend.status = 0;
    write_text(world, "[hub]\nregoin = a\n");
    answer = set(world, "{\"hub.region\":\"eu-9\"}", NULL, 409);
    assert_non_null(strstr(text_at(answer, "body.detail"), "line 2"));
    json_decref(answer);
    expect_file(world, "[hub]\nregoin = a\n");
}

static void test_same_key_same_answer(void **state)
{
    static const char key[] = "{\"idempotency-key\":\"once\"}";
    static const char body[] = "{\"values\":{\"web.http_port\":\"8080\"}}";
    struct world *world = *state;
    json_t *first = world_call(world, "PATCH", "/settings", NULL, key, body);
    json_t *again = world_call(world, "PATCH", "/settings", NULL, key, body);
    assert_int_equal(number_at(first, "status"), 200);
    assert_true(json_equal(at(first, "body"), at(again, "body")));
    assert_int_equal(warrend.calls, 1);
    json_decref(first);
    json_decref(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_live, setup, teardown),
        cmocka_unit_test_setup_teardown(test_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dry_run, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unwritten, setup, teardown),
        cmocka_unit_test_setup_teardown(test_same_key_same_answer, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
