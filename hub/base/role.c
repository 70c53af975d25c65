/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/base/role.h"

#include <linux/capability.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/socket.h>

/* clang-format off */

/* ---- capabilities ---- */

static const struct role_capability supervisor_capabilities[] = {
    {CAP_SYS_ADMIN, "makes and mounts network namespaces, enters them"},
    {CAP_NET_ADMIN, "hands it to its workers and to wireguard-go"},
    {CAP_NET_BIND_SERVICE, "binds the ports of the web"},
    {CAP_SETUID, "its children become their own users"},
    {CAP_SETGID, "its children leave root's groups"},
    {CAP_SETPCAP, "its children empty their bounding sets"},
    {CAP_KILL, "ends children that are other users"},
    {CAP_CHOWN, "gives the state directory and the API socket their owners"},
    {CAP_FOWNER, "sets the mode of the state directory, which is another user's"},
    {CAP_DAC_OVERRIDE, "takes the lock inside that directory"},
    {0},
};

static const struct role_capability net_capabilities[] = {
    {CAP_NET_ADMIN, "links, addresses, routes and rules are its work"},
    {0},
};

static const struct role_capability wireguard_capabilities[] = {
    {CAP_NET_ADMIN, "makes its tun link"},
    {0},
};

/* ---- limits ---- */

static const struct role_limit supervisor_limits[] = {
    {RLIMIT_CORE, 0, "a core would hold what passes through"},
    {RLIMIT_NOFILE, 16384, "a descriptor per process it watches"},
    {0},
};

static const struct role_limit engine_limits[] = {
    {RLIMIT_CORE, 0, "a core would hold keys"},
    {RLIMIT_NOFILE, 16384, "a channel per instance, a socket per API client and OpenVPN server"},
    {RLIMIT_NPROC, 0, "starts no process and no thread"},
    {RLIMIT_MEMLOCK, 1 << 20, "the sealing key is kept out of the swap"},
    {0},
};

static const struct role_limit net_limits[] = {
    {RLIMIT_CORE, 0, "a core would hold keys"},
    {RLIMIT_NOFILE, 2048, "netlink sockets, a channel, each link's wireguard-go; nft's comes first"},
    {RLIMIT_NPROC, 0, "starts no process and no thread"},
    {RLIMIT_MEMLOCK, 1 << 20, "keys may be kept out of the swap"},
    {0},
};

static const struct role_limit net_root_limits[] = {
    {RLIMIT_CORE, 0, "nothing it holds is for a disk"},
    {RLIMIT_NOFILE, 4096, "the namespace of each instance, for repairs; nft's socket comes first"},
    {RLIMIT_NPROC, 0, "starts no process and no thread"},
    {RLIMIT_MEMLOCK, 1 << 20, "as its sister"},
    {0},
};

static const struct role_limit wireguard_limits[] = {
    {RLIMIT_CORE, 0, "a core would hold keys"},
    {RLIMIT_NOFILE, 1024, "its sockets and the configuration clients"},
    {0},
};

static const struct role_limit openvpn_limits[] = {
    {RLIMIT_CORE, 0, "a core would hold keys"},
    {RLIMIT_NOFILE, 8192, "a socket for each client of a TCP server"},
    {RLIMIT_MEMLOCK, 1 << 20, "as the others"},
    {0},
};

static const struct role_limit dns_limits[] = {
    {RLIMIT_CORE, 0, "a core would hold who asked for what"},
    {RLIMIT_NOFILE, 1024, "a socket for each question that it passes on"},
    {RLIMIT_NPROC, 65536, "a process for each TCP connection, 20 at once for each of 2,000 instances"},
    {0},
};

static const struct role_limit web_limits[] = {
    {RLIMIT_CORE, 0, "a core would hold what passes through"},
    {RLIMIT_NOFILE, 16384, "a socket per client"},
    {RLIMIT_NPROC, 0, "starts no process and no thread"},
    {0},
};

