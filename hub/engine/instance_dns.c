/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/instance_dns.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/engine/dns_spec.h"
#include "hub/engine/event_log.h"
#include "hub/engine/instance_runtime.h"
#include "hub/engine/instance_spec.h"
#include "hub/engine/supervisor.h"

enum {
    NAMES_A_TURN = 512,  /* then others have theirs */
    SOON_US = 10 * 1000, /* changes that come together are told together */
    SOON_US_A_NAME = 10,
    TIMER_ACCURACY_US = 1000, /* 0 would be a quarter of a second */
    RETRY_FIRST_S = 1,
    RETRY_LAST_S = 60,
    LOSSES_AT_ONCE = 2,  /* started again without waiting */
    STEADY_AFTER_S = 10, /* ready for so long: earlier losses are forgotten */
    CHANGED_MAX = 256,   /* blocks; more of them are told as a whole */
};

enum dns_state {
    DNS_OFF,     /* not begun, or not any more */
    DNS_TELLING, /* between BEGIN and END */
    DNS_AWAITED, /* END is sent */
    DNS_READY,
    DNS_FAILED, /* tried again with back-off */
};

struct instance_dns {
    struct instance_runtime *runtime;
    enum dns_state state;
    uint64_t round; /* of telling all: answers to an older one are dropped */
    uint64_t next;  /* TELLING: the first host number that is not told */
    bool again;     /* all has changed since the round began */
    uint64_t blocks[CHANGED_MAX];
    size_t block_count; /* changed, to be told */
    unsigned names;     /* of peers, as told */
    uint64_t told_at;   /* clock_monotonic_us() */
    bool serving;
    unsigned attempts;
    int64_t ready_since, retry_at;
    char failure[160];
    sd_event_source *timer; /* of the state: the next turn, changes, the next try */
};

static struct engine *engine_of(const struct instance_dns *dns)
{
    return runtimes_shared(dns->runtime->all)->engine;
}

static void begin_round(struct instance_dns *dns);
static void fail(struct instance_dns *dns, int status, const char *detail);

static void enter(struct instance_dns *dns, enum dns_state state, const char *why)
{
    static const char *const names[] = {"off", "telling", "awaited", "ready", "failed"};

    log_debug("DNS of %s: %s -> %s (%s)", dns->runtime->id, names[dns->state], names[state], why);
    dns->state = state;
    dns->timer = sd_event_source_disable_unref(dns->timer);
    dns->retry_at = 0;
}

/* ---- tickets: an answer finds out whether it still matters ---- */

struct dns_ticket {
    struct instance_runtime *runtime;
    uint64_t round;
};

static struct dns_ticket *ticket_new(struct instance_dns *dns)
{
    struct dns_ticket *ticket = memory_zero(sizeof(*ticket));

    *ticket = (struct dns_ticket){dns->runtime, dns->round};
    dns->runtime->references++;
    return ticket;
}

static struct instance_dns *ticket_redeem(struct dns_ticket *ticket)
{
    struct instance_runtime *runtime = ticket->runtime;
    bool matters = !runtime->gone && runtime->dns->round == ticket->round;

    free(ticket);
    runtime->references--;
    if (runtime->gone && runtime->references == 0) {
        instance_runtime_retire(runtime);
        return NULL;
    }
    return matters ? runtime->dns : NULL;
}

/* ---- time ---- */

static int on_time(sd_event_source *source, uint64_t now, void *data);

static void set_timer(struct instance_dns *dns, uint64_t after_us)
{
    int r;

    dns->timer = sd_event_source_disable_unref(dns->timer);
    r = sd_event_add_time_relative(engine_of(dns)->event, &dns->timer, CLOCK_MONOTONIC, after_us,
                                   TIMER_ACCURACY_US, on_time, dns);
    if (r < 0)
        log_error("DNS of %s: no timer: %s", dns->runtime->id, strerror(-r));
}

/* dnsmasq reads all names for each change: the more there are, the longer it is left alone after
 * one, so that most of its time is for questions (10,000 names take it 30 ms). */
static void tell_soon(struct instance_dns *dns)
{
    uint64_t now = clock_monotonic_us();
    uint64_t next = dns->told_at + (uint64_t)dns->names * SOON_US_A_NAME;

    set_timer(dns, next > now + SOON_US ? next - now : SOON_US);
}

