/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/acme/order.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hub/acme/hook.h"
#include "hub/acme/uacme_words.h"
#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"

#define PROGRAM "/usr/bin/uacme"
enum { SAID_MAX = 16 * 1024, ARGUMENTS_MAX = 16, FILE_PATH_MAX = 320 };

/* What uacme is told to do, one after the other. */
enum step { STEP_NEW, STEP_UPDATE, STEP_ISSUE };

struct order {
    sd_event *event;
    const struct order_handlers *handlers;
    void *data;
    char directory[256], hook[256];
    char url[ACME_URL_MAX], contact[ACME_CONTACT_MAX];
    enum step step;
    pid_t pid;
    int hook_fd; /* our end; uacme's is its descriptor 4 */
    sd_event_source *said_source, *hook_source;
    char said[SAID_MAX + 1]; /* the end of what it wrote */
    size_t said_size;
};

/* ---- its files ---- */

static const char *const file_names[] = {"private/key.pem", "order.pem", "order-cert.pem",
                                         "order-cert.pem.tmp"};
enum { FILE_KEY, FILE_REQUEST, FILE_CHAIN }; /* of them */

static const char *path_of(const struct order *order, const char *name, char path[FILE_PATH_MAX])
{
    snprintf(path, FILE_PATH_MAX, "%s/%s", order->directory, name);
    return path;
}

static void remove_files(const struct order *order)
{
    char path[FILE_PATH_MAX];

    for (size_t i = 0; i < ELEMENTS(file_names); i++)
        (void)unlink(path_of(order, file_names[i], path));
}