static const struct role_limit update_limits[] = {
    {RLIMIT_CORE, 0, "nothing it holds is for a disk"},
    {RLIMIT_NOFILE, 64, "a channel and the slot's devices"},
    {RLIMIT_NPROC, 0, "starts no process and no thread"},
    {0},
};

static const struct role_limit acme_limits[] = {
    {RLIMIT_CORE, 0, "a core would hold the account's key"},
    {RLIMIT_NOFILE, 256, "a channel, a pipe, connections to the authority"},
    {RLIMIT_NPROC, 16, "uacme, its hook, and the thread that looks names up"},
    {RLIMIT_FSIZE, 1 << 20, "a chain of certificates is smaller"},
    {0},
};

static const struct role_limit hash_limits[] = {
    {RLIMIT_CORE, 0, "a core would hold passwords"},
    {RLIMIT_NOFILE, 16, "its channel and its loop"},
    {RLIMIT_NPROC, 0, "starts no process and no thread"},
    {RLIMIT_FSIZE, 0, "writes no file"},
#if !defined(__SANITIZE_ADDRESS__)
    {RLIMIT_AS, 384 << 20, "256 MiB at most for what it works on, and itself"},
#endif
    {0},
};

/* ---- paths ---- */

/* Whole directories where files are replaced while we run: a rule holds for the file as it was. */
static const struct role_path engine_paths[] = {
    {"/etc", ROLE_PATH_READ, "names of API users; passwd and group are replaced on each change"},
    {"/usr/lib", ROLE_PATH_READ, "name service modules are loaded at the first look-up"},
    {"/lib", ROLE_PATH_READ, "the same where /lib is a directory of its own"},
    {"/dev/urandom", ROLE_PATH_READ, "seed of the JSON library's hash tables"},
    {"/proc/self/status", ROLE_PATH_READ, "tells which sandbox it has"},
    {"/proc/self/net", ROLE_PATH_READ, "ports that other programs have"},
    {0},
};

static const struct role_path net_paths[] = {
    {"/proc/sys/net", ROLE_PATH_READ | ROLE_PATH_WRITE, "forwarding and filters of its namespace"},
    {"/proc/self/status", ROLE_PATH_READ, "tells which sandbox it has"},
    {"/etc/iproute2", ROLE_PATH_READ, "libnftables reads names of marks and tables"},
    {"/usr/share/iproute2", ROLE_PATH_READ, "the same, as shipped"},
    {"/etc/nsswitch.conf", ROLE_PATH_READ, "libnftables looks up names of protocols"},
    {"/etc/protocols", ROLE_PATH_READ, "names of protocols"},
    {"/etc/services", ROLE_PATH_READ, "names of ports"},
    {"/etc/ld.so.cache", ROLE_PATH_READ, "name service modules are loaded at the first look-up"},
    {"/usr/lib", ROLE_PATH_READ, "name service modules"},
    {"/lib", ROLE_PATH_READ, "the same where /lib is a directory of its own"},
    {0},
};

static const struct role_path wireguard_paths[] = {
    {"/usr/bin/wireguard-go", ROLE_PATH_READ | ROLE_PATH_EXECUTE, "the program"},
    {"/usr/lib", ROLE_PATH_READ | ROLE_PATH_EXECUTE, "its libraries and their loader"},
    {"/lib", ROLE_PATH_READ | ROLE_PATH_EXECUTE, "the same where /lib is a directory of its own"},
    {"/lib64", ROLE_PATH_READ | ROLE_PATH_EXECUTE, "the loader"},
    {"/etc/ld.so.cache", ROLE_PATH_READ, "the loader's list"},
    {"/dev/net/tun", ROLE_PATH_READ | ROLE_PATH_WRITE | ROLE_PATH_DEVICE, "its link"},
    {"/dev/null", ROLE_PATH_READ | ROLE_PATH_WRITE, "its runtime's missing descriptors"},
    {"/run/wireguard", ROLE_PATH_READ | ROLE_PATH_MAKE, "its configuration socket"},
    {"/proc/sys/net", ROLE_PATH_READ, "length of the listening queue"},
    {"/sys/kernel/mm", ROLE_PATH_READ, "size of huge pages, for its runtime"},
    {0},
};

