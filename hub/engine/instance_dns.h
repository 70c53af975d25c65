/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An instance's resolver, beside its steps: traffic flows without it. First all names are told
 * (DNS_BEGIN ... DNS_END), then blocks of them as they change. Used by instance_runtime.c and
 * runtimes.c.
 */
#pragma once

#include "hub/engine/engine.h"

struct instance_runtime;
struct instance_dns;

struct instance_dns *instance_dns_new(struct instance_runtime *runtime);
struct instance_dns *instance_dns_free(struct instance_dns *dns);

/* The instance's namespace stands: tells all, unless that is done or under way. */
void instance_dns_begin(struct instance_dns *dns);
/* No more: the instance is being deleted. */
void instance_dns_stop(struct instance_dns *dns);
/* All may have changed: the instance, or settings. */
void instance_dns_changed(struct instance_dns *dns);
/* What is at a host number has changed. */
void instance_dns_host_changed(struct instance_dns *dns, uint64_t host);
/* Its dnsmasq ended. */
void instance_dns_gone(struct instance_dns *dns);

struct instance_dns_view {
    bool ready;
    const char *failure; /* "" = none */
    int64_t retry_at;    /* 0 = not waiting */
};
void instance_dns_view(const struct instance_dns *dns, struct instance_dns_view *ret_view);
