/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports by number, of an instance's links or of its OpenVPN servers: as long as the last that has
 * one, since the lowest numbers are given first. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of others' memory. */
struct port_span {
    const uint16_t *items; /* 0 = none */
    size_t count;
};

/* 0: it has none. */
uint16_t port_span_get(struct port_span ports, unsigned number);

/* Zero-initialise. */
struct port_list {
    uint16_t *items;
    size_t count, size;
};

void port_list_done(struct port_list *list);
/* `port` 0: it has none any more. */
void port_list_set(struct port_list *list, unsigned number, uint16_t port);
struct port_span port_list_span(const struct port_list *list);
/* All others go. */
void port_list_copy(struct port_list *list, struct port_span ports);
/* Zeros at the end do not count. */
bool port_span_equal(struct port_span a, struct port_span b);

#define _cleanup_port_list_ __attribute__((cleanup(port_list_done)))
