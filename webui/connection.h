/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One client: its socket, its TLS session, the request it makes and the answer it gets, one after
 * the other. Whatever it does or leaves, it has a deadline.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "hub/base/buf.h"
#include "webui/answer.h"
#include "webui/http_head.h"
#include "webui/read_ahead.h"
#include "webui/web.h"

enum connection_state {
    CONNECTION_HANDSHAKE,
    CONNECTION_READS,   /* a request, or waits for one to begin */
    CONNECTION_WAITS,   /* for the engine */
    CONNECTION_ANSWERS, /* writes */
    CONNECTION_STREAMS, /* is told events as they come */
    CONNECTION_LINGERS, /* all is said; lets the client read it */
    CONNECTION_CLOSED,
};

struct connection {
    struct web *web;
    unsigned place;
    uint32_t number;        /* of the request that the engine has; 0 = none */
    uint32_t answer_number; /* of the one that it answers in parts */
    int fd;
    struct poller *poller;
    uint32_t watched; /* events of epoll */
    struct tls *tls;  /* NULL: plain HTTP */
    gnutls_session_t session;
    struct address from;
    uint16_t port; /* of HTTPS, for who comes by HTTP */
    struct address_group *group;
    struct connection *older, *newer; /* in its group */
    struct connection *next_dead;
    enum connection_state state;
    struct read_ahead ahead;
    struct buf in, out;
    size_t sent;       /* of `out` */
    size_t needed;     /* bytes that the request has in all; 0 = not known yet */
    size_t body_left;  /* of the answer's, still to come from the engine */
    uint64_t deadline; /* monotonic microseconds */
    bool known;        /* somebody whom the engine knows */
    bool shows;        /* the request has a credential */
    bool closes;       /* after this answer */
    bool head_only;    /* HEAD */
    bool ended;        /* nothing more will come from the client */
    bool partial;      /* GnuTLS has a record to finish */
    bool working;      /* amid work(): what it calls leaves the next step to it */
};

/* Takes the descriptor over, in error too. */
void connection_new(struct web *web, int fd, const struct address *from,
                    const struct web_socket *socket, uint16_t https_port);
/* Of web.arriving and web.present. */
void connection_on_event(uint32_t events, void *data);
/* At once, without another word. Safe anywhere. */
void connection_close(struct connection *connection);
/* Makes room: closes the least wanted one of the group (NULL: of all). False: all are wanted. */
bool connection_evict(struct web *web, struct address_group *group);

/* ---- answering ---- */

/* Writes head and body; HEAD gets the head alone. */
void connection_answer(struct connection *connection, struct answer *answer, const void *body,
                       size_t size);
void connection_refuse(struct connection *connection, int status, const char *type,
                       const char *detail, uint32_t retry_after);
/* The head of an answer whose body comes in parts, with the first of it; then each of the others.
 */
void connection_begin(struct connection *connection, struct answer *answer, const void *part,
                      size_t size, size_t total);
void connection_add(struct connection *connection, const void *part, size_t size);
/* The head of a stream; then chunks, ready to be sent. */
void connection_begin_stream(struct connection *connection, struct answer *answer);
void connection_send_chunk(struct connection *connection, const struct buf *chunk);
/* Sends what is left with these bytes behind, then closes. */
void connection_end_stream(struct connection *connection, const char *last, size_t size);
/* It has been handed to the engine. */
void connection_wait(struct connection *connection, uint32_t number);

/* Once a second: those that are late go. */
void connections_tick(struct web *web);