/* Its management socket's directory is told when it is started. */
static const struct role_path openvpn_paths[] = {
    {"/usr/sbin/openvpn", ROLE_PATH_READ | ROLE_PATH_EXECUTE, "the program"},
    {"/usr/lib", ROLE_PATH_READ | ROLE_PATH_EXECUTE, "its libraries and OpenSSL's modules"},
    {"/lib", ROLE_PATH_READ | ROLE_PATH_EXECUTE, "the same where /lib is a directory of its own"},
    {"/lib64", ROLE_PATH_READ | ROLE_PATH_EXECUTE, "the loader"},
    {"/etc/ld.so.cache", ROLE_PATH_READ, "the loader's list"},
    {"/etc/ssl/openssl.cnf", ROLE_PATH_READ, "OpenSSL's settings, for the whole machine"},
    {"/etc/nsswitch.conf", ROLE_PATH_READ, "looks up whose connection it takes: root's"},
    {"/etc/passwd", ROLE_PATH_READ, "the same"},
    {"/etc/localtime", ROLE_PATH_READ, "time of its log"},
    {"/usr/share/zoneinfo", ROLE_PATH_READ, "the same"},
    {"/dev/net/tun", ROLE_PATH_READ | ROLE_PATH_WRITE | ROLE_PATH_DEVICE, "its link, made for it"},
    {"/dev/null", ROLE_PATH_READ | ROLE_PATH_WRITE, "its missing descriptors"},
    {"/dev/urandom", ROLE_PATH_READ, "OpenSSL's seed on older kernels"},
    {0},
};

/* And its own directory, which holds the names. */
static const struct role_path dns_paths[] = {
    {"/usr/sbin/dnsmasq", ROLE_PATH_READ | ROLE_PATH_EXECUTE, "the program"},
    {"/usr/lib", ROLE_PATH_READ | ROLE_PATH_EXECUTE, "its libraries and their loader"},
    {"/lib", ROLE_PATH_READ | ROLE_PATH_EXECUTE, "the same where /lib is a directory of its own"},
    {"/lib64", ROLE_PATH_READ | ROLE_PATH_EXECUTE, "the loader"},
    {"/etc/ld.so.cache", ROLE_PATH_READ, "the loader's list"},
    {"/dev/null", ROLE_PATH_READ | ROLE_PATH_WRITE, "its configuration file, and its log"},
    {"/dev/urandom", ROLE_PATH_READ, "ports and numbers that nobody guesses"},
    {0},
};

/* Not one: all it reads and writes are descriptors that it was handed. */
static const struct role_path web_paths[] = {
    {0},
};

/* Its devices were opened for it. */
static const struct role_path update_paths[] = {
    {0},
};

/* And its own program, and the directory that it works in. */
static const struct role_path acme_paths[] = {
    {"/usr/bin/uacme", ROLE_PATH_READ | ROLE_PATH_EXECUTE, "the program"},
    {"/usr/lib", ROLE_PATH_READ | ROLE_PATH_EXECUTE, "its libraries and their loader"},
    {"/lib", ROLE_PATH_READ | ROLE_PATH_EXECUTE, "the same where /lib is a directory of its own"},
    {"/lib64", ROLE_PATH_READ | ROLE_PATH_EXECUTE, "the loader"},
    {"/etc", ROLE_PATH_READ, "name service, the loader's list, TLS settings of the machine"},
    {"/run/systemd/resolve", ROLE_PATH_READ, "where /etc/resolv.conf may lead"},
    {"/run/resolvconf", ROLE_PATH_READ, "the same"},
    {"/usr/share/ca-certificates", ROLE_PATH_READ, "authorities that a server may be signed by"},
    {"/usr/local/share/ca-certificates", ROLE_PATH_READ, "the same, of this machine"},
    {"/usr/share/zoneinfo", ROLE_PATH_READ, "time of its words"},
    {"/dev/null", ROLE_PATH_READ | ROLE_PATH_WRITE, "its missing descriptors"},
    {"/dev/urandom", ROLE_PATH_READ, "keys of sessions"},
    {"/proc/sys/crypto", ROLE_PATH_READ, "GnuTLS asks whether it is to be in FIPS mode"},
    {0},
};

