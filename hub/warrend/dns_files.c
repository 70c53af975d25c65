/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/dns_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/role.h"
#include "hub/base/text.h"

/* ---- pure ---- */

static void draw_server(const struct dns_server *server, struct buf *text)
{
    char address[ADDRESS_TEXT_MAX];

    switch ((enum dns_server_kind)server->kind) {
    case DNS_SERVER_FORWARD:
        buf_add_text(text, "server=");
        if (server->domain[0])
            buf_printf(text, "/%s/", server->domain);
        buf_printf(text, "%s\n", address_format(&server->address, address));
        return;
    case DNS_SERVER_LOCAL:
        buf_printf(text, "server=/%s/\n", server->domain);
        return;
    case DNS_SERVER_EXACT:
        /* The longer pattern wins: '#' is who is asked about all others. */
        buf_printf(text, "server=/%s/\nserver=/*.%s/#\n", server->domain, server->domain);
        return;
    case DNS_SERVER_KIND_COUNT:
        return;
    }
}

void dns_files_draw_servers(const struct verb_dns_servers *servers, struct buf *ret_text)
{
    for (uint32_t i = 0; i < servers->count; i++)
        draw_server(&servers->servers[i], ret_text);
}

/* The first name that an address has is the one that it is looked up to. */
void dns_files_draw_records(const struct verb_dns_records *records, struct buf *ret_text)
{
    char address[ADDRESS_TEXT_MAX];

    for (uint32_t i = 0; i < records->count; i++) {
        const struct dns_record *record = &records->records[i];

        for (size_t k = 0; k < ELEMENTS(record->addresses); k++) {
            if (record->addresses[k].family)
                buf_printf(ret_text, "%s %s\n", address_format(&record->addresses[k], address),
                           record->name);
        }
    }
}

/* ---- the files ---- */

const char *dns_files_path(const struct places *places, const char *id, const char *name,
                           char path[static DNS_PATH_MAX])
{
    snprintf(path, DNS_PATH_MAX, "%s/dns/%s%s%s", places->run_directory, id, *name ? "/" : "",
             name);
    return path;
}

static const char *block_path(const struct places *places, const char *id, uint64_t block,
                              char path[static DNS_PATH_MAX])
{
    char name[32];

    snprintf(name, sizeof(name), "hosts/%016" PRIx64, block);
    return dns_files_path(places, id, name, path);
}

static int failed(int error, const char *what, const char *path)
{
    log_error("cannot %s %s: %s", what, path, strerror(-error));
    return error;
}

static int find_group(gid_t *ret_group)
{
    const char *name = role_row(ROLE_DNS)->user;
    const struct passwd *user = getpwnam(name);

    if (!user) {
        log_error("the user %s does not exist: systemd-sysusers makes it from what is installed",
                  name);
        return -ENOENT;
    }
    *ret_group = user->pw_gid;
    return 0;
}

static int make_directory(const char *path, mode_t mode, gid_t group)
{
    if (mkdir(path, mode) < 0 && errno != EEXIST)
        return failed(-errno, "make", path);
    _cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fchown(fd, 0, group) < 0 || fchmod(fd, mode) < 0)
        return failed(-errno, "give to the resolver", path);
    return 0;
}

int dns_files_prepare(const struct places *places, const char *id)
{
    char path[DNS_PATH_MAX];
    gid_t group;
    int r = find_group(&group);

    if (r == 0)
        r = make_directory(dns_files_path(places, id, "", path), 0750, group);
    if (r == 0)
        r = make_directory(dns_files_path(places, id, "hosts", path), 0750, group);
    return r;
}

static bool says_already(const char *path, const struct buf *text)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat info;

    if (fd < 0 || fstat(fd, &info) < 0 || (size_t)info.st_size != text->length)
        return false;
    _cleanup_free_ char *found = malloc(text->length + 1);
    if (!found)
        abort();
    return read(fd, found, text->length) == (ssize_t)text->length &&
           memcmp(found, text->data ? text->data : "", text->length) == 0;
}