/* ---- one block ---- */

struct block {
    const struct settings *settings;
    const struct instance *instance;
    struct dns_records_spec spec;
};

static int add_name(uint64_t host, const char *label, void *data)
{
    struct block *block = data;

    dns_records_add_peer(block->settings, block->instance, host, label, &block->spec);
    return 0;
}

static struct role_link_body records_body(const struct dns_records_spec *spec)
{
    return (struct role_link_body){
        .fixed = &spec->fixed,
        .fixed_size = offsetof(struct verb_dns_records, records),
        .tail = spec->records,
        .tail_size = spec->fixed.count * sizeof(spec->records[0]),
        .fd = -1,
    };
}

/* Reads the block's names and sends them: asking for an answer with `ticket`. */
static int send_block(struct instance_dns *dns, const struct instance *instance, uint64_t number,
                      role_link_done done, struct dns_ticket *ticket)
{
    struct engine *engine = engine_of(dns);
    struct block *block = memory_zero(sizeof(*block));
    struct role_link_body body;
    int r = 0;

    *block = (struct block){.settings = &engine->settings, .instance = instance};
    dns_records_begin(&engine->settings, instance, number, &block->spec);
    if (number != DNS_BLOCK_ELSEWHERE)
        r = peer_store_names(engine->store, instance->id, number * DNS_BLOCK_HOSTS,
                             number * DNS_BLOCK_HOSTS + DNS_BLOCK_HOSTS - 1, 0, add_name, block);
    dns_records_end(&engine->settings, instance, &block->spec);
    body = records_body(&block->spec);
    if (r == 0)
        r = ticket ? supervisor_ask(engine->supervisor, VERB_DNS_RECORDS, &body, done, ticket)
                   : supervisor_tell(engine->supervisor, VERB_DNS_RECORDS, &body);
    free(block);
    return r;
}

/* ---- all of it ---- */

/* This engine is ending: nothing failed. */
static bool is_farewell(int status, const struct channel_message *message)
{
    return !message && (status == -ECANCELED || status == -EPIPE);
}

static void on_ended(int status, struct channel_message *message, void *data)
{
    struct instance_dns *dns = ticket_redeem(data);

    if (!dns || is_farewell(status, message))
        return;
    if (status < 0) {
        fail(dns, status, role_link_detail(status, message));
        return;
    }
    if (!dns->serving)
        event_log_add(engine_of(dns)->events, "instance.step", dns->runtime->id, NULL,
                      json_pack("{s:s}", "step", "dns_ready"), "DNS ready");
    dns->serving = true;
    dns->failure[0] = '\0';
    dns->ready_since = clock_seconds();
    dns->told_at = clock_monotonic_us();
    enter(dns, DNS_READY, "it serves");
    if (dns->again)
        begin_round(dns);
    else if (dns->block_count > 0)
        tell_soon(dns);
}

static int send_end(struct instance_dns *dns)
{
    struct engine *engine = engine_of(dns);
    struct dns_ticket *ticket = ticket_new(dns);
    int r = supervisor_call(engine->supervisor, VERB_DNS_END, dns->runtime->id, on_ended, ticket);

    if (r < 0) {
        (void)ticket_redeem(ticket);
        return r;
    }
    enter(dns, DNS_AWAITED, "all is told");
    return 0;
}

struct turn {
    struct instance_dns *dns;
    const struct instance *instance;
    uint64_t block; /* the last one sent */
    bool any;
    unsigned names;
};

static int send_block_of(uint64_t host, const char *label, void *data)
{
    struct turn *turn = data;
    uint64_t block = dns_block_of_host(host);
    int r;

    (void)label;
    turn->names++;
    turn->dns->names++;
    if (turn->any && turn->block == block)
        return 0;
    r = send_block(turn->dns, turn->instance, block, NULL, NULL);
    if (r < 0)
        return r;
    turn->any = true;
    turn->block = block;
    turn->dns->next = (block + 1) * DNS_BLOCK_HOSTS;
    return 0;
}

