/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/drift.h"

#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"

enum { HINT_DELAY_US = 300 * 1000, HINT_ACCURACY_US = 10 * 1000 };

struct drift {
    struct drift_scope scope;
    drift_hinted hinted;
    void *data;
    struct netlink *route_events, *rule_events;
    sd_event_source *route_source, *rule_source, *timer;
    bool armed;
};

DEFINE_CLEANUP(struct drift *, drift_free, cleanup_drift)

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
    struct drift *drift = data;

    (void)source;
    (void)usec;
    drift->armed = false;
    drift->hinted(drift->data);
    return 0;
}

void drift_hint(struct drift *drift)
{
    if (drift->armed)
        return;
    drift->armed = true;
    (void)sd_event_source_set_time_relative(drift->timer, HINT_DELAY_US);
    (void)sd_event_source_set_enabled(drift->timer, SD_EVENT_ONESHOT);
}

static void see_route_event(const struct nlmsghdr *event, void *data)
{
    struct drift *drift = data;

    if (event->nlmsg_pid != drift->scope.port)
        drift_hint(drift);
}

static void see_rule_event(const struct nlmsghdr *event, void *data)
{
    struct drift *drift = data;

    if (nft_sets_is_foreign(drift->scope.sets, event))
        drift_hint(drift);
}

static int on_events(sd_event_source *source, int fd, uint32_t revents, void *data)
{
    struct drift *drift = data;
    bool is_route = source == drift->route_source;
    int r = netlink_read_events(is_route ? drift->route_events : drift->rule_events,
                                is_route ? see_route_event : see_rule_event, drift);

    (void)fd;
    (void)revents;
    /* Lost ones are a hint too. */
    if (r < 0) {
        log_debug("events were lost: %s, ignoring", strerror(-r));
        drift_hint(drift);
    }
    return 0;
}

static int listen_to(sd_event *event, struct drift *drift, int protocol,
                     struct netlink **ret_netlink, sd_event_source **ret_source)
{
    int r = netlink_open(protocol, ret_netlink);

    return r < 0 ? r
                 : sd_event_add_io(event, ret_source, netlink_fd(*ret_netlink), EPOLLIN, on_events,
                                   drift);
}

static int join_groups(struct drift *drift)
{
    static const unsigned groups[] = {RTNLGRP_LINK,       RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
                                      RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,  RTNLGRP_IPV4_RULE,
                                      RTNLGRP_IPV6_RULE};
    size_t count = drift->scope.routes ? ELEMENTS(groups) : 3;
    int r = netlink_join(drift->rule_events, NFNLGRP_NFTABLES);

    for (size_t i = 0; i < count && r == 0; i++)
        r = netlink_join(drift->route_events, groups[i]);
    return r;
}

int drift_new(sd_event *event, const struct drift_scope *scope, drift_hinted hinted, void *data,
              struct drift **ret_drift)
{
    _cleanup_(cleanup_drift) struct drift *drift = memory_zero(sizeof(*drift));
    int r;

    drift->scope = *scope;
    drift->hinted = hinted;
    drift->data = data;
    r = listen_to(event, drift, NETLINK_ROUTE, &drift->route_events, &drift->route_source);
    if (r >= 0)
        r = listen_to(event, drift, NETLINK_NETFILTER, &drift->rule_events, &drift->rule_source);
    if (r >= 0)
        r = sd_event_add_time_relative(event, &drift->timer, CLOCK_MONOTONIC, HINT_DELAY_US,
                                       HINT_ACCURACY_US, on_timer, drift);
    if (r >= 0)
        r = sd_event_source_set_enabled(drift->timer, SD_EVENT_OFF);
    if (r >= 0)
        r = join_groups(drift);
    if (r < 0)
        return r;
    *ret_drift = TAKE_PTR(drift);
    return 0;
}

struct drift *drift_free(struct drift *drift)
{
    if (!drift)
        return NULL;
    sd_event_source_disable_unref(drift->timer);
    sd_event_source_disable_unref(drift->route_source);
    sd_event_source_disable_unref(drift->rule_source);
    netlink_free(drift->route_events);
    netlink_free(drift->rule_events);
    free(drift);
    return NULL;
}

void drift_quiet_begin(struct drift *drift)
{
    /* As long as somebody listens, the kernel writes a message for each element. */
    (void)netlink_leave(drift->rule_events, NFNLGRP_NFTABLES);
}

/* What the kernel did of itself looks foreign: one more look, which finds nothing, is the price for
 * missing no change of somebody else's. */
void drift_quiet_end(struct drift *drift)
{
    if (netlink_read_events(drift->route_events, see_route_event, drift) < 0)
        drift_hint(drift);
    if (netlink_read_events(drift->rule_events, see_rule_event, drift) < 0)
        drift_hint(drift);
    if (netlink_join(drift->rule_events, NFNLGRP_NFTABLES) < 0)
        log_warning("no events of rules any more, ignoring");
}
