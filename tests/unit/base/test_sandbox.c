/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Children enter each role's sandbox and try what it forbids and what it allows. */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/base/landlock.h"
#include "hub/base/log.h"
#include "hub/base/sandbox.h"

enum { ENGINE_UID = 64801, NET_UID = 64802, SETUP_FAILED = 200 };

static char directory[] = "/tmp/test-sandbox-XXXXXX";
static int kernel_abi;
static int forgetting[2]; /* to a helper that makes the kernel forget */
static char passwd_path[64], state_path[64], other_path[64];

/* ---- a world with the roles' users, for one child ---- */

static int write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    if (!file)
        return -errno;
    fputs(text, file);
    return fclose(file) == 0 ? 0 : -errno;
}

static int make_world(void **state)
{
    (void)state;
    kernel_abi = landlock_abi();
    if (geteuid() != 0)
        return 0;
    if (!mkdtemp(directory) || chmod(directory, 0755) < 0)
        return -1;
    snprintf(passwd_path, sizeof(passwd_path), "%s/passwd", directory);
    snprintf(state_path, sizeof(state_path), "%s/state", directory);
    snprintf(other_path, sizeof(other_path), "%s/other", directory);
    if (mkdir(state_path, 0700) < 0 || chown(state_path, ENGINE_UID, ENGINE_UID) < 0 ||
        mkdir(other_path, 0777) < 0 || chmod(other_path, 0777) < 0)
        return -1;
    return write_file(passwd_path, "root:x:0:0:root:/root:/bin/sh\n"
                                   "warren-engine:x:64801:64801::/:/usr/sbin/nologin\n"
                                   "warren-net:x:64802:64802::/:/usr/sbin/nologin\n"
                                   "warren-openvpn:x:64804:64804::/:/usr/sbin/nologin\n"
                                   "warren-dns:x:64805:64805::/:/usr/sbin/nologin\n"
                                   "warren-web:x:64806:64806::/:/usr/sbin/nologin\n"
                                   "warren-hash:x:64807:64807::/:/usr/sbin/nologin\n");
}

static int end_world(void **state)
{
    (void)state;
    if (geteuid() != 0)
        return 0;
    char made[96];
    snprintf(made, sizeof(made), "%s/made", state_path);
    unlink(made);
    unlink(passwd_path);
    rmdir(state_path);
    rmdir(other_path);
    return rmdir(directory);
}

static bool enter(enum role role)
{
    if (unshare(CLONE_NEWNS | CLONE_NEWNET) < 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount(passwd_path, "/etc/passwd", NULL, MS_BIND, NULL) < 0)
        return false;
    /* As in an instance's namespace. */
    if (write_file("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0") < 0)
        return false;
    struct sandbox_path paths[] = {{.path = state_path, .writable = true}};
    return sandbox_enter(role, paths, role == ROLE_ENGINE ? 1 : 0) == 0;
}

typedef int (*attempt)(void); /* 0 or -errno */

/* The wait status of a child that entered `role` and made the attempt; its exit code is the errno.
 */
static int attempt_as(enum role role, attempt make)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(enter(role) ? -make() : SETUP_FAILED);
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static int error_as(enum role role, attempt make)
{
    int status = attempt_as(role, make);
    assert_true(WIFEXITED(status));
    assert_int_not_equal(WEXITSTATUS(status), SETUP_FAILED);
    return WEXITSTATUS(status);
}

static void assert_killed(enum role role, attempt make)
{
    int status = attempt_as(role, make);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}

/* ---- attempts ---- */

static int result(long answer)
{
    return answer < 0 ? -errno : 0;
}

static int run_program(void)
{
    char *arguments[] = {(char *)"/bin/true", NULL};
    return result(execv(arguments[0], arguments));
}

