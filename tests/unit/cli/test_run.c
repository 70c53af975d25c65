/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole runs against a hub that answers what a test says: exit statuses, output, files. */
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/cli/command.h"
#include "hub/cli/run.h"
#include "hub/cli/session.h"

enum { OUTPUT_MAX = 8192 };

struct hub {
    char directory[64], path[100];
    pid_t child;
    int keyboard; /* a terminal for input and errors; 0 = none */
    bool is_full; /* it answers and closes before it reads */
    char output[OUTPUT_MAX], errors[OUTPUT_MAX];
};

static int setup(void **state)
{
    struct hub *hub = memory_zero(sizeof(*hub));

    strcpy(hub->directory, "/tmp/warren-cli-XXXXXX");
    if (!mkdtemp(hub->directory))
        return -1;
    snprintf(hub->path, sizeof(hub->path), "%s/api.sock", hub->directory);
    *state = hub;
    return 0;
}

static int teardown(void **state)
{
    struct hub *hub = *state;
    int result;

    if (hub->child > 0) {
        kill(hub->child, SIGKILL);
        waitpid(hub->child, NULL, 0);
    }
    unlink(hub->path);
    result = rmdir(hub->directory); /* fails when a run left something behind */
    free(hub);
    return result;
}

static void serve(const struct hub *hub, int listener, const char *const *answers)
{
    int fd = accept(listener, NULL, NULL);
    FILE *reader = fdopen(fd, "r");
    char line[4096];

    for (; *answers && (hub->is_full || fgets(line, sizeof(line), reader)); answers++)
        if (write(fd, *answers, strlen(*answers)) < 0)
            _exit(1);
    _exit(0);
}

/* Answers line by line, then ends the connection. */
static void start(struct hub *hub, const char *const *answers)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memcpy(address.sun_path, hub->path, sizeof(hub->path));
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listener, 5), 0);
    hub->child = fork();
    if (hub->child == 0)
        serve(hub, listener, answers);
    close(listener);
}

static void slurp(int fd, char text[static OUTPUT_MAX])
{
    ssize_t size = pread(fd, text, OUTPUT_MAX - 1, 0);

    text[size > 0 ? size : 0] = 0;
    close(fd);
}

