/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/base/sandbox.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#include "hub/base/cleanup.h"
#include "hub/base/landlock.h"
#include "hub/base/log.h"

enum { RULES_MAX = 32 };

/* The kernel does not tell a process which Landlock holds it. */
static int entered_abi;

#if defined(__SANITIZE_ADDRESS__)
static bool entered;

/* Looking for leaks needs ptrace, which no role has. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return entered;
}
#endif

static int enter_limits(const struct role_limit *limits)
{
    for (; limits->reason; limits++) {
        struct rlimit now;
        if (getrlimit((unsigned)limits->resource, &now) < 0)
            return -errno;
        rlim_t value = limits->value < now.rlim_max ? limits->value : now.rlim_max;
        if (setrlimit((unsigned)limits->resource,
                      &(struct rlimit){.rlim_cur = value, .rlim_max = value}) < 0)
            return -errno;
    }
    return 0;
}

static uint64_t capability_mask(const struct role_capability *capabilities)
{
    uint64_t mask = 0;
    for (; capabilities && capabilities->reason; capabilities++)
        mask |= UINT64_C(1) << capabilities->capability;
    return mask;
}

static int select_capabilities(const struct role_capability *capabilities, capng_type_t type)
{
    capng_clear(CAPNG_SELECT_ALL);
    for (; capabilities && capabilities->reason; capabilities++)
        if (capng_update(CAPNG_ADD, type, (unsigned)capabilities->capability) < 0)
            return -EINVAL;
    return 0;
}

static int stay_root(const struct role_row *row)
{
    /* A program that root executes gains its bounding set. */
    int r = select_capabilities(row->capabilities,
                                CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET);
    if (r < 0)
        return r;
    if (setgroups(0, NULL) < 0)
        return -errno;
    return capng_apply(CAPNG_SELECT_ALL) < 0 ? -EPERM : 0;
}

static int become_user(const struct role_row *row)
{
    errno = 0;
    const struct passwd *user = getpwnam(row->user);
    if (!user) {
        log_error("the user %s does not exist: systemd-sysusers makes it from what is installed, "
                  "or: useradd --system --no-create-home --shell /usr/sbin/nologin %s",
                  row->user, row->user);
        return -ENOENT;
    }
    int r = select_capabilities(row->capabilities, CAPNG_EFFECTIVE | CAPNG_PERMITTED);
    if (r < 0)
        return r;
    r = capng_change_id((int)user->pw_uid, (int)user->pw_gid,
                        CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING | CAPNG_CLEAR_AMBIENT);
    if (r < 0) {
        log_error("cannot become %s: libcap-ng's error %d", row->user, r);
        return -EPERM;
    }
    return 0;
}

static unsigned path_rights(const struct sandbox_path *path)
{
    return ROLE_PATH_READ | (path->writable ? ROLE_PATH_WRITE | ROLE_PATH_MAKE : 0U) |
           (path->executable ? ROLE_PATH_EXECUTE : 0U);
}

static int enter_landlock(const struct role_row *row, const struct sandbox_path *paths,
                          size_t path_count)
{
    int abi = landlock_abi();
    if (abi == 0) {
        log_warning("this kernel has no Landlock: files are guarded by their modes alone, "
                    "ignoring");
        return 0;
    }
    struct landlock_rule rules[RULES_MAX];
    size_t count = 0;
    for (const struct role_path *path = row->paths; path->reason; path++) {
        if (count == RULES_MAX)
            return -E2BIG;
        rules[count++] = (struct landlock_rule){path->path, path->rights};
    }
    for (size_t i = 0; i < path_count; i++) {
        if (count == RULES_MAX)
            return -E2BIG;
        rules[count++] = (struct landlock_rule){paths[i].path, path_rights(&paths[i])};
    }
    int r = landlock_enter(abi, rules, count, &row->tcp);
    if (r < 0)
        return r;
    entered_abi = abi;
    return 0;
}

static uint32_t argument_value(uint32_t value)
{
    return value == ROLE_OWN_PID ? (uint32_t)getpid() : value;
}

static int add_syscall(scmp_filter_ctx filter, uint32_t action, const struct role_syscalls *row,
                       const char *name)
{
    int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR) {
        log_error("seccomp: no system call is named %s", name);
        return -EINVAL;
    }
    struct scmp_arg_cmp compare[ROLE_ARGUMENTS_MAX];
    unsigned count = 0;
    for (; count < ROLE_ARGUMENTS_MAX && row->arguments[count].mask; count++)
        compare[count] = (struct scmp_arg_cmp){
            .arg = row->arguments[count].index,
            .op = SCMP_CMP_MASKED_EQ,
            .datum_a = row->arguments[count].mask,
            .datum_b = argument_value(row->arguments[count].value),
        };
    return seccomp_rule_add_array(filter, action, number, count, compare);
}

static int add_syscalls(scmp_filter_ctx filter, uint32_t action,
                        const struct role_syscalls *const lists[static ROLE_LISTS_MAX])
{
    for (size_t i = 0; i < ROLE_LISTS_MAX && lists[i]; i++)
        for (const struct role_syscalls *row = lists[i]; row->reason; row++) {
            _cleanup_free_ char *names = strdup(row->names);
            if (!names)
                return -ENOMEM;
            char *rest = names;
            for (char *name; (name = strsep(&rest, " "));) {
                int r = add_syscall(filter, action, row, name);
                if (r < 0)
                    return r;
            }
        }
    return 0;
}

