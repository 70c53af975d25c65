/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that a client says before its body, through all that looks at it: head, target, query,
 * cookie, token, origin, ETags. What was let through is as it must be for those behind it. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "webui/answer.h"
#include "webui/credential.h"
#include "webui/target.h"

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void look_at_target(const struct http_head *head)
{
    const char *wrong = NULL;
    struct target target;
    size_t ends = 0;

    if (!target_parse(head->path, head->query, &target, &wrong)) {
        require(wrong != NULL);
        return;
    }
    target_add(&target, "follow", "no");
    target_add(&target, "after", "17");
    require(target.path[0] == '/' && strlen(target.path) == head->path.size);
    require(!strstr(target.path, "/../") && !strstr(target.path, "//"));
    require(target.query_size <= sizeof(target.query));
    for (size_t i = 0; i < target.query_size; i++)
        ends += target.query[i] == 0;
    require(ends % 2 == 0 && (!target.query_size || !target.query[target.query_size - 1]));
}

static void look_at_credential(const struct http_head *head)
{
    const char *wrong = NULL;
    struct credential credential;

    if (!credential_take(head, &credential, &wrong)) {
        require(wrong != NULL);
        return;
    }
    require(credential.kind < WEB_CREDENTIAL_KIND_COUNT);
    if (credential.kind == WEB_CREDENTIAL_TOKEN)
        require(memchr(credential.token, 0, sizeof(credential.token)) && credential.token[0]);
    (void)credential_check_origin(head, &credential);
    (void)credential_check_content(head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_free_ char *copy = malloc(size ? size : 1);
    const char *wrong = NULL;
    struct http_head head;
    size_t head_size = 0;

    memcpy(copy, data, size);
    int r = http_head_parse(copy, size, &head, &head_size, &wrong);
    if (r != 0) {
        require(r == -EAGAIN ? size < HTTP_HEAD_MAX : r >= 400 && r < 600 && wrong);
        return 0;
    }
    require(head_size <= size && head_size <= HTTP_HEAD_MAX);
    require(memcmp(copy + head_size - 4, "\r\n\r\n", 4) == 0);
    require(head.path.size && head.path.at[0] == '/' && !memchr(copy, 0, head_size));
    look_at_target(&head);
    look_at_credential(&head);
    (void)answer_is_known(head.fields[HTTP_IF_NONE_MATCH], "\"a\"");
    return 0;
}
