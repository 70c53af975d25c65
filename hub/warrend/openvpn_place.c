/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/openvpn_place.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/role.h"
#include "hub/base/text.h"

#define TUN_DEVICE "/dev/net/tun"
enum { KILL_PATIENCE_MS = 500 };

/* ---- paths ---- */

static void top_directory(const struct places *places, char path[static OPENVPN_PATH_MAX])
{
    snprintf(path, OPENVPN_PATH_MAX, "%s/openvpn", places->run_directory);
}

void openvpn_place_directory(const struct places *places, const char *id,
                             char path[static OPENVPN_PATH_MAX])
{
    snprintf(path, OPENVPN_PATH_MAX, "%s/openvpn/%s", places->run_directory, id);
}

void openvpn_place_socket(const struct places *places, const char *id, unsigned server,
                          char path[static OPENVPN_PATH_MAX])
{
    snprintf(path, OPENVPN_PATH_MAX, "%s/openvpn/%s/%s.sock", places->run_directory, id,
             openvpn_server_name(server));
}

static void record_file(const struct places *places, const char *id, unsigned server,
                        char path[static OPENVPN_PATH_MAX])
{
    snprintf(path, OPENVPN_PATH_MAX, "%s/openvpn/%s-%s.record", places->run_directory, id,
             openvpn_server_name(server));
}

/* ---- directories ---- */

static int make_directory(const char *path, mode_t mode, uid_t owner, gid_t group)
{
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return -errno;
    _cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fchown(fd, owner, group) < 0 || fchmod(fd, mode) < 0)
        return -errno;
    return 0;
}

int openvpn_place_prepare(const struct places *places, const char *id)
{
    const struct passwd *user = getpwnam(role_row(ROLE_OPENVPN)->user);
    if (!user) {
        log_error("the user %s does not exist: systemd-sysusers makes it from what is installed",
                  role_row(ROLE_OPENVPN)->user);
        return -ENOENT;
    }
    char path[OPENVPN_PATH_MAX];
    top_directory(places, path);
    int r = make_directory(path, 0710, 0, user->pw_gid);
    if (r == 0) {
        openvpn_place_directory(places, id, path);
        r = make_directory(path, 0700, user->pw_uid, user->pw_gid);
    }
    if (r < 0)
        log_error("cannot make %s: %s", path, strerror(-r));
    return r;
}

/* ---- record ---- */

int openvpn_place_write_record(const struct places *places, const char *id, unsigned server,
                               const struct openvpn_record *record)
{
    char path[OPENVPN_PATH_MAX];
    record_file(places, id, server, path);
    _cleanup_close_ int fd =
        open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    ssize_t written = write(fd, record, sizeof(*record));
    if (written < 0)
        return -errno;
    return written == sizeof(*record) ? 0 : -EIO;
}

int openvpn_place_read_record(const struct places *places, const char *id, unsigned server,
                              struct openvpn_record *ret_record)
{
    char path[OPENVPN_PATH_MAX];
    record_file(places, id, server, path);
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -errno;
    return read(fd, ret_record, sizeof(*ret_record)) == sizeof(*ret_record) ? 0 : -EBADMSG;
}

void openvpn_place_label(const char *id, unsigned server, char label[static OPENVPN_LABEL_MAX])
{
    snprintf(label, OPENVPN_LABEL_MAX, "%s-%s", id, openvpn_server_name(server));
}

/* Of another user, whose program and namespace root without CAP_SYS_PTRACE may not look at. */
static bool has_argument(int32_t pid, const char *argument)
{
    char path[32], arguments[512];
    snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, arguments, sizeof(arguments) - 1);
    if (size <= 0)
        return false;
    arguments[size] = '\0';
    for (const char *word = arguments; word < arguments + size; word += strlen(word) + 1)
        if (text_equal(word, argument))
            return true;
    return false;
}

static bool is_of_user(int32_t pid, uid_t user)
{
    char path[32];
    struct stat info;
    snprintf(path, sizeof(path), "/proc/%d", pid);
    return stat(path, &info) == 0 && info.st_uid == user;
}