/* Not one. */
static const struct role_path hash_paths[] = {
    {0},
};

/* ---- system calls that end the process: they mean compromise ---- */

static const struct role_syscalls kill_machine[] = {
    {"ptrace process_vm_readv process_vm_writev kcmp pidfd_getfd", "reaches into other processes"},
    {"bpf perf_event_open userfaultfd", "the kernel's widest surfaces"},
    {"io_uring_setup io_uring_enter io_uring_register", "system calls past this filter"},
    {"init_module finit_module delete_module", "kernel code"},
    {"kexec_load kexec_file_load reboot", "another kernel"},
    {"swapon swapoff acct quotactl syslog", "the machine's own affairs"},
    {"settimeofday clock_settime clock_adjtime adjtimex", "expiry lives by the clock"},
    {"iopl ioperm modify_ldt", "bare hardware"},
    {"add_key request_key keyctl", "the kernel's key rings"},
    {"open_by_handle_at", "opens files past all directories"},
    {"pivot_root chroot", "another root directory"},
    {0},
};

static const struct role_syscalls kill_namespaces[] = {
    {"mount umount2 move_mount open_tree fsopen fsconfig fsmount fspick mount_setattr",
     "only warrend mounts"},
    {"setns unshare", "the namespace it was started in is its cage"},
    {"sethostname setdomainname", "the machine's own affairs"},
    {0},
};

static const struct role_syscalls kill_execute[] = {
    {"execve execveat", "never starts a program"},
    {0},
};

static const struct role_syscalls kill_fork[] = {
    {"fork vfork", "never starts a process"},
    {0},
};

/* ---- system calls that are allowed; all others answer EPERM ---- */

#define WHOLE UINT32_MAX
#define SOCKET_FAMILY(family) {{0, WHOLE, family}}
/* Without SOCK_NONBLOCK and SOCK_CLOEXEC, the type is four bits. */
#define SOCKET_DATAGRAM(family) {{0, WHOLE, family}, {1, 0xf, SOCK_DGRAM}}

static const struct role_syscalls allow_common[] = {
    {"read readv write writev close lseek fcntl dup dup2 dup3", "descriptors it has"},
    {"openat open", "files; Landlock and file modes say which"},
    {"fstat newfstatat stat lstat statx statfs fstatfs access faccessat faccessat2 readlink "
     "readlinkat getdents64 getcwd", "looks at files"},
    {"brk mmap munmap mremap mprotect madvise mlock munlock", "memory, and libsodium's guarded pages"},
    {"futex sched_yield membarrier rseq set_robust_list", "the C library's locks"},
    {"epoll_create1 epoll_create epoll_ctl epoll_wait epoll_pwait epoll_pwait2 timerfd_create "
     "timerfd_settime timerfd_gettime signalfd4 eventfd2 poll ppoll select pselect6",
     "the event loop; libnftables waits with select"},
    {"rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending sigaltstack", "signals it receives"},
    {"clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time restart_syscall",
     "the time"},
    {"getpid gettid getppid getuid geteuid getgid getegid getgroups getpgrp getsid", "who it is"},
    {"prlimit64", "its own limits", {{0, WHOLE, 0}}},
    {"getrlimit getrusage sysinfo uname sched_getaffinity capget", "what it has"},
    {"getrandom", "keys, ids"},
    {"sendmsg recvmsg sendto recvfrom shutdown getsockopt setsockopt getsockname getpeername",
     "its channel"},
    {"exit exit_group", "its end"},
    /* Not to others: all workers are one user, and older kernels know no scope for signals. */
    {"tgkill", "aborts when a check fails", {{0, WHOLE, ROLE_OWN_PID}}},
#if defined(__SANITIZE_ADDRESS__)
    {"prctl sched_getscheduler pipe pipe2 setrlimit", "the address sanitizer's own checks"},
#endif
    {0},
};