static int temporary(void)
{
    return open("/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
}

/* In a child, so that its standard streams are its own. */
static int run_onto(struct hub *hub, const char *line, int out)
{
    int err = temporary(), status;
    pid_t child;

    fflush(NULL);
    child = fork();
    if (child == 0) {
        _cleanup_free_ char *copy = text_duplicate(line);
        struct globals globals = {.socket = hub->path};
        struct request request = {0};
        const struct api_route *route = NULL;
        const char *noun = NULL;
        char *words[32] = {(char *)"warren"}, *rest = NULL, error[CLI_ERROR_MAX];
        int index = 1, count = 1;

        dup2(hub->keyboard ? hub->keyboard : open("/dev/null", O_RDONLY), 0);
        dup2(out, 1);
        dup2(hub->keyboard ? hub->keyboard : err, 2);
        for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
            words[count++] = word;
        if (command_find(&globals, count, words, &index, &noun, &route, error) < 0 || !route ||
            request_parse(&globals, route, count, words, index, &request, error) < 0)
            _exit(99);
        status = run_request(&globals, &request);
        fflush(NULL);
        _exit(status);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    slurp(err, hub->errors);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* On a terminal, where somebody types. */
static int run_typed(struct hub *hub, const char *line, const char *typed)
{
    int terminal, keyboard, out = temporary(), status;

    assert_int_equal(openpty(&terminal, &keyboard, NULL, NULL, NULL), 0);
    assert_int_equal(write(terminal, typed, strlen(typed)), strlen(typed));
    hub->keyboard = keyboard;
    status = run_onto(hub, line, out);
    hub->keyboard = 0;
    assert_int_equal(fcntl(terminal, F_SETFL, O_NONBLOCK), 0);
    size_t length = 0;
    for (ssize_t size; (size = read(terminal, hub->errors + length, OUTPUT_MAX - 1 - length)) > 0;)
        length += (size_t)size;
    hub->errors[length] = 0;
    slurp(out, hub->output);
    close(keyboard);
    close(terminal);
    return status;
}

static int run(struct hub *hub, const char *line)
{
    int out = temporary(), status = run_onto(hub, line, out);

    slurp(out, hub->output);
    return status;
}

static void test_unreachable(void **state)
{
    static const char *const nothing[] = {NULL};
    static const char *const garbage[] = {"[1]\n", NULL};
    static const char *const half[] = {"{\"status\":200,", NULL};
    struct hub *hub = *state;

    assert_int_equal(run(hub, "status"), 3);
    assert_non_null(strstr(hub->errors, "cannot reach the hub at"));
    assert_non_null(strstr(hub->errors, "sudo hub/up"));
    start(hub, nothing);
    assert_int_equal(run(hub, "peer disable a b"), 3);
    assert_non_null(strstr(hub->errors, "see whether it was made"));
    unlink(hub->path);
    start(hub, garbage);
    assert_int_equal(run(hub, "status"), 3);
    assert_non_null(strstr(hub->errors, "can't be read"));
    unlink(hub->path);
    start(hub, half);
    assert_int_equal(run(hub, "status"), 3);
}

static void test_turned_away(void **state)
{
    static const char *const answers[] = {
        "{\"status\":503,\"body\":{\"status\":503,\"detail\":\"64 clients\"}}\n", NULL};
    struct hub *hub = *state;

    hub->is_full = true;
    for (unsigned i = 0; i < 20; i++) {
        start(hub, answers);
        assert_int_equal(run(hub, "status"), 1);
        assert_non_null(strstr(hub->errors, "64 clients"));
        assert_int_equal(waitpid(hub->child, NULL, 0), hub->child);
        hub->child = 0;
        unlink(hub->path);
    }
}

static void test_refused(void **state)
{
    static const char *const answers[] = {
        "{\"status\":422,\"body\":{\"status\":422,\"detail\":\"no\",\"errors\":[{\"field\":"
        "\"hostname\",\"wrong\":\"is reserved\",\"would\":\"www-1\"}]}}\n",
        NULL};
    struct hub *hub = *state;

    start(hub, answers);
    assert_int_equal(run(hub, "instance add acme --hostname www"), 1);
    assert_string_equal(hub->output, "");
    assert_string_equal(hub->errors,
                        "warren: refused: --hostname: is reserved (would do: www-1)\n");
    unlink(hub->path);
    start(hub, answers);
    assert_int_equal(run(hub, "instance add acme --hostname www --json"), 1);
    assert_non_null(strstr(hub->output, "\"detail\": \"no\""));
}

static void test_pages(void **state)
{
    static const char *const answers[] = {
        "{\"status\":200,\"body\":{\"items\":[{\"number\":3}],\"next\":\"3\"}}\n",
        "{\"status\":200,\"body\":{\"items\":[{\"number\":2}],\"next\":\"2\"}}\n",
        "{\"status\":200,\"body\":{\"items\":[{\"number\":1}],\"next\":null}}\n",
        NULL,
    };
    struct hub *hub = *state;
    json_t *list;

    start(hub, answers);
    assert_int_equal(run(hub, "audit list --json"), 0);
    list = json_loads(hub->output, 0, NULL);
    assert_int_equal(json_array_size(json_object_get(list, "items")), 3);
    assert_int_equal(json_object_size(list), 1);
    json_decref(list);
    unlink(hub->path);
    start(hub, answers);
    assert_int_equal(run(hub, "audit list --limit 1"), 0);
    assert_non_null(strstr(hub->output, "NUMBER"));
    assert_null(strstr(hub->output, "\n2 "));
    assert_null(strchr(hub->output, '\033'));
}

static void test_add_waits(void **state)
{
    static const char added[] =
        "{\"status\":201,\"body\":{\"id\":\"aaaaaaaa\",\"name\":\"acme\"}}\n";
    static const char *const works[] = {
        added,
        "{\"status\":200,\"body\":{\"id\":\"aaaaaaaa\",\"name\":\"acme\",\"state\":"
        "\"provisioning\",\"ready\":{\"namespace_ready\":true,\"configured\":false}}}\n",
        "{\"status\":200,\"body\":{\"id\":\"aaaaaaaa\",\"name\":\"acme\",\"state\":\"active\","
        "\"ready\":{\"namespace_ready\":true,\"configured\":true}}}\n",
        NULL,
    };
    static const char *const fails[] = {
        added,
        "{\"status\":200,\"body\":{\"id\":\"aaaaaaaa\",\"name\":\"acme\",\"state\":\"failed\","
        "\"pending\":[{\"step\":\"link_ready\",\"reason\":\"no such device\"}]}}\n",
        NULL,
    };
    struct hub *hub = *state;

    start(hub, works);
    assert_int_equal(run(hub, "instance add acme --hostname acme"), 0);
    assert_string_equal(hub->output, "namespace ... ready\nconfigured ... done\n"
                                     "instance \"acme\" is active\n"
                                     "Next: warren peer add acme laptop --client\n");
    unlink(hub->path);
    start(hub, fails);
    assert_int_equal(run(hub, "instance add acme --hostname acme"), 1);
    assert_non_null(strstr(hub->errors, "no such device"));
    unlink(hub->path);
    start(hub, works);
    assert_int_equal(run(hub, "instance add acme --hostname acme --no-wait --json"), 0);
    assert_null(strstr(hub->output, "state"));
}

static void test_delete_asks(void **state)
{
    struct hub *hub = *state;

    assert_int_equal(run(hub, "instance delete acme"), 2);
    assert_non_null(strstr(hub->errors, "--yes"));
    assert_int_equal(run(hub, "instance delete acme --yes"), 3); /* it did ask the hub */
}

static void test_terminal_is_asked(void **state)
{
    static const char *const lines[] = {
        "peer delete acme laptop",
        "admin delete anna",
        "user delete bob",
        "token delete t",
        "firewall delete acme 1",
        "backup delete b",
        "instance set acme --openvpn none",
    };
    static const char *const done[] = {"{\"status\":200,\"body\":{\"name\":\"x\"}}\n", NULL};
    struct hub *hub = *state;

    for (size_t i = 0; i < ELEMENTS(lines); i++) {
        _cleanup_free_ char *said = text_format("%s --yes", lines[i]);

        assert_int_equal(run_typed(hub, lines[i], "no\n"), 1); /* there is no hub to be asked */
        assert_non_null(
            strstr(hub->errors, i < ELEMENTS(lines) - 1 ? "This deletes the " : "This ends the "));
        assert_non_null(strstr(hub->errors, "nothing was done"));
        start(hub, done);
        assert_int_equal(run_typed(hub, lines[i], "yes\n"), 0);
        unlink(hub->path);
        waitpid(hub->child, NULL, 0);
        start(hub, done);
        assert_int_equal(run_typed(hub, said, ""), 0);
        unlink(hub->path);
        waitpid(hub->child, NULL, 0);
        /* A program is not asked. */
        start(hub, done);
        assert_int_equal(run(hub, lines[i]), 0);
        unlink(hub->path);
        waitpid(hub->child, NULL, 0);
        hub->child = 0;
    }
    assert_int_equal(run_typed(hub, "instance delete acme", "yes\n"), 1);
    assert_int_equal(run_typed(hub, "instance delete acme", "acme\n"), 3);
    /* Nothing is lost by these. */
    assert_int_equal(run_typed(hub, "instance set acme --openvpn both", ""), 3);
    assert_int_equal(run_typed(hub, "instance add acme --hostname acme --openvpn none", ""), 3);
    assert_int_equal(run_typed(hub, "instance set acme --openvpn none --dry-run", ""), 3);
}

static void test_changes(void **state)
{
    static const char *const answers[] = {
        "{\"status\":200,\"changes\":[{\"field\":\"dns_custom\",\"before\":[\"nas=192.168.88.9\"],"
        "\"after\":[]},{\"field\":\"mtu\",\"before\":1420,\"after\":1400}],"
        "\"body\":{\"name\":\"acme\"}}\n",
        NULL};
    static const char *const nothing[] = {"{\"status\":200,\"body\":{\"name\":\"acme\"}}\n", NULL};
    static const char *const edited[] = {
        "{\"status\":200,\"etag\":\"r7\",\"body\":{\"domains\":[\"a.example\"]}}\n",
        "{\"status\":200,\"body\":{\"name\":\"acme\"}}\n", NULL};
    struct hub *hub = *state;

    start(hub, answers);
    assert_int_equal(run(hub, "instance set acme --dns-record none --mtu 1400"), 0);
    assert_string_equal(hub->output, "instance \"acme\" changed\n"
                                     "  dns_custom: nas=192.168.88.9 -> (none)\n"
                                     "  mtu: 1420 -> 1400\n");
    unlink(hub->path);
    start(hub, nothing);
    assert_int_equal(run(hub, "instance set acme --mtu 1400"), 0);
    assert_non_null(strstr(hub->output, "Nothing is other than before.\n"));
    unlink(hub->path);
    start(hub, edited);
    assert_int_equal(run(hub, "instance set acme --remove-search-domain b.example"), 1);
    assert_non_null(strstr(hub->errors, "\"b.example\" is not there; there is: a.example"));
    unlink(hub->path);
    start(hub, edited);
    assert_int_equal(run(hub, "instance set acme --add-search-domain b.example"), 0);
}

static void test_profile(void **state)
{
    static const char *const text[] = {
        "{\"status\":200,\"body\":{\"encoding\":\"utf-8\",\"content\":\"[Interface]\\n\","
        "\"warnings\":[\"the peer is disabled\"]}}\n",
        NULL};
    static const char *const png[] = {
        "{\"status\":200,\"body\":{\"encoding\":\"base64\",\"content\":\"iVBORwAA/w==\"}}\n", NULL};
    struct hub *hub = *state;
    _cleanup_free_ char *path = text_format("%s/x", hub->directory);
    _cleanup_free_ char *line = text_format("profile show a b -o %s", path);
    _cleanup_free_ char *forced = text_format("%s --qr png --force", line);
    char bytes[32];
    struct stat status;

    start(hub, text);
    assert_int_equal(run(hub, "profile show a b"), 0);
    assert_string_equal(hub->output, "[Interface]\n");
    assert_string_equal(hub->errors, "warren: warning: the peer is disabled\n");
    unlink(hub->path);
    start(hub, text);
    assert_int_equal(run(hub, line), 0);
    assert_string_equal(hub->output, "");
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(status.st_size, 12);

    assert_int_equal(run(hub, line), 1); /* without asking the hub, which is gone */
    assert_non_null(strstr(hub->errors, "--force"));
    unlink(hub->path);
    start(hub, png);
    assert_int_equal(run(hub, forced), 0);
    FILE *file = fopen(path, "r");
    assert_int_equal(fread(bytes, 1, sizeof(bytes), file), 7);
    fclose(file);
    assert_memory_equal(bytes, "\x89PNG\0\0\xff", 7);
    assert_int_equal(unlink(path), 0);
}

static void expect_code(struct hub *hub, const char *line, unsigned short columns, bool warned)
{
    static const char *const answers[] = {
        "{\"status\":200,\"body\":{\"encoding\":\"utf-8\",\"content\":"
        "\"\\u001b[30;47m12345678\\u001b[0m\\n\"}}\n",
        NULL};
    struct winsize size = {.ws_row = 24, .ws_col = columns};
    int terminal, out;

    assert_int_equal(openpty(&terminal, &out, NULL, NULL, &size), 0);
    start(hub, answers);
    assert_int_equal(run_onto(hub, line, out), 0);
    if (warned)
        assert_non_null(strstr(hub->errors, "needs 8 columns and the terminal has 7"));
    else
        assert_string_equal(hub->errors, "");
    waitpid(hub->child, NULL, 0);
    hub->child = 0;
    unlink(hub->path);
    close(out);
    close(terminal);
}

static void test_narrow_terminal(void **state)
{
    expect_code(*state, "profile show a b --qr ansi", 7, true);
    expect_code(*state, "profile show a b --qr ansi", 8, false);
    expect_code(*state, "profile show a b --qr ansi", 0, false);
    expect_code(*state, "profile show a b", 7, false);
}

#define EVENT(id, at, kind) \
    "{\"event\":{\"id\":" id ",\"at\":\"" at "\",\"kind\":\"" kind "\",\"text\":\"a\\u001bb\"}}\n"

/* Answers one connection after the other, each with a text; writes down what it was asked. */
static void start_restarting(struct hub *hub, const char *const *answers, const char *asked)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memcpy(address.sun_path, hub->path, sizeof(hub->path));
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listener, 5), 0);
    hub->child = fork();
    if (hub->child > 0) {
        close(listener);
        return;
    }
    FILE *log = fopen(asked, "w");
    for (; *answers; answers++) {
        char line[4096] = "";
        int fd = accept(listener, NULL, NULL);

        if (read(fd, line, sizeof(line) - 1) < 0 || write(fd, *answers, strlen(*answers)) < 0)
            _exit(1);
        fputs(line, log);
        fflush(log);
        close(fd);
    }
    unlink(hub->path);
    _exit(0);
}

