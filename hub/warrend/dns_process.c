/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/dns_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/sandbox.h"
#include "hub/base/text.h"
#include "hub/warrend/dns_files.h"
#include "hub/warrend/netns.h"
#include "hub/warrend/process.h"

#define DNS_PROGRAM "/usr/sbin/dnsmasq"
#define POLL_US UINT64_C(5000)
#define START_PATIENCE_US UINT64_C(5000000)
#define STOP_PATIENCE_US UINT64_C(2000000)
#define RENEW_US UINT64_C(2000) /* changes that come together are read together */

enum { BLOCKS_MAX = 1 << 17 }; /* more than the peers that a configuration lets there be */

enum dns_process_state {
    DNS_ENDED,    /* no process */
    DNS_STARTING, /* it does not listen yet */
    DNS_RUNNING,
    DNS_STOPPING,
};

struct stop_waiter {
    struct stop_waiter *next;
    dns_stopped done;
    void *data;
};

struct dns_process {
    struct dns_processes *owner;
    struct dns_process *next;
    enum dns_process_state state;
    struct process *process;
    sd_event_source *timer; /* STARTING: does it listen? STOPPING: patience */
    uint64_t deadline_us;   /* of STARTING */
    char id[ID_MAX];
    uint32_t starts;

    struct address hub4, hub6;
    bool telling;     /* between DNS_BEGIN and DNS_END */
    int failure;      /* the first of those in between */
    uint64_t *blocks; /* told in between */
    size_t block_count, block_size;
    bool renew; /* its files have changed since it read them */
    sd_event_source *renew_timer;

    struct engine_request request; /* DNS_END */
    bool has_request;
    bool restart; /* STOPPING, to be started again for the request */
    struct stop_waiter *waiters;
};

struct dns_processes {
    struct supervisor *supervisor;
    struct dns_process *first;
    size_t count;
};

static const struct places *places_of(const struct dns_process *dns)
{
    return dns->owner->supervisor->places;
}

static void enter_state(struct dns_process *dns, enum dns_process_state state, const char *why)
{
    static const char *const names[] = {"ended", "starting", "running", "stopping"};

    log_debug("dnsmasq of %s: %s -> %s (%s)", dns->id, names[dns->state], names[state], why);
    dns->state = state;
    dns->timer = sd_event_source_disable_unref(dns->timer);
}

static struct dns_process **find(struct dns_processes *all, const char *id)
{
    struct dns_process **place = &all->first;

    while (*place && !text_equal((*place)->id, id))
        place = &(*place)->next;
    return place;
}

/* NULL: there are too many. */
static struct dns_process *find_or_add(struct dns_processes *all, const char *id)
{
    struct dns_process **place = find(all, id);

    if (!*place) {
        if (all->count == SUPERVISOR_IDS_MAX)
            return NULL;
        all->count++;
        *place = memory_zero(sizeof(**place));
        (*place)->owner = all;
        text_copy((*place)->id, sizeof((*place)->id), id);
    }
    return *place;
}

static void release(struct dns_process *dns)
{
    sd_event_source_disable_unref(dns->timer);
    sd_event_source_disable_unref(dns->renew_timer);
    process_free(dns->process);
    for (struct stop_waiter *waiter = dns->waiters, *next; waiter; waiter = next) {
        next = waiter->next;
        free(waiter);
    }
    free(dns->blocks);
    free(dns);
}

static void forget(struct dns_process *dns)
{
    struct dns_process **place = find(dns->owner, dns->id);

    *place = dns->next;
    dns->owner->count--;
    release(dns);
}

/* ---- answers ---- */

static void answer(struct dns_process *dns, int status, const char *detail)
{
    if (!dns->has_request)
        return;
    dns->has_request = false;
    engine_acknowledge(dns->owner->supervisor->engine, &dns->request, status, detail);
}

static void tell_waiters(struct dns_process *dns, int status)
{
    struct stop_waiter *waiter = TAKE_PTR(dns->waiters);

    while (waiter) {
        struct stop_waiter *next = waiter->next;

        waiter->done(status, waiter->data);
        free(waiter);
        waiter = next;
    }
}

