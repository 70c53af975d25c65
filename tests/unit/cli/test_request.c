/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words of the command line become requests, or are refused with what would do. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/cli/command.h"
#include "hub/cli/request.h"

enum { WORDS_MAX = 80 };

/* Splits at spaces; "_" stands for an empty word, "%" for a space. */
static int split(char *line, char **words)
{
    char *rest = NULL;
    int count = 0;

    words[count++] = (char *)"warren";
    for (char *word = strtok_r(line, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        for (char *c = word; *c; c++)
            if (*c == '%')
                *c = ' ';
        words[count++] = text_equal(word, "_") ? (char *)"" : word;
    }
    words[count] = NULL;
    return count;
}

static int parse(const char *line, struct globals *globals, struct request *request, char *error)
{
    _cleanup_free_ char *copy = text_duplicate(line);
    static char kept[2000];
    char *words[WORDS_MAX];
    const struct api_route *route = NULL;
    const char *noun = NULL;
    int index = 1, count, result;

    error[0] = 0;
    snprintf(kept, sizeof(kept), "%s", copy); /* parameters point into it */
    count = split(kept, words);
    result = command_find(globals, count, words, &index, &noun, &route, error);
    if (result < 0 || !route)
        return result;
    return request_parse(globals, route, count, words, index, request, error);
}

struct good {
    const char *line, *json;
};

static const struct good good[] = {
    {"status", "{\"method\":\"GET\",\"path\":\"/api/v1/status\"}"},
    {"--json status", "{\"method\":\"GET\",\"path\":\"/api/v1/status\"}"},
    {"instance --json list --limit 5",
     "{\"method\":\"GET\",\"path\":\"/api/v1/instances\",\"query\":{\"limit\":\"5\"}}"},
    {"instance add acme --hostname acme --network 10.1.0.0/24 --network fd00::/64 --dns 9.9.9.9 "
     "--push 192.0.2.0/24 --no-client-to-client --no-wait",
     "{\"body\":{\"client_to_client\":false,\"hostname\":\"acme\",\"name\":\"acme\",\"networks\":["
     "\"10.1.0.0/24\",\"fd00::/64\"],\"public_dns\":[\"9.9.9.9\"],\"pushed_routes\":[\"192.0.2.0/"
     "24\"]},\"method\":\"POST\",\"path\":\"/api/v1/instances\"}"},
    {"instance add --hostname=acme -- -odd-",
     "{\"body\":{\"hostname\":\"acme\",\"name\":\"-odd-\"},\"method\":\"POST\",\"path\":\"/api/v1/"
     "instances\"}"},
    {"instance set a/b%c --dns none --push none --mtu 1400 --client-to-client yes",
     "{\"body\":{\"client_to_client\":true,\"mtu\":1400,\"public_dns\":[],\"pushed_routes\":[]},"
     "\"method\":\"PATCH\",\"path\":\"/api/v1/instances/a%2Fb%20c\"}"},
    {"instance set Zürich --dns default",
     "{\"body\":{\"public_dns\":null},\"method\":\"PATCH\",\"path\":\"/api/v1/instances/"
     "Z%C3%BCrich\"}"},
    {"instance delete acme --yes --dry-run --if-match \"r3\"",
     "{\"headers\":{\"if-match\":\"\\\"r3\\\"\"},\"method\":\"DELETE\",\"path\":\"/api/v1/"
     "instances/acme\",\"query\":{\"dry_run\":\"1\"}}"},
    {"peer delete acme x --if-match r3", "{\"headers\":{\"if-match\":\"\\\"r3\\\"\"},\"method\":"
                                         "\"DELETE\",\"path\":\"/api/v1/instances/acme/peers/x\"}"},
    {"peer add acme laptop --client --full-tunnel --expires 30d",
     "{\"body\":{\"expires_in\":\"30d\",\"name\":\"laptop\",\"route_all\":true,\"type\":"
     "\"client\"},\"method\":\"POST\",\"path\":\"/api/v1/instances/acme/peers\"}"},
    {"peer add acme office --site --subnet 10.1.0.0/24 --subnet 10.2.0.0/24 --idempotency-key k",
     "{\"body\":{\"name\":\"office\",\"subnets\":[\"10.1.0.0/24\",\"10.2.0.0/24\"],\"type\":"
     "\"site\"},\"headers\":{\"idempotency-key\":\"k\"},\"method\":\"POST\",\"path\":\"/api/v1/"
     "instances/acme/peers\"}"},
    {"peer set acme office --subnet none --full-tunnel no --expires never",
     "{\"body\":{\"expires_in\":null,\"route_all\":false,\"subnets\":[]},\"method\":\"PATCH\","
     "\"path\":\"/api/v1/instances/acme/peers/office\"}"},
    {"peer set acme office --no-full-tunnel",
     "{\"body\":{\"route_all\":false},\"method\":\"PATCH\",\"path\":\"/api/v1/instances/acme/"
     "peers/office\"}"},
    {"peer enable acme office",
     "{\"body\":{},\"method\":\"POST\",\"path\":\"/api/v1/instances/acme/peers/office/enable\"}"},
    {"peer list acme --site --connected no",
     "{\"method\":\"GET\",\"path\":\"/api/v1/instances/acme/peers\",\"query\":{\"connected\":"
     "\"no\",\"type\":\"site\"}}"},
    {"profile show acme laptop --qr png -o x.png --exclude 10.0.0.0/8 --exclude 10.1.0.0/16",
     "{\"method\":\"GET\",\"path\":\"/api/v1/instances/acme/peers/laptop/profile\",\"query\":{"
     "\"exclude\":\"10.0.0.0/8,10.1.0.0/16\",\"qr\":\"png\"}}"},
    {"audit list --object instance/x --limit 3",
     "{\"method\":\"GET\",\"path\":\"/api/v1/audit\",\"query\":{\"limit\":\"3\",\"object\":"
     "\"instance/x\"}}"},
};

static void test_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < ELEMENTS(good); i++) {
        struct globals globals = {0};
        struct request request = {0};
        char error[CLI_ERROR_MAX];
        json_t *json;
        char *text;

        if (parse(good[i].line, &globals, &request, error) != 0)
            fail_msg("%s: %s", good[i].line, error);
        json = request_to_json(&request);
        text = json_dumps(json, JSON_SORT_KEYS | JSON_COMPACT);
        assert_string_equal(text, good[i].json);
        free(text);
        json_decref(json);
        request_done(&request);
    }
}