static int take_turn(struct instance_dns *dns)
{
    struct engine *engine = engine_of(dns);
    _cleanup_instance_ struct instance instance = {0};
    struct turn turn = {.dns = dns, .instance = &instance};
    int r = instance_store_find(engine->store, dns->runtime->id, &instance);

    if (r == 0)
        r = peer_store_names(engine->store, instance.id, dns->next, UINT64_MAX, NAMES_A_TURN,
                             send_block_of, &turn);
    if (r == -EAGAIN || (r == 0 && turn.names == NAMES_A_TURN)) {
        set_timer(dns, r == 0 ? 0 : SOON_US);
        return 0;
    }
    return r < 0 ? r : send_end(dns);
}

static int send_servers(struct instance_dns *dns, const struct instance *instance)
{
    struct engine *engine = engine_of(dns);
    _cleanup_free_ struct dns_servers_spec *spec = memory_zero(sizeof(*spec));
    struct role_link_body body = {.fixed = &spec->fixed,
                                  .fixed_size = offsetof(struct verb_dns_servers, servers),
                                  .tail = spec->servers,
                                  .fd = -1};

    dns_servers_make(&engine->settings, instance, spec);
    body.tail_size = spec->fixed.count * sizeof(spec->servers[0]);
    return supervisor_tell(engine->supervisor, VERB_DNS_SERVERS, &body);
}

/* The hub's block and those of the instance's own records, where there may be no peers. */
static int send_own_blocks(struct instance_dns *dns, const struct instance *instance)
{
    int r = send_block(dns, instance, 0, NULL, NULL);

    for (size_t i = 0; r == 0 && i < instance->dns_custom.count; i++)
        r = send_block(dns, instance,
                       dns_block_of_address(instance, &instance->dns_custom.items[i].address), NULL,
                       NULL);
    return r;
}

static int send_begin(struct instance_dns *dns)
{
    struct engine *engine = engine_of(dns);
    _cleanup_instance_ struct instance instance = {0};
    struct verb_dns begin = {0};
    struct role_link_body body = {.fixed = &begin, .fixed_size = sizeof(begin), .fd = -1};
    struct prefix hub[2];
    int r = instance_store_find(engine->store, dns->runtime->id, &instance);

    if (r < 0)
        return r;
    text_copy(begin.id, sizeof(begin.id), instance.id);
    for (size_t i = 0, count = hub_tunnel_addresses(&instance, hub); i < count; i++)
        *(hub[i].address.family == AF_INET ? &begin.hub4 : &begin.hub6) = hub[i].address;
    r = supervisor_tell(engine->supervisor, VERB_DNS_BEGIN, &body);
    if (r == 0)
        r = send_servers(dns, &instance);
    return r == 0 ? send_own_blocks(dns, &instance) : r;
}

static void begin_round(struct instance_dns *dns)
{
    int r;

    enter(dns, DNS_TELLING, "all is told");
    dns->round++;
    dns->next = 0;
    dns->names = 0;
    dns->again = false;
    dns->block_count = 0;
    r = send_begin(dns);
    if (r == 0)
        r = take_turn(dns);
    if (r < 0)
        fail(dns, r, role_link_detail(r, NULL));
}

static void retry_later(struct instance_dns *dns)
{
    unsigned doublings = dns->attempts < 6 ? dns->attempts : 6;
    uint64_t delay = (uint64_t)RETRY_FIRST_S << doublings;

    if (delay > RETRY_LAST_S)
        delay = RETRY_LAST_S;
    dns->attempts++;
    dns->retry_at = clock_seconds() + (int64_t)delay;
    set_timer(dns, delay * 1000000);
}

static void fail(struct instance_dns *dns, int status, const char *detail)
{
    snprintf(dns->failure, sizeof(dns->failure), "%s", detail);
    log_warning("DNS of %s failed: %s (%s)", dns->runtime->id, detail, strerror(-status));
    event_log_add(engine_of(dns)->events, "dns.failed", dns->runtime->id, NULL, NULL, "%s", detail);
    dns->serving = false;
    dns->round++;
    enter(dns, DNS_FAILED, detail);
    retry_later(dns);
}

/* ---- changes ---- */

