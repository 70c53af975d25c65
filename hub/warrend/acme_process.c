/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/acme_process.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/warrend/process.h"

struct acme_process {
    struct supervisor *supervisor;
    struct process *process; /* NULL: nothing is ordered */
    uint32_t starts;
};

static void on_ended(struct process *process, int status, void *data)
{
    struct acme_process *acme = data;
    char text[PROCESS_STATUS_TEXT_MAX];

    log_info("warren-acme ended: %s", process_status_text(status, text));
    acme->process = process_free(process);
}

/* ---- its directory ---- */

static int make_directory(const char *path, const struct passwd *user)
{
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return -errno;
    return lchown(path, user->pw_uid, user->pw_gid) < 0 ? -errno : 0;
}

/* Both in memory: what is in there is gone with the machine's power. */
static int make_directories(const struct acme_process *acme, char ret_path[static PLACE_MAX + 16])
{
    const struct passwd *user = getpwnam(role_row(ROLE_ACME)->user);
    char private_path[PLACE_MAX + 32];

    if (!user) {
        log_error("the user %s does not exist: systemd-sysusers makes it",
                  role_row(ROLE_ACME)->user);
        return -ENOENT;
    }
    snprintf(ret_path, PLACE_MAX + 16, "%s/acme", acme->supervisor->places->run_directory);
    snprintf(private_path, sizeof(private_path), "%s/private", ret_path);
    int r = make_directory(ret_path, user);
    return r < 0 ? r : make_directory(private_path, user);
}

/* ---- its life ---- */

static int start_with(struct acme_process *acme, int channel_fd)
{
    char path[PLACE_MAX + 16], directory[PLACE_MAX + 16];
    int r = make_directories(acme, directory);

    if (r < 0)
        return r;
    snprintf(path, sizeof(path), "%s/warren-acme", acme->supervisor->places->libexec_directory);
    const char *arguments[] = {"warren-acme", directory, NULL};
    struct process_spec spec = {
        .path = path,
        .arguments = arguments,
        .fds = {channel_fd},
        .fd_count = 1,
        .netns = -1,
    };
    r = process_start(acme->supervisor->event, &spec, on_ended, acme, &acme->process);
    acme->starts += r >= 0;
    return r;
}

static void answer(struct acme_process *acme, const struct engine_request *request, int status,
                   int fd)
{
    struct verb_status body = {.status = status};

    engine_answer(acme->supervisor->engine, request, VERB_ACME_OPENED, &body, sizeof(body),
                  status == 0 ? &fd : NULL, status == 0 ? 1 : 0);
}

void acme_process_open(struct acme_process *acme, const struct engine_request *request)
{
    int ends[2];
    int r = channel_pair(ends);

    if (r < 0) {
        answer(acme, request, r, -1);
        return;
    }
    _cleanup_close_ int engines = ends[0], theirs = ends[1];
    acme->process = process_end(acme->process);
    r = start_with(acme, theirs);
    if (r < 0)
        log_error("cannot start warren-acme: %s", strerror(-r));
    answer(acme, request, r, engines);
}

struct acme_process *acme_process_new(struct supervisor *supervisor)
{
    struct acme_process *acme = memory_zero(sizeof(*acme));

    acme->supervisor = supervisor;
    return acme;
}

struct acme_process *acme_process_free(struct acme_process *acme)
{
    if (!acme)
        return NULL;
    process_end(acme->process);
    free(acme);
    return NULL;
}

size_t acme_process_describe(const struct acme_process *acme, struct verb_role *ret_role)
{
    return process_describe(acme->process, ROLE_ACME, acme->starts, ret_role);
}
