/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small helpers for strings, numbers, times and ids. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline bool text_equal(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

bool text_starts_with(const char *text, const char *start);
/* -ENAMETOOLONG and an untouched target when it does not fit. */
int text_copy(char *target, size_t size, const char *source);
/* As much as fits, never half a UTF-8 character. */
void text_copy_cut(char *target, size_t size, const char *source);
/* Decimal digits only, no sign, no leading zeros; -EINVAL or -ERANGE. */
int text_parse_u64(const char *text, uint64_t minimum, uint64_t maximum, uint64_t *ret_value);
/* Valid UTF-8 without control characters (line separators and changes of direction among them);
 * `ret_characters` counts code points and may be NULL. */
bool text_is_printable(const char *text, size_t *ret_characters);
void *memory_zero(size_t size);         /* calloc that aborts */
/* The same for what wants more than calloc's alignment, as libsodium's states of a hash. */
void *memory_zero_aligned(size_t alignment, size_t size);
char *text_duplicate(const char *text); /* NULL stays NULL; aborts when out of memory */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Units from large to small, each once: "90s" "45m" "12h" "30d" "2w", and sums as "1h30m"; at least
 * 1 s, at most 10 years. 0, -EINVAL, -ERANGE. */
int duration_parse(const char *text, int64_t *ret_seconds);
enum { DURATION_TEXT_MAX = 32 };
/* "2d4h", exactly. */
const char *duration_format(int64_t seconds, char text[static DURATION_TEXT_MAX]);

int64_t clock_seconds(void);      /* CLOCK_REALTIME */
int64_t clock_milliseconds(void); /* CLOCK_REALTIME */
uint64_t clock_monotonic_us(void);
enum { TIME_TEXT_MAX = 32 };
/* RFC 3339 in UTC, "2026-01-31T12:00:00Z"; years 0 to 9999, the nearest one outside of them. */
const char *time_format(int64_t seconds, char text[static TIME_TEXT_MAX]);
/* Exactly that form; 0 or -EINVAL. */
int time_parse(const char *text, int64_t *ret_seconds);

/* 8 letters and digits (a-z, 2-7) from 40 random bits: instances, peers. */
enum { ID_LENGTH = 8, ID_MAX = 9 };
void id_make(char ret_id[static ID_MAX]);
bool id_valid(const char *text);