DEFINE_CLEANUP(scmp_filter_ctx, seccomp_release, cleanup_seccomp)

static int enter_seccomp(const struct role_row *row)
{
    uint32_t otherwise = row->allow[0] ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_ALLOW;
    _cleanup_(cleanup_seccomp) scmp_filter_ctx filter = seccomp_init(otherwise);
    if (!filter)
        return -ENOMEM;
    int r = add_syscalls(filter, SCMP_ACT_KILL_PROCESS, row->kill);
    if (r < 0)
        return r;
    r = add_syscalls(filter, SCMP_ACT_ALLOW, row->allow);
    if (r < 0)
        return r;
    /* Refusals to the kernel's log; a tree instead of a list. An older kernel does without. */
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1);
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    return seccomp_load(filter);
}

/* Libraries may leave out what they cannot do: trust the kernel's answer alone. */
static int check_identity(const struct role_row *row)
{
    struct sandbox_state state;
    sandbox_observe(&state);
    uint64_t wanted = capability_mask(row->capabilities);
    if (state.capabilities != wanted || (state.uid == 0) != (row->user == NULL)) {
        log_error("%s has uid %u and capabilities %llx, not %llx: it would not be what it is "
                  "meant to be",
                  row->name, state.uid, (unsigned long long)state.capabilities,
                  (unsigned long long)wanted);
        return -EPERM;
    }
    return 0;
}

static int step(const struct role_row *row, const char *what, int error)
{
    if (error < 0)
        log_error("%s: cannot enter its sandbox: %s: %s", row->name, what, strerror(-error));
    return error;
}

static int enter_identity(const struct role_row *row)
{
    int r = row->user ? become_user(row) : stay_root(row);
    return r < 0 ? r : check_identity(row);
}

static int enter_no_new_privs(void)
{
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -errno;
    return 0;
}

/* What libraries would open at their first use: after it they would be refused. */
static void open_beforehand(void)
{
    tzset(); /* every date asks for the machine's time zone */
}

int sandbox_enter(enum role role, const struct sandbox_path *paths, size_t path_count)
{
    const struct role_row *row = role_row(role);
    open_beforehand();
    int r = step(row, "limits", enter_limits(row->limits));
    if (r < 0)
        return r;
    r = step(row, "user", enter_identity(row));
    if (r < 0)
        return r;
    r = step(row, "no_new_privs", enter_no_new_privs());
    if (r < 0)
        return r;
    r = row->paths ? step(row, "Landlock", enter_landlock(row, paths, path_count)) : 0;
    if (r < 0)
        return r;
#if defined(__SANITIZE_ADDRESS__)
    entered = true;
#endif
    return step(row, "seccomp", enter_seccomp(row));
}

/* ---- what it really has ---- */

static bool status_number(const char *line, const char *name, int base, uint64_t *ret_number)
{
    size_t length = strlen(name);
    if (strncmp(line, name, length) != 0 || line[length] != ':')
        return false;
    *ret_number = strtoull(line + length + 1, NULL, base);
    return true;
}

static void observe_line(const char *line, struct sandbox_state *state)
{
    uint64_t number;
    if (status_number(line, "Uid", 10, &number))
        state->uid = (uint32_t)number;
    else if (status_number(line, "Gid", 10, &number))
        state->gid = (uint32_t)number;
    else if (status_number(line, "NoNewPrivs", 10, &number))
        state->no_new_privs = (uint8_t)number;
    else if (status_number(line, "Seccomp", 10, &number))
        state->seccomp = (uint8_t)number;
    else if (status_number(line, "CapEff", 16, &number))
        state->capabilities = number;
}

static void observe_file(const char *path, struct sandbox_state *state)
{
    FILE *file = fopen(path, "re");
    if (file) {
        char line[256];
        while (fgets(line, sizeof(line), file))
            observe_line(line, state);
        fclose(file);
    }
}

void sandbox_observe(struct sandbox_state *ret_state)
{
    *ret_state = (struct sandbox_state){
        .pid = (uint32_t)getpid(),
        .landlock_abi = (uint8_t)entered_abi,
        .capabilities = UINT64_MAX, /* not known is the worst case */
    };
    observe_file("/proc/self/status", ret_state);
}

void sandbox_observe_process(uint32_t pid, struct sandbox_state *ret_state)
{
    char path[32];

    *ret_state = (struct sandbox_state){.pid = pid, .capabilities = UINT64_MAX};
    snprintf(path, sizeof(path), "/proc/%u/status", pid);
    observe_file(path, ret_state);
}

static void describe_capabilities(uint64_t capabilities, FILE *stream)
{
    if (capabilities == 0) {
        fputs(", no capability", stream);
        return;
    }
    for (unsigned i = 0; i <= CAP_LAST_CAP; i++) {
        const char *name = capng_capability_to_name(i);
        if (name && (capabilities & (UINT64_C(1) << i)))
            fprintf(stream, ", cap_%s", name);
    }
}

void sandbox_describe(const struct sandbox_state *state, char *text, size_t size)
{
    text[0] = '\0';
    FILE *stream = fmemopen(text, size, "w");
    if (!stream)
        return;
    fprintf(stream, "uid %u", state->uid);
    describe_capabilities(state->capabilities, stream);
    if (state->no_new_privs)
        fputs(", no_new_privs", stream);
    if (state->seccomp == 2)
        fputs(", seccomp", stream);
    if (state->landlock_abi)
        fprintf(stream, ", landlock %u", state->landlock_abi);
    fclose(stream);
    text[size - 1] = '\0';
}