/* It reads all of its files again, without a question lost: what comes meanwhile waits in its
 * sockets. (Watching single files, it would search all names for each that it reads.) */
static void renew(struct dns_process *dns)
{
    dns->renew_timer = sd_event_source_disable_unref(dns->renew_timer);
    if (dns->renew && dns->state == DNS_RUNNING && process_signal(dns->process, SIGHUP) == 0)
        dns->renew = false;
}

static int on_renew(sd_event_source *source, uint64_t now, void *data)
{
    (void)source, (void)now;
    renew(data);
    return 0;
}

static void renew_soon(struct dns_process *dns)
{
    dns->renew = true;
    if (dns->telling || dns->renew_timer || dns->state != DNS_RUNNING)
        return; /* then when all is told, or it runs */
    if (sd_event_add_time_relative(dns->owner->supervisor->event, &dns->renew_timer,
                                   CLOCK_MONOTONIC, RENEW_US, 1000, on_renew, dns) < 0)
        renew(dns);
}

/* It serves, with what its files say now. */
static void answer_serving(struct dns_process *dns)
{
    renew(dns);
    answer(dns, 0, "");
}

/* ---- its words ---- */

enum { ARGUMENTS_MAX = 40, ADDRESS_ARGUMENT_MAX = 20 + ADDRESS_TEXT_MAX };

struct arguments {
    const char *words[ARGUMENTS_MAX];
    char listen[2][ADDRESS_ARGUMENT_MAX];
    char hosts[DNS_PATH_MAX + 20], servers[DNS_PATH_MAX + 20];
};

/* Nothing of the machine's own: no configuration, no hosts, no resolv.conf, no DHCP, no bus. */
static void make_arguments(const struct dns_process *dns, struct arguments *ret)
{
    static const char *const same[] = {
        "dnsmasq",
        "--keep-in-foreground",
        "--conf-file=/dev/null",
        "--no-resolv",
        "--no-hosts",
        "--no-poll",
        "--pid-file=",
        "--user=",
        "--group=",
        "--log-facility=/dev/null",
        "--bind-interfaces",
        "--no-ident",
        "--domain-needed",
        "--bogus-priv",
        "--local-ttl=30",
        "--cache-size=1000",
        "--dns-forward-max=1000",
    };
    const struct address *hubs[] = {&dns->hub4, &dns->hub6};
    char path[DNS_PATH_MAX], text[ADDRESS_TEXT_MAX];
    size_t count = 0;

    for (; count < ELEMENTS(same); count++)
        ret->words[count] = same[count];
    for (size_t i = 0; i < 2; i++) {
        if (!hubs[i]->family)
            continue;
        snprintf(ret->listen[i], sizeof(ret->listen[i]), "--listen-address=%s",
                 address_format(hubs[i], text));
        ret->words[count++] = ret->listen[i];
    }
    snprintf(ret->hosts, sizeof(ret->hosts), "--addn-hosts=%s",
             dns_files_path(places_of(dns), dns->id, "hosts", path));
    snprintf(ret->servers, sizeof(ret->servers), "--servers-file=%s",
             dns_files_path(places_of(dns), dns->id, "servers", path));
    ret->words[count++] = ret->hosts;
    ret->words[count++] = ret->servers;
    ret->words[count] = NULL;
}

static char *join(const struct arguments *arguments)
{
    struct buf text = {0};

    for (size_t i = 0; arguments->words[i]; i++)
        buf_printf(&text, "%s%s", i ? " " : "", arguments->words[i]);
    return buf_take(&text);
}

/* ---- in the child ---- */

static int set_sysctl(const char *path, const char *value)
{
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return errno == ENOENT ? 0 : -errno; /* no IPv6 */
    return write(fd, value, strlen(value)) < 0 ? -errno : 0;
}

/* Port 53 without a capability; the hub's addresses also while their link is being made anew. */
static int prepare_namespace(void)
{
    int r = set_sysctl("/proc/sys/net/ipv4/ip_unprivileged_port_start", "53");

    if (r == 0)
        r = set_sysctl("/proc/sys/net/ipv4/ip_nonlocal_bind", "1");
    if (r == 0)
        r = set_sysctl("/proc/sys/net/ipv6/ip_nonlocal_bind", "1");
    return r;
}

