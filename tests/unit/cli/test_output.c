/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people read: tables, objects, problems; and nothing that a terminal would obey. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/cli/complaint.h"
#include "hub/cli/help.h"
#include "hub/cli/show.h"
#include "hub/cli/show_change.h"
#include "hub/cli/show_explain.h"
#include "hub/cli/table.h"

struct capture {
    struct screen screen;
    char *text;
    size_t size;
};

static void capture_begin(struct capture *capture, bool color)
{
    *capture = (struct capture){.screen = {.color = color, .terminal = color}};
    capture->screen.stream = open_memstream(&capture->text, &capture->size);
}

static void capture_expect(struct capture *capture, const char *wanted)
{
    fclose(capture->screen.stream);
    assert_string_equal(capture->text, wanted);
    free(capture->text);
}

static const struct column columns[] = {
    {"NAME", "name", NULL},
    {"STATE", "state", cell_state},
    {"BYTES", "figures.bytes", cell_bytes},
    {0},
};

static const char items_text[] =
    "[{\"name\":\"Zürich\",\"state\":\"active\",\"figures\":{\"bytes\":1536}},"
    "{\"name\":\"東京\",\"state\":\"failed\",\"figures\":{\"bytes\":12}},"
    "{\"name\":\"a\\u001b[31m\\u0007b\\u009bc\\u202ed\",\"state\":null}]";

static void test_table(void **state)
{
    json_t *items = json_loads(items_text, 0, NULL);
    struct capture capture;

    (void)state;
    capture_begin(&capture, false);
    table_print(&capture.screen, columns, items);
    capture_expect(&capture, "NAME      STATE   BYTES\n"
                             "Zürich    active  1.5 KiB\n"
                             "東京      failed  12 B\n"
                             "a[31mbcd  -       -\n");
    json_decref(items);
}

static void test_colors(void **state)
{
    json_t *object = json_loads("{\"name\":\"x\",\"state\":\"active\"}", 0, NULL);
    struct capture capture;

    (void)state;
    capture_begin(&capture, true);
    table_print_object(&capture.screen, columns, object);
    capture_expect(&capture, "\033[2mNAME\033[0m:  x\n\033[2mSTATE\033[0m: "
                             "\033[32mactive\033[0m\n");
    capture_begin(&capture, false);
    table_print_object(&capture.screen, columns, object);
    capture_expect(&capture, "NAME:  x\nSTATE: active\n");
    json_decref(object);
}

static void test_clean(void **state)
{
    struct buf text = {0};

    (void)state;
    screen_clean(&text, "a\033]0;title\007b\nc\td\x7f\xff\xc2\x9b", true, true);
    assert_string_equal(text.data, "a]0;titleb\nc\td?");
    buf_clear(&text);
    screen_clean(&text, "\033[38;5;16mqr\033[0m\033[2J", true, true);
    assert_string_equal(text.data, "\033[38;5;16mqr\033[0m[2J");
    buf_done(&text);
}

static void test_columns(void **state)
{
    (void)state;
    assert_int_equal(screen_columns(""), 0);
    assert_int_equal(screen_columns("abc\nab"), 3);
    assert_int_equal(screen_columns("ab\n\033[38;5;16;48;5;231m\u2580\u2584 \u2588\033[0m\n"), 4);
    assert_int_equal(screen_columns("\033[0m\n\n"), 0);
}

static void expect_cell(cell_write write, const char *json, const char *wanted)
{
    json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);
    struct buf text = {0};

    assert_non_null(value);
    write(value, &text);
    assert_string_equal(text.data, wanted);
    buf_done(&text);
    json_decref(value);
}

static void test_cells(void **state)
{
    (void)state;
    expect_cell(cell_plain, "null", "-");
    expect_cell(cell_plain, "\"\"", "-");
    expect_cell(cell_plain, "[]", "-");
    expect_cell(cell_plain, "[\"a\",1,true]", "a, 1, yes");
    expect_cell(cell_plain, "{\"a\":1}", "{\"a\":1}");
    expect_cell(cell_bytes, "1023", "1023 B");
    expect_cell(cell_bytes, "9223372036854775807", "8.0 EiB");
    expect_cell(cell_ago, "null", "-");
    expect_cell(cell_ago, "\"nonsense\"", "nonsense");
    expect_cell(cell_duration, "3600", "1h");
    expect_cell(cell_duration, "59", "59s");
    expect_cell(cell_duration, "604773", "6d 23h");
    expect_cell(cell_duration, "86399", "23h 59m");
    expect_cell(cell_dns, "null", "the hub's default");
    expect_cell(cell_dns, "[]", "none");
    expect_cell(cell_ready, "{\"link_ready\":true,\"configured\":true,\"x_ready\":false}",
                "link, configured");
    expect_cell(cell_ready, "{}", "-");
    expect_cell(cell_pending, "[{\"step\":\"link\",\"reason\":\"no room\"}]", "link (no room)");
    expect_cell(cell_enabled, "{\"enabled\":false,\"expired\":true}", "expired");
    expect_cell(cell_enabled, "{\"enabled\":true}", "yes");
}

