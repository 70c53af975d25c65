/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/acme/hook.h"

#include <errno.h>
#include <sys/socket.h>

#include "hub/base/text.h"
#include "hub/channel/verbs.h"

enum { ACCEPTED = 0, DECLINED = 1 };

int hook_run(char **argv)
{
    const char *method = argv[1], *type = argv[2], *token = argv[4], *answer = argv[5];
    struct verb_acme_challenge challenge = {0};
    uint8_t accepted = 0;

    if (!text_equal(type, "http-01"))
        return DECLINED;
    if (text_copy(challenge.token, sizeof(challenge.token), token) < 0 ||
        (text_equal(method, "begin") &&
         text_copy(challenge.answer, sizeof(challenge.answer), answer) < 0))
        return DECLINED;
    if (send(HOOK_FD, &challenge, sizeof(challenge), MSG_NOSIGNAL) != sizeof(challenge) ||
        recv(HOOK_FD, &accepted, sizeof(accepted), 0) != sizeof(accepted))
        return DECLINED;
    return accepted ? ACCEPTED : DECLINED;
}