/* In its namespace, before it becomes dnsmasq: who dies between here and the end left no trace that
 * is wrong. */
static int run_child(void *data)
{
    const struct dns_process *dns = data;
    struct arguments arguments;
    char *environment[] = {NULL}, directory[DNS_PATH_MAX];
    struct sandbox_path paths[] = {
        {dns_files_path(places_of(dns), dns->id, "", directory), false},
    };

    make_arguments(dns, &arguments);
    _cleanup_free_ char *words = join(&arguments);
    int r = prepare_namespace();
    if (r == 0)
        r = dns_files_write_process(places_of(dns), dns->id, words);
    if (r == 0)
        r = sandbox_enter(ROLE_DNS, paths, ELEMENTS(paths));
    if (r == 0) {
        execve(DNS_PROGRAM, (char *const *)arguments.words, environment);
        r = -errno;
    }
    log_error("cannot start dnsmasq of %s: %s", dns->id, strerror(-r));
    return r;
}

/* ---- its life ---- */

static void start_or_fail(struct dns_process *dns);

static void tell_gone(struct dns_process *dns)
{
    struct verb_net_id gone = {0};

    memcpy(gone.id, dns->id, sizeof(gone.id));
    engine_tell(dns->owner->supervisor->engine, VERB_DNS_GONE, &gone, sizeof(gone));
}

static void finish_stop(struct dns_process *dns)
{
    int r = dns_files_remove(places_of(dns), dns->id);

    log_info("dnsmasq of %s stopped", dns->id);
    tell_waiters(dns, r);
    forget(dns);
}

static void on_ended(struct process *process, int status, void *data)
{
    struct dns_process *dns = data;
    enum dns_process_state before = dns->state;
    char text[PROCESS_STATUS_TEXT_MAX];

    process_status_text(status, text);
    dns->process = process_free(process);
    enter_state(dns, DNS_ENDED, text);
    switch (before) {
    case DNS_STARTING:
        log_error("dnsmasq of %s ended before it was ready: %s", dns->id, text);
        answer(dns, -EIO, "dnsmasq does not start: the log says why");
        return;
    case DNS_RUNNING:
        log_warning("dnsmasq of %s ended: %s", dns->id, text);
        tell_gone(dns);
        return;
    case DNS_STOPPING:
        if (dns->waiters)
            finish_stop(dns);
        else if (dns->restart)
            start_or_fail(dns);
        return;
    case DNS_ENDED:
        return;
    }
}

static int on_impatient(sd_event_source *source, uint64_t now, void *data)
{
    struct dns_process *dns = data;

    (void)source, (void)now;
    log_warning("dnsmasq of %s does not end, killing it", dns->id);
    (void)process_signal(dns->process, SIGKILL);
    return 0;
}

static void begin_stop(struct dns_process *dns, const char *why)
{
    if (dns->state == DNS_STOPPING)
        return;
    enter_state(dns, DNS_STOPPING, why);
    (void)process_signal(dns->process, SIGTERM);
    if (sd_event_add_time_relative(dns->owner->supervisor->event, &dns->timer, CLOCK_MONOTONIC,
                                   STOP_PATIENCE_US, 1000, on_impatient, dns) < 0)
        (void)process_signal(dns->process, SIGKILL);
}

static int on_starting(sd_event_source *source, uint64_t now, void *data)
{
    struct dns_process *dns = data;

    (void)now;
    if (dns_files_serves(process_pid(dns->process), &dns->hub4, &dns->hub6)) {
        enter_state(dns, DNS_RUNNING, "it listens");
        log_info("dnsmasq of %s started (pid %d)", dns->id, process_pid(dns->process));
        answer_serving(dns);
        return 0;
    }
    if (clock_monotonic_us() < dns->deadline_us) {
        int r = sd_event_source_set_time_relative(source, POLL_US);
        return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    }
    log_error("dnsmasq of %s is not ready after %.0f s, killing it", dns->id,
              (double)START_PATIENCE_US / 1e6);
    (void)process_signal(dns->process, SIGKILL);
    return 0;
}