static const struct role_syscalls allow_engine[] = {
    {"pread64 pwrite64 fsync fdatasync ftruncate fallocate flock", "the database and its log"},
    {"unlink unlinkat link linkat rename renameat renameat2 fchmod chmod fchown umask mkdir", "files beside the database"},
    {"accept4 accept", "API clients"},
    {"inotify_init1 inotify_add_watch inotify_rm_watch", "the event loop's file watches"},
    {"ioctl", "is the log a terminal?"},
    {"connect socketpair", "name service daemons, by unix socket alone"},
    {"socket", "name service daemons", SOCKET_FAMILY(AF_UNIX)},
    {0},
};

static const struct role_syscalls allow_net[] = {
    {"recvmmsg sendmmsg", "netlink in batches"},
    {"bind connect socketpair", "netlink sockets have addresses"},
    {"ioctl", "index and name of a link"},
    {"pread64 pwrite64", "files below /proc/sys/net"},
    {"socket", "routes, WireGuard, rules", SOCKET_FAMILY(AF_NETLINK)},
    {"socket", "name service; index of a link", SOCKET_FAMILY(AF_UNIX)},
    {"socket", "index and name of a link", SOCKET_DATAGRAM(AF_INET)},
    {"socket", "index and name of a link", SOCKET_DATAGRAM(AF_INET6)},
    {0},
};

/* Its start is in here too: the filter is there before the program. */
static const struct role_syscalls allow_openvpn[] = {
    {"execve arch_prctl set_tid_address pread64", "the start of a program"},
    {"prctl", "libcap-ng asks what it has"},
    {"ioctl", "attaches to its link; is the log a terminal?"},
    {"accept4 accept bind listen connect", "its port, its management socket, name service"},
    {"socket", "management; name service daemons", SOCKET_FAMILY(AF_UNIX)},
    {"socket", "its port", SOCKET_FAMILY(AF_INET)},
    {"socket", "its port", SOCKET_FAMILY(AF_INET6)},
    {"socket", "asks for routes that it does not set", SOCKET_FAMILY(AF_NETLINK)},
    {"recvmmsg sendmmsg", "packets in batches"},
    {"unlink umask", "its management socket"},
    {0},
};

static const struct role_syscalls allow_dns[] = {
    {"execve", "its own start; Landlock knows no other program"},
    {"arch_prctl set_tid_address access prctl capget pread64 uname umask chdir", "its start"},
    {"bind listen accept accept4 connect", "questions, and those that it passes on"},
    {"socket", "the same", SOCKET_FAMILY(AF_INET)},
    {"socket", "the same", SOCKET_FAMILY(AF_INET6)},
    {"socket", "which addresses there are", SOCKET_FAMILY(AF_NETLINK)},
    {"socketpair pipe pipe2 alarm", "what its signal handlers and its children tell it"},
    {"clone clone3 fork vfork wait4", "a process for each TCP connection"},
    {"inotify_init1 inotify_add_watch inotify_rm_watch", "which of its files have changed"},
    {"ioctl", "index and name of a link"},
    {0},
};

