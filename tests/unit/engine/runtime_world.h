/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine's core above a real store and real channels, with warrend and the workers played: what
 * they hear is written down, and they answer as they are told to. */
#pragma once

#include "hub/channel/channel.h"
#include "hub/engine/event_log.h"
#include "hub/engine/runtime.h"
#include "hub/engine/supervisor.h"
#include "tests/unit/store/fixture.h"

enum { HEARD_MAX = 1024, KNOWN_MAX = 16 };

/* What a worker was told is to be in the kernel; of the peers, the first ones. */
struct told {
    uint8_t flags; /* of the instance */
    struct key peers[KNOWN_MAX];
    unsigned count;
};

struct player {
    struct runtime_world *world;
    struct channel *channel;
    bool staging;
    struct told staged, wanted;
    unsigned applies; /* APPLY_ENDs heard */
    uint16_t server;  /* of the peer set last */
};

struct heard {
    enum verb verb;
    struct player *by;
    struct channel_header header;
    char id[ID_MAX]; /* of the verbs that begin with one */
    uint16_t server; /* of the verbs about an OpenVPN server */
};

struct runtime_world {
    struct fixture *fixture;
    struct engine engine;
    struct player warrend, root, worker;
    struct heard heard[HEARD_MAX]; /* what comes beyond is not written down */
    unsigned heard_count;
    struct link_set links; /* that the root worker was told of last */
    /* How the players behave. */
    int fail[VERB_COUNT];   /* what they answer instead of 0 */
    bool mute[VERB_COUNT];  /* they do not answer */
    bool kernel_wireguard;  /* the root worker says that the kernel can */
    bool link_missing;      /* an apply finds no link, once */
    bool wireguard_adopted; /* wireguard-go ran already */
    bool openvpn_adopted;   /* the OpenVPN servers run already */
    /* The test's ends of their management sockets. */
    int management[OPENVPN_SERVER_COUNT];
};

int runtime_world_open(void **state);
int runtime_world_close(void **state);

/* The engine starts, with what the store has; ends, as with SIGTERM. */
void world_start(struct runtime_world *world);
void world_stop(struct runtime_world *world);
/* Runs the loop until all is quiet. */
void world_turn(struct runtime_world *world);
/* Runs it until the instance is in this state; false: it took too long. */
bool world_wait(struct runtime_world *world, const char *id, enum instance_state state);

unsigned world_heard(const struct runtime_world *world, enum verb verb);
/* The verbs heard since world_forget(), as "NET_OPEN ROOT_SET"; figures are not looked at,
 * and what the resolver is told is a list of its own. */
const char *world_verbs(const struct runtime_world *world, char text[static 1024]);
const char *world_dns_verbs(const struct runtime_world *world, char text[static 1024]);
void world_forget(struct runtime_world *world);
/* Answers the last one of the verb, late. */
void world_answer(struct runtime_world *world, enum verb verb, int status);
/* Its process ends. */
void world_kill(struct player *player);
bool told_has(const struct told *told, const struct key *key);