static int trace_oneself(void)
{
    return result(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int mount_something(void)
{
    return result(mount("none", "/mnt", "tmpfs", 0, NULL));
}

static int load_module(void)
{
    return result(syscall(SYS_init_module, NULL, 0, ""));
}

static int load_bpf(void)
{
    return result(syscall(SYS_bpf, 0, NULL, 0));
}

static int enter_namespace(void)
{
    return result(unshare(CLONE_NEWNET));
}

static int fork_child(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return result(pid);
}

static int open_socket(int family, int type, int protocol)
{
    _cleanup_close_ int fd = socket(family, type | SOCK_CLOEXEC, protocol);
    return fd < 0 ? -errno : 0;
}

static int open_tcp(void)
{
    return open_socket(AF_INET, SOCK_STREAM, 0);
}

static int open_tcp6(void)
{
    return open_socket(AF_INET6, SOCK_STREAM, 0);
}

static int open_udp(void)
{
    return open_socket(AF_INET, SOCK_DGRAM, 0);
}

static int open_packet(void)
{
    return open_socket(AF_PACKET, SOCK_RAW, 0);
}

static int open_unix(void)
{
    return open_socket(AF_UNIX, SOCK_STREAM, 0);
}

static int open_netlink(void)
{
    return open_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
}

static int open_for(const char *path, int flags)
{
    _cleanup_close_ int fd = open(path, flags | O_CLOEXEC, 0600);
    return fd < 0 ? -errno : 0;
}

static int read_shadow(void)
{
    return open_for("/etc/shadow", O_RDONLY);
}

static int read_group(void)
{
    return open_for("/etc/group", O_RDONLY);
}

/* 0777 for everybody: refused by Landlock alone. */
static int list_other(void)
{
    return open_for(other_path, O_RDONLY | O_DIRECTORY);
}

static int make_in_other(void)
{
    char path[96];
    snprintf(path, sizeof(path), "%s/made", other_path);
    return open_for(path, O_WRONLY | O_CREAT);
}

static int make_in_state(void)
{
    char path[96], renamed[96];
    snprintf(path, sizeof(path), "%s/made-not", state_path);
    snprintf(renamed, sizeof(renamed), "%s/made", state_path);
    _cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || pwrite(fd, "x", 1, 0) != 1 || fsync(fd) < 0 || ftruncate(fd, 0) < 0)
        return -errno;
    struct flock lock = {.l_type = F_WRLCK};
    if (fcntl(fd, F_SETLK, &lock) < 0)
        return -errno;
    return result(rename(path, renamed));
}

static int look_up_user(void)
{
    const struct passwd *user = getpwuid(ENGINE_UID);
    return user && strcmp(user->pw_name, "warren-engine") == 0 ? 0 : -ENOENT;
}

static int write_forwarding(void)
{
    _cleanup_close_ int fd = open("/proc/sys/net/ipv4/ip_forward", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    return write(fd, "1\n", 2) == 2 ? 0 : -errno;
}

static int write_panic(void)
{
    return open_for("/proc/sys/kernel/panic", O_WRONLY);
}

/* By somebody who may: the kernel forgets what it knows of files that nobody holds. */
static void forget_files(void)
{
    _cleanup_close_ int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
    /* What was used lately outlives the first time. */
    for (int i = 0; fd >= 0 && i < 4; i++)
        (void)!write(fd, "2\n", 2);
}

/* What comes back into the kernel's cache is another inode, to which no rule clings. */
static int write_forwarding_once_forgotten(void)
{
    char c = 0;
    struct sandbox_state state;
    int r = write_forwarding();
    if (r < 0)
        return r;
    if (write(forgetting[1], &c, 1) != 1 || read(forgetting[1], &c, 1) != 1)
        return -errno;
    sandbox_observe(&state);
    return state.uid == NET_UID ? write_forwarding() : -ESTALE;
}

static int bring_up_loopback(void)
{
    _cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || if_nametoindex("lo") == 0)
        return -errno;
    return 0;
}

static int wait_for_events(void)
{
    _cleanup_close_ int fd = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event;
    return fd < 0 ? -errno : result(epoll_wait(fd, &event, 1, 1));
}

static int speak_to_peer(void)
{
    int fds[2];
    char c = 'x';
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
        return -errno;
    struct iovec part = {&c, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (sendmsg(fds[0], &message, 0) != 1 || recvmsg(fds[1], &message, 0) != 1)
        return -errno;
    return 0;
}

static int signal_parent(void)
{
    return result(syscall(SYS_kill, getppid(), 0));
}

/* Whoever that is: asked by the filter before the kernel looks for it. */
enum { ANOTHER_PID = 4194303 };

static int signal_another(void)
{
    return result((int)syscall(SYS_tgkill, ANOTHER_PID, ANOTHER_PID, 0));
}

static int signal_oneself(void)
{
    return result((int)syscall(SYS_tgkill, getpid(), gettid(), 0));
}

static int limit_another(void)
{
    struct rlimit limit;
    return result(prlimit(ANOTHER_PID, RLIMIT_NOFILE, NULL, &limit));
}

static int become_root(void)
{
    return result(setresuid(0, 0, 0));
}

static int check_state(uint32_t uid, uint64_t capabilities)
{
    struct sandbox_state state;
    sandbox_observe(&state);
    struct rlimit core;
    getrlimit(RLIMIT_CORE, &core);
    bool as_meant = state.uid == uid && state.gid == uid && state.capabilities == capabilities &&
                    state.no_new_privs == 1 && state.seccomp == 2 && core.rlim_max == 0 &&
                    state.landlock_abi == kernel_abi && getgroups(0, NULL) == 0;
    if (!as_meant) {
        char text[256];
        sandbox_describe(&state, text, sizeof(text));
        fprintf(stderr, "it has: %s\n", text);
    }
    return as_meant ? 0 : -EPERM;
}

static int check_engine_state(void)
{
    return check_state(ENGINE_UID, 0);
}

static int check_net_state(void)
{
    return check_state(NET_UID, UINT64_C(1) << 12); /* cap_net_admin */
}

static int run_and_print_status(void)
{
    char *arguments[] = {(char *)"/bin/sh", (char *)"-c",
                         (char *)"grep -q '^CapEff:.*0000000000001000$' /proc/self/status && "
                                 "grep -q '^CapBnd:.*0000000000001000$' /proc/self/status && "
                                 "grep -q '^NoNewPrivs:.*1$' /proc/self/status",
                         NULL};
    return result(execv(arguments[0], arguments));
}

static int run_wireguard(void)
{
    char *arguments[] = {(char *)"/usr/bin/wireguard-go", (char *)"--version", NULL};
    return result(execv(arguments[0], arguments));
}

static int run_openvpn(void)
{
    char *arguments[] = {(char *)"/usr/sbin/openvpn", (char *)"--version", NULL};
    return result(execv(arguments[0], arguments));
}

static int listen_at(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    _cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        return -errno;
    return result(listen(fd, 1));
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    _cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd < 0 ? -errno : result(connect(fd, (struct sockaddr *)&address, sizeof(address)));
}

/* Port 0 asks for any: the kernel's own choice is bound too. */
static int listen_on_tcp(void)
{
    return listen_at(0);
}

static int listen_on_dns(void)
{
    return listen_at(53);
}

static int listen_beside_dns(void)
{
    return listen_at(54);
}

static int connect_by_tcp(void)
{
    return connect_to(1);
}

static int connect_to_dns(void)
{
    return connect_to(53);
}

static int mark_packets(void)
{
    int mark = 87;
    _cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return fd < 0 ? -errno : result(setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)));
}

