/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "webui/engine_answer.h"

static const char *media_type_of(const struct verb_web_answer *told)
{
    if (told->status == 204)
        return NULL;
    if (told->media_type[0])
        return told->media_type;
    return told->status >= 400 ? "application/problem+json" : "application/json";
}

void engine_answer_take(const struct verb_web_answer *told,
                        char cookie[static CREDENTIAL_COOKIE_MAX], struct answer *ret_answer)
{
    *ret_answer = (struct answer){
        .status = told->status,
        .media_type = media_type_of(told),
        .etag = told->etag,
        .file_name = told->file_name,
        .retry_after = told->retry_after,
        .replayed = told->flags & WEB_ANSWER_REPLAYED,
    };
    cookie[0] = 0;
    if (told->flags & WEB_ANSWER_SET_SESSION) {
        credential_cookie(told->session, told->session_seconds, cookie);
        ret_answer->cookie = cookie;
    } else if (told->flags & WEB_ANSWER_CLEAR_SESSION) {
        ret_answer->cookie = CREDENTIAL_COOKIE_GONE;
    }
}