/* Not the common ones: it opens no file and makes no socket, whatever Landlock says. */
static const struct role_syscalls allow_web[] = {
    {"read readv write writev close fcntl lseek fstat", "descriptors it has"},
    {"accept4 accept", "browsers"},
    {"sendmsg recvmsg sendto recvfrom shutdown getsockopt setsockopt getsockname getpeername",
     "its clients, and its channels"},
    {"brk mmap munmap mremap mprotect madvise mlock munlock", "memory, and libsodium's guarded pages"},
    {"futex sched_yield membarrier rseq set_robust_list", "the C library's locks"},
    {"epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 timerfd_create timerfd_settime "
     "timerfd_gettime signalfd4 eventfd2 poll ppoll",
     "the event loop"},
    {"rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending sigaltstack", "signals it receives"},
    {"clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time restart_syscall",
     "the time"},
    {"getpid gettid getuid geteuid getgid getegid", "who it is"},
    {"prlimit64", "how many descriptors it may have", {{0, WHOLE, 0}}},
    {"getrusage", "GnuTLS's random numbers are seeded with it too"},
    {"getrandom", "keys of sessions"},
    {"exit exit_group", "its end"},
    {"tgkill", "aborts when a check fails", {{0, WHOLE, ROLE_OWN_PID}}},
#if defined(__SANITIZE_ADDRESS__)
    {"openat readlink prctl sched_getscheduler pipe pipe2 setrlimit sched_getaffinity newfstatat",
     "the address sanitizer's own checks"},
#endif
    {0},
};

/* Its child's start is in here too. */
static const struct role_syscalls allow_acme[] = {
    {"execve arch_prctl set_tid_address pread64 prctl umask", "the start of a program"},
    {"clone clone3 fork vfork wait4 waitid pipe pipe2", "uacme, which starts its hook"},
    {"unlink unlinkat link linkat rename renameat renameat2 fsync ftruncate fchmod mkdir",
     "files in its own directory"},
    {"bind connect socketpair sendmmsg recvmmsg", "the authority, and name service"},
    {"ioctl", "how much can be read; is the log a terminal?"},
    {"socket", "name service daemons", SOCKET_FAMILY(AF_UNIX)},
    {"socket", "the authority", SOCKET_FAMILY(AF_INET)},
    {"socket", "the authority", SOCKET_FAMILY(AF_INET6)},
    {"socket", "which addresses this machine has", SOCKET_FAMILY(AF_NETLINK)},
    {0},
};

static const struct role_syscalls allow_update[] = {
    {"pread64 pwrite64 fsync fdatasync", "the slot's devices"},
    {0},
};

/* Less than the common ones: no file, no socket of its own. */
static const struct role_syscalls allow_hash[] = {
    {"read write writev close fcntl lseek fstat", "descriptors it has"},
    {"sendmsg recvmsg", "its channel"},
    {"brk mmap munmap mremap mprotect madvise mlock munlock", "memory to hash in"},
    {"futex sched_yield membarrier rseq set_robust_list", "the C library's locks"},
    {"epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 timerfd_create timerfd_settime "
     "timerfd_gettime signalfd4 eventfd2 poll ppoll",
     "the event loop"},
    {"rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending sigaltstack", "signals it receives"},
    {"clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time restart_syscall",
     "the time"},
    {"getpid gettid getuid geteuid getgid getegid", "who it is"},
    {"getrandom", "salts"},
    {"exit exit_group", "its end"},
    {"tgkill", "aborts when a check fails", {{0, WHOLE, ROLE_OWN_PID}}},
#if defined(__SANITIZE_ADDRESS__)
    {"openat readlink prctl sched_getscheduler pipe pipe2 setrlimit sched_getaffinity newfstatat",
     "the address sanitizer's own checks"},
#endif
    {0},
};

