/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The talk with one OpenVPN server over its management socket. It never blocks: while OpenVPN has
 * something to say that nobody reads it reads no commands, so what comes in is always read first.
 */
#pragma once

#include <systemd/sd-event.h>

#include "tunnel/openvpn_command.h"
#include "tunnel/openvpn_management.h"

struct openvpn_dialogue;

struct openvpn_dialogue_handlers {
    /* Must not free the dialogue. */
    void (*event)(const struct openvpn_event *event, void *data);
    /* It is over: -EPIPE, -EBADMSG (nonsense), -ETIMEDOUT (commands are not answered), -ENOBUFS
     * (they are not read). Nothing is called any more; may free the dialogue. */
    void (*closed)(int error, void *data);
};

/* Owns `fd`, in error too. */
int openvpn_dialogue_new(sd_event *event, int fd, const struct openvpn_dialogue_handlers *handlers,
                         void *data, struct openvpn_dialogue **ret_dialogue);
struct openvpn_dialogue *openvpn_dialogue_free(struct openvpn_dialogue *dialogue);

/* Where commands are appended to (openvpn_command.h); they go out when the loop turns. `count`: how
 * many of them this call announces. */
struct buf *openvpn_dialogue_commands(struct openvpn_dialogue *dialogue, unsigned count);
