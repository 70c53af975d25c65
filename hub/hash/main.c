/* SPDX-License-Identifier: GPL-2.0-or-later */
/* warren-hash: makes and checks hashes of passwords, and makes keys of backups' passphrases, one at
 * a time, for the engine, which must not wait for that. Started by warrend, which hands it its
 * channel; ends with the engine. */
#include <errno.h>
#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/backup/backup_key.h"
#include "hub/base/log.h"
#include "hub/base/sandbox.h"
#include "hub/base/text.h"
#include "hub/channel/channel.h"
#include "hub/hash/password_hash.h"

static int make(struct channel *channel, const struct channel_header *header,
                const struct verb_password *asked)
{
    struct verb_hash_made made = {0};

    made.status = password_hash_make(asked->password, made.hash);
    if (made.status < 0)
        memset(made.hash, 0, sizeof(made.hash));
    return channel_send_plain(channel, VERB_HASH_MADE, header->request, header->generation, &made,
                              sizeof(made));
}

static int verify(struct channel *channel, const struct channel_header *header,
                  const struct verb_hash_verify *asked)
{
    int status = password_hash_verify(asked->hash, asked->password);

    return channel_acknowledge(channel, header, status, status < 0 ? "another password" : NULL);
}

static int derive(struct channel *channel, const struct channel_header *header,
                  const struct verb_hash_derive *asked)
{
    struct backup_kdf kdf = {.operations = asked->operations, .memory_kib = asked->memory_kib};
    struct verb_hash_derived derived = {0};
    struct backup_key key;
    int r;

    memcpy(kdf.salt, asked->salt, sizeof(kdf.salt));
    derived.status = backup_key_derive(asked->passphrase, &kdf, &key);
    if (derived.status == 0)
        memcpy(derived.key, &key, sizeof(derived.key));
    r = channel_send_plain(channel, VERB_HASH_DERIVED, header->request, header->generation,
                           &derived, sizeof(derived));
    sodium_memzero(&key, sizeof(key));
    sodium_memzero(&derived, sizeof(derived));
    return r;
}

static int on_message(struct channel *channel, struct channel_message *message, void *data)
{
    int r;

    (void)data;
    if (message->header.verb == VERB_HASH_MAKE)
        r = make(channel, &message->header, message->body);
    else if (message->header.verb == VERB_HASH_VERIFY)
        r = verify(channel, &message->header, message->body);
    else if (message->header.verb == VERB_HASH_DERIVE)
        r = derive(channel, &message->header, message->body);
    else
        return -EBADMSG;
    /* It is the channel's buffer, which the next message may leave untouched. */
    sodium_memzero((void *)message->body, message->size);
    if (r < 0)
        log_warning("an answer could not be given: %s", strerror(-r));
    return 0;
}

static void on_closed(struct channel *channel, int error, void *data)
{
    (void)channel;
    if (error < 0)
        log_error("channel to the engine: %s", strerror(-error));
    sd_event_exit(data, error < 0 ? 1 : 0);
}

static int run(int fd)
{
    static const struct channel_handlers handlers = {.message = on_message, .closed = on_closed};
    struct channel *channel = NULL;
    sd_event *event = NULL;
    int r = sd_event_new(&event);

    if (r >= 0)
        r = channel_new(event, fd, ROLE_ENGINE, &handlers, event, &channel);
    if (r >= 0)
        r = sandbox_enter(ROLE_HASH, NULL, 0);
    if (r >= 0)
        r = sd_event_loop(event);
    channel_free(channel);
    sd_event_unref(event);
    return r;
}

static int parse_options(int argc, char **argv)
{
    static const struct option known[] = {{"channel", required_argument, NULL, 'c'}, {0}};
    uint64_t fd;

    if (getopt_long(argc, argv, "", known, NULL) != 'c' || optind != argc ||
        text_parse_u64(optarg, 3, 1023, &fd) < 0)
        return -EINVAL;
    return (int)fd;
}

int main(int argc, char **argv)
{
    int fd = parse_options(argc, argv), r;

    if (fd < 0) {
        fprintf(stderr, "warren-hash is started by warrend\n");
        return 2;
    }
    log_open("warren-hash");
    if (sodium_init() < 0)
        return EXIT_FAILURE;
    r = run(fd);
    if (r < 0)
        log_error("ended: %s", strerror(-r));
    return r < 0 ? EXIT_FAILURE : r;
}
