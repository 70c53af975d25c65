/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/acme/uacme_words.h"

#include <stdio.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

static const char problem_line[] = "the server reported the following error:";
static const char own_name[] = "uacme: ";
static const char error_urn[] = "urn:ietf:params:acme:error:";

enum { DETAIL_MAX = 280, KIND_MAX = 48 };

/* ---- the authority's problem ---- */

/* The value of a member, as far as it is plain text: escapes and what is no text become spaces. */
static void take_member(const char *problem, const char *name, char *target, size_t size)
{
    char quoted[32];
    size_t length = 0;

    target[0] = 0;
    snprintf(quoted, sizeof(quoted), "\"%s\"", name);
    const char *at = strstr(problem, quoted);
    if (!at)
        return;
    at += strlen(quoted);
    at += strspn(at, " :\t");
    if (*at++ != '"')
        return;
    for (; *at && *at != '"' && length + 1 < size; at++) {
        if (*at == '\\' && at[1])
            at++;
        target[length++] = *at >= ' ' && *at <= '~' ? *at : ' ';
    }
    target[length] = 0;
}

static const struct {
    const char *kind; /* of the RFC; its beginning */
    enum acme_result result;
    const char *sentence;
} kinds[] = {
    {"rateLimited", ACME_RESULT_TOO_MANY, "the authority was asked too often"},
    {"unauthorized", ACME_RESULT_CHALLENGE, "the authority got another answer from the hub's name"},
    {"connection", ACME_RESULT_CHALLENGE, "the authority does not reach the hub's name at port 80"},
    {"dns", ACME_RESULT_CHALLENGE, "the authority does not find the hub's name in the DNS"},
    {"incorrectResponse", ACME_RESULT_CHALLENGE,
     "the authority got another answer from the hub's name"},
    {"tls", ACME_RESULT_CHALLENGE, "the authority can't read the hub's answer"},
    {"caa", ACME_RESULT_REFUSED,
     "the DNS of the hub's name does not let this authority sign (CAA)"},
    {"rejectedIdentifier", ACME_RESULT_REFUSED, "the authority signs no such name"},
    {"accountDoesNotExist", ACME_RESULT_ACCOUNT, "the authority does not know the hub's account"},
    {"externalAccountRequired", ACME_RESULT_ACCOUNT,
     "the authority wants an account that was made elsewhere, which the hub can't bind"},
    {"userActionRequired", ACME_RESULT_ACCOUNT, "the authority's terms have changed"},
    {"unsupportedContact", ACME_RESULT_ACCOUNT, "the authority does not take the contact"},
    {"invalidContact", ACME_RESULT_ACCOUNT, "the authority does not take the contact"},
    {"serverInternal", ACME_RESULT_REFUSED, "the authority is out of order"},
    {"", ACME_RESULT_REFUSED, "the authority refused"},
};

static enum acme_result read_problem(const char *problem, char *ret_words)
{
    char type[sizeof(error_urn) + KIND_MAX], detail[DETAIL_MAX];
    size_t i = 0;

    take_member(problem, "type", type, sizeof(type));
    take_member(problem, "detail", detail, sizeof(detail));
    const char *kind = text_starts_with(type, error_urn) ? type + strlen(error_urn) : "-";
    while (!text_starts_with(kind, kinds[i].kind))
        i++;
    snprintf(ret_words, ACME_WORDS_MAX, "%s%s%s", kinds[i].sentence, detail[0] ? ": " : "", detail);
    return kinds[i].result;
}

/* ---- its own words ---- */

/* A line, from behind "uacme: ", or from its beginning. */
static void copy_line(const char *line, char *target, size_t size)
{
    size_t length = 0;

    if (text_starts_with(line, own_name))
        line += strlen(own_name);
    for (; *line && *line != '\n' && length + 1 < size; line++)
        target[length++] = *line >= ' ' && *line <= '~' ? *line : ' ';
    target[length] = 0;
}

static const char *find_line(const char *text, const char *needle)
{
    const char *at = strstr(text, needle);

    while (at && at > text && at[-1] != '\n')
        at--;
    return at;
}

static const char *last_line(const char *text)
{
    size_t length = strlen(text);

    while (length && text[length - 1] == '\n')
        length--;
    while (length && text[length - 1] != '\n')
        length--;
    return text + length;
}

static enum acme_result read_own(const char *text, char *ret_words)
{
    static const struct {
        const char *needle;
        enum acme_result result;
        const char *sentence;
    } rows[] = {
        {"curl_get: GET", ACME_RESULT_UNREACHABLE, "the authority is not to be reached"},
        {"curl_post: POST", ACME_RESULT_UNREACHABLE, "the authority is not to be reached"},
        {"no account associated", ACME_RESULT_ACCOUNT,
         "the authority does not know the hub's account"},
        {"requires external credentials", ACME_RESULT_ACCOUNT,
         "the authority wants an account that was made elsewhere, which the hub can't bind"},
        {"no challenge completed", ACME_RESULT_CHALLENGE,
         "the authority offers no challenge that the hub can answer"},
        {"failed to fetch directory", ACME_RESULT_UNREACHABLE,
         "what the authority's address answers is no directory"},
    };
    char line[DETAIL_MAX];

    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        const char *at = find_line(text, rows[i].needle);
        if (!at)
            continue;
        copy_line(at, line, sizeof(line));
        snprintf(ret_words, ACME_WORDS_MAX, "%s: %s", rows[i].sentence, line);
        return rows[i].result;
    }
    copy_line(last_line(text), line, sizeof(line));
    snprintf(ret_words, ACME_WORDS_MAX, "uacme failed%s%s", line[0] ? ": " : "", line);
    return ACME_RESULT_BROKEN;
}

/* ---- the whole ---- */

enum acme_result uacme_words_read(const char *text, char ret_words[static ACME_WORDS_MAX])
{
    const char *problem = strstr(text, problem_line);

    return problem ? read_problem(problem + strlen(problem_line), ret_words)
                   : read_own(text, ret_words);
}

bool uacme_words_registered(const char *text)
{
    return strstr(text, "Account already exists") != NULL;
}