static int change_link(void)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    _cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return fd < 0 ? -errno : result(ioctl(fd, SIOCSIFFLAGS, &request));
}

/* ---- tests ---- */

static void skip_without_root(void)
{
    if (geteuid() == 0)
        return;
    print_message("skipped: entering a sandbox needs root\n");
    skip();
}

static const enum role caged[] = {ROLE_ENGINE, ROLE_NET_ROOT, ROLE_NET};

static void what_means_compromise_kills(void **state)
{
    (void)state;
    skip_without_root();
    static const attempt attempts[] = {run_program, trace_oneself, mount_something,
                                       load_module, load_bpf,      enter_namespace};
    for (size_t i = 0; i < ELEMENTS(caged); i++)
        for (size_t j = 0; j < ELEMENTS(attempts); j++)
            assert_killed(caged[i], attempts[j]);
}

static void what_is_not_listed_is_refused(void **state)
{
    (void)state;
    skip_without_root();
    for (size_t i = 0; i < ELEMENTS(caged); i++) {
        assert_int_equal(error_as(caged[i], open_tcp), EPERM);
        assert_int_equal(error_as(caged[i], open_tcp6), EPERM);
        assert_int_equal(error_as(caged[i], open_packet), EPERM);
        assert_int_equal(error_as(caged[i], read_shadow), EACCES);
        assert_int_equal(error_as(caged[i], fork_child), EPERM);
        assert_int_equal(error_as(caged[i], signal_parent), EPERM);
        assert_int_equal(error_as(caged[i], signal_another), EPERM);
        assert_int_equal(error_as(caged[i], limit_another), EPERM);
        assert_int_equal(error_as(caged[i], become_root), EPERM);
        assert_int_equal(error_as(caged[i], write_panic), EACCES);
    }
    assert_int_equal(error_as(ROLE_ENGINE, open_udp), EPERM);
    assert_int_equal(error_as(ROLE_ENGINE, open_netlink), EPERM);
    assert_int_equal(error_as(ROLE_ENGINE, write_forwarding), EACCES);
}

