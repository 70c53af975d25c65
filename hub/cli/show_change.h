/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A change that was made: a line that says so, and the command that is likely next. */
#pragma once

#include <jansson.h>

#include "hub/cli/request.h"
#include "hub/cli/screen.h"

/* 'token "ci" deleted', 'check k3m7q2xa deleted' */
void show_by_name(const struct screen *screen, const struct request *request, const json_t *body,
                  const char *done);
void show_by_id(const struct screen *screen, const struct request *request, const json_t *body,
                const char *done);

void show_settings_set(const struct screen *screen, const json_t *body);
void show_deleted(const struct screen *screen, const struct request *request,
                  const json_t *body); /* an instance, a peer */
void show_instance_set(const struct screen *screen, const struct request *request,
                       const json_t *body);
void show_peer_added(const struct screen *screen, const struct request *request,
                     const json_t *body);
void show_peer_set(const struct screen *screen, const struct request *request, const json_t *body);
void show_peer_rekeyed(const struct screen *screen, const struct request *request,
                       const json_t *body);
void show_peer_change(const struct screen *screen, const struct request *request,
                      const json_t *body, const char *done);
void show_rule(const struct screen *screen, const struct request *request, const json_t *body,
               const char *done);
void show_check_added(const struct screen *screen, const json_t *body);
void show_user(const struct screen *screen, const struct request *request, const json_t *body,
               const char *done);
void show_link_added(const struct screen *screen, const json_t *body);
void show_link_opened(const struct screen *screen, const json_t *body);
/* Each a line of its own: of an object that changed, those of its members that did. A new list. */
json_t *changes_apart(const json_t *changes);
/* Of a PATCH's answer: a line per field that it changed. */
void show_changes(const struct screen *screen, const json_t *body);
