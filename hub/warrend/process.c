/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"

enum { ENVIRONMENT_MAX = 16, HIGH_FD = 64 };

struct process {
    pid_t pid;
    int pidfd;
    sd_event_source *source;
    process_ended ended;
    void *data;
    int64_t started_at;
    uint64_t started_us;
};

/* Of our environment, what children get. */
static const char *const passed_on[] = {
    "WARREN_LOG",     "WARREN_CHECK_ANSWERS", /* tests: answer_watch.h */
    "JOURNAL_STREAM",
#if defined(__SANITIZE_ADDRESS__)
    "ASAN_OPTIONS",   "UBSAN_OPTIONS",
#endif
};
static const char path_variable[] =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/* ---- in the child ---- */

static void make_environment(const struct process_spec *spec, const char *ret[ENVIRONMENT_MAX])
{
    size_t count = 0;
    ret[count++] = path_variable;
    for (size_t i = 0; i < ELEMENTS(passed_on); i++) {
        const char *value = getenv(passed_on[i]);
        if (value)
            ret[count++] = text_format("%s=%s", passed_on[i], value);
    }
    for (size_t i = 0; spec->environment && spec->environment[i] && count < ENVIRONMENT_MAX - 1;
         i++)
        ret[count++] = spec->environment[i];
    ret[count] = NULL;
}

static void reset_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++)
        (void)signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Its descriptors at 3 and up, nothing else of ours. Up and down again, so that none is overwritten
 * before its turn. */
static int place_descriptors(const struct process_spec *spec)
{
    int high[PROCESS_FDS_MAX];
    for (int i = 0; i < spec->fd_count; i++) {
        high[i] = fcntl(spec->fds[i], F_DUPFD, HIGH_FD);
        if (high[i] < 0)
            return -errno;
    }
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(spec->stdin_fd ? spec->stdin_fd : null, STDIN_FILENO) < 0 ||
        dup2(spec->log_stdout ? STDERR_FILENO : null, STDOUT_FILENO) < 0)
        return -errno;
    for (int i = 0; i < spec->fd_count; i++)
        if (dup2(high[i], PROCESS_FIRST_FD + i) < 0)
            return -errno;
    return close_range((unsigned)(PROCESS_FIRST_FD + spec->fd_count), ~0U, 0) < 0 ? -errno : 0;
}

static int become(const struct process_spec *spec)
{
    reset_signals();
    if (spec->own_session && setsid() < 0)
        return -errno;
    if (spec->netns >= 0 && setns(spec->netns, CLONE_NEWNET) < 0)
        return -errno;
    if (chdir("/") < 0)
        return -errno;
    int r = place_descriptors(spec);
    if (r < 0)
        return r;
    return spec->prepare ? spec->prepare(spec->prepare_data) : 0;
}

static _Noreturn void run_child(const struct process_spec *spec)
{
    int r = become(spec);
    if (r == 0 && spec->work) {
        _exit(-spec->work(spec->work_data) & 0xff);
    }
    if (r == 0) {
        const char *environment[ENVIRONMENT_MAX];
        make_environment(spec, environment);
        execve(spec->path, (char *const *)spec->arguments, (char *const *)environment);
        r = -errno;
    }
    log_error("cannot start %s: %s", spec->work ? "a helper" : spec->path, strerror(-r));
    _exit(127);
}

/* ---- in warrend ---- */

static int on_readable(sd_event_source *source, int fd, uint32_t events, void *data)
{
    (void)source, (void)events;
    struct process *process = data;
    siginfo_t info = {0};
    int status = -1;
    if (waitid(P_PIDFD, (id_t)fd, &info, WEXITED | WNOHANG) == 0)
        status = info.si_code == CLD_EXITED ? W_EXITCODE(info.si_status, 0)
                                            : W_EXITCODE(0, info.si_status);
    process->source = sd_event_source_disable_unref(process->source);
    process->ended(process, status, process->data);
    return 0;
}

static int watch(sd_event *event, pid_t pid, process_ended ended, void *data,
                 struct process **ret_process)
{
    int pidfd = pidfd_open(pid, 0);
    if (pidfd < 0)
        return -errno;
    struct process *process = memory_zero(sizeof(*process));
    *process = (struct process){
        .pid = pid,
        .pidfd = pidfd,
        .ended = ended,
        .data = data,
        .started_at = clock_seconds(),
        .started_us = clock_monotonic_us(),
    };
    int r = sd_event_add_io(event, &process->source, pidfd, EPOLLIN, on_readable, process);
    if (r < 0) {
        process_free(process);
        return r;
    }
    *ret_process = process;
    return 0;
}

int process_start(sd_event *event, const struct process_spec *spec, process_ended ended, void *data,
                  struct process **ret_process)
{
    pid_t pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0)
        run_child(spec);
    int r = watch(event, pid, ended, data, ret_process);
    if (r < 0) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    return r;
}

int process_adopt(sd_event *event, pid_t pid, process_ended ended, void *data,
                  struct process **ret_process)
{
    return watch(event, pid, ended, data, ret_process);
}

struct process *process_free(struct process *process)
{
    if (!process)
        return NULL;
    sd_event_source_disable_unref(process->source);
    cleanup_close(&process->pidfd);
    free(process);
    return NULL;
}

struct process *process_end(struct process *process)
{
    if (!process)
        return NULL;
    siginfo_t info;
    (void)process_signal(process, SIGKILL);
    while (waitid(P_PIDFD, (id_t)process->pidfd, &info, WEXITED) < 0 && errno == EINTR)
        ;
    return process_free(process);
}

int process_signal(struct process *process, int number)
{
    return pidfd_send_signal(process->pidfd, number, NULL, 0) < 0 ? -errno : 0;
}

pid_t process_pid(const struct process *process)
{
    return process->pid;
}

int64_t process_started_at(const struct process *process)
{
    return process->started_at;
}

uint64_t process_age_us(const struct process *process)
{
    return clock_monotonic_us() - process->started_us;
}

size_t process_describe(const struct process *process, enum role role, uint32_t starts,
                        struct verb_role *ret_role)
{
    if (!process)
        return 0;
    *ret_role = (struct verb_role){
        .role = role,
        .pid = (uint32_t)process_pid(process),
        .restarts = starts > 0 ? starts - 1 : 0,
        .started_at = process_started_at(process),
    };
    return 1;
}

const char *process_status_text(int status, char text[static PROCESS_STATUS_TEXT_MAX])
{
    if (status == -1)
        text_copy(text, PROCESS_STATUS_TEXT_MAX, "status not known");
    else if (WIFSIGNALED(status))
        snprintf(text, PROCESS_STATUS_TEXT_MAX, "signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(text, PROCESS_STATUS_TEXT_MAX, "exit status %d", WEXITSTATUS(status));
    return text;
}
