/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
/* After those that it needs. */
#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/cli/completion.h"

enum { OFFER_MAX = 4096 };

/* What is offered for the last of the words, with a space around each. No hub is there. */
static const char *offered(const char *line)
{
    static char text[OFFER_MAX];
    const struct globals globals = {.socket = "/nonexistent/api.sock"};
    _cleanup_close_ int file = open("/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
    _cleanup_close_ int before = dup(STDOUT_FILENO);
    _cleanup_free_ char *copy = text_duplicate(line);
    char *words[16], *rest = copy;
    int count = 0;

    for (char *word; (word = strsep(&rest, " "));)
        words[count++] = word;
    fflush(stdout);
    dup2(file, STDOUT_FILENO);
    assert_int_equal(completion_print(&globals, count, words), CLI_DONE);
    fflush(stdout);
    dup2(before, STDOUT_FILENO);

    ssize_t size = pread(file, text + 1, OFFER_MAX - 2, 0);
    text[0] = ' ';
    text[size < 0 ? 1 : size + 1] = 0;
    for (char *p = text; *p; p++)
        *p = *p == '\n' ? ' ' : *p;
    return text;
}

static void words_are_offered_by_their_place(void **state)
{
    static const struct {
        const char *line, *has, *has_not;
    } cases[] = {
        {"", " instance ", " add "},
        {"pe", " peer ", " instance "},
        {"peer ", " enable ", " instance "},
        {"peer re", " rekey ", " enable "},
        {"peer add acme laptop --", " --expires ", " --yes "},
        {"peer add acme laptop --cl", " --client ", " --site "},
        {"profile show acme laptop --format ", " routeros ", " --qr "},
        {"profile show acme laptop --qr s", " svg ", " png "},
        {"peer list acme --connected ", " yes ", " maybe "},
        {"instance delete acme --y", " --yes ", " --json "},
        {"instance show --js", " --json ", " --yes "},
        {"status --", " --json ", " --client "},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        const char *text = offered(cases[i].line);

        if (!strstr(text, cases[i].has) || strstr(text, cases[i].has_not))
            fail_msg("\"%s\" is offered:%s", cases[i].line, text);
    }
}

static void nothing_is_offered_where_nothing_fits(void **state)
{
    static const char *const lines[] = {"nonsense", "peer nonsense", "nonsense x ",
                                        "instance show ac", "peer show acme lap"};

    (void)state;
    for (size_t i = 0; i < ELEMENTS(lines); i++)
        assert_string_equal(offered(lines[i]), " ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_offered_by_their_place),
        cmocka_unit_test(nothing_is_offered_where_nothing_fits),
    };

    return cmocka_run_group_tests_name("completion", tests, NULL, NULL);
}
