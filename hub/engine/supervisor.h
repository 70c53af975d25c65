/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine's channel to warrend: namespaces, workers and wireguard-go are asked for here. */
#pragma once

#include "hub/engine/engine.h"
#include "hub/engine/role_link.h"

struct supervisor;

/* What warrend tells by itself. */
struct supervisor_handlers {
    void (*net_gone)(const char *instance_id, void *data); /* "" = the hub's own worker */
    void (*wireguard_gone)(const char *instance_id, unsigned link, void *data);
    void (*openvpn_gone)(const char *instance_id, unsigned server, void *data);
    void (*dns_gone)(const char *instance_id, void *data);
    void (*reload)(void *data);
    void (*hash_opened)(int fd, void *data); /* owns the descriptor from now on */
    void (*web_opened)(int fd, void *data);  /* owns `fd`: the channel to warren-web */
    void (*web_listeners)(const struct verb_web_listeners *list, void *data);
};

/* Owns `fd`. The engine's loop ends when warrend goes away. */
int supervisor_new(struct engine *engine, int fd, const struct supervisor_handlers *handlers,
                   void *data, struct supervisor **ret_supervisor);
struct supervisor *supervisor_free(struct supervisor *supervisor);

/* A verb about one instance ("" = the hub's own namespace). As role_link_call(). */
int supervisor_call(struct supervisor *supervisor, enum verb verb, const char *instance_id,
                    role_link_done done, void *data);
/* A verb about the wireguard-go of one of an instance's links. */
int supervisor_call_wireguard(struct supervisor *supervisor, enum verb verb,
                              const char *instance_id, unsigned link, role_link_done done,
                              void *data);
/* Any verb; and one without an answer. */
int supervisor_ask(struct supervisor *supervisor, enum verb verb, const struct role_link_body *body,
                   role_link_done done, void *data);
int supervisor_tell(struct supervisor *supervisor, enum verb verb,
                    const struct role_link_body *body);
int supervisor_ask_roles(struct supervisor *supervisor, role_link_done done, void *data);
/* The API answers and all instances were brought up once. */
void supervisor_tell_ready(struct supervisor *supervisor);