/* To the group that owns the directory, which is the resolver's. */
static int write_fresh(const char *path, const char *directory, const struct buf *text)
{
    struct stat info;
    _cleanup_close_ int fd =
        open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);

    if (fd < 0 || stat(directory, &info) < 0 || fchown(fd, 0, info.st_gid) < 0)
        return -errno;
    for (size_t done = 0; done < text->length;) {
        ssize_t r = write(fd, text->data + done, text->length - done);

        if (r < 0)
            return -errno;
        done += (size_t)r;
    }
    return 0;
}

/* 1 = it changed. */
static int replace(const struct places *places, const char *id, const char *path,
                   const struct buf *text)
{
    char fresh[DNS_PATH_MAX], directory[DNS_PATH_MAX], name[16];
    int r;

    if (says_already(path, text))
        return 0;
    /* The process that is about to be the resolver writes here too. */
    snprintf(name, sizeof(name), "new-%d", getpid());
    dns_files_path(places, id, name, fresh);
    r = write_fresh(fresh, dns_files_path(places, id, "", directory), text);
    if (r == 0 && rename(fresh, path) < 0)
        r = -errno;
    if (r < 0) {
        (void)unlink(fresh);
        return failed(r, "write", path);
    }
    return 1;
}

int dns_files_write_servers(const struct places *places, const struct verb_dns_servers *servers)
{
    _cleanup_buf_ struct buf text = {0};
    char path[DNS_PATH_MAX];

    dns_files_draw_servers(servers, &text);
    return replace(places, servers->id, dns_files_path(places, servers->id, "servers", path),
                   &text);
}

/* 1 = there was one. */
static int remove_file(const char *path)
{
    if (unlink(path) == 0)
        return 1;
    return errno == ENOENT ? 0 : failed(-errno, "remove", path);
}

int dns_files_write_records(const struct places *places, const struct verb_dns_records *records)
{
    _cleanup_buf_ struct buf text = {0};
    char path[DNS_PATH_MAX];

    block_path(places, records->id, records->block, path);
    dns_files_draw_records(records, &text);
    return text.length ? replace(places, records->id, path, &text) : remove_file(path);
}

static void close_directory(DIR *directory)
{
    if (directory)
        closedir(directory);
}
DEFINE_CLEANUP(DIR *, close_directory, cleanup_directory)

static int compare(const void *a, const void *b)
{
    uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;

    return one < other ? -1 : one > other;
}

static bool is_kept(const char *name, const uint64_t *sorted, size_t count)
{
    char *end;
    uint64_t block = strtoull(name, &end, 16);

    return *end == '\0' && end - name == 16 && count > 0 &&
           bsearch(&block, sorted, count, sizeof(block), compare);
}

/* Removes what is in a directory, apart from the blocks that are kept: 1 = there was any. */
static int empty_directory(const char *path, const uint64_t *sorted, size_t count)
{
    _cleanup_(cleanup_directory) DIR *directory = opendir(path);
    int r = 0;

    if (!directory)
        return errno == ENOENT ? 0 : failed(-errno, "list", path);
    for (const struct dirent *entry; (entry = readdir(directory));) {
        if (entry->d_type == DT_DIR || is_kept(entry->d_name, sorted, count))
            continue;
        if (unlinkat(dirfd(directory), entry->d_name, 0) == 0)
            r = r == 0 ? 1 : r;
        else if (errno != ENOENT)
            r = failed(-errno, "empty", path);
    }
    return r;
}

int dns_files_prune(const struct places *places, const char *id, const uint64_t *blocks,
                    size_t count)
{
    _cleanup_free_ uint64_t *sorted = reallocarray(NULL, count + 1, sizeof(*sorted));
    char path[DNS_PATH_MAX];

    if (!sorted)
        abort();
    for (size_t i = 0; i < count; i++)
        sorted[i] = blocks[i];
    qsort(sorted, count, sizeof(*sorted), compare);
    return empty_directory(dns_files_path(places, id, "hosts", path), sorted, count);
}

