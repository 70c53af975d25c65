/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fake_hash.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/text.h"

struct fake_hash fake_hash;

struct hash_door {
    struct engine *engine;
};

struct job {
    sd_event_source *source;
    int status;
    char hash[300];
    struct backup_key key;
    hash_done done;
    hash_key_done key_done;
    void *data;
};

struct hash_door *hash_door_new(struct engine *engine)
{
    struct hash_door *door = memory_zero(sizeof *door);
    door->engine = engine;
    return door;
}

struct hash_door *hash_door_free(struct hash_door *door)
{
    free(door);
    return NULL;
}

void hash_door_opened(struct hash_door *door, int fd)
{
    (void)door, (void)fd;
}

static int on_later(sd_event_source *source, void *data)
{
    struct job *job = data;
    (void)source;
    if (job->key_done)
        job->key_done(job->status, job->status == 0 ? &job->key : NULL, job->data);
    else
        job->done(job->status, job->status == 0 ? job->hash : NULL, job->data);
    sd_event_source_disable_unref(job->source);
    free(job);
    return 0;
}

static int later(struct hash_door *door, int status, const char *hash, hash_done done, void *data)
{
    struct job *job = memory_zero(sizeof *job);
    fake_hash.asked++;
    job->status = fake_hash.fails ? fake_hash.fails : status;
    snprintf(job->hash, sizeof job->hash, "%s", hash);
    job->done = done;
    job->data = data;
    return sd_event_add_defer(door->engine->event, &job->source, on_later, job) < 0 ? -ENOMEM : 0;
}

int hash_door_make(struct hash_door *door, const char *password, hash_done done, void *data)
{
    char hash[300];
    if (fake_hash.refuses)
        return fake_hash.refuses;
    snprintf(hash, sizeof hash, "fake:%s", password);
    return later(door, 0, hash, done, data);
}

int hash_door_verify(struct hash_door *door, const char *hash, const char *password, hash_done done,
                     void *data)
{
    char wanted[300];
    if (fake_hash.refuses)
        return fake_hash.refuses;
    snprintf(wanted, sizeof wanted, "fake:%s", password);
    snprintf(fake_hash.checked, sizeof fake_hash.checked, "%s", hash ? hash : "");
    return later(door, hash && text_equal(hash, wanted) ? 0 : -EACCES, "", done, data);
}

/* The true key, since backups are made and opened with it. */
int hash_door_derive(struct hash_door *door, const char *passphrase, const struct backup_kdf *kdf,
                     hash_key_done done, void *data)
{
    struct job *job;

    if (fake_hash.refuses)
        return fake_hash.refuses;
    job = memory_zero(sizeof *job);
    fake_hash.asked++;
    job->status = fake_hash.fails ? fake_hash.fails : backup_key_derive(passphrase, kdf, &job->key);
    job->key_done = done;
    job->data = data;
    return sd_event_add_defer(door->engine->event, &job->source, on_later, job) < 0 ? -ENOMEM : 0;
}
