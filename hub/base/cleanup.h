/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Locals that clean up after themselves, and words for handing ownership on. */
#pragma once

#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(function) __attribute__((cleanup(function)))

/* Defines `name`, for use with _cleanup_, which calls function(*pointer). */
#define DEFINE_CLEANUP(type, function, name) \
    static inline void name(type *pointer) \
    { \
        function(*pointer); \
    }

static inline void cleanup_free(void *pointer)
{
    free(*(void **)pointer);
}

static inline void cleanup_close(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

#define _cleanup_free_ _cleanup_(cleanup_free)
#define _cleanup_close_ _cleanup_(cleanup_close)

#define TAKE_PTR(pointer) \
    ({ \
        __typeof__(pointer) taken_ = (pointer); \
        (pointer) = NULL; \
        taken_; \
    })

#define TAKE_FD(fd) \
    ({ \
        int taken_ = (fd); \
        (fd) = -1; \
        taken_; \
    })

#define ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))