static void landlock_guards_what_modes_do_not(void **state)
{
    (void)state;
    skip_without_root();
    if (kernel_abi == 0) {
        print_message("skipped: this kernel has no Landlock\n");
        skip();
    }
    for (size_t i = 0; i < ELEMENTS(caged); i++) {
        assert_int_equal(error_as(caged[i], list_other), EACCES);
        assert_int_equal(error_as(caged[i], make_in_other), EACCES);
    }
    assert_int_equal(error_as(ROLE_NET, read_group), EACCES);
}

static void each_role_can_do_its_work(void **state)
{
    (void)state;
    skip_without_root();
    for (size_t i = 0; i < ELEMENTS(caged); i++) {
        assert_int_equal(error_as(caged[i], wait_for_events), 0);
        assert_int_equal(error_as(caged[i], speak_to_peer), 0);
        assert_int_equal(error_as(caged[i], open_unix), 0);
        assert_int_equal(error_as(caged[i], signal_oneself), 0);
    }
    assert_int_equal(error_as(ROLE_ENGINE, make_in_state), 0);
    assert_int_equal(error_as(ROLE_ENGINE, look_up_user), 0);
    assert_int_equal(error_as(ROLE_ENGINE, read_group), 0);
    assert_int_equal(error_as(ROLE_NET, open_netlink), 0);
    assert_int_equal(error_as(ROLE_NET, open_udp), 0);
    assert_int_equal(error_as(ROLE_NET, bring_up_loopback), 0);
    assert_int_equal(error_as(ROLE_NET, write_forwarding), 0);
}

static void rules_outlive_the_cache(void **state)
{
    (void)state;
    skip_without_root();
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, forgetting), 0);
    pid_t helper = fork();
    assert_true(helper >= 0);
    if (helper == 0) {
        char c;
        close(forgetting[1]);
        if (read(forgetting[0], &c, 1) == 1) {
            forget_files();
            (void)!write(forgetting[0], &c, 1);
        }
        _exit(0);
    }
    close(forgetting[0]);
    int error = error_as(ROLE_NET, write_forwarding_once_forgotten);
    close(forgetting[1]);
    assert_int_equal(waitpid(helper, NULL, 0), helper);
    assert_int_equal(error, 0);
}

