/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/root_worker.h"

#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "tunnel/admission.h"
#include "tunnel/drift.h"
#include "tunnel/firewall.h"
#include "tunnel/interface_address.h"
#include "tunnel/link.h"
#include "tunnel/nft_base.h"
#include "tunnel/report.h"
#include "tunnel/sysctl.h"
#include "tunnel/uplink.h"
#include "tunnel/worker.h"

struct root_worker {
    sd_event *event;
    struct channel *channel;
    struct netlink *netlink;
    struct firewall *firewall;
    struct drift *drift;
    bool is_set; /* ROOT_SET has come */
    struct verb_root root;
    struct uplinks uplinks;
};

/* ---- parts ---- */

/* What of the sets is an uplink's. */
static void add_elements(const struct uplink *uplink, struct nft_elements *elements)
{
    const struct address *instance4 = &uplink->addresses.instance4.address;
    const struct address *instance6 = &uplink->addresses.instance6.address;
    char name[IFNAMSIZ];

    if (!uplink->has_addresses)
        return;
    uplink_link_name(uplink, name);
    nft_elements_add_uplink(elements, name, instance4);
    nft_elements_add_uplink(elements, name, instance6);
    for (unsigned server = 0; server < uplink->openvpn_ports.count; server++) {
        uint8_t protocol = openvpn_server_protocol(server);
        uint16_t port = uplink->openvpn_ports.items[server];

        if (!port)
            continue;
        nft_elements_add_port(elements, NFT_SET_PUBLISHED, protocol, port, NULL);
        nft_elements_add_port(elements, NFT_MAP_PUBLISHED4, protocol, port, instance4);
        nft_elements_add_port(elements, NFT_MAP_PUBLISHED6, protocol, port, instance6);
    }
}

static int apply_rules(struct root_worker *worker, struct verb_applied *applied)
{
    _cleanup_nft_elements_ struct nft_elements elements = {0};
    _cleanup_buf_ struct buf text = {0};
    struct firewall_rules rules = {.base = &text};

    nft_base_draw_root(worker->root.forward_other, &text);
    if (firewall_is_known(worker->firewall, &rules))
        return 0;
    for (size_t i = 0; i < worker->uplinks.count; i++)
        add_elements(&worker->uplinks.items[i], &elements);
    nft_elements_sort(&elements);
    return firewall_apply(worker->firewall, &rules, &elements, applied);
}

/* Rules stand before anything is forwarded. */
static int apply_forwarding(struct verb_applied *applied)
{
    uint32_t writes = 0;
    int forwards = 0;
    int r;

    r = sysctl_want("ipv4/ip_forward", 1, &writes);
    if (r == 0)
        r = sysctl_read("ipv6/conf/all/forwarding", &forwards);
    if (r == 0 && forwards == 0)
        r = sysctl_keep_router_advertisements(&writes);
    if (r == 0)
        r = sysctl_want("ipv6/conf/all/forwarding", 1, &writes);
    applied->writes += writes;
    applied->changed += writes;
    return r;
}

static int apply_addresses(struct root_worker *worker, const struct uplink *uplink, uint32_t index,
                           const struct interface_addresses *observed, uint32_t *ret_writes)
{
    _cleanup_interface_addresses_ struct interface_addresses wanted = {0};

    interface_addresses_add(&wanted, index, &uplink->addresses.root4);
    interface_addresses_add(&wanted, index, &uplink->addresses.root6);
    return interface_addresses_apply(worker->netlink, &wanted, observed, &index, 1, ret_writes);
}

static int apply_uplink(struct root_worker *worker, const struct uplink *uplink,
                        const struct interface_addresses *observed, struct verb_applied *applied)
{
    char name[64];
    uint32_t writes = 0;
    uint32_t index;
    int r;

    r = uplink_apply_veth(worker->netlink, uplink, &index, &writes);
    if (r == 0) {
        (void)snprintf(name, sizeof(name), "ipv6/conf/wru-%s/accept_ra", uplink->id);
        r = sysctl_want(name, 0, &writes);
    }
    /* A hub without IPv6 still has an IPv4 uplink to set. */
    if (r == 0 || r == -ENOENT)
        r = apply_addresses(worker, uplink, index, observed, &writes);
    applied->writes += writes;
    applied->changed += writes;
    return r;
}

