/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/hash_door.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/log.h"
#include "hub/engine/event_log.h"
#include "hub/engine/role_link.h"

enum {
    ANSWER_TIMEOUT_US = 30 * 1000 * 1000, /* an emulated or tiny box needs ten */
    DERIVE_TIMEOUT_US = 60 * 1000 * 1000, /* a backup may cost more than a password */
    WAIT_MAX_US = 15 * 1000 * 1000,
};

/* Of no password that anybody has; its parameters are those of all the others. */
static const char nobodys_hash[] = "$argon2id$v=19$m=65536,t=6,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
                                   "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

struct job {
    struct job *next;
    struct hash_door *door;
    sd_event_source *timer; /* of its waiting */
    enum verb verb;
    bool nobody;
    union {
        struct verb_password make;
        struct verb_hash_verify verify;
        struct verb_hash_derive derive;
    } asked;
    hash_done done;
    hash_key_done key_done; /* of VERB_HASH_DERIVE */
    void *data;
};

static const struct {
    size_t size;
    enum verb answer; /* when it is done */
    uint64_t timeout_us;
} kinds[VERB_COUNT] = {
    [VERB_HASH_MAKE] = {sizeof(struct verb_password), VERB_HASH_MADE, ANSWER_TIMEOUT_US},
    [VERB_HASH_VERIFY] = {sizeof(struct verb_hash_verify), VERB_ACK, ANSWER_TIMEOUT_US},
    [VERB_HASH_DERIVE] = {sizeof(struct verb_hash_derive), VERB_HASH_DERIVED, DERIVE_TIMEOUT_US},
};

struct hash_door {
    struct engine *engine;
    struct role_link *link; /* NULL = no warren-hash right now */
    struct job *running;    /* NULL = none */
    struct job *waiting;    /* oldest first */
    size_t waiting_count;
};

/* `answer`: the body of what was answered with status 0. */
static void finish(struct job *job, int status, const void *answer)
{
    const struct verb_hash_made *made = answer;
    const struct verb_hash_derived *derived = answer;

    sd_event_source_disable_unref(job->timer);
    if (job->nobody && status == 0)
        status = -EACCES;
    if (job->verb == VERB_HASH_DERIVE)
        job->key_done(status, status == 0 ? (const void *)derived->key : NULL, job->data);
    else
        job->done(status, job->verb == VERB_HASH_MAKE && status == 0 ? made->hash : NULL,
                  job->data);
    sodium_memzero(job, sizeof(*job));
    free(job);
}

static struct job *take_first(struct hash_door *door)
{
    struct job *job = door->waiting;

    if (job) {
        door->waiting = job->next;
        door->waiting_count--;
    }
    return job;
}

static void run_next(struct hash_door *door);

static int status_of(const struct channel_message *message)
{
    /* Each answer but ACK, which the link has looked at, begins with it. */
    const struct verb_status *body = message->body;

    return body->status;
}

static void on_answer(int status, struct channel_message *message, void *data)
{
    struct hash_door *door = data;
    struct job *job = door->running;

    door->running = NULL;
    if (status == 0 && message->header.verb != kinds[job->verb].answer)
        status = -EBADMSG;
    if (status == 0 && message->header.verb != VERB_ACK)
        status = status_of(message);
    bool gone = status == -EPIPE || status == -ECANCELED;
    finish(job, status, status == 0 ? message->body : NULL);
    if (message)
        sodium_memzero((void *)message->body, message->size);
    if (!gone) /* else what waits waits for the next warren-hash */
        run_next(door);
}

static int ask(struct hash_door *door, const struct job *job)
{
    struct role_link_body body = {
        .fixed = &job->asked, .fixed_size = kinds[job->verb].size, .fd = -1};

    return role_link_call(door->link, job->verb, &body, kinds[job->verb].timeout_us, on_answer,
                          door);
}

static void run_next(struct hash_door *door)
{
    while (door->link && !door->running && door->waiting) {
        struct job *job = take_first(door);
        int r = ask(door, job);

        if (r < 0)
            finish(job, r, NULL);
        else
            door->running = job;
    }
}

/* ---- those who ask ---- */