static void what_it_has_is_read_back(void **state)
{
    (void)state;
    skip_without_root();
    assert_int_equal(error_as(ROLE_ENGINE, check_engine_state), 0);
    assert_int_equal(error_as(ROLE_NET, check_net_state), 0);
    assert_int_equal(error_as(ROLE_NET_ROOT, check_net_state), 0);
}

static void supervisor_may_execute_but_not_trace(void **state)
{
    (void)state;
    skip_without_root();
    assert_int_equal(error_as(ROLE_SUPERVISOR, run_program), 0);
    assert_int_equal(error_as(ROLE_SUPERVISOR, mount_something), 0);
    assert_killed(ROLE_SUPERVISOR, trace_oneself);
    assert_killed(ROLE_SUPERVISOR, load_module);
}

static void wireguard_runs_with_one_capability(void **state)
{
    (void)state;
    skip_without_root();
    assert_killed(ROLE_WIREGUARD, mount_something);
    if (access("/usr/bin/wireguard-go", X_OK) == 0)
        assert_int_equal(error_as(ROLE_WIREGUARD, run_wireguard), 0);
    /* Landlock lets it execute itself and nothing else. */
    if (kernel_abi > 0)
        assert_int_equal(error_as(ROLE_WIREGUARD, run_and_print_status), EACCES);
}

static void openvpn_runs_without_any(void **state)
{
    static const attempt kills[] = {trace_oneself, mount_something, load_module, load_bpf,
                                    enter_namespace};
    static const attempt refusals[] = {fork_child,  signal_parent, limit_another, become_root,
                                       open_packet, mark_packets,  change_link};

    (void)state;
    skip_without_root();
    for (size_t i = 0; i < ELEMENTS(kills); i++)
        assert_killed(ROLE_OPENVPN, kills[i]);
    for (size_t i = 0; i < ELEMENTS(refusals); i++)
        assert_int_equal(error_as(ROLE_OPENVPN, refusals[i]), EPERM);
    assert_int_equal(error_as(ROLE_OPENVPN, read_shadow), EACCES);
    assert_int_equal(error_as(ROLE_OPENVPN, open_udp), 0);
    assert_int_equal(error_as(ROLE_OPENVPN, listen_on_tcp), 0);
    if (access("/usr/sbin/openvpn", X_OK) == 0)
        assert_int_equal(error_as(ROLE_OPENVPN, run_openvpn), 0);
    if (kernel_abi == 0)
        return;
    assert_int_equal(error_as(ROLE_OPENVPN, run_program), EACCES);
    assert_int_equal(error_as(ROLE_OPENVPN, list_other), EACCES);
    assert_int_equal(error_as(ROLE_OPENVPN, read_group), EACCES);
    if (kernel_abi >= 4)
        assert_int_equal(error_as(ROLE_OPENVPN, connect_by_tcp), EACCES);
}

static void the_resolver_has_one_port(void **state)
{
    (void)state;
    skip_without_root();
    assert_killed(ROLE_DNS, trace_oneself);
    assert_killed(ROLE_DNS, mount_something);
    assert_int_equal(error_as(ROLE_DNS, open_packet), EPERM);
    assert_int_equal(error_as(ROLE_DNS, read_shadow), EACCES);
    assert_int_equal(error_as(ROLE_DNS, open_udp), 0);
    assert_int_equal(error_as(ROLE_DNS, listen_on_dns), 0);
    assert_int_equal(error_as(ROLE_DNS, listen_on_tcp), 0);
    assert_int_equal(error_as(ROLE_DNS, connect_to_dns), ENETUNREACH);
    if (kernel_abi < 4)
        return;
    assert_int_equal(error_as(ROLE_DNS, listen_beside_dns), EACCES);
    assert_int_equal(error_as(ROLE_DNS, connect_by_tcp), EACCES);
    assert_int_equal(error_as(ROLE_OPENVPN, listen_beside_dns), 0);
    assert_int_equal(error_as(ROLE_OPENVPN, connect_to_dns), EACCES);
}

