/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/places.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/role.h"
#include "hub/base/state_swap.h"

enum { PATH_SIZE = PLACE_MAX + 64, API_BACKLOG = 128 };
#define ADMIN_GROUP "warren"

static int failed(int error, const char *what, const char *path)
{
    log_error("cannot %s %s: %s", what, path, strerror(-error));
    return error;
}

static void run_path(const struct places *places, const char *name, char path[static PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "%s/%s", places->run_directory, name);
}

void places_done(struct places *places)
{
    cleanup_close(&places->lock_fd);
    cleanup_close(&places->run_lock_fd);
    places->lock_fd = places->run_lock_fd = -1;
}

/* ---- directories and their locks ---- */

enum { LOCK_TRIES = 25, LOCK_PAUSE_US = 20 * 1000 };

static int make_directory(const char *path, mode_t mode, int *ret_fd)
{
    if (mkdir(path, mode) < 0 && errno != EEXIST)
        return failed(-errno, "make", path);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return failed(-errno, "open", path);
    *ret_fd = fd;
    return 0;
}

static int open_state_directory(const struct places *places, int *ret_fd)
{
    const char *owner = role_row(ROLE_ENGINE)->user;
    const struct passwd *user = getpwnam(owner);
    if (!user) {
        log_error("the user %s does not exist: systemd-sysusers makes it from what is installed, "
                  "or: useradd --system --no-create-home --shell /usr/sbin/nologin %s",
                  owner, owner);
        return -ENOENT;
    }
    _cleanup_close_ int fd = -1;
    int r = make_directory(places->state_directory, 0700, &fd);
    if (r < 0)
        return r;
    if (fchown(fd, user->pw_uid, user->pw_gid) < 0 || fchmod(fd, 0700) < 0)
        return failed(-errno, "give to " ADMIN_GROUP "-engine", places->state_directory);
    *ret_fd = TAKE_FD(fd);
    return 0;
}

static int refuse_second(int lock_fd, const char *directory)
{
    char pid[16] = {0};
    if (pread(lock_fd, pid, sizeof(pid) - 1, 0) <= 0)
        text_copy(pid, sizeof(pid), "not known");
    pid[strcspn(pid, "\n")] = '\0';
    log_error("another hub already uses %s (pid %s)", directory, pid);
    return -EBUSY;
}

/* What a hub that was killed had just forked holds its lock until it has become its program. */
static bool lock_patiently(int fd)
{
    for (int tries = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; tries++) {
        if ((errno != EWOULDBLOCK && errno != EINTR) || tries >= LOCK_TRIES)
            return false;
        usleep(LOCK_PAUSE_US);
    }
    return true;
}