static void on_told(int status, struct channel_message *message, void *data)
{
    struct instance_dns *dns = ticket_redeem(data);

    if (dns && status < 0 && !is_farewell(status, message))
        fail(dns, status, role_link_detail(status, message));
}

static int tell_block(struct instance_dns *dns, const struct instance *instance, uint64_t block)
{
    struct dns_ticket *ticket = ticket_new(dns);
    int r = send_block(dns, instance, block, on_told, ticket);

    if (r < 0)
        (void)ticket_redeem(ticket);
    return r;
}

static void tell_changes(struct instance_dns *dns)
{
    _cleanup_instance_ struct instance instance = {0};
    int r = instance_store_find(engine_of(dns)->store, dns->runtime->id, &instance);

    while (r == 0 && dns->block_count > 0) {
        r = tell_block(dns, &instance, dns->blocks[dns->block_count - 1]);
        if (r == 0)
            dns->block_count--;
    }
    dns->told_at = clock_monotonic_us();
    if (r == -EAGAIN)
        set_timer(dns, SOON_US);
    else if (r < 0)
        fail(dns, r, role_link_detail(r, NULL));
}

static int on_time(sd_event_source *source, uint64_t now, void *data)
{
    struct instance_dns *dns = data;
    int r;

    (void)source;
    (void)now;
    dns->timer = sd_event_source_disable_unref(dns->timer);
    switch (dns->state) {
    case DNS_TELLING:
        r = take_turn(dns);
        if (r < 0)
            fail(dns, r, role_link_detail(r, NULL));
        return 0;
    case DNS_READY:
        tell_changes(dns);
        return 0;
    case DNS_FAILED:
        begin_round(dns);
        return 0;
    case DNS_OFF:
    case DNS_AWAITED:
        return 0;
    }
    return 0;
}

void instance_dns_host_changed(struct instance_dns *dns, uint64_t host)
{
    uint64_t block = dns_block_of_host(host);

    if (dns->state == DNS_OFF || dns->state == DNS_FAILED || dns->again)
        return; /* all is told anyway */
    for (size_t i = 0; i < dns->block_count; i++) {
        if (dns->blocks[i] == block)
            return;
    }
    if (dns->block_count == CHANGED_MAX) {
        instance_dns_changed(dns);
        return;
    }
    dns->blocks[dns->block_count++] = block;
    if (dns->state == DNS_READY && !dns->timer)
        tell_soon(dns);
}

void instance_dns_changed(struct instance_dns *dns)
{
    if (dns->state == DNS_TELLING || dns->state == DNS_AWAITED)
        dns->again = true;
    else if (dns->state != DNS_OFF)
        begin_round(dns);
}

void instance_dns_begin(struct instance_dns *dns)
{
    if (dns->state == DNS_OFF)
        begin_round(dns);
}

void instance_dns_stop(struct instance_dns *dns)
{
    dns->round++;
    dns->serving = false;
    enter(dns, DNS_OFF, "no more");
}

void instance_dns_gone(struct instance_dns *dns)
{
    event_log_add(engine_of(dns)->events, "dns.restarted", dns->runtime->id, NULL, NULL,
                  "dnsmasq ended and is started again");
    if (dns->state != DNS_READY)
        return; /* the answer to END says so */
    dns->serving = false;
    if (clock_seconds() - dns->ready_since >= STEADY_AFTER_S)
        dns->attempts = 0;
    if (dns->attempts >= LOSSES_AT_ONCE) {
        fail(dns, -EPIPE, "dnsmasq ended");
        return;
    }
    dns->attempts++;
    begin_round(dns);
}

/* ---- life ---- */

struct instance_dns *instance_dns_new(struct instance_runtime *runtime)
{
    struct instance_dns *dns = memory_zero(sizeof(*dns));

    dns->runtime = runtime;
    return dns;
}

struct instance_dns *instance_dns_free(struct instance_dns *dns)
{
    if (!dns)
        return NULL;
    sd_event_source_disable_unref(dns->timer);
    free(dns);
    return NULL;
}

void instance_dns_view(const struct instance_dns *dns, struct instance_dns_view *ret_view)
{
    *ret_view = (struct instance_dns_view){
        .ready = dns->serving,
        .failure = dns->failure,
        .retry_at = dns->retry_at,
    };
}