static int on_waited(sd_event_source *source, uint64_t now, void *data)
{
    struct job *late = data;
    struct hash_door *door = late->door;

    (void)source;
    (void)now;
    for (struct job **at = &door->waiting; *at; at = &(*at)->next) {
        if (*at != late)
            continue;
        *at = late->next;
        door->waiting_count--;
        finish(late, -ETIMEDOUT, NULL);
        return 0;
    }
    return 0; /* it is being worked on, which has a time of its own */
}

static int add(struct hash_door *door, struct job *job)
{
    struct job **end = &door->waiting;
    int r = door->waiting_count < HASH_WAITING_MAX ? 0 : -EBUSY;

    if (r == 0)
        r = sd_event_add_time_relative(door->engine->event, &job->timer, CLOCK_MONOTONIC,
                                       WAIT_MAX_US, 0, on_waited, job);
    if (r < 0) {
        sodium_memzero(job, sizeof(*job));
        free(job);
        return r;
    }
    while (*end)
        end = &(*end)->next;
    *end = job;
    door->waiting_count++;
    run_next(door);
    return 0;
}

static struct job *job_new(struct hash_door *door, enum verb verb, hash_done done, void *data)
{
    struct job *job = memory_zero(sizeof(*job));

    job->door = door;
    job->verb = verb;
    job->done = done;
    job->data = data;
    return job;
}

int hash_door_make(struct hash_door *door, const char *password, hash_done done, void *data)
{
    if (strlen(password) >= VERB_PASSWORD_MAX)
        return -EINVAL;
    struct job *job = job_new(door, VERB_HASH_MAKE, done, data);

    text_copy(job->asked.make.password, VERB_PASSWORD_MAX, password);
    return add(door, job);
}

int hash_door_verify(struct hash_door *door, const char *hash, const char *password, hash_done done,
                     void *data)
{
    /* One that is too long is nobody's, and takes its time too. */
    bool fits = strlen(password) < VERB_PASSWORD_MAX;
    struct job *job = job_new(door, VERB_HASH_VERIFY, done, data);

    job->nobody = !hash || !*hash || !fits;
    text_copy(job->asked.verify.password, VERB_PASSWORD_MAX, fits ? password : "");
    text_copy(job->asked.verify.hash, VERB_HASH_MAX, job->nobody ? nobodys_hash : hash);
    return add(door, job);
}

int hash_door_derive(struct hash_door *door, const char *passphrase, const struct backup_kdf *kdf,
                     hash_key_done done, void *data)
{
    struct job *job;

    if (strlen(passphrase) > BACKUP_PASSPHRASE_MAX)
        return -EINVAL;
    job = job_new(door, VERB_HASH_DERIVE, NULL, data);
    job->key_done = done;
    job->asked.derive.operations = kdf->operations;
    job->asked.derive.memory_kib = kdf->memory_kib;
    memcpy(job->asked.derive.salt, kdf->salt, sizeof(job->asked.derive.salt));
    text_copy(job->asked.derive.passphrase, VERB_PASSPHRASE_MAX, passphrase);
    return add(door, job);
}

/* ---- warren-hash ---- */

static void on_message(struct role_link *link, struct channel_message *message, void *data)
{
    (void)link, (void)data;
    log_warning("warren-hash said %s unasked, ignoring", verb_name(message->header.verb));
}

static void on_closed(struct role_link *link, void *data)
{
    struct hash_door *door = data;

    (void)link;
    log_warning("warren-hash ended; it is started again");
    event_log_add(door->engine->events, "role.ended", NULL, NULL, NULL, "warren-hash ended");
    door->link = role_link_free(door->link);
}

void hash_door_opened(struct hash_door *door, int fd)
{
    static const struct role_link_handlers handlers = {.message = on_message, .closed = on_closed};

    door->link = role_link_free(door->link);
    int r = role_link_new(door->engine->event, fd, ROLE_HASH, &handlers, door, &door->link);
    if (r < 0)
        log_error("no channel to warren-hash: %s", strerror(-r));
    run_next(door);
}

struct hash_door *hash_door_new(struct engine *engine)
{
    struct hash_door *door = memory_zero(sizeof(*door));

    door->engine = engine;
    return door;
}

struct hash_door *hash_door_free(struct hash_door *door)
{
    struct job *job;

    if (!door)
        return NULL;
    while ((job = take_first(door)))
        finish(job, -ECANCELED, NULL);
    door->link = role_link_free(door->link); /* answers the running one */
    free(door);
    return NULL;
}