/* The lock goes with the descriptor, whatever way the process ends. */
static int take_lock(int directory_fd, const char *directory, int *ret_fd)
{
    _cleanup_close_ int fd =
        openat(directory_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return failed(-errno, "open the lock in", directory);
    if (!lock_patiently(fd))
        return errno == EWOULDBLOCK ? refuse_second(fd, directory)
                                    : failed(-errno, "lock", directory);
    char pid[16];
    int length = snprintf(pid, sizeof(pid), "%d\n", getpid());
    if (ftruncate(fd, 0) < 0 || pwrite(fd, pid, (size_t)length, 0) != length)
        return failed(-errno, "write the lock in", directory);
    *ret_fd = TAKE_FD(fd);
    return 0;
}

/* The engine's sandbox lets it make files in its directory, and no directories. */
static int make_engine_directories(int state_fd)
{
    static const char *const names[] = {STATE_SWAP_DIRECTORY, "backups"};
    struct stat state;

    if (fstat(state_fd, &state) < 0)
        return failed(-errno, "look at", "the state directory");
    for (size_t i = 0; i < ELEMENTS(names); i++) {
        if (mkdirat(state_fd, names[i], 0700) < 0 && errno != EEXIST)
            return failed(-errno, "make", names[i]);
        _cleanup_close_ int fd =
            openat(state_fd, names[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0 || fchown(fd, state.st_uid, state.st_gid) < 0)
            return failed(-errno, "give to warren-engine", names[i]);
    }
    return 0;
}

int places_open(struct places *places)
{
    _cleanup_close_ int state_fd = -1, run_fd = -1, marks_fd = -1, dns_fd = -1;
    int r = open_state_directory(places, &state_fd);
    if (r < 0)
        return r;
    r = take_lock(state_fd, places->state_directory, &places->lock_fd);
    if (r < 0)
        return r;
    r = make_directory(places->run_directory, 0755, &run_fd);
    if (r < 0)
        return r;
    r = take_lock(run_fd, places->run_directory, &places->run_lock_fd);
    if (r < 0)
        return r;
    char marks[PATH_SIZE];
    run_path(places, "namespaces", marks);
    places->ran_before = access(marks, F_OK) == 0;
    r = make_directory(marks, 0700, &marks_fd);
    if (r < 0)
        return r;
    r = make_engine_directories(state_fd);
    if (r < 0)
        return r;
    /* Only to pass through: each below is for who reads it. */
    run_path(places, "dns", marks);
    return make_directory(marks, 0711, &dns_fd);
}

/* ---- api.sock ---- */

static int bind_privately(int fd, const struct sockaddr_un *address)
{
    mode_t before = umask(0177);
    int r = bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? -errno : 0;
    umask(before);
    return r;
}

static int open_to_admins(const char *path)
{
    const struct group *group = getgrnam(ADMIN_GROUP);
    if (!group) {
        log_warning("the group " ADMIN_GROUP " does not exist: %s is for root alone, ignoring",
                    path);
        return 0;
    }
    if (chown(path, 0, group->gr_gid) < 0 || chmod(path, 0660) < 0)
        return -errno;
    return 0;
}

int places_bind_api(const struct places *places, int *ret_fd)
{
    char path[PATH_SIZE];
    run_path(places, "api.sock", path);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int r = text_copy(address.sun_path, sizeof(address.sun_path), path);
    if (r < 0)
        return failed(r, "bind", path);
    _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return failed(-errno, "bind", path);
    unlink(path);
    r = bind_privately(fd, &address);
    if (r == 0)
        r = open_to_admins(path);
    if (r == 0 && listen(fd, API_BACKLOG) < 0)
        r = -errno;
    if (r < 0)
        return failed(r, "bind", path);
    *ret_fd = TAKE_FD(fd);
    return 0;
}

/* ---- small files ---- */

static int write_whole(const char *path, const char *text)
{
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    ssize_t length = (ssize_t)strlen(text);
    if (write(fd, text, (size_t)length) != length)
        return errno > 0 ? -errno : -EIO;
    return 0;
}

int places_write(const struct places *places, const char *name, const char *text)
{
    char path[PATH_SIZE], fresh[PATH_SIZE + 4];
    run_path(places, name, path);
    snprintf(fresh, sizeof(fresh), "%s.new", path);
    int r = write_whole(fresh, text);
    if (r == 0 && rename(fresh, path) < 0)
        r = -errno;
    return r < 0 ? failed(r, "write", path) : 0;
}

static int remove_file(const struct places *places, const char *name)
{
    char path[PATH_SIZE];
    run_path(places, name, path);
    if (unlink(path) < 0 && errno != ENOENT)
        return failed(-errno, "remove", path);
    return 0;
}

int places_write_pid(const struct places *places)
{
    char text[16];
    snprintf(text, sizeof(text), "%d\n", getpid());
    return places_write(places, "warrend.pid", text);
}

int places_set_ready(const struct places *places, bool ready)
{
    return ready ? places_write(places, "ready", "") : remove_file(places, "ready");
}

void places_remove_signs(const struct places *places)
{
    (void)remove_file(places, "ready");
    (void)remove_file(places, "api.sock");
    (void)remove_file(places, "warrend.pid");
}

/* ---- marks ---- */

int places_mark(const struct places *places, const char *id, bool made)
{
    char path[PATH_SIZE], name[32];
    snprintf(name, sizeof(name), "namespaces/%s", id);
    if (!made)
        return remove_file(places, name);
    run_path(places, name, path);
    int r = write_whole(path, "");
    return r < 0 ? failed(r, "write", path) : 0;
}

static void close_directory(DIR *directory)
{
    if (directory)
        closedir(directory);
}
DEFINE_CLEANUP(DIR *, close_directory, cleanup_directory)

int places_each_mark(const struct places *places, int (*each)(const char *id, void *data),
                     void *data)
{
    char path[PATH_SIZE];
    run_path(places, "namespaces", path);
    _cleanup_(cleanup_directory) DIR *directory = opendir(path);
    if (!directory)
        return errno == ENOENT ? 0 : failed(-errno, "list", path);
    for (const struct dirent *entry; (entry = readdir(directory));) {
        int r = id_valid(entry->d_name) ? each(entry->d_name, data) : 0;
        if (r < 0)
            return r;
    }
    return 0;
}
