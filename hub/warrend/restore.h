/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A state that the engine has staged and committed takes the place of the present one. */
#pragma once

#include "hub/warrend/places.h"

/* Before each start of the engine. The configuration first: what of it is the hub's replaces what
 * stands in the file; it is read by the file's own rules, and written anew from its values. A file
 * that can't be written keeps nothing else waiting: it is told in the log. */
int restore_finish(const struct places *places);