static const struct good bad[] = {
    {"", "what is to be done"},
    {"instnce", "did you mean \"instance\""},
    {"zzzz", "there are: status"},
    {"zzzz", ", token"}, /* the last one too */
    {"--nonsense", "no option --nonsense"},
    {"peer", "There are: list, add"},
    {"peer ad", "did you mean \"add\""},
    {"peer xyzzyx", "there are: list, add"},
    {"status please", "one word too many"},
    {"status --jsn", "did you mean --json"},
    {"status --yes", "no option --yes"},
    {"status --socket", "--socket needs a value"},
    {"instance show", "INSTANCE is missing"},
    {"instance show _", "INSTANCE is empty"},
    {"instance show a\033b", "printable"},
    {"instance show a b", "one word too many"},
    {"instance add", "NAME is missing"},
    {"instance add acme", "--hostname is missing"},
    {"instance add acme --hostname", "--hostname needs a value"},
    {"instance add acme --hostname --dns 1.1.1.1", "--hostname needs a value"},
    {"instance add acme --hostname a --hostname b", "given twice"},
    {"instance add acme --hostname a --mtu big", "\"big\" is not a whole number"},
    {"instance add acme --hostname a --mtu 14k", "\"14k\" is not a whole number"},
    {"instance add acme --hostname a --mtu 99999999999999999999", "not a whole number"},
    {"instance add acme --hostname a --client-to-client maybe", "yes or no would do"},
    {"instance add acme --hostname a --no-client-to-client=yes", "takes no value"},
    {"instance add acme --hostname a --no-wait=1", "takes no value"},
    {"instance add acme --hostname a --hostnam b", "did you mean --hostname"},
    {"instance set acme", "nothing to change"},
    {"instance set acme --dns none --dns 1.1.1.1", "can't go with other values"},
    {"instance set acme --dns 1.1.1.1 --dns none", "can't go with other values"},
    {"instance set acme --dns 1.1.1.1 --dns default", "can't go with other values"},
    {"instance set acme --dns 1.1.1.1 --add-dns 9.9.9.9", "--dns says the whole list"},
    {"instance set acme --ad-dns 9.9.9.9", "did you mean --add-dns"},
    {"instance set acme --add-dns", "--add-dns needs a value"},
    {"peer add acme", "NAME is missing"},
    {"peer add acme x", "--client|--site is missing"},
    {"peer add acme x --client --site", "only one of --client|--site"},
    {"peer add acme x --client=1", "takes no value"},
    {"peer add acme x --clinet", "did you mean --client"},
    {"peer add acme x --client --full-tunnel=yes", "takes no value"},
    {"peer set acme x", "nothing to change"},
    {"peer enable acme", "PEER is missing"},
    {"peer list acme --limit many", "not a whole number"},
    {"peer list acme --connected perhaps", "yes or no"},
    {"profile show acme x -o", "--output needs a value"},
    {"profile show acme x -o a -o b", "--output is given twice"},
    {"profile show acme x --force", "--force goes with -o FILE"},
    {"instance delete acme --no-wait", "no option --no-wait"},
    {"instance delete acme --if-match _", "--if-match needs a value"},
    {"peer add acme x --client --idempotency-key", "--idempotency-key needs a value"},
};

static void test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        struct globals globals = {0};
        struct request request = {0};
        char error[CLI_ERROR_MAX];

        if (parse(bad[i].line, &globals, &request, error) != -EINVAL)
            fail_msg("taken: %s", bad[i].line);
        if (!strstr(error, bad[i].json))
            fail_msg("%s: \"%s\" does not say \"%s\"", bad[i].line, error, bad[i].json);
    }
}

static void test_globals(void **state)
{
    struct globals globals = {0};
    struct request request = {0};
    char error[CLI_ERROR_MAX];

    (void)state;
    assert_int_equal(
        parse("--socket=/a peer --no-color list acme --json --limit 5", &globals, &request, error),
        0);
    assert_true(globals.json && globals.no_color && !globals.help);
    assert_string_equal(globals.socket, "/a");
    request_done(&request);
    /* Help is given whatever is missing. */
    request = (struct request){0};
    assert_int_equal(parse("peer add --help", &globals, &request, error), 0);
    assert_true(globals.help);
    request_done(&request);
}

/* Every option that the tables have is found again by its name. */
static void test_every_route(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        struct globals globals = {0};
        struct request request = {0};
        char error[CLI_ERROR_MAX], line[100];

        if (api_route(i)->browser)
            continue;
        snprintf(line, sizeof(line), "%s %s --help", api_route(i)->noun,
                 api_route(i)->verb ? api_route(i)->verb : "");
        assert_int_equal(parse(line, &globals, &request, error), 0);
        assert_ptr_equal(request.route, api_route(i));
        request_done(&request);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_globals),
        cmocka_unit_test(test_every_route),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
