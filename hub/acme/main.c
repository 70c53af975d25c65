/* SPDX-License-Identifier: GPL-2.0-or-later */
/* warren-acme: orders one certificate of an authority, with uacme, for the engine. Started by
 * warrend, which hands it its channel; ends with it, and so does uacme. Started by uacme, it is its
 * hook. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hub/acme/hook.h"
#include "hub/acme/order.h"
#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/channel/channel.h"

enum { CHANNEL_FD = 3, PATH_SIZE = 256 };

struct acme {
    sd_event *event;
    struct channel *channel;
    struct order *order; /* NULL = not told yet */
    const char *directory;
    char program[PATH_SIZE]; /* our own */
};

static void on_challenge(const struct verb_acme_challenge *challenge, void *data)
{
    struct acme *acme = data;
    int r =
        channel_send_plain(acme->channel, VERB_ACME_CHALLENGE, 0, 0, challenge, sizeof(*challenge));

    if (r < 0)
        order_proceed(acme->order, r);
}

static void on_ended(enum acme_result result, const char *words, const char *chain, void *data)
{
    struct acme *acme = data;
    struct verb_acme_issued issued = {.result = (uint8_t)result,
                                      .chain_size = chain ? (uint32_t)strlen(chain) : 0};

    text_copy_cut(issued.words, sizeof(issued.words), words);
    int r = channel_send(acme->channel, VERB_ACME_ISSUED, 0, 0, &issued, sizeof(issued), chain,
                         issued.chain_size, NULL, 0);
    if (r < 0)
        log_error("the engine can't be told how it ended: %s", strerror(-r));
}

static int on_message(struct channel *channel, struct channel_message *message, void *data)
{
    static const struct order_handlers handlers = {.challenge = on_challenge, .ended = on_ended};
    struct acme *acme = data;
    int r = 0;

    (void)channel;
    if (message->header.verb == VERB_ACME_PROCEED && acme->order) {
        order_proceed(acme->order, ((const struct verb_status *)message->body)->status);
        return 0;
    }
    if (message->header.verb != VERB_ACME_ORDER || acme->order)
        return -EBADMSG;
    r = order_new(acme->event, acme->directory, acme->program, message->body, &handlers, acme,
                  &acme->order);
    sodium_memzero((void *)message->body, message->size);
    if (r < 0) {
        log_error("the order can't be begun: %s", strerror(-r));
        on_ended(ACME_RESULT_BROKEN, "the order can't be begun; the hub's log says why", NULL,
                 acme);
    }
    return 0;
}

static void on_closed(struct channel *channel, int error, void *data)
{
    struct acme *acme = data;

    (void)channel;
    (void)sd_event_exit(acme->event, error < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

static int find_self(char ret_path[static PATH_SIZE])
{
    ssize_t size = readlink("/proc/self/exe", ret_path, PATH_SIZE);

    if (size < 0 || size >= PATH_SIZE)
        return size < 0 ? -errno : -ENAMETOOLONG;
    ret_path[size] = 0;
    return 0;
}

static int enter(const struct acme *acme)
{
    const struct sandbox_path paths[] = {
        {.path = acme->program, .executable = true},
        {.path = acme->directory, .writable = true},
    };

    return sandbox_enter(ROLE_ACME, paths, ELEMENTS(paths));
}

static int run(struct acme *acme)
{
    static const struct channel_handlers handlers = {.message = on_message, .closed = on_closed};
    int r = sd_event_default(&acme->event);

    if (r >= 0)
        r = channel_new(acme->event, CHANNEL_FD, ROLE_ENGINE, &handlers, acme, &acme->channel);
    return r < 0 ? r : sd_event_loop(acme->event);
}

int main(int argc, char **argv)
{
    struct acme acme = {0};

    if (argc == HOOK_ARGUMENTS)
        return hook_run(argv);
    log_open("warren-acme");
    if (argc != 2 || argv[1][0] != '/') {
        fprintf(stderr, "warren-acme is started by warrend\n");
        return EXIT_FAILURE;
    }
    acme.directory = argv[1];
    signal(SIGPIPE, SIG_IGN);
    /* Not uacme's. */
    int r = fcntl(CHANNEL_FD, F_SETFD, FD_CLOEXEC) < 0 ? -errno : find_self(acme.program);
    if (r >= 0)
        r = enter(&acme);
    if (r >= 0)
        r = run(&acme);
    if (r < 0)
        log_error("ending: %s", strerror(-r));
    order_free(acme.order);
    channel_free(acme.channel);
    sd_event_unref(acme.event);
    return r < 0 ? EXIT_FAILURE : r;
}
