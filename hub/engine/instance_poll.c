/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/instance_poll.h"

#include <errno.h>

#include "hub/base/log.h"
#include "hub/engine/event_log.h"
#include "hub/engine/instance_filter.h"
#include "hub/engine/instance_ticket.h"

enum {
    SECOND_US = 1000 * 1000,
    RESYNC_US = 60 * SECOND_US,
    SOON_US = 1 * SECOND_US,
    POLL_TIMEOUT_US = 30 * SECOND_US,
    LAST_AGAIN_US = 1 * SECOND_US,
    SMALL = 500, /* peers */
};

/* Reading 10,000 peers costs some 50 ms: larger instances are read less often. */
static uint64_t poll_interval(const struct instance_runtime *runtime)
{
    size_t peers = figures_count(runtime->figures);

    if (peers <= SMALL)
        return 2 * SECOND_US;
    return peers <= 2000 ? 5 * SECOND_US : 20 * SECOND_US;
}

static void tell_changed(const struct figure *figure, void *data)
{
    struct instance_runtime *runtime = data;
    char from[ENDPOINT_TEXT_MAX];

    if (figure->liveness.connected)
        event_log_add(instance_runtime_engine(runtime)->events, "peer.connected", runtime->id,
                      figure->peer_id, NULL, "connected from %s",
                      endpoint_format(&figure->endpoint, from));
    else
        event_log_add(instance_runtime_engine(runtime)->events, "peer.disconnected", runtime->id,
                      figure->peer_id, NULL, "nothing heard for a while");
}

void instance_poll_part(struct instance_runtime *runtime, const struct verb_stats *stats)
{
    int64_t now = clock_seconds();

    /* A reading of a link that is gone by now: its bytes are counted already. */
    if (runtime->state != INSTANCE_ACTIVE)
        return;
    for (uint32_t i = 0; i < stats->count; i++) {
        const struct figure *changed = figures_sample(runtime->figures, &stats->peers[i], now);

        if (changed)
            tell_changed(changed, runtime);
    }
}

void instance_runtime_store_figures(struct instance_runtime *runtime)
{
    struct store *store = instance_runtime_engine(runtime)->store;
    int r;

    if (!figures_unstored(runtime->figures))
        return;
    r = store_begin_aside(store);
    if (r == 0) {
        figures_write(runtime->figures, store);
        r = store_commit(store);
    }
    if (r < 0)
        log_warning("instance %s: figures not stored: %s, ignoring", runtime->id, strerror(-r));
    else
        figures_stored(runtime->figures);
}

static void on_stats_end(int status, struct channel_message *message, void *data)
{
    struct instance_runtime *runtime = instance_ticket_redeem(data);

    if (!runtime)
        return;
    if (status < 0) {
        log_debug("instance %s: no figures: %s", runtime->id, role_link_detail(status, message));
        return;
    }
    figures_age(runtime->figures, clock_seconds(), tell_changed, runtime);
    instance_runtime_store_figures(runtime);
}

static bool ask_for_stats(struct instance_runtime *runtime)
{
    struct instance_ticket *ticket;
    int r;

    if (runtime->applying)
        return false;
    ticket = instance_ticket_new(runtime, NULL, NULL);
    r = role_link_call(runtime->worker, VERB_STATS, NULL, POLL_TIMEOUT_US, on_stats_end, ticket);
    if (r < 0) {
        instance_ticket_redeem(ticket);
        return false;
    }
    runtime->polled_at = clock_monotonic_us();
    return true;
}

bool instance_poll_last(struct instance_runtime *runtime)
{
    bool is_cheap = figures_count(runtime->figures) <= SMALL;

    if (runtime->state != INSTANCE_ACTIVE || !runtime->worker)
        return false;
    /* Many peers leaving a large instance one by one do not cost a reading each. */
    if (!is_cheap && clock_monotonic_us() - runtime->polled_at < LAST_AGAIN_US)
        return false;
    return ask_for_stats(runtime);
}

static int on_poll_time(sd_event_source *source, uint64_t now, void *data)
{
    struct instance_runtime *runtime = data;

    (void)now;
    sd_event_source_set_time_relative(source, poll_interval(runtime));
    sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    ask_for_stats(runtime);
    instance_filter_poll(runtime);
    return 0;
}

static int on_resync_time(sd_event_source *source, uint64_t now, void *data)
{
    (void)now;
    sd_event_source_set_time_relative(source, RESYNC_US);
    sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    instance_runtime_resync(data, NULL, NULL);
    return 0;
}

void instance_poll_start(struct instance_runtime *runtime)
{
    sd_event *event = instance_runtime_engine(runtime)->event;
    int r;

    instance_poll_stop(runtime);
    r = sd_event_add_time_relative(event, &runtime->poll_timer, CLOCK_MONOTONIC, SECOND_US / 2, 0,
                                   on_poll_time, runtime);
    if (r >= 0)
        r = sd_event_add_time_relative(event, &runtime->resync_timer, CLOCK_MONOTONIC,
                                       runtime->dirty ? SOON_US : RESYNC_US, 0, on_resync_time,
                                       runtime);
    if (r < 0)
        log_error("instance %s: no timer: %s", runtime->id, strerror(-r));
}

void instance_poll_soon(struct instance_runtime *runtime)
{
    if (runtime->resync_timer)
        sd_event_source_set_time_relative(runtime->resync_timer, SOON_US);
}

void instance_poll_stop(struct instance_runtime *runtime)
{
    runtime->poll_timer = sd_event_source_disable_unref(runtime->poll_timer);
    runtime->resync_timer = sd_event_source_disable_unref(runtime->resync_timer);
}