/* Its warrend died before its socket was there, or somebody took the socket away. */
static void kill_unfound(const struct places *places, const char *id, unsigned server)
{
    struct openvpn_record record;
    char label[OPENVPN_LABEL_MAX];
    if (openvpn_place_read_record(places, id, server, &record) < 0 || record.pid <= 0)
        return;
    const struct passwd *user = getpwnam(role_row(ROLE_OPENVPN)->user);
    _cleanup_close_ int pidfd = pidfd_open(record.pid, 0);
    openvpn_place_label(id, server, label);
    if (pidfd < 0 || !user || !is_of_user(record.pid, user->pw_uid) ||
        !has_argument(record.pid, label))
        return;
    if (pidfd_send_signal(pidfd, SIGKILL, NULL, 0) < 0)
        return;
    log_warning("openvpn (%s) of %s ran without its socket: killed (pid %d)",
                openvpn_server_name(server), id, record.pid);
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    (void)poll(&end, 1, KILL_PATIENCE_MS);
}

void openvpn_place_each(const struct places *places, const char *id, numbered_files_found found,
                        void *data)
{
    char path[OPENVPN_PATH_MAX], before[ID_MAX + 1];
    openvpn_place_directory(places, id, path);
    numbered_files_each(path, "", ".sock", openvpn_server_parse, found, data);
    top_directory(places, path);
    snprintf(before, sizeof(before), "%s-", id);
    numbered_files_each(path, before, ".record", openvpn_server_parse, found, data);
}

static void note_used(unsigned server, void *data)
{
    (void)server;
    *(bool *)data = true;
}

/* One that has only just been started has a record, and will make its socket. */
static bool is_used(const struct places *places, const char *id)
{
    bool used = false;
    openvpn_place_each(places, id, note_used, &used);
    return used;
}

void openvpn_place_remove(const struct places *places, const char *id, unsigned server)
{
    char path[OPENVPN_PATH_MAX];
    kill_unfound(places, id, server);
    openvpn_place_socket(places, id, server, path);
    unlink(path);
    record_file(places, id, server, path);
    unlink(path);
    if (is_used(places, id))
        return;
    openvpn_place_directory(places, id, path);
    rmdir(path);
    top_directory(places, path);
    rmdir(path);
}

/* ---- link ---- */

static int attach(unsigned server, int *ret_fd)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    _cleanup_close_ int fd = open(TUN_DEVICE, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    text_copy(request.ifr_name, sizeof(request.ifr_name), openvpn_server_link(server));
    if (ioctl(fd, TUNSETIFF, &request) < 0)
        return -errno;
    *ret_fd = TAKE_FD(fd);
    return 0;
}

/* The device only lets in; the right to a link is its owner's, or CAP_NET_ADMIN's. */
static int open_device_to_all(void)
{
    const mode_t all = S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH;
    struct stat info;
    if (stat(TUN_DEVICE, &info) < 0)
        return -errno;
    if (!S_ISCHR(info.st_mode))
        return -ENODEV;
    if ((info.st_mode & all) == all)
        return 0;
    return chmod(TUN_DEVICE, all) < 0 ? -errno : 0;
}

int openvpn_place_make_link(unsigned server, uint32_t user)
{
    _cleanup_close_ int fd = -1;
    int r = open_device_to_all();
    if (r == 0)
        r = attach(server, &fd);
    if (r < 0)
        return r;
    if (ioctl(fd, TUNSETOWNER, (unsigned long)user) < 0 || ioctl(fd, TUNSETPERSIST, 1UL) < 0)
        return -errno;
    return 0;
}

int openvpn_place_remove_link(unsigned server)
{
    _cleanup_close_ int fd = -1;
    if (if_nametoindex(openvpn_server_link(server)) == 0)
        return 0;
    int r = attach(server, &fd);
    if (r < 0)
        return r;
    return ioctl(fd, TUNSETPERSIST, 0UL) < 0 ? -errno : 0;
}