static void test_complaint(void **state)
{
    static const char problem_text[] =
        "{\"detail\":\"subnets[1]: overlaps\",\"errors\":[{\"field\":\"subnets[1]\",\"wrong\":"
        "\"overlaps with \\\"office\\\"\",\"would\":\"10.3.0.0/24\"},{\"field\":\"name\",\"wrong\":"
        "\"is too long\",\"would\":null},{\"field\":\"odd\\u001b\",\"wrong\":\"?\"}]}";
    static const char one_error[] =
        "{\"detail\":\"expires_in: no\",\"errors\":[{\"field\":\"expires_in\",\"wrong\":"
        "\"\\\"7\\\" is no duration\",\"would\":\"7d\"}]}";
    json_t *problem = json_loads(problem_text, 0, NULL);
    struct request request = {.route = api_route(ROUTE_PEER_ADD),
                              .body =
                                  json_pack("{s:[s,s]}", "subnets", "10.1.0.0/24", "10.2.0.0/24")};
    struct capture capture;

    (void)state;
    capture_begin(&capture, false);
    complaint_print(&capture.screen, &request, problem);
    capture_expect(&capture,
                   "warren: refused: 3 values are not right\n"
                   "  --subnet 10.2.0.0/24: overlaps with \"office\" (would do: 10.3.0.0/24)\n"
                   "  NAME: is too long\n"
                   "  odd: ?\n");
    json_decref(problem);
    problem = json_loads(one_error, 0, NULL);
    capture_begin(&capture, false);
    complaint_print(&capture.screen, &request, problem);
    capture_expect(&capture, "warren: refused: --expires: \"7\" is no duration (would do: 7d)\n");
    json_decref(problem);
    problem = json_object();
    capture_begin(&capture, false);
    complaint_print(&capture.screen, &request, problem);
    capture_expect(&capture, "warren: refused: the hub does not say why\n");
    json_decref(problem);
    json_decref(request.body);
}

/* "true" and "false" are the API's words. */
static void test_would_in_our_words(void **state)
{
    static const struct {
        enum api_route_id route;
        const char *wanted;
    } rows[] = {
        {ROUTE_PEER_ADD, "warren: refused: --full-tunnel: is for clients (would do: without "
                         "--full-tunnel)\n"},
        {ROUTE_PEER_SET, "warren: refused: --full-tunnel: is for clients (would do: no)\n"},
    };
    json_t *problem = json_loads("{\"errors\":[{\"field\":\"route_all\",\"wrong\":"
                                 "\"is for clients\",\"would\":\"false\"}]}",
                                 0, NULL);

    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        struct request request = {.route = api_route(rows[i].route)};
        struct capture capture;

        capture_begin(&capture, false);
        complaint_print(&capture.screen, &request, problem);
        capture_expect(&capture, rows[i].wanted);
    }
    json_decref(problem);
}

