/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/firewall_end.h"

#include "hub/store/statement.h"

void firewall_end_take(struct statement *statement, struct firewall_row_end *ret_end)
{
    ret_end->kind = (uint8_t)statement_take_number(statement);
    statement_take_text_into(statement, ret_end->value, sizeof(ret_end->value));
}

void firewall_end_add(struct statement *statement, const struct firewall_row_end *end)
{
    statement_add_number(statement, end->kind);
    statement_add_text(statement, end->value);
}
