/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An end in a row of a rule or of a check: two columns, a kind and a value. */
#pragma once

#include "hub/store/firewall_store.h"

struct statement;

void firewall_end_take(struct statement *statement, struct firewall_row_end *ret_end);
void firewall_end_add(struct statement *statement, const struct firewall_row_end *end);