/* wireguard-go's link is gone with wireguard-go: the engine sees to it. */
static int apply_kernel_link(struct root_worker *worker, const struct uplink *uplink,
                             struct verb_applied *applied)
{
    uint32_t writes = 0;
    int r = 0;

    if (uplink->backend == WIREGUARD_KERNEL)
        r = uplink_apply_wireguard(worker->netlink, uplink, &writes);
    applied->writes += writes;
    applied->added += writes;
    return r;
}

static void apply_all(struct root_worker *worker, struct verb_applied *ret_applied)
{
    _cleanup_interface_addresses_ struct interface_addresses observed = {0};
    struct verb_applied *applied = ret_applied;
    struct report report = {.applied = applied};

    *applied = (struct verb_applied){0};
    report_part(&report, apply_rules(worker, applied), "rules");
    if (applied->status == 0)
        report_part(&report, apply_forwarding(applied), "forwarding");
    report_part(&report, interface_addresses_read(worker->netlink, &observed), "addresses");
    for (size_t i = 0; i < worker->uplinks.count; i++) {
        const struct uplink *uplink = &worker->uplinks.items[i];
        char what[32];

        (void)snprintf(what, sizeof(what), "uplink of %s", uplink->id);
        if (uplink->has_addresses)
            report_part(&report, apply_uplink(worker, uplink, &observed, applied), what);
        (void)snprintf(what, sizeof(what), "link of %s", uplink->id);
        report_part(&report, apply_kernel_link(worker, uplink, applied), what);
    }
    if (applied->status < 0)
        log_error("%s", applied->detail);
}

static void apply_now(struct root_worker *worker, struct verb_applied *ret_applied)
{
    drift_quiet_begin(worker->drift);
    apply_all(worker, ret_applied);
    drift_quiet_end(worker->drift);
}

static void on_drift(void *data)
{
    struct root_worker *worker = data;
    struct verb_applied applied;
    int r;

    if (!worker->is_set)
        return;
    apply_now(worker, &applied);
    if (applied.writes == 0 && applied.status == 0)
        return;
    log_info("drift: %s, %u writes", applied.detail, applied.writes);
    r = channel_send_plain(worker->channel, VERB_APPLIED, 0, 0, &applied, sizeof(applied));
    if (r < 0)
        log_warning("a repair could not be told: %s, ignoring", strerror(-r));
}

/* ---- verbs ---- */

static int do_root_set(void *data, struct channel_message *message)
{
    struct root_worker *worker = data;
    const struct verb_root *root = message->body;
    struct verb_applied applied;
    const char *reason;
    int r = admission_check_uplink_network(&root->uplink6, &reason);

    if (r < 0)
        return worker_acknowledge(worker->channel, message, r, reason);
    worker->root = *root;
    worker->is_set = true;
    firewall_forget(worker->firewall);
    apply_now(worker, &applied);
    return worker_acknowledge(worker->channel, message, applied.status, applied.detail);
}

/* Keeps the namespace's descriptor for repairs. */
static struct uplink *keep_netns(struct root_worker *worker, const char *id,
                                 struct channel_message *message)
{
    struct uplink *uplink = uplinks_get(&worker->uplinks, id);

    cleanup_close(&uplink->netns_fd);
    uplink->netns_fd = TAKE_FD(message->fds[0]);
    return uplink;
}

static int do_link_set(void *data, struct channel_message *message)
{
    struct root_worker *worker = data;
    const struct verb_link *link = message->body;
    struct uplink *uplink;
    uint32_t writes = 0;
    int r;

    if (!id_valid(link->id) ||
        (link->backend != WIREGUARD_KERNEL && link->backend != WIREGUARD_USERSPACE))
        return worker_acknowledge(worker->channel, message, -EINVAL, "no such id or backend");
    r = uplink_check_netns(link->id, message->fds[0]);
    if (r < 0)
        return worker_acknowledge(worker->channel, message, r, "not the namespace of that id");
    uplink = keep_netns(worker, link->id, message);
    uplink->backend = link->backend;
    uplink->more = link->more;
    r = uplink_apply_wireguard(worker->netlink, uplink, &writes);
    return worker_acknowledge(worker->channel, message, r, "WireGuard link");
}

