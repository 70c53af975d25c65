/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Table `inet warren_rules` as the kernel has it. */
#pragma once

#include "tunnel/netlink.h"
#include "tunnel/rule_comment.h"

struct rule_seen {
    uint64_t handle;
    uint64_t packets;
    bool is_ours; /* the comment says which rule */
    struct rule_comment comment;
};

struct rule_mark_seen {
    uint32_t mark;
    int64_t expires_at; /* CLOCK_REALTIME milliseconds, 0 = never */
};

struct rule_observed {
    /* All but the rules and marks is as it is made. */
    bool is_whole;
    uint32_t judgement;
    bool deny;
    struct rule_seen *rules; /* of the chain `rules`, in order */
    size_t rule_count, rule_size;
    struct rule_mark_seen *marks;
    size_t mark_count, mark_size;
};

int rule_observed_read(struct netlink *netlink, struct rule_observed *ret_observed);
/* The rules alone. */
int rule_observed_read_rules(struct netlink *netlink, struct rule_observed *ret_observed);
/* One rule; -ENOENT. */
int rule_observed_read_one(struct netlink *netlink, uint64_t handle, struct rule_seen *ret_seen);
/* A message that tells of a rule of the chain `rules`; false: of another. */
bool rule_observed_parse(const struct nlmsghdr *message, struct rule_seen *ret_seen);
void rule_observed_done(struct rule_observed *observed);
#define _cleanup_rule_observed_ __attribute__((cleanup(rule_observed_done)))
