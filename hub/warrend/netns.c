/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include "hub/base/cleanup.h"
#include "hub/base/link_number.h"
#include "hub/base/log.h"
#include "hub/base/text.h"

#define NETNS_DIRECTORY "/run/netns"
enum { NETNS_PATH_MAX = sizeof(NETNS_DIRECTORY) + 4 + ID_MAX };

static void netns_path(const char *id, char path[static NETNS_PATH_MAX])
{
    snprintf(path, NETNS_PATH_MAX, NETNS_DIRECTORY "/wr-%s", id);
}

static bool is_network_namespace(int fd)
{
    struct statfs info;
    return fstatfs(fd, &info) == 0 && info.f_type == NSFS_MAGIC &&
           ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET;
}

static int open_existing(const char *path, int *ret_fd)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -errno;
    if (!is_network_namespace(fd))
        return -ENOENT; /* a file that nothing is mounted on any more */
    *ret_fd = TAKE_FD(fd);
    return 0;
}

/* Shared, so that namespaces made here are seen by mount namespaces that copied ours, and end there
 * too: else such a copy would keep a deleted one alive. */
static int share_directory(void)
{
    if (mkdir(NETNS_DIRECTORY, 0755) < 0 && errno != EEXIST)
        return -errno;
    if (mount("", NETNS_DIRECTORY, "none", MS_SHARED | MS_REC, NULL) == 0)
        return 0;
    if (errno != EINVAL)
        return -errno;
    if (mount(NETNS_DIRECTORY, NETNS_DIRECTORY, "none", MS_BIND | MS_REC, NULL) < 0 ||
        mount("", NETNS_DIRECTORY, "none", MS_SHARED | MS_REC, NULL) < 0)
        return -errno;
    return 0;
}

static int mount_fresh(const char *path)
{
    if (unshare(CLONE_NEWNET) < 0)
        return -errno;
    return mount("/proc/self/ns/net", path, "none", MS_BIND, NULL) < 0 ? -errno : 0;
}

/* So that warrend itself never leaves the hub's namespace. */
static int in_child(int (*work)(const char *path), const char *path)
{
    pid_t pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0)
        _exit(-work(path));
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}

static int make_netns(const char *path)
{
    int r = share_directory();
    if (r < 0)
        return r;
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0);
    if (fd < 0)
        return -errno;
    r = in_child(mount_fresh, path);
    if (r < 0)
        unlink(path);
    return r;
}

int netns_find(const char *id, int *ret_fd)
{
    char path[NETNS_PATH_MAX];
    netns_path(id, path);
    return open_existing(path, ret_fd);
}

int netns_open(const char *id, int *ret_fd)
{
    char path[NETNS_PATH_MAX];
    netns_path(id, path);
    int r = open_existing(path, ret_fd);
    if (r == 0)
        log_debug("namespace wr-%s is there: adopted", id);
    if (r != -ENOENT)
        return r;
    r = make_netns(path);
    return r < 0 ? r : open_existing(path, ret_fd);
}

int netns_open_own(int *ret_fd)
{
    int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    *ret_fd = fd;
    return 0;
}

static int set_down(const char *path)
{
    _cleanup_close_ int fd = -1;
    int result = 0;
    int r = open_existing(path, &fd);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    if (setns(fd, CLONE_NEWNET) < 0)
        return -errno;
    _cleanup_close_ int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (any < 0)
        return -errno;
    struct if_nameindex *links = if_nameindex();
    if (!links)
        return -errno;
    for (size_t i = 0; links[i].if_name; i++) {
        struct ifreq request = {0}; /* without flags: not up */
        unsigned link;
        if (!link_wireguard_parse(links[i].if_name, &link))
            continue;
        (void)link_wireguard_name(link, request.ifr_name);
        if (ioctl(any, SIOCSIFFLAGS, &request) < 0 && errno != ENODEV && result == 0)
            result = -errno;
    }
    if_freenameindex(links);
    return result;
}

int netns_remove(const char *id)
{
    char path[NETNS_PATH_MAX];
    netns_path(id, path);
    /* The kernel takes namespaces apart later, one after another, and one whose WireGuard links
     * have thousands of peers for minutes. Until then they would carry packets and hold their
     * ports.
     */
    int r = in_child(set_down, path);
    if (r < 0)
        log_warning("a link of wr-%s is not down: %s, ignoring", id, strerror(-r));
    if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 && errno != EINVAL && errno != ENOENT)
        return -errno;
    return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}