int dns_files_remove(const struct places *places, const char *id)
{
    static const char *const directories[] = {"hosts", ""};
    char path[DNS_PATH_MAX];

    for (size_t i = 0; i < ELEMENTS(directories); i++) {
        int r = empty_directory(dns_files_path(places, id, directories[i], path), NULL, 0);

        if (r >= 0 && rmdir(path) < 0 && errno != ENOENT)
            r = failed(-errno, "remove", path);
        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- which process ---- */

/* Jiffies since the start of the machine: with the number, it names a process for good. */
static int process_birth(pid_t pid, uint64_t *ret_birth)
{
    char path[32], line[1024];
    FILE *file;
    size_t length;
    const char *field;

    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    file = fopen(path, "re");
    if (!file)
        return -errno;
    length = fread(line, 1, sizeof(line) - 1, file);
    fclose(file);
    line[length] = '\0';
    field = strrchr(line, ')'); /* of the name, which may hold anything; the 20th after it */
    for (int i = 0; field && i < 20; i++)
        field = strchr(field + 1, ' ');
    if (!field)
        return -ESRCH;
    *ret_birth = strtoull(field + 1, NULL, 10);
    return 0;
}

int dns_files_write_process(const struct places *places, const char *id, const char *words)
{
    _cleanup_buf_ struct buf text = {0};
    char path[DNS_PATH_MAX];
    uint64_t birth;
    int r = process_birth(getpid(), &birth);

    if (r < 0)
        return r;
    buf_printf(&text, "%d %" PRIu64 "\n%s\n", getpid(), birth, words);
    r = replace(places, id, dns_files_path(places, id, "process", path), &text);
    return r < 0 ? r : 0;
}

int dns_files_find_process(const struct places *places, const char *id, const char *words,
                           pid_t *ret_pid, bool *ret_same)
{
    char path[DNS_PATH_MAX], text[4096], *rest;
    uint64_t birth, said;
    ssize_t length;
    long pid;

    *ret_pid = 0;
    *ret_same = false;
    _cleanup_close_ int fd =
        open(dns_files_path(places, id, "process", path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT ? 0 : -errno;
    length = read(fd, text, sizeof(text) - 1);
    if (length < 0)
        return -errno;
    text[length] = '\0';
    pid = strtol(text, &rest, 10);
    said = strtoull(rest, &rest, 10);
    if (pid <= 1 || pid > INT32_MAX || process_birth((pid_t)pid, &birth) < 0 || birth != said)
        return 0;
    *ret_pid = (pid_t)pid;
    if (length > 0 && text[length - 1] == '\n')
        text[length - 1] = '\0';
    *ret_same = !words || (*rest == '\n' && text_equal(rest + 1, words));
    return 0;
}

/* A line of /proc/net/udp: is it port 53, held by this user? */
static bool is_port_of(const char *line, uid_t user)
{
    unsigned port, owner;

    return sscanf(line, " %*[0-9]: %*[0-9A-Fa-f]:%x %*s %*s %*s %*s %*s %u", &port, &owner) == 2 &&
           port == 53 && owner == user;
}

/* Whose descriptors they are, only more capabilities would tell: what runs there as this user is
 * the process. */
static bool has_port(pid_t pid, const char *table)
{
    char path[40], line[256];
    struct stat info;
    bool found = false;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d", pid);
    if (stat(path, &info) < 0 || info.st_uid == 0)
        return false; /* not in its sandbox yet */
    snprintf(path, sizeof(path), "/proc/%d/net/%s", pid, table);
    file = fopen(path, "re");
    if (!file)
        return false;
    while (!found && fgets(line, sizeof(line), file))
        found = is_port_of(line, info.st_uid);
    fclose(file);
    return found;
}

bool dns_files_serves(pid_t pid, const struct address *hub4, const struct address *hub6)
{
    return (!hub4->family || has_port(pid, "udp")) && (!hub6->family || has_port(pid, "udp6"));
}
