/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `warrend --stop-tunnels`: takes down what a hub made and left standing on purpose. */
#pragma once

#include "hub/warrend/places.h"

/* With the places opened, so that no hub runs. Goes on after an error; 0 or the first one. */
int teardown_run(const struct places *places);
