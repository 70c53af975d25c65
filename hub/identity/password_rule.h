/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may be an admin's name and password. Pure. */
#pragma once

enum {
    ADMIN_NAME_SHORTEST = 2,
    ADMIN_NAME_MAX = 41,    /* with the terminating 0 */
    PASSWORD_SHORTEST = 12, /* characters */
    PASSWORD_MAX = 256,     /* bytes, with the terminating 0 */
};

/* NULL, or what is wrong with it. */
const char *admin_name_wrong(const char *name);
const char *password_wrong(const char *password, const char *admin_name);
