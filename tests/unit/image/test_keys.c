/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* After the four that it needs. */
#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "image/console/keys.h"

enum { KEYS_MAX = 32 };

static void pressed(const char *sent, const char *wanted)
{
    enum keys_state state = KEYS_PLAIN;
    char found[KEYS_MAX] = "";
    size_t count = 0;

    for (; *sent; sent++) {
        char key = keys_take(&state, *sent);
        if (key && count < KEYS_MAX - 1)
            found[count++] = key;
    }
    assert_string_equal(found, wanted);
}

static void letters_are_keys(void **state)
{
    (void)state;
    pressed("nafrs", "nafrs");
    pressed("n \t\001\177\303\244f", "nf");
    pressed("\rn\n", "\nn\n");
}

static void sequences_are_none(void **state)
{
    (void)state;
    pressed("\033[A\033[1;5Dn", "n"); /* arrows */
    pressed("\033Oa\033OPn", "n");    /* with a modifier, F1 */
    pressed("\033[?1;2cn", "n");      /* what a terminal says that it is */
    pressed("\033[24;80Rf", "f");     /* where its cursor stands */
    pressed("\033[200~\033[201~s", "s");
    pressed("\033]0;far sn\007a", "a"); /* a title */
    pressed("\033Pfar\033\\a", "a");
    pressed("\033\033[Afn", "fn");
}

static void escape_takes_one_key_with_it(void **state)
{
    (void)state;
    pressed("\033fr", "r");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_are_keys),
        cmocka_unit_test(sequences_are_none),
        cmocka_unit_test(escape_takes_one_key_with_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
