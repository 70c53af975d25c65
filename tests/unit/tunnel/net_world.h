/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Real workers in namespaces of their own, with the engine's part played by the caller. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "hub/channel/channel.h"

/* As wireguard_go_enter_world(), with loopback up and a user for the workers' sandbox. `program` is
 * warren-net. */
bool net_world_enter(const char *program);
/* A new network namespace with loopback up, named in /run/netns; its descriptor. */
int net_world_make(const char *name);
/* Runs a shell command inside; its exit status. */
int net_world_run(int netns_fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same, which must succeed. */
void net_world_must(int netns_fd, const char *command);
/* One packet, with arguments of ping. */
bool net_world_pings(int netns_fd, const char *arguments);
void net_world_sleep_ms(long milliseconds);

/* To the configuration socket of a wireguard-go that runs; -1 = there is none. */
int net_world_connect_wireguard(const char *name);

struct net_worker {
    pid_t pid;
    int channel_fd;
    struct channel_header header; /* of the last message received */
    _Alignas(16) char body[CHANNEL_MESSAGE_MAX];
    size_t size;
};

/* `id` NULL = the worker of the hub's namespace. Reads its HELLO. */
struct net_worker *net_worker_start(int netns_fd, const char *id);
void net_worker_kill(struct net_worker *worker); /* and frees */
/* Closes its channel, as a dead engine's is; its exit status. Frees. */
int net_worker_end(struct net_worker *worker);
long net_worker_memory(const struct net_worker *worker, const char *field); /* kB, of status */

void net_worker_send(struct net_worker *worker, enum verb verb, uint32_t request, const void *body,
                     size_t size, int fd);
/* False when nothing came in time. */
bool net_worker_receive(struct net_worker *worker, int timeout_ms);
/* The body of the last message, which is VERB_APPLIED. */
const struct verb_applied *net_worker_applied(const struct net_worker *worker);
/* Sends, waits for the answer with the same request, answers its status (ACK, APPLIED). Messages in
 * between are passed over. */
int net_worker_ask(struct net_worker *worker, enum verb verb, const void *body, size_t size,
                   int fd);

/* ---- what to ask for ---- */

/* 10.66.0.1/16 and fd66::1/64, uplink 169.254.1.0/30 and fd99::/126. */
struct verb_instance net_world_instance(uint16_t port);
/* A peer in `space`, numbered: 10.66.x.y and fd66::n. */
enum { NET_PEER_SPACE = sizeof(struct verb_peer) + PEER_PREFIXES_MAX * sizeof(struct prefix) };
struct verb_peer *net_world_peer(void *space, unsigned number, unsigned flags);
void net_world_add_subnet(struct verb_peer *peer, const char *text);
size_t net_world_peer_size(const struct verb_peer *peer);