/* `own`: both are the same list, where a port meets itself. */
static bool ports_meet(struct port_span ports, struct port_span taken, bool own)
{
    for (unsigned a = 0; a < ports.count; a++)
        for (unsigned b = own ? a + 1 : 0; ports.items[a] && b < taken.count; b++)
            if (ports.items[a] == taken.items[b] &&
                openvpn_server_protocol(a) == openvpn_server_protocol(b))
                return true;
    return false;
}

/* A port leads to one server of one instance. */
static int check_ports(const struct root_worker *worker, const struct verb_uplink *wanted)
{
    struct port_span ports = {wanted->openvpn_ports, wanted->port_count};

    if (ports_meet(ports, ports, true))
        return -EADDRINUSE;
    for (size_t i = 0; i < worker->uplinks.count; i++) {
        const struct uplink *uplink = &worker->uplinks.items[i];

        if (!text_equal(uplink->id, wanted->id) &&
            ports_meet(ports, port_list_span(&uplink->openvpn_ports), false))
            return -EADDRINUSE;
    }
    return 0;
}

static int check_uplink(const struct root_worker *worker, const struct verb_uplink *uplink,
                        int netns_fd, const char **ret_reason)
{
    int r;

    if (!worker->is_set) {
        *ret_reason = "the hub's own rules are not set";
        return -ENOTCONN;
    }
    if (!id_valid(uplink->id) ||
        !prefix_contains_address(&worker->root.uplink6, &uplink->addresses.instance6.address)) {
        *ret_reason = "no such id, or an address outside of the uplinks' network";
        return -EINVAL;
    }
    r = uplink_check_netns(uplink->id, netns_fd);
    if (r < 0) {
        *ret_reason = "not the namespace of that id";
        return r;
    }
    r = check_ports(worker, uplink);
    if (r < 0) {
        *ret_reason = "a port is published for two servers";
        return r;
    }
    r = admission_check_published((struct port_span){uplink->openvpn_ports, uplink->port_count},
                                  ret_reason);
    return r < 0 ? r : admission_check_uplink(&uplink->addresses, ret_reason);
}

/* The difference between an uplink's elements and those it had, in one transaction. */
static int change_fences(struct root_worker *worker, const struct uplink *before,
                         const struct uplink *after)
{
    _cleanup_nft_elements_ struct nft_elements observed = {0};
    _cleanup_nft_elements_ struct nft_elements wanted = {0};
    _cleanup_nft_changes_ struct nft_changes changes = {0};
    const struct uplink *uplinks[] = {before, after};
    struct nft_elements *lists[] = {&observed, &wanted};
    bool disturbed = false;
    int r;

    for (size_t i = 0; i < ELEMENTS(uplinks); i++) {
        if (uplinks[i])
            add_elements(uplinks[i], lists[i]);
        nft_elements_sort(lists[i]);
    }
    nft_elements_diff(&wanted, &observed, 0, &changes);
    r = firewall_change(worker->firewall, &changes, &disturbed);
    if (disturbed)
        drift_hint(worker->drift);
    return r;
}

/* The cheap way first; whatever keeps it from working is found by looking at all. */
static int apply_fences(struct root_worker *worker, const struct uplink *before,
                        const struct uplink *after)
{
    struct verb_applied applied = {0};
    int r = change_fences(worker, before, after);

    return r < 0 ? apply_rules(worker, &applied) : 0;
}

static int do_uplink_set(void *data, struct channel_message *message)
{
    struct root_worker *worker = data;
    const struct verb_uplink *wanted = message->body;
    _cleanup_interface_addresses_ struct interface_addresses observed = {0};
    struct verb_applied applied = {0};
    const char *tried;
    struct uplink *uplink;
    struct uplink before;
    int r;

    r = check_uplink(worker, wanted, message->fds[0], &tried);
    if (r < 0)
        return worker_acknowledge(worker->channel, message, r, tried);
    uplink = keep_netns(worker, wanted->id, message);
    before = *uplink;
    uplink->has_addresses = true;
    uplink->addresses = wanted->addresses;
    uplink->openvpn_ports = (struct port_list){0};
    port_list_copy(&uplink->openvpn_ports,
                   (struct port_span){wanted->openvpn_ports, wanted->port_count});
    tried = "fences of the uplink";
    r = apply_fences(worker, &before, uplink);
    port_list_done(&before.openvpn_ports);
    if (r == 0) {
        tried = "uplink";
        r = interface_addresses_read(worker->netlink, &observed);
    }
    if (r == 0)
        r = apply_uplink(worker, uplink, &observed, &applied);
    return worker_acknowledge(worker->channel, message, r, tried);
}

