/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/base/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/role.h"

/* The headers are older than the kernels we run on. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif
#ifndef LANDLOCK_ACCESS_NET_BIND_TCP
#define LANDLOCK_ACCESS_NET_BIND_TCP (1ULL << 0)
#define LANDLOCK_ACCESS_NET_CONNECT_TCP (1ULL << 1)
#endif
#define RULE_NET_PORT 2 /* enum landlock_rule_type */
struct net_port {
    uint64_t allowed_access;
    uint64_t port;
};
#ifndef LANDLOCK_SCOPE_SIGNAL
#define LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0)
#define LANDLOCK_SCOPE_SIGNAL (1ULL << 1)
#endif

#define FIRST_ABI_RIGHTS ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
/* What a rule for a file, not a directory, may name. */
#define FILE_RIGHTS \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | \
     LANDLOCK_ACCESS_FS_TRUNCATE | LANDLOCK_ACCESS_FS_IOCTL_DEV)

struct ruleset {
    uint64_t files;
    uint64_t net;
    uint64_t scoped;
};

static const struct {
    int abi; /* first one that knows it */
    struct ruleset adds;
    size_t size; /* of the struct the kernel takes */
} abi_table[] = {
    {1, {.files = FIRST_ABI_RIGHTS}, 8},
    {2, {.files = LANDLOCK_ACCESS_FS_REFER}, 8},
    {3, {.files = LANDLOCK_ACCESS_FS_TRUNCATE}, 8},
    {4, {.net = LANDLOCK_ACCESS_NET_BIND_TCP | LANDLOCK_ACCESS_NET_CONNECT_TCP}, 16},
    {5, {.files = LANDLOCK_ACCESS_FS_IOCTL_DEV}, 16},
    {6, {.scoped = LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | LANDLOCK_SCOPE_SIGNAL}, 24},
};

static const struct {
    unsigned role_right;
    uint64_t files;
} right_table[] = {
    {ROLE_PATH_READ, LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR},
    {ROLE_PATH_WRITE, LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE},
    {ROLE_PATH_MAKE,
     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE},
    {ROLE_PATH_EXECUTE, LANDLOCK_ACCESS_FS_EXECUTE},
    {ROLE_PATH_DEVICE, LANDLOCK_ACCESS_FS_IOCTL_DEV},
};

static size_t ruleset_for(int abi, struct ruleset *ret_ruleset)
{
    struct ruleset ruleset = {0};
    size_t size = 0;
    for (size_t i = 0; i < ELEMENTS(abi_table) && abi_table[i].abi <= abi; i++) {
        ruleset.files |= abi_table[i].adds.files;
        ruleset.net |= abi_table[i].adds.net;
        ruleset.scoped |= abi_table[i].adds.scoped;
        size = abi_table[i].size;
    }
    *ret_ruleset = ruleset;
    return size;
}

static uint64_t file_rights(unsigned role_rights)
{
    uint64_t rights = 0;
    for (size_t i = 0; i < ELEMENTS(right_table); i++)
        if (role_rights & right_table[i].role_right)
            rights |= right_table[i].files;
    return rights;
}

/* A rule clings to an inode. Those of procfs are made anew once they fall out of the cache, which
 * an open descriptor prevents. */
static bool must_stay_open(int fd)
{
    struct statfs info;
    return fstatfs(fd, &info) == 0 && info.f_type == PROC_SUPER_MAGIC;
}

static int add_rule(int ruleset_fd, uint64_t handled, const struct landlock_rule *rule)
{
    _cleanup_close_ int fd = open(rule->path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : -errno;
    struct stat info;
    if (fstat(fd, &info) < 0)
        return -errno;
    uint64_t rights = file_rights(rule->rights) & handled;
    if (!S_ISDIR(info.st_mode))
        rights &= FILE_RIGHTS;
    struct landlock_path_beneath_attr beneath = {.allowed_access = rights, .parent_fd = fd};
    if (syscall(SYS_landlock_add_rule, ruleset_fd, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) < 0)
        return -errno;
    if (must_stay_open(fd))
        (void)TAKE_FD(fd);
    return 0;
}

/* Port 0 is any that the kernel chooses, for a socket of the process's own. */
static int add_port(int ruleset_fd, uint64_t handled, uint16_t tcp_port)
{
    struct net_port ports[] = {
        {LANDLOCK_ACCESS_NET_BIND_TCP | LANDLOCK_ACCESS_NET_CONNECT_TCP, tcp_port},
        {LANDLOCK_ACCESS_NET_BIND_TCP, 0},
    };

    for (size_t i = 0; handled && tcp_port && i < ELEMENTS(ports); i++) {
        ports[i].allowed_access &= handled;
        if (ports[i].allowed_access &&
            syscall(SYS_landlock_add_rule, ruleset_fd, RULE_NET_PORT, &ports[i], 0) < 0)
            return -errno;
    }
    return 0;
}

int landlock_abi(void)
{
    long abi =
        syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);
    return abi < 0 ? 0 : (int)abi;
}

int landlock_enter(int abi, const struct landlock_rule *rules, size_t count,
                   const struct role_tcp *tcp)
{
    struct ruleset ruleset;
    size_t size = ruleset_for(abi, &ruleset);
    if (tcp->listens)
        ruleset.net &= ~LANDLOCK_ACCESS_NET_BIND_TCP;
    if (tcp->connects)
        ruleset.net &= ~LANDLOCK_ACCESS_NET_CONNECT_TCP;
    _cleanup_close_ int fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, size, 0);
    if (fd < 0)
        return -errno;
    for (size_t i = 0; i < count; i++) {
        int r = add_rule(fd, ruleset.files, &rules[i]);
        if (r < 0) {
            log_error("Landlock: cannot allow %s: %s", rules[i].path, strerror(-r));
            return r;
        }
    }
    int r = add_port(fd, ruleset.net, tcp->port);
    if (r < 0)
        return r;
    return syscall(SYS_landlock_restrict_self, fd, 0) < 0 ? -errno : 0;
}