static int write_file(const struct order *order, const char *name, const void *bytes, size_t size)
{
    char path[FILE_PATH_MAX];
    _cleanup_close_ int fd = open(path_of(order, name, path),
                                  O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return -errno;
    ssize_t written = write(fd, bytes, size);
    if (written != (ssize_t)size)
        return written < 0 ? -errno : -EIO;
    return 0;
}

static int read_chain(const struct order *order, char ret_text[static ACME_CHAIN_MAX + 1])
{
    char path[FILE_PATH_MAX];
    _cleanup_close_ int fd =
        open(path_of(order, file_names[FILE_CHAIN], path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0)
        return -errno;
    ssize_t size = read(fd, ret_text, ACME_CHAIN_MAX + 1);
    if (size <= 0 || size > ACME_CHAIN_MAX || memchr(ret_text, 0, (size_t)size))
        return size < 0 ? -errno : -EBADMSG;
    ret_text[size] = 0;
    return 0;
}

/* ---- the child ---- */

static void make_arguments(const struct order *order, char request[FILE_PATH_MAX],
                           const char *ret_words[ARGUMENTS_MAX])
{
    size_t count = 0;

    ret_words[count++] = "uacme";
    ret_words[count++] = "-y";
    ret_words[count++] = "-o"; /* no questions to other servers */
    ret_words[count++] = "-f";
    ret_words[count++] = "-t";
    ret_words[count++] = "EC";
    ret_words[count++] = "-a";
    ret_words[count++] = order->url;
    ret_words[count++] = "-c";
    ret_words[count++] = order->directory;
    ret_words[count++] = "-h";
    ret_words[count++] = order->hook;
    if (order->step == STEP_ISSUE) {
        ret_words[count++] = "issue";
        ret_words[count++] = path_of(order, file_names[FILE_REQUEST], request);
    } else {
        ret_words[count++] = order->step == STEP_NEW ? "new" : "update";
        ret_words[count++] = order->contact[0] ? order->contact : NULL;
    }
    ret_words[count] = NULL;
}

/* It and its hook end with us, whatever they are doing. */
static _Noreturn void run_child(const struct order *order, pid_t parent, int said, int hook)
{
    const char *words[ARGUMENTS_MAX];
    char request[FILE_PATH_MAX];
    char *environment[] = {NULL};
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != parent)
        _exit(127);
    make_arguments(order, request, words);
    if (dup2(said, STDOUT_FILENO) < 0 || dup2(said, STDERR_FILENO) < 0 || dup2(hook, HOOK_FD) < 0)
        _exit(127);
    execve(PROGRAM, (char *const *)words, environment);
    fprintf(stderr, "cannot start " PROGRAM ": %s; install the package uacme\n", strerror(errno));
    _exit(127);
}

static void finish(struct order *order, enum acme_result result, const char *words,
                   const char *chain)
{
    order->said_source = sd_event_source_disable_unref(order->said_source);
    order->hook_source = sd_event_source_disable_unref(order->hook_source);
    order->handlers->ended(result, words, chain, order->data);
}

static void fail(struct order *order, const char *what, int error)
{
    char words[ACME_WORDS_MAX];

    snprintf(words, sizeof(words), "%s: %s", what, strerror(-error));
    finish(order, ACME_RESULT_BROKEN, words, NULL);
}

static void log_said(const struct order *order)
{
    for (const char *line = order->said; *line;) {
        int length = (int)strcspn(line, "\n");
        if (length)
            log_info("%.*s", length, line);
        line += length + (line[length] != 0);
    }
}

static int start(struct order *order);

static void next_step(struct order *order, enum step step)
{
    order->step = step;
    int r = start(order);
    if (r < 0)
        fail(order, "uacme can't be started", r);
}

static void finish_issued(struct order *order)
{
    static char chain[ACME_CHAIN_MAX + 1];
    int r = read_chain(order, chain);

    if (r < 0)
        fail(order, "uacme left no certificate", r);
    else
        finish(order, ACME_RESULT_ISSUED, "", chain);
}

static void on_step_done(struct order *order, int status)
{
    char words[ACME_WORDS_MAX];
    bool done = WIFEXITED(status) && WEXITSTATUS(status) == 0;

    log_said(order);
    if (done && order->step == STEP_ISSUE)
        finish_issued(order);
    else if (done)
        next_step(order, STEP_ISSUE);
    else if (order->step == STEP_NEW && uacme_words_registered(order->said))
        next_step(order, order->contact[0] ? STEP_UPDATE : STEP_ISSUE);
    else if (WIFSIGNALED(status))
        fail(order, "uacme was killed", -EINTR);
    else
        finish(order, uacme_words_read(order->said, words), words, NULL);
}

/* Keeps the end. */
static void keep_said(struct order *order, const char *bytes, size_t size)
{
    size_t room = SAID_MAX - order->said_size;

    if (size > room) {
        size_t drop = size - room;
        memmove(order->said, order->said + drop, order->said_size - drop);
        order->said_size -= drop;
    }
    memcpy(order->said + order->said_size, bytes, size);
    order->said_size += size;
    order->said[order->said_size] = 0;
}

static int on_said(sd_event_source *source, int fd, uint32_t events, void *data)
{
    struct order *order = data;
    char bytes[4096];
    int status = -1;

    (void)source, (void)events;
    ssize_t size = read(fd, bytes, sizeof(bytes));
    if (size > 0) {
        for (ssize_t i = 0; i < size; i++)
            if (!bytes[i])
                bytes[i] = ' ';
        keep_said(order, bytes, (size_t)size);
        return 0;
    }
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    /* All of its ends are closed: it is over, or about to be. */
    order->said_source = sd_event_source_disable_unref(order->said_source);
    while (waitpid(order->pid, &status, 0) < 0 && errno == EINTR)
        ;
    order->pid = 0;
    on_step_done(order, status);
    return 0;
}

/* ---- the hook ---- */

static bool is_challenge(const struct verb_acme_challenge *challenge)
{
    return memchr(challenge->token, 0, sizeof(challenge->token)) &&
           memchr(challenge->answer, 0, sizeof(challenge->answer)) &&
           acme_token_valid(challenge->token);
}

static int on_hook(sd_event_source *source, int fd, uint32_t events, void *data)
{
    struct order *order = data;
    struct verb_acme_challenge challenge;

    (void)events;
    ssize_t size = recv(fd, &challenge, sizeof(challenge), MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (size != sizeof(challenge)) /* uacme ended */
        return sd_event_source_set_enabled(source, SD_EVENT_OFF);
    if (is_challenge(&challenge))
        order->handlers->challenge(&challenge, order->data);
    else
        order_proceed(order, -EBADMSG);
    return 0;
}

void order_proceed(struct order *order, int status)
{
    uint8_t accepted = status == 0;

    if (send(order->hook_fd, &accepted, sizeof(accepted), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        log_warning("uacme's hook can't be answered: %s", strerror(errno));
}

/* ---- a step ---- */

static int watch(struct order *order, int said)
{
    order->said_source = sd_event_source_disable_unref(order->said_source);
    order->hook_source = sd_event_source_disable_unref(order->hook_source);
    int r = sd_event_add_io(order->event, &order->said_source, said, EPOLLIN, on_said, order);
    if (r < 0)
        return r;
    (void)sd_event_source_set_io_fd_own(order->said_source, true);
    return sd_event_add_io(order->event, &order->hook_source, order->hook_fd, EPOLLIN, on_hook,
                           order);
}

static int start(struct order *order)
{
    pid_t parent = getpid();
    int ends[2], pair[2];

    order->said_size = 0;
    order->said[0] = 0;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    _cleanup_close_ int ours = ends[0], theirs = ends[1];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    _cleanup_close_ int hook = pair[1];
    order->hook_source = sd_event_source_disable_unref(order->hook_source);
    cleanup_close(&order->hook_fd);
    order->hook_fd = pair[0];
    order->pid = fork();
    if (order->pid < 0)
        return -errno;
    if (order->pid == 0)
        run_child(order, parent, theirs, hook);
    int r = watch(order, ours);
    if (r >= 0)
        (void)TAKE_FD(ours);
    return r;
}

/* ---- the whole ---- */

static int write_files(const struct order *order, const struct verb_acme_order *asked)
{
    remove_files(order);
    int r = write_file(order, file_names[FILE_KEY], asked->blob, asked->key_size);
    return r < 0 ? r
                 : write_file(order, file_names[FILE_REQUEST], asked->blob + asked->key_size,
                              asked->blob_size - asked->key_size);
}

int order_new(sd_event *event, const char *directory, const char *hook,
              const struct verb_acme_order *asked, const struct order_handlers *handlers,
              void *data, struct order **ret_order)
{
    struct order *order = memory_zero(sizeof(*order));

    *order = (struct order){.event = event,
                            .handlers = handlers,
                            .data = data,
                            .hook_fd = -1,
                            .step = asked->registered ? STEP_ISSUE : STEP_NEW};
    text_copy_cut(order->directory, sizeof(order->directory), directory);
    text_copy_cut(order->hook, sizeof(order->hook), hook);
    text_copy_cut(order->url, sizeof(order->url), asked->directory);
    text_copy_cut(order->contact, sizeof(order->contact), asked->contact);
    int r = write_files(order, asked);
    if (r >= 0)
        r = start(order);
    if (r < 0) {
        order_free(order);
        return r;
    }
    *ret_order = order;
    return 0;
}

/* A child that still runs is ended by the kernel, with us. */
struct order *order_free(struct order *order)
{
    if (!order)
        return NULL;
    sd_event_source_disable_unref(order->said_source);
    sd_event_source_disable_unref(order->hook_source);
    cleanup_close(&order->hook_fd);
    remove_files(order);
    free(order);
    return NULL;
}