static void test_changes(void **state)
{
    static const struct {
        enum api_route_id route;
        const char *sent, *body, *wanted;
    } rows[] = {
        {ROUTE_PEER_DISABLE, "{}", "{\"name\":\"laptop\",\"pending\":[]}",
         "peer \"laptop\" disabled\n"},
        {ROUTE_PEER_ENABLE, "{}",
         "{\"name\":\"laptop\",\"pending\":[{\"title\":\"peer\",\"reason\":\"no link\"}]}",
         "peer \"laptop\" enabled\n"
         "Not done yet: peer (no link); see: warren peer show 'Acme Ltd' laptop\n"},
        {ROUTE_PEER_REKEY, "{}", "{\"name\":\"laptop\"}",
         "peer \"laptop\" has new keys; its old profile has stopped working: warren profile show "
         "'Acme Ltd' laptop\n"},
        {ROUTE_PEER_SET, "{\"expires_in\":\"1d\"}", "{\"name\":\"tablet\",\"enabled\":false}",
         "peer \"tablet\" changed\nIt is not enabled: warren peer enable 'Acme Ltd' tablet\n"},
        {ROUTE_PEER_SET, "{\"expires_in\":\"1d\"}", "{\"name\":\"laptop\",\"enabled\":true}",
         "peer \"laptop\" changed\n"},
        {ROUTE_PEER_SET, "{\"keepalive\":25}",
         "{\"name\":\"laptop\",\"enabled\":false,\"profile_stale\":true}",
         "peer \"laptop\" changed\n"
         "Its device has an old profile: warren profile show 'Acme Ltd' laptop\n"},
        {ROUTE_FIREWALL_TEST, "{}", "{\"action\":\"deny\",\"reason\":\"no_source\",\"rule\":null}",
         "action:     deny\nbecause of: nobody has the source address\nrule:       -\n"},
        {ROUTE_PEER_DELETE, "{}", "{\"deleted\":true}", "peer \"laptop\" deleted\n"},
        {ROUTE_INSTANCE_SET, "{}", "{\"name\":\"Acme\"}", "instance \"Acme\" changed\n"},
        {ROUTE_INSTANCE_DELETE, "{}", "{\"deleted\":false}",
         "instance \"Acme Ltd\" is being deleted\n"},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        json_t *body = json_loads(rows[i].body, 0, NULL);
        struct request request = {.route = api_route(rows[i].route),
                                  .parameters = {"Acme Ltd", "laptop"},
                                  .body = json_loads(rows[i].sent, 0, NULL)};
        struct capture capture;

        capture_begin(&capture, false);
        show_answer(&capture.screen, &request, body);
        capture_expect(&capture, rows[i].wanted);
        json_decref(request.body);
        json_decref(body);
    }
}

/* Of an object only what is other than before; a mapped subnet as it is typed. */
static void test_what_changed(void **state)
{
    json_t *body =
        json_loads("{\"changes\":[{\"field\":\"openvpn\","
                   "\"before\":{\"transports\":[\"udp\",\"tcp\"],\"port\":1194},"
                   "\"after\":{\"transports\":[],\"port\":1194}},"
                   "{\"field\":\"mapped\",\"before\":[],"
                   "\"after\":[{\"real\":\"192.168.88.0/24\",\"mapped\":\"10.88.0.0/24\"}]}]}",
                   0, NULL);
    struct capture capture;

    (void)state;
    assert_non_null(body);
    capture_begin(&capture, false);
    show_changes(&capture.screen, body);
    capture_expect(&capture, "  openvpn.transports: udp, tcp -> (none)\n"
                             "  mapped: (none) -> 192.168.88.0/24=10.88.0.0/24\n");
    capture_begin(&capture, false);
    show_dry_run(&capture.screen, body);
    capture_expect(&capture, "This would be changed (nothing is):\n"
                             "FIELD               BEFORE    AFTER\n"
                             "openvpn.transports  udp, tcp  -\n"
                             "mapped              -         192.168.88.0/24=10.88.0.0/24\n");
    json_decref(body);
}

/* Words and help do not run into each other. */
static void test_help(void **state)
{
    _cleanup_buf_ struct buf text = {0};

    (void)state;
    help_all(&text);
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        const struct api_route *route = api_route(i);
        _cleanup_free_ char *apart = text_format("  %s\n", route->help);

        if (!route->browser && !strstr(text.data, apart))
            fail_msg("%s %s", route->noun, route->verb);
    }
}

static void test_events(void **state)
{
    static const char text[] =
        "{\"items\":[{\"at\":\"t\",\"kind\":\"peer.added\",\"instance\":\"Acme Ltd\","
        "\"instance_id\":\"aaaaaaaa\",\"peer_id\":\"bbbbbbbb\",\"text\":\"x\"},"
        "{\"at\":\"t\",\"kind\":\"hub.ready\",\"text\":\"y\"}]}";
    json_t *body = json_loads(text, 0, NULL);
    struct request request = {.route = api_route(ROUTE_EVENTS_FOLLOW)};
    struct capture capture;

    (void)state;
    capture_begin(&capture, false);
    show_answer(&capture.screen, &request, body);
    capture_expect(&capture, "TIME  KIND        INSTANCE  PEER      TEXT\n"
                             "t     peer.added  Acme Ltd  bbbbbbbb  x\n"
                             "t     hub.ready   -         -         y\n");
    capture_begin(&capture, false);
    show_event(&capture.screen, json_array_get(json_object_get(body, "items"), 0));
    capture_expect(&capture,
                   "t                     peer.added          Acme Ltd        bbbbbbbb     "
                   "   x\n");
    json_decref(body);
}

