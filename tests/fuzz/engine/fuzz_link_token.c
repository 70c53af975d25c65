/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands at the end of a one-time link, with or without a file's name, and a PIN. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/engine/link_token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool held)
{
    if (!held)
        abort();
}

/* What is taken says the same when it is written again. */
static void check_token(const char *text)
{
    struct link_token token, again;
    char written[LINK_TOKEN_TEXT_MAX];

    if (link_token_parse(text, &token) < 0)
        return;
    require(strcasecmp(link_token_format(&token, written), text) == 0);
    require(link_token_parse(written, &again) == 0);
    require(memcmp(&token, &again, sizeof(token)) == 0);
}

static void check_file(const char *text)
{
    struct link_token token;
    const char *extension;

    if (link_token_parse_file(text, &token, &extension) == 0)
        require(extension > text && extension[-1] == '.');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_free_ char *text = memory_zero(size + 1);
    struct link_token token = {0};
    uint8_t hash[LINK_HASH_SIZE];
    struct complaint complaint;

    memcpy(text, data, size);
    check_token(text);
    check_file(text);
    if (rule_link_pin(text, &complaint))
        link_token_hash_pin(&token, text, hash);
    else
        require(complaint.wrong[0]);
    return 0;
}