static int start(struct dns_process *dns)
{
    struct supervisor *supervisor = dns->owner->supervisor;
    _cleanup_close_ int netns_fd = -1;
    int r = netns_open(dns->id, &netns_fd);

    if (r < 0)
        return r;
    struct process_spec spec = {
        .path = DNS_PROGRAM,
        .work = run_child,
        .work_data = dns,
        .netns = netns_fd,
        .own_session = true,
    };
    dns->restart = dns->renew = false;
    r = process_start(supervisor->event, &spec, on_ended, dns, &dns->process);
    if (r < 0)
        return r;
    dns->starts++;
    dns->deadline_us = clock_monotonic_us() + START_PATIENCE_US;
    enter_state(dns, DNS_STARTING, "not found");
    r = sd_event_add_time_relative(supervisor->event, &dns->timer, CLOCK_MONOTONIC, POLL_US, 1000,
                                   on_starting, dns);
    if (r < 0)
        (void)process_signal(dns->process, SIGKILL);
    return r;
}

static void start_or_fail(struct dns_process *dns)
{
    int r = start(dns);

    if (r < 0)
        answer(dns, r, "starting dnsmasq");
}

/* One that a warrend before us started. */
static int adopt(struct dns_process *dns, const char *words, bool *ret_same)
{
    pid_t pid, again;
    int r = dns_files_find_process(places_of(dns), dns->id, words, &pid, ret_same);

    if (r < 0 || pid == 0)
        return r;
    r = process_adopt(dns->owner->supervisor->event, pid, on_ended, dns, &dns->process);
    if (r < 0)
        return r == -ESRCH ? 0 : r;
    /* The number may have passed to another process before it was held. */
    r = dns_files_find_process(places_of(dns), dns->id, words, &again, ret_same);
    if (r < 0 || again != pid) {
        dns->process = process_free(dns->process);
        return r;
    }
    enter_state(dns, DNS_RUNNING, "found running");
    dns->renew = true; /* it may not have been told of the last change */
    log_info("dnsmasq of %s adopted (pid %d)", dns->id, pid);
    return 0;
}

static int serve(struct dns_process *dns)
{
    struct arguments arguments;
    bool same = true;
    int r = 0;

    make_arguments(dns, &arguments);
    _cleanup_free_ char *words = join(&arguments);
    if (dns->state == DNS_ENDED)
        r = adopt(dns, words, &same);
    else if (dns->state == DNS_RUNNING) {
        pid_t pid;
        r = dns_files_find_process(places_of(dns), dns->id, words, &pid, &same);
    }
    if (r < 0)
        return r;
    switch (dns->state) {
    case DNS_ENDED:
        return start(dns);
    case DNS_STARTING:
        return 0;
    case DNS_RUNNING:
        if (same) {
            answer_serving(dns);
        } else {
            dns->restart = true;
            begin_stop(dns, "it was started in another way");
        }
        return 0;
    case DNS_STOPPING:
        return dns->waiters ? -EBUSY : 0;
    }
    return -EINVAL;
}

/* ---- what the engine says ---- */

static void note_block(struct dns_process *dns, uint64_t block)
{
    if (dns->block_count == BLOCKS_MAX) {
        dns->failure = dns->failure ? dns->failure : -E2BIG;
        return;
    }
    if (dns->block_count == dns->block_size) {
        dns->block_size = dns->block_size ? dns->block_size * 2 : 64;
        dns->blocks = reallocarray(dns->blocks, dns->block_size, sizeof(*dns->blocks));
        if (!dns->blocks)
            abort();
    }
    dns->blocks[dns->block_count++] = block;
}

static void on_begin(struct dns_process *dns, const struct verb_dns *begin)
{
    answer(dns, -ECANCELED, "told anew");
    dns->hub4 = begin->hub4;
    dns->hub6 = begin->hub6;
    dns->telling = true;
    dns->block_count = 0;
    dns->failure = dns_files_prepare(places_of(dns), dns->id);
}

static int on_servers(struct dns_process *dns, const struct verb_dns_servers *servers)
{
    int r = dns_files_write_servers(places_of(dns), servers);

    if (r > 0)
        renew_soon(dns);
    return r < 0 ? r : 0;
}