static int do_uplink_remove(void *data, struct channel_message *message)
{
    struct root_worker *worker = data;
    const struct verb_net_id *id = message->body;
    struct uplink unknown = {.netns_fd = -1};
    struct uplink *uplink;
    int r;

    if (!id_valid(id->id))
        return worker_acknowledge(worker->channel, message, -EINVAL, "no such id");
    uplink = uplinks_find(&worker->uplinks, id->id);
    if (!uplink)
        (void)text_copy(unknown.id, sizeof(unknown.id), id->id);
    r = uplink_remove_veth(worker->netlink, uplink ? uplink : &unknown);
    if (r == 0 && uplink) {
        struct uplink before = *uplink;

        uplink->openvpn_ports = (struct port_list){0};
        uplinks_remove(&worker->uplinks, id->id);
        r = apply_fences(worker, &before, NULL);
        port_list_done(&before.openvpn_ports);
    }
    return worker_acknowledge(worker->channel, message, r, "uplink");
}

/* An instance's uplink stands that the engine did not tell of: not yet, or it is in trouble. */
static bool has_untold_uplink(const struct root_worker *worker)
{
    struct if_nameindex *links = if_nameindex();
    bool found = !links;

    for (size_t i = 0; links && links[i].if_name && !found; i++) {
        const struct uplink *uplink;

        if (!text_starts_with(links[i].if_name, "wru-"))
            continue;
        uplink = uplinks_find(&worker->uplinks, links[i].if_name + strlen("wru-"));
        found = !uplink || !uplink->has_addresses;
    }
    if (links)
        if_freenameindex(links);
    return found;
}

static int do_resync(void *data, struct channel_message *message)
{
    struct root_worker *worker = data;
    struct verb_applied applied = {.status = -ENOTCONN, .detail = "nothing is wanted yet"};

    firewall_keep_others(worker->firewall, has_untold_uplink(worker));
    if (worker->is_set)
        apply_now(worker, &applied);
    return channel_send_plain(worker->channel, VERB_APPLIED, message->header.request,
                              message->header.generation, &applied, sizeof(applied));
}

/* ---- the worker ---- */

static const struct worker_verb verbs[] = {
    {VERB_ROOT_SET, do_root_set},     {VERB_LINK_SET, do_link_set},
    {VERB_UPLINK_SET, do_uplink_set}, {VERB_UPLINK_REMOVE, do_uplink_remove},
    {VERB_RESYNC, do_resync},
};

static void on_ready(struct channel *channel, void *data)
{
    ((struct root_worker *)data)->channel = channel;
}

static int open_worker(struct root_worker *worker)
{
    struct drift_scope scope = {.routes = false};
    int r;

    r = sd_event_new(&worker->event);
    if (r >= 0)
        r = firewall_new(NFT_SET_UPLINK4, NFT_MAP_PUBLISHED6, false, &worker->firewall);
    if (r >= 0)
        r = netlink_open(NETLINK_ROUTE, &worker->netlink);
    if (r < 0)
        return r;
    firewall_keep_others(worker->firewall, true);
    scope.port = netlink_port(worker->netlink);
    scope.sets = firewall_sets(worker->firewall);
    return drift_new(worker->event, &scope, on_drift, worker, &worker->drift);
}

int root_worker_run(int channel_fd)
{
    struct worker_program program = {
        .role = ROLE_NET_ROOT,
        .verbs = verbs,
        .verb_count = ELEMENTS(verbs),
        .ready = on_ready,
    };
    _cleanup_close_ int fd = channel_fd;
    struct root_worker worker = {0};
    int r;

    r = open_worker(&worker);
    if (r >= 0)
        r = link_probe_wireguard(worker.netlink, &program.kernel_wireguard);
    if (r >= 0)
        r = worker_run(worker.event, TAKE_FD(fd), &program, &worker);
    drift_free(worker.drift);
    netlink_free(worker.netlink);
    firewall_free(worker.firewall);
    uplinks_done(&worker.uplinks);
    sd_event_unref(worker.event);
    return r;
}
