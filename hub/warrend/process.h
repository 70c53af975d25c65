/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process that warrend started, or found: started with nothing but what it is meant to have, and
 * watched through its pidfd. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "hub/base/role.h"
#include "hub/channel/verbs.h"

enum { PROCESS_FDS_MAX = 6, PROCESS_FIRST_FD = 3 };

struct process_spec {
    /* Either a program, */
    const char *path;
    const char *const *arguments;   /* with its name first, NULL at the end */
    const char *const *environment; /* "NAME=value" beside what all get; NULL = nothing */
    /* In the child, before exec; NULL = nothing. */
    int (*prepare)(const void *data);
    const void *prepare_data;
    int stdin_fd;    /* 0 = nothing to read */
    bool log_stdout; /* what it says there goes where our log goes, as what it says as an error */
    /* or a piece of work, whose 0 or -errno is told to `ended`. */
    int (*work)(void *data);
    void *work_data;

    int fds[PROCESS_FDS_MAX]; /* become 3, 4, ... */
    int fd_count;
    int netns;        /* the network namespace it runs in; -1 = ours */
    bool own_session; /* lives on without us */
};

struct process;

/* What is left of it: its wait status, or -1 when that was not ours to read. */
typedef void (*process_ended)(struct process *process, int status, void *data);

/* `ended` is called once, from the loop; its owner frees the process there. */
int process_start(sd_event *event, const struct process_spec *spec, process_ended ended, void *data,
                  struct process **ret_process);
/* Watches a process that somebody else started. */
int process_adopt(sd_event *event, pid_t pid, process_ended ended, void *data,
                  struct process **ret_process);
/* Looks away; the process runs on. Returns NULL. */
struct process *process_free(struct process *process);
/* Kills a child, waits until it is gone, frees. Returns NULL. */
struct process *process_end(struct process *process);
int process_signal(struct process *process, int number);

pid_t process_pid(const struct process *process);
int64_t process_started_at(const struct process *process); /* CLOCK_REALTIME seconds */
uint64_t process_age_us(const struct process *process);
/* For those who ask what runs: 1, or 0 of none. `starts`: how often its owner started one. */
size_t process_describe(const struct process *process, enum role role, uint32_t starts,
                        struct verb_role *ret_role);

enum { PROCESS_STATUS_TEXT_MAX = 48 };
/* "exit status 1", "signal 9 (Killed)" */
const char *process_status_text(int status, char text[static PROCESS_STATUS_TEXT_MAX]);