static void test_each_command_shows_something(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROUTE_COUNT; i++)
        if (!api_route(i)->browser && !show_is_known((enum api_route_id)i))
            fail_msg("%s %s is not in the table of show.c", api_route(i)->noun, api_route(i)->verb);
}

/* Whatever the hub answers to whatever command: nothing breaks. */
static void test_odd_answers(void **state)
{
    static const char *const answers[] = {
        "{}",
        "[]",
        "null",
        "{\"items\":null}",
        "{\"items\":[null,1,[],{}]}",
        "{\"name\":1,\"type\":[],\"pending\":3,\"roles\":{},\"addresses\":{}}",
        "{\"changes\":[1,{\"field\":[]}]}",
    };
    static const char *const parameters[] = {"acme", "laptop"};

    (void)state;
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        for (size_t j = 0; j < ELEMENTS(answers); j++) {
            json_t *body = json_loads(answers[j], JSON_DECODE_ANY, NULL);
            struct request request = {.route = api_route(i),
                                      .parameters = {parameters[0], parameters[1]}};
            struct capture capture;

            capture_begin(&capture, true);
            show_answer(&capture.screen, &request, body);
            show_dry_run(&capture.screen, body);
            show_event(&capture.screen, body);
            complaint_print(&capture.screen, &request, body);
            fclose(capture.screen.stream);
            free(capture.text);
            json_decref(body);
        }
    }
}

static int setup(void **state)
{
    (void)state;
    screen_init();
    return 0;
}

static void test_explain(void **state)
{
    json_t *body = json_loads(
        "{\"from\":{\"address\":\"10.66.0.2\",\"peer\":\"laptop\"},"
        "\"to\":{\"address\":\"1.1.1.1\",\"peer\":null},\"protocol\":\"tcp\",\"port\":443,"
        "\"broken\":\"route\",\"steps\":["
        "{\"step\":\"source\",\"title\":\"source\",\"holds\":\"yes\",\"text\":\"it is\"},"
        "{\"step\":\"route\",\"title\":\"route\",\"holds\":\"no\",\"text\":\"not\\u001b[31m "
        "there\","
        "\"mend\":\"lead it\",\"command\":\"warren peer set\"},"
        "{\"step\":\"mtu\",\"title\":\"MTU\",\"holds\":\"unknown\",\"text\":\"who knows\"}]}",
        0, NULL);
    struct capture capture;

    (void)state;
    assert_non_null(body);
    capture_begin(&capture, false);
    show_explain(&capture.screen, body);
    capture_expect(&capture, "10.66.0.2 (laptop) to 1.1.1.1, tcp 443\n"
                             "   source  yes      it is\n"
                             "-> route   NO       not[31m there\n"
                             "                    to mend it: lead it\n"
                             "                    warren peer set\n"
                             "   MTU     unknown  who knows\n"
                             "It breaks where the arrow is.\n");
    capture_begin(&capture, true);
    json_object_set_new(body, "steps", json_array());
    json_object_set_new(body, "broken", json_null());
    show_explain(&capture.screen, body);
    capture_expect(&capture, "10.66.0.2 (laptop) to 1.1.1.1, tcp 443\n"
                             "\033[32mNothing that the hub knows of is in the way.\033[0m\n");
    json_decref(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),       cmocka_unit_test(test_explain),
        cmocka_unit_test(test_colors),      cmocka_unit_test(test_clean),
        cmocka_unit_test(test_columns),     cmocka_unit_test(test_cells),
        cmocka_unit_test(test_complaint),   cmocka_unit_test(test_each_command_shows_something),
        cmocka_unit_test(test_odd_answers), cmocka_unit_test(test_changes),
        cmocka_unit_test(test_events),      cmocka_unit_test(test_what_changed),
        cmocka_unit_test(test_help),        cmocka_unit_test(test_would_in_our_words),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
