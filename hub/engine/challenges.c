/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/challenges.h"

#include <sodium.h>
#include <stdlib.h>

struct challenge {
    char owner[ADDRESS_TEXT_MAX];
    uint8_t bytes[PASSKEY_CHALLENGE_SIZE];
    int64_t made_at;
    bool used; /* or never made */
};

struct challenges {
    struct challenge list[CHALLENGES_MAX];
};

struct challenges *challenges_new(void)
{
    struct challenges *challenges = memory_zero(sizeof(*challenges));

    for (size_t i = 0; i < CHALLENGES_MAX; i++)
        challenges->list[i].used = true;
    return challenges;
}

struct challenges *challenges_free(struct challenges *challenges)
{
    free(challenges);
    return NULL;
}

static bool is_over(const struct challenge *challenge, int64_t now)
{
    return challenge->used || now - challenge->made_at >= CHALLENGE_SECONDS ||
           now < challenge->made_at;
}

/* The owner's own oldest when it has many, else one that is over, else the oldest of all. */
static struct challenge *find_place(struct challenges *challenges, const char *owner, int64_t now)
{
    struct challenge *oldest = &challenges->list[0], *own = NULL, *over = NULL;
    size_t count = 0;

    for (size_t i = 0; i < CHALLENGES_MAX; i++) {
        struct challenge *each = &challenges->list[i];
        if (is_over(each, now)) {
            over = each;
            continue;
        }
        if (each->made_at < oldest->made_at)
            oldest = each;
        if (!text_equal(each->owner, owner))
            continue;
        count++;
        if (!own || each->made_at < own->made_at)
            own = each;
    }
    if (count >= CHALLENGES_OF_OWNER_MAX)
        return own;
    return over ? over : oldest;
}

void challenges_make(struct challenges *challenges, const char *owner, int64_t now,
                     uint8_t ret_challenge[static PASSKEY_CHALLENGE_SIZE])
{
    struct challenge *place = find_place(challenges, owner, now);

    text_copy_cut(place->owner, sizeof(place->owner), owner);
    randombytes_buf(place->bytes, sizeof(place->bytes));
    place->made_at = now;
    place->used = false;
    memcpy(ret_challenge, place->bytes, PASSKEY_CHALLENGE_SIZE);
}

bool challenges_take(struct challenges *challenges, const char *owner, int64_t now,
                     const uint8_t challenge[static PASSKEY_CHALLENGE_SIZE])
{
    for (size_t i = 0; i < CHALLENGES_MAX; i++) {
        struct challenge *each = &challenges->list[i];
        if (is_over(each, now) || !text_equal(each->owner, owner) ||
            sodium_memcmp(each->bytes, challenge, PASSKEY_CHALLENGE_SIZE) != 0)
            continue;
        each->used = true;
        return true;
    }
    return false;
}