/* `after` may be NULL; patience for three attempts. */
static int follow(struct hub *hub, const char *after, bool json)
{
    int out = temporary(), err = temporary(), status;
    pid_t child = fork();

    if (child == 0) {
        struct globals globals = {.socket = hub->path, .json = json};
        struct request request = {.route = api_route(ROUTE_EVENTS_FOLLOW),
                                  .query =
                                      after ? json_pack("{s:s}", "after", after) : json_object()};
        struct session session = {.globals = &globals, .request = &request};

        dup2(out, 1);
        dup2(err, 2);
        session.out = screen_of(stdout, true);
        session.err = screen_of(stderr, true);
        if (connection_open(&session.connection, hub->path) < 0)
            _exit(99);
        status = event_follow(&session, 1200);
        fflush(NULL);
        _exit(status);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    slurp(out, hub->output);
    slurp(err, hub->errors);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void expect_asked(const char *path, const char *const *wanted)
{
    char line[4096];
    FILE *log = fopen(path, "r");

    for (; *wanted; wanted++) {
        assert_non_null(fgets(line, sizeof(line), log));
        assert_non_null(strstr(line, *wanted));
    }
    assert_null(fgets(line, sizeof(line), log));
    fclose(log);
    assert_int_equal(unlink(path), 0);
}

static unsigned count(const char *text, const char *part)
{
    unsigned found = 0;

    for (; (text = strstr(text, part)); text++)
        found++;
    return found;
}

static void test_events_over_a_restart(void **state)
{
    static const char *const answers[] = {
        "{\"status\":200}\n" EVENT("7", "t", "peer.added") EVENT("8", "t", "peer.enabled"),
        "{\"status\":503,\"body\":{\"status\":503,\"detail\":\"soon\"}}\n",
        "{\"status\":200}\n" EVENT("9", "t", "peer.deleted"),
        NULL,
    };
    static const char *const asked[] = {"\"path\":\"/api/v1/events\"", "\"after\":\"8\"",
                                        "\"after\":\"8\"", NULL};
    struct hub *hub = *state;
    _cleanup_free_ char *log = text_format("%s/asked", hub->directory);

    start_restarting(hub, answers, log);
    assert_int_equal(follow(hub, "5", true), 3);
    assert_int_equal(count(hub->output, "\n"), 3);
    assert_non_null(strstr(hub->output, "\"kind\":\"peer.deleted\""));
    assert_int_equal(count(hub->errors, "the hub ended the stream of events"), 2);
    assert_int_equal(count(hub->errors, "cannot reach the hub"), 1);
    expect_asked(log, asked);
}

/* Nothing was seen before the restart: what was there before following is not shown after it. */
static void test_events_from_now(void **state)
{
    static const char *const answers[] = {
        "{\"status\":200}\n",
        "{\"status\":200}\n" EVENT("1", "2001-01-01T00:00:00Z", "peer.added")
            EVENT("2", "2999-01-01T00:00:00Z", "peer.deleted"),
        NULL,
    };
    static const char *const asked[] = {"\"path\":\"/api/v1/events\"", "\"after\":\"0\"", NULL};
    struct hub *hub = *state;
    _cleanup_free_ char *log = text_format("%s/asked", hub->directory);

    start_restarting(hub, answers, log);
    assert_int_equal(follow(hub, NULL, false), 3);
    assert_string_equal(hub->output, "2999-01-01T00:00:00Z  peer.deleted        -               "
                                     "-               ab\n");
    expect_asked(log, asked);
}

/* Refused is refused, before a restart and after it. */
static void test_events_refused(void **state)
{
    static const char refusal[] = "{\"status\":403,\"body\":{\"status\":403,\"detail\":\"no\"}}\n";
    static const char *const answers[] = {"{\"status\":200}\n", refusal, NULL};
    struct hub *hub = *state;
    _cleanup_free_ char *log = text_format("%s/asked", hub->directory);

    start_restarting(hub, answers + 1, log);
    assert_int_equal(run(hub, "events --follow"), 1);
    assert_string_equal(hub->errors, "warren: refused: no\n");
    waitpid(hub->child, NULL, 0);
    start_restarting(hub, answers, log);
    assert_int_equal(follow(hub, NULL, false), 1);
    assert_non_null(strstr(hub->errors, "warren: refused: no\n"));
    unlink(log);
}

static void test_broken_audit(void **state)
{
    static const char *const answers[] = {
        "{\"status\":200,\"body\":{\"whole\":false,\"checked\":2,\"broken_at\":3}}\n", NULL};
    struct hub *hub = *state;

    start(hub, answers);
    assert_int_equal(run(hub, "audit verify"), 1);
    assert_non_null(strstr(hub->output, "broken at:       3"));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_unreachable),
        TEST(test_turned_away),
        TEST(test_refused),
        TEST(test_pages),
        TEST(test_add_waits),
        TEST(test_delete_asks),
        TEST(test_terminal_is_asked),
        TEST(test_changes),
        TEST(test_profile),
        TEST(test_narrow_terminal),
        TEST(test_events_over_a_restart),
        TEST(test_events_from_now),
        TEST(test_events_refused),
        TEST(test_broken_audit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
