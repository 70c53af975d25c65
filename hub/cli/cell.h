/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A JSON value as people read it. */
#pragma once

#include <jansson.h>

#include "hub/base/buf.h"
#include "hub/cli/screen.h"

/* `value` may be NULL: the object has none. */
typedef enum screen_color (*cell_write)(const json_t *value, struct buf *text);

/* "wireguard.port" within an object; NULL when it is not there. */
const json_t *cell_value(const json_t *object, const char *path);

enum screen_color cell_plain(const json_t *value, struct buf *text); /* lists with commas */
enum screen_color cell_bytes(const json_t *value, struct buf *text); /* 1.5 MiB */
enum screen_color cell_ago(const json_t *value, struct buf *text);   /* 12s ago */
enum screen_color cell_duration(const json_t *value, struct buf *text);
enum screen_color cell_state(const json_t *value, struct buf *text);     /* of an instance */
enum screen_color cell_connected(const json_t *value, struct buf *text); /* yes is good */
enum screen_color cell_action(const json_t *value, struct buf *text);    /* allow is good */
enum screen_color cell_level(const json_t *value, struct buf *text);
enum screen_color cell_dns(const json_t *value, struct buf *text);   /* null: the hub's own */
enum screen_color cell_ready(const json_t *value, struct buf *text); /* flags that are set */
enum screen_color cell_pending(const json_t *value, struct buf *text);
enum screen_color cell_reason(const json_t *value, struct buf *text);     /* of a finding */
enum screen_color cell_forwarding(const json_t *value, struct buf *text); /* of the hub */
enum screen_color cell_bad_if_true(const json_t *value, struct buf *text);
enum screen_color cell_good_if_true(const json_t *value, struct buf *text);
/* Of a whole peer: "yes", "no", "expired". */
enum screen_color cell_enabled(const json_t *peer, struct buf *text);
/* Of a whole event: the name, else the id. */
enum screen_color cell_event_instance(const json_t *event, struct buf *text);
enum screen_color cell_event_peer(const json_t *event, struct buf *text);

/* A field's text, "" for what is none. */
const char *cell_text(const json_t *object, const char *field);