static const struct role_row rows[ROLE_COUNT] = {
    [ROLE_SUPERVISOR] = {
        .name = "warrend",
        .capabilities = supervisor_capabilities,
        .limits = supervisor_limits,
        /* No Landlock: it forbids mount(), and a child could never be given more than this has. */
        .kill = {kill_machine},
    },
    [ROLE_ENGINE] = {
        .name = "warren-engine",
        .user = "warren-engine",
        .limits = engine_limits,
        .paths = engine_paths,
        .allow = {allow_common, allow_engine},
        .kill = {kill_machine, kill_namespaces, kill_execute, kill_fork},
    },
    [ROLE_NET_ROOT] = {
        .name = "warren-net-root",
        .user = "warren-net",
        .capabilities = net_capabilities,
        .limits = net_root_limits,
        .paths = net_paths,
        .allow = {allow_common, allow_net},
        .kill = {kill_machine, kill_namespaces, kill_execute, kill_fork},
    },
    [ROLE_NET] = {
        .name = "warren-net",
        .user = "warren-net",
        .capabilities = net_capabilities,
        .limits = net_limits,
        .paths = net_paths,
        .allow = {allow_common, allow_net},
        .kill = {kill_machine, kill_namespaces, kill_execute, kill_fork},
    },
    [ROLE_WIREGUARD] = {
        /* Root by uid alone: /dev/net/tun is 0600 of root. A Go program, whose runtime's system
         * calls change with its version: no list of allowed ones. */
        .name = "wireguard-go",
        .capabilities = wireguard_capabilities,
        .limits = wireguard_limits,
        .paths = wireguard_paths,
        .kill = {kill_machine, kill_namespaces},
    },
    [ROLE_OPENVPN] = {
        /* Parses what anybody sends. Its link is made for it and belongs to this user, who is also
         * how its packets are told from a tenant's. */
        .name = "openvpn",
        .user = "warren-openvpn",
        .limits = openvpn_limits,
        .paths = openvpn_paths,
        .tcp = {.listens = true},
        .allow = {allow_common, allow_openvpn},
        .kill = {kill_machine, kill_namespaces, kill_fork},
    },
    [ROLE_DNS] = {
        /* No capability: its namespace lets every process have port 53. */
        .name = "dnsmasq",
        .user = "warren-dns",
        .limits = dns_limits,
        .paths = dns_paths,
        .tcp = {.port = 53},
        .allow = {allow_common, allow_dns},
        .kill = {kill_machine, kill_namespaces},
    },
    [ROLE_WEB] = {
        /* Parses what anybody sends. Its listeners were bound for it. */
        .name = "warren-web",
        .user = "warren-web",
        .limits = web_limits,
        .paths = web_paths,
        .allow = {allow_web},
        .kill = {kill_machine, kill_namespaces, kill_execute, kill_fork},
    },
    [ROLE_HASH] = {
        /* Sees passwords, one at a time, and has nowhere to take them. */
        .name = "warren-hash",
        .user = "warren-hash",
        .limits = hash_limits,
        .paths = hash_paths,
        .allow = {allow_hash},
        .kill = {kill_machine, kill_namespaces, kill_execute, kill_fork},
    },
    [ROLE_ACME] = {
        /* Parses what an authority sends, and has the account's key while it does. */
        .name = "warren-acme",
        .user = "warren-acme",
        .limits = acme_limits,
        .paths = acme_paths,
        .tcp = {.connects = true},
        .allow = {allow_common, allow_acme},
        .kill = {kill_machine, kill_namespaces},
    },
    [ROLE_UPDATE] = {
        /* Parses what came from outside, signed or not: it has the other slot, and nothing else. */
        .name = "warren-update",
        .user = "warren-update",
        .limits = update_limits,
        .paths = update_paths,
        .allow = {allow_common, allow_update},
        .kill = {kill_machine, kill_namespaces, kill_execute, kill_fork},
    },
};
/* clang-format on */

const struct role_row *role_row(enum role role)
{
    return &rows[role];
}

const char *role_name(enum role role)
{
    return (unsigned)role < ROLE_COUNT ? rows[role].name : "unknown role";
}
