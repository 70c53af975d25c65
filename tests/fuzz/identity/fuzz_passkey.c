/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a browser sends of a passkey: parts, each after its length in two bytes. Nothing made up is
 * taken for a signature, and an id that is found lies within what was given.
 */
#include <stdlib.h>
#include <string.h>

#include "hub/identity/passkey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct bytes take(const uint8_t **data, size_t *size)
{
    struct bytes part = {*data, 0};

    if (*size < 2)
        return part;
    part.size = (size_t)(*data)[0] << 8 | (*data)[1];
    part.data += 2;
    if (part.size > *size - 2)
        part.size = *size - 2;
    *data = part.data + part.size;
    *size -= 2 + part.size;
    return part;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t challenge[PASSKEY_CHALLENGE_SIZE];
    const struct passkey_expected expected = {.relying_party = "a", /* its hash is in the corpus */
                                              .origin = "https://a",
                                              .challenge = challenge,
                                              .user_verified = size & 1};
    struct bytes client_data = take(&data, &size), said = take(&data, &size);
    struct bytes key = take(&data, &size), rest = take(&data, &size);
    struct passkey_facts facts = {0};
    const char *wrong = NULL;

    if (passkey_check_new(&expected, rest, client_data, said, key, &facts, &wrong) == 0) {
        if (facts.credential.data < said.data ||
            facts.credential.data + facts.credential.size > said.data + said.size)
            abort();
    } else if (!wrong) {
        abort();
    }
    wrong = NULL;
    if (passkey_check_signature(&expected, client_data, said, rest, key, 0, &facts, &wrong) < 0 &&
        !wrong)
        abort();
    return 0;
}
