/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each route answers with: one row a route, beside route_NOUN.c's. A new route needs one, or
 * the unit test api/answer fails: its object (object.h), the shape of the answer, its status when
 * that is not 200, and an example of its body, when it has fields, and of its query, when it can't
 * do without:
 *
 *     [ROUTE_THING_ADD] = {.object = &api_object_thing,
 *                          .status = 201,
 *                          .body = "{\"note\":\"spare\"}"},
 *
 * All else follows from the route: the dry run's answer, the problems, the headers.
 */
#pragma once

#include "hub/api/object.h"
#include "hub/api/route.h"

enum api_shape {
    SHAPE_OBJECT,
    SHAPE_LIST,    /* {"items": [...], "next": cursor or null} */
    SHAPE_DELETED, /* a last look at the object, with "deleted" */
    SHAPE_STREAM,  /* of the object: for ever, or a list when it is asked for one */
    SHAPE_FREE,    /* an object that no table describes */
    SHAPE_RAW,     /* no JSON but bytes of `media_type` */
};

struct api_route_answer {
    const struct api_object *object; /* NULL with SHAPE_FREE and SHAPE_RAW alone */
    enum api_shape shape;
    int status;              /* 0 = 200 */
    int late_status;         /* when it is on its way and not done yet; 0 = never */
    const char *query;       /* JSON: an example of the query, values as its fields say */
    const char *body;        /* the same of the body */
    const char *media_type;  /* with SHAPE_RAW */
    const char *description; /* more than the route's help; NULL = none */
};

extern const struct api_route_answer api_route_answers[ROUTE_COUNT];

int api_answer_status(const struct api_route_answer *answer);
/* Does the route take If-Match? */
bool api_route_takes_if_match(const struct api_route *route);

/* Is it what the tables say, with no member missing and none too many? Else false and where and
 * what is wrong. Problems are checked as such. */
enum { API_ANSWER_WRONG_MAX = 240 };
bool api_answer_check(const struct api_route *route, bool dry_run, int status, const json_t *body,
                      char ret_wrong[static API_ANSWER_WRONG_MAX]);
/* The same of one event of a stream. */
bool api_event_check(const json_t *event, char ret_wrong[static API_ANSWER_WRONG_MAX]);