static void a_missing_user_is_told(void **state)
{
    (void)state;
    skip_without_root();
    if (getpwnam("warren-net")) {
        print_message("skipped: the user warren-net exists\n");
        skip();
    }
    pid_t pid = fork();
    if (pid == 0)
        _exit(-sandbox_enter(ROLE_NET, NULL, 0));
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), ENOENT);
}

static void every_line_has_a_reason(void **state)
{
    (void)state;
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        const struct role_row *row = role_row(role);
        assert_string_equal(role_name(role), row->name);
        assert_non_null(row->kill[0]);
        const struct role_limit *limit = row->limits;
        bool no_core = false;
        for (; limit->reason; limit++)
            no_core |= limit->resource == RLIMIT_CORE && limit->value == 0;
        assert_true(no_core);
    }
}

static void a_sandbox_is_described(void **state)
{
    (void)state;
    struct sandbox_state sandbox = {
        .uid = 997, .capabilities = 1 << 12, .no_new_privs = 1, .seccomp = 2, .landlock_abi = 7};
    char text[128], small[8];
    sandbox_describe(&sandbox, text, sizeof(text));
    assert_string_equal(text, "uid 997, cap_net_admin, no_new_privs, seccomp, landlock 7");
    sandbox_describe(&sandbox, small, sizeof(small));
    assert_string_equal(small, "uid 997");
    sandbox = (struct sandbox_state){.uid = 1};
    sandbox_describe(&sandbox, text, sizeof(text));
    assert_string_equal(text, "uid 1, no capability");
}

/* What parses strangers' bytes, and what sees passwords. */
static void some_have_what_they_were_handed(void **state)
{
    static const enum role roles[] = {ROLE_WEB, ROLE_HASH};
    static const attempt kills[] = {run_program, trace_oneself, mount_something,
                                    load_module, load_bpf,      enter_namespace};
    static const attempt refusals[] = {
        open_tcp,   open_tcp6,     open_udp,       open_unix,     open_netlink, open_packet,
        fork_child, signal_parent, signal_another, limit_another, become_root,
    };

    (void)state;
    skip_without_root();
    for (size_t role = 0; role < ELEMENTS(roles); role++) {
        for (size_t i = 0; i < ELEMENTS(kills); i++)
            assert_killed(roles[role], kills[i]);
        for (size_t i = 0; i < ELEMENTS(refusals); i++)
            assert_int_equal(error_as(roles[role], refusals[i]), EPERM);
        /* The address sanitizer opens files: there Landlock is all that says no. */
        int opened = error_as(roles[role], read_group);
        assert_true(opened == EPERM || opened == EACCES);
        assert_int_equal(error_as(roles[role], wait_for_events), 0);
        assert_int_equal(error_as(roles[role], signal_oneself), 0);
    }
}

int main(void)
{
    log_open("test_sandbox");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_has_a_reason),
        cmocka_unit_test(a_sandbox_is_described),
        cmocka_unit_test(what_means_compromise_kills),
        cmocka_unit_test(what_is_not_listed_is_refused),
        cmocka_unit_test(landlock_guards_what_modes_do_not),
        cmocka_unit_test(each_role_can_do_its_work),
        cmocka_unit_test(rules_outlive_the_cache),
        cmocka_unit_test(what_it_has_is_read_back),
        cmocka_unit_test(some_have_what_they_were_handed),
        cmocka_unit_test(supervisor_may_execute_but_not_trace),
        cmocka_unit_test(wireguard_runs_with_one_capability),
        cmocka_unit_test(openvpn_runs_without_any),
        cmocka_unit_test(the_resolver_has_one_port),
        cmocka_unit_test(a_missing_user_is_told),
    };
    return cmocka_run_group_tests(tests, make_world, end_world);
}