static int on_records(struct dns_process *dns, const struct verb_dns_records *records)
{
    if (dns->telling)
        note_block(dns, records->block);
    int r = dns_files_write_records(places_of(dns), records);
    if (r > 0)
        renew_soon(dns);
    return r < 0 ? r : 0;
}

static void on_end(struct dns_process *dns, const struct engine_request *request)
{
    int r = dns->telling ? dns->failure : -EPROTO;

    answer(dns, -ECANCELED, "told anew");
    dns->request = *request;
    dns->has_request = true;
    dns->telling = false;
    if (r == 0)
        r = dns_files_prune(places_of(dns), dns->id, dns->blocks, dns->block_count);
    if (r > 0)
        dns->renew = true;
    if (r < 0) {
        answer(dns, r, "writing the names");
        return;
    }
    r = serve(dns);
    if (r < 0)
        answer(dns, r, "starting dnsmasq");
}

static int do_message(struct dns_process *dns, const struct engine_request *request,
                      const struct channel_message *message)
{
    switch (message->header.verb) {
    case VERB_DNS_BEGIN:
        on_begin(dns, message->body);
        return 0;
    case VERB_DNS_SERVERS:
        return on_servers(dns, message->body);
    case VERB_DNS_RECORDS:
        return on_records(dns, message->body);
    default:
        on_end(dns, request);
        return 0;
    }
}

bool dns_process_takes(uint16_t verb)
{
    return verb == VERB_DNS_BEGIN || verb == VERB_DNS_SERVERS || verb == VERB_DNS_RECORDS ||
           verb == VERB_DNS_END;
}

int dns_process_message(struct dns_processes *all, const struct engine_request *request,
                        const struct channel_message *message)
{
    const char *id = message->body; /* all begin with it */
    struct dns_process *dns;
    int r = -ENOSPC;

    if (strnlen(id, ID_MAX) == ID_MAX || !id_valid(id))
        return -EBADMSG;
    dns = find_or_add(all, id);
    if (dns)
        r = do_message(dns, request, message);
    if (dns && r < 0 && dns->failure == 0)
        dns->failure = r;
    if (!dns || message->header.verb != VERB_DNS_END)
        engine_acknowledge(all->supervisor->engine, request, r, "writing the names");
    return 0;
}

/* ---- stopping ---- */

void dns_process_stop(struct dns_processes *all, const char *id, dns_stopped done, void *data)
{
    struct dns_process *dns = find_or_add(all, id);
    bool same;
    int r = 0;

    if (!dns) {
        done(-ENOSPC, data);
        return;
    }
    answer(dns, -ECANCELED, "it is being stopped");
    if (dns->state == DNS_ENDED)
        r = adopt(dns, NULL, &same);
    if (r == 0 && dns->state != DNS_ENDED) {
        struct stop_waiter *waiter = memory_zero(sizeof(*waiter));

        *waiter = (struct stop_waiter){.next = dns->waiters, .done = done, .data = data};
        dns->waiters = waiter;
        begin_stop(dns, "asked to");
        return;
    }
    if (r == 0)
        r = dns_files_remove(places_of(dns), id);
    forget(dns);
    done(r, data);
}

/* ---- all of them ---- */

struct dns_processes *dns_processes_new(struct supervisor *supervisor)
{
    struct dns_processes *all = memory_zero(sizeof(*all));

    all->supervisor = supervisor;
    return all;
}

struct dns_processes *dns_processes_free(struct dns_processes *all)
{
    if (!all)
        return NULL;
    for (struct dns_process *dns = all->first, *next; dns; dns = next) {
        next = dns->next;
        release(dns);
    }
    free(all);
    return NULL;
}

size_t dns_processes_describe(const struct dns_processes *all, struct verb_role *ret_roles,
                              size_t max)
{
    size_t count = 0;

    for (const struct dns_process *dns = all->first; dns && count < max; dns = dns->next) {
        if (process_describe(dns->process, ROLE_DNS, dns->starts, &ret_roles[count]) == 0)
            continue;
        memcpy(ret_roles[count++].id, dns->id, ID_MAX);
    }
    return count;
}
