/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/supervisor.h"

#include <stdlib.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"

enum { SUPERVISOR_TIMEOUT_US = 15 * 1000 * 1000 };

struct supervisor {
    struct engine *engine;
    struct role_link *link;
    struct supervisor_handlers handlers;
    void *data;
};

static const char *id_of(const struct channel_message *message)
{
    return ((const struct verb_net_id *)message->body)->id;
}

static void tell_wireguard_gone(struct supervisor *supervisor, const struct verb_wireguard_id *gone)
{
    supervisor->handlers.wireguard_gone(gone->id, gone->link, supervisor->data);
}

static void tell_openvpn_gone(struct supervisor *supervisor, const struct verb_openvpn_id *gone)
{
    supervisor->handlers.openvpn_gone(gone->id, gone->server, supervisor->data);
}

static void on_message(struct role_link *link, struct channel_message *message, void *data)
{
    struct supervisor *supervisor = data;
    enum verb verb = message->header.verb;

    (void)link;
    if (verb == VERB_NET_GONE)
        supervisor->handlers.net_gone(id_of(message), supervisor->data);
    else if (verb == VERB_WIREGUARD_GONE)
        tell_wireguard_gone(supervisor, message->body);
    else if (verb == VERB_OPENVPN_GONE)
        tell_openvpn_gone(supervisor, message->body);
    else if (verb == VERB_DNS_GONE)
        supervisor->handlers.dns_gone(id_of(message), supervisor->data);
    else if (verb == VERB_HASH_OPENED)
        supervisor->handlers.hash_opened(TAKE_FD(message->fds[0]), supervisor->data);
    else if (verb == VERB_RELOAD)
        supervisor->handlers.reload(supervisor->data);
    else if (verb == VERB_WEB_OPENED)
        supervisor->handlers.web_opened(TAKE_FD(message->fds[0]), supervisor->data);
    else if (verb == VERB_WEB_LISTENERS)
        supervisor->handlers.web_listeners(message->body, supervisor->data);
    else
        log_warning("warrend said %s unasked, ignoring", verb_name(verb));
}

static void on_closed(struct role_link *link, void *data)
{
    struct supervisor *supervisor = data;

    (void)link;
    log_info("warrend is gone, ending");
    sd_event_exit(supervisor->engine->event, 0);
}

int supervisor_new(struct engine *engine, int fd, const struct supervisor_handlers *handlers,
                   void *data, struct supervisor **ret_supervisor)
{
    static const struct role_link_handlers link_handlers = {
        .message = on_message,
        .closed = on_closed,
    };
    struct supervisor *supervisor = memory_zero(sizeof(*supervisor));
    int r;

    supervisor->engine = engine;
    supervisor->handlers = *handlers;
    supervisor->data = data;
    r = role_link_new(engine->event, fd, ROLE_SUPERVISOR, &link_handlers, supervisor,
                      &supervisor->link);
    if (r < 0) {
        free(supervisor);
        return r;
    }
    *ret_supervisor = supervisor;
    return 0;
}

struct supervisor *supervisor_free(struct supervisor *supervisor)
{
    if (!supervisor)
        return NULL;
    role_link_free(supervisor->link);
    free(supervisor);
    return NULL;
}

int supervisor_call(struct supervisor *supervisor, enum verb verb, const char *instance_id,
                    role_link_done done, void *data)
{
    struct verb_net_id id = {0};
    struct role_link_body body = {.fixed = &id, .fixed_size = sizeof(id), .fd = -1};

    text_copy(id.id, sizeof(id.id), instance_id);
    return supervisor_ask(supervisor, verb, &body, done, data);
}

int supervisor_call_wireguard(struct supervisor *supervisor, enum verb verb,
                              const char *instance_id, unsigned link, role_link_done done,
                              void *data)
{
    struct verb_wireguard_id id = {.link = (uint16_t)link};
    struct role_link_body body = {.fixed = &id, .fixed_size = sizeof(id), .fd = -1};

    text_copy(id.id, sizeof(id.id), instance_id);
    return supervisor_ask(supervisor, verb, &body, done, data);
}

int supervisor_ask(struct supervisor *supervisor, enum verb verb, const struct role_link_body *body,
                   role_link_done done, void *data)
{
    return role_link_call(supervisor->link, verb, body, SUPERVISOR_TIMEOUT_US, done, data);
}

int supervisor_tell(struct supervisor *supervisor, enum verb verb,
                    const struct role_link_body *body)
{
    return role_link_send(supervisor->link, verb, body);
}

int supervisor_ask_roles(struct supervisor *supervisor, role_link_done done, void *data)
{
    return supervisor_ask(supervisor, VERB_ROLES, NULL, done, data);
}

void supervisor_tell_ready(struct supervisor *supervisor)
{
    int r = role_link_send(supervisor->link, VERB_READY, NULL);

    if (r < 0)
        log_warning("can't tell warrend that the hub is ready: %s, ignoring", strerror(-r));
}
