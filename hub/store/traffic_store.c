/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/traffic_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/store/statement.h"

/* An entry in the journal: series (4 bytes), received, sent (6 each); the lowest byte first. */
enum { ENTRY_SIZE = 16, MINUTE_SECONDS = 60 };

int64_t traffic_series_of_instance(uint32_t slot)
{
    return -(int64_t)slot;
}

static unsigned turn_of(int64_t series)
{
    return (unsigned)(series < 0 ? -series : series) % TRAFFIC_TURNS;
}

/* ---- the journal ---- */

static void put(uint8_t *bytes, size_t size, uint64_t number)
{
    for (size_t i = 0; i < size; i++, number >>= 8)
        bytes[i] = (uint8_t)number;
}

static uint64_t get(const uint8_t *bytes, size_t size)
{
    uint64_t number = 0;

    for (size_t i = size; i-- > 0;)
        number = number << 8 | bytes[i];
    return number;
}

static uint64_t bounded(uint64_t bytes)
{
    return bytes >> 48 ? (1ull << 48) - 2 : bytes;
}

int traffic_store_add(struct store *store, uint32_t slot, int64_t minute,
                      const struct traffic_entry *entries, size_t count)
{
    _cleanup_statement_ struct statement statement = {0};
    _cleanup_free_ uint8_t *bytes = memory_zero(count * ENTRY_SIZE + 1);
    int error;

    for (size_t i = 0; i < count; i++) {
        put(bytes + i * ENTRY_SIZE, 4, entries[i].series);
        put(bytes + i * ENTRY_SIZE + 4, 6, bounded(entries[i].received));
        put(bytes + i * ENTRY_SIZE + 10, 6, bounded(entries[i].sent));
    }
    error = statement_open(
        store, "INSERT INTO traffic_journal (slot, minute, data) VALUES (?, ?, ?)", &statement);
    if (error)
        return error;
    statement_add_number(&statement, slot);
    statement_add_number(&statement, minute);
    statement_add_blob(&statement, bytes, count * ENTRY_SIZE);
    return statement_run(&statement);
}

static struct traffic_entry entry_at(const uint8_t *bytes, size_t index)
{
    bytes += index * ENTRY_SIZE;
    return (struct traffic_entry){(uint32_t)get(bytes, 4), get(bytes + 4, 6), get(bytes + 10, 6)};
}

/* False: there is none. */
static bool find_entry(const uint8_t *bytes, size_t size, uint32_t series,
                       struct traffic_entry *ret_entry)
{
    size_t low = 0, high = size / ENTRY_SIZE;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        *ret_entry = entry_at(bytes, middle);
        if (ret_entry->series == series)
            return true;
        if (ret_entry->series < series)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static int64_t journal_series(int64_t slot, const struct traffic_entry *entry)
{
    return entry->series ? (int64_t)entry->series : traffic_series_of_instance((uint32_t)slot);
}

int traffic_store_last_minute(struct store *store, int64_t *ret_minute)
{
    _cleanup_statement_ struct statement statement = {0};
    int result = statement_open(store,
                                "SELECT minute FROM traffic_journal WHERE slot = 0 "
                                "ORDER BY \"row\" DESC LIMIT 1",
                                &statement);

    if (!result)
        result = statement_step(&statement);
    if (result < 0)
        return result;
    *ret_minute = result > 0 ? statement_take_number(&statement) : 0;
    return 0;
}

/* ---- the rings ---- */

static int load_chunk(struct store *store, int64_t key, enum traffic_step step, int64_t number,
                      struct traffic_chunk *ret_chunk)
{
    _cleanup_statement_ struct statement statement = {0};
    const void *bytes;
    size_t size;
    int result = statement_open(store, "SELECT data FROM traffic_chunk WHERE key = ?", &statement);

    *ret_chunk = (struct traffic_chunk){.number = number};
    if (result)
        return result;
    statement_add_number(&statement, key);
    result = statement_step(&statement);
    if (result <= 0)
        return result;
    bytes = statement_take_blob(&statement, &size);
    /* What can't be read, or is of another round of the ring, gives way. */
    if (traffic_chunk_read(bytes, size, step, ret_chunk) < 0 || ret_chunk->number != number)
        *ret_chunk = (struct traffic_chunk){.number = number};
    return 0;
}

static int save_chunk(struct store *store, int64_t key, enum traffic_step step,
                      const struct traffic_chunk *chunk)
{
    _cleanup_statement_ struct statement statement = {0};
    _cleanup_buf_ struct buf bytes = {0};
    int error = statement_open(
        store, "INSERT OR REPLACE INTO traffic_chunk (key, data) VALUES (?, ?)", &statement);

    if (error)
        return error;
    traffic_chunk_write(chunk, step, &bytes);
    statement_add_number(&statement, key);
    statement_add_blob(&statement, bytes.data, bytes.length);
    return statement_run(&statement);
}

/* A minute of a series, out of the journal. */
struct minute {
    int64_t series, minute;
    uint64_t received, sent;
};

static int64_t chunk_of(const struct minute *minute, enum traffic_step step)
{
    return minute->minute * MINUTE_SECONDS / traffic_rings[step].seconds /
           traffic_rings[step].points;
}

static void add_to_chunk(const struct minute *minute, enum traffic_step step,
                         struct traffic_chunk *chunk)
{
    int64_t index = minute->minute * MINUTE_SECONDS / traffic_rings[step].seconds;

    traffic_point_add(&chunk->points[index % traffic_rings[step].points], minute->received,
                      minute->sent);
}

/* Minutes of one series, in their order. */
static int fold_step(struct store *store, const struct minute *minutes, size_t count,
                     enum traffic_step step)
{
    size_t i = 0;

    while (i < count) {
        int64_t number = chunk_of(&minutes[i], step);
        int64_t key = traffic_chunk_key(minutes[i].series, step, number);
        struct traffic_chunk chunk;
        int r = load_chunk(store, key, step, number, &chunk);

        for (; i < count && chunk_of(&minutes[i], step) == number; i++)
            add_to_chunk(&minutes[i], step, &chunk);
        if (r == 0)
            r = save_chunk(store, key, step, &chunk);
        if (r < 0)
            return r;
    }
    return 0;
}

/* A peer may have been deleted since. */
static int series_exists(struct store *store, int64_t series)
{
    _cleanup_statement_ struct statement statement = {0};
    int result;

    if (series <= 0)
        return 1; /* an instance's journal goes with it */
    result = statement_open(store, "SELECT 1 FROM peer WHERE \"row\" = ?", &statement);
    if (result)
        return result;
    statement_add_number(&statement, series);
    return statement_step(&statement);
}

static int fold_series(struct store *store, const struct minute *minutes, size_t count)
{
    int r = series_exists(store, minutes[0].series);

    if (r <= 0)
        return r;
    r = 0;
    for (enum traffic_step step = 0; step < TRAFFIC_STEP_COUNT && r == 0; step++)
        r = fold_step(store, minutes, count, step);
    return r;
}

/* ---- a turn ---- */

struct turn {
    unsigned number;
    int64_t folded, last; /* rows of the journal */
    struct minute *minutes;
    size_t count, size;
};

static int next_turn(struct store *store, struct turn *turn)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_find_one(
        store, "SELECT turn, folded FROM traffic_turn ORDER BY folded, turn LIMIT 1", NULL, NULL,
        &statement);

    if (error)
        return error;
    turn->number = (unsigned)statement_take_number(&statement);
    turn->folded = turn->last = statement_take_number(&statement);
    return statement_row_end(&statement);
}

static void take_minute(struct turn *turn, const struct minute *minute)
{
    if (turn->count == turn->size) {
        turn->size = turn->size ? turn->size * 2 : 256;
        turn->minutes = reallocarray(turn->minutes, turn->size, sizeof(*turn->minutes));
        if (!turn->minutes)
            abort();
    }
    turn->minutes[turn->count++] = *minute;
}

static void take_row(struct turn *turn, int64_t slot, int64_t at, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size / ENTRY_SIZE; i++) {
        struct traffic_entry entry = entry_at(bytes, i);
        int64_t series = journal_series(slot, &entry);

        if (turn_of(series) == turn->number && at >= 0)
            take_minute(turn, &(struct minute){series, at, entry.received, entry.sent});
    }
}

static int collect(struct store *store, struct turn *turn)
{
    _cleanup_statement_ struct statement statement = {0};
    int result = statement_open(store,
                                "SELECT \"row\", slot, minute, data FROM traffic_journal "
                                "WHERE \"row\" > ? ORDER BY \"row\"",
                                &statement);

    if (result)
        return result;
    statement_add_number(&statement, turn->folded);
    while ((result = statement_step(&statement)) > 0) {
        int64_t slot, minute;
        size_t size;
        const void *bytes;

        turn->last = statement_take_number(&statement);
        slot = statement_take_number(&statement);
        minute = statement_take_number(&statement);
        bytes = statement_take_blob(&statement, &size);
        take_row(turn, slot, minute, bytes, size);
    }
    return result;
}

static int compare(const void *left, const void *right)
{
    const struct minute *a = left;
    const struct minute *b = right;

    if (a->series != b->series)
        return a->series < b->series ? -1 : 1;
    return a->minute < b->minute ? -1 : a->minute > b->minute;
}

static int fold_minutes(struct store *store, const struct turn *turn)
{
    size_t first = 0;
    int r = 0;

    if (turn->count)
        qsort(turn->minutes, turn->count, sizeof(*turn->minutes), compare);
    while (first < turn->count && r == 0) {
        size_t end = first + 1;

        while (end < turn->count && turn->minutes[end].series == turn->minutes[first].series)
            end++;
        r = fold_series(store, turn->minutes + first, end - first);
        first = end;
    }
    return r;
}

static int mark(struct store *store, const struct turn *turn)
{
    _cleanup_statement_ struct statement statement = {0};
    int error =
        statement_open(store, "UPDATE traffic_turn SET folded = ? WHERE turn = ?", &statement);

    if (error)
        return error;
    statement_add_number(&statement, turn->last);
    statement_add_number(&statement, turn->number);
    return statement_run(&statement);
}

static int forget_folded(struct store *store)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store,
                               "DELETE FROM traffic_journal WHERE \"row\" <= "
                               "(SELECT min(folded) FROM traffic_turn)",
                               &statement);

    return error ? error : statement_run(&statement);
}

int traffic_store_fold(struct store *store)
{
    struct turn turn = {0};
    int r = next_turn(store, &turn);

    if (r == 0)
        r = collect(store, &turn);
    if (r == 0)
        r = fold_minutes(store, &turn);
    free(turn.minutes);
    if (r == 0)
        r = mark(store, &turn);
    return r < 0 ? r : forget_folded(store);
}

/* ---- reading ---- */

struct reading {
    int64_t series;
    enum traffic_step step;
    int64_t first;
    size_t count;
    struct traffic_point *points;
};

static int read_rings(struct store *store, const struct reading *reading)
{
    const struct traffic_ring *ring = &traffic_rings[reading->step];
    int64_t end = reading->first + (int64_t)reading->count;

    for (int64_t index = reading->first; index < end;) {
        int64_t number = index / ring->points;
        struct traffic_chunk chunk;
        int r = load_chunk(store, traffic_chunk_key(reading->series, reading->step, number),
                           reading->step, number, &chunk);

        if (r < 0)
            return r;
        for (; index < end && index / ring->points == number; index++)
            reading->points[index - reading->first] = chunk.points[index % ring->points];
    }
    return 0;
}

static int folded_up_to(struct store *store, int64_t series, int64_t *ret_row)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store, "SELECT folded FROM traffic_turn WHERE turn = ?", &statement);

    if (error)
        return error;
    statement_add_number(&statement, turn_of(series));
    error = statement_step_one(&statement);
    if (!error)
        *ret_row = statement_take_number(&statement);
    return error;
}

static void add_minute(const struct reading *reading, int64_t minute, const uint8_t *bytes,
                       size_t size)
{
    uint32_t series = reading->series > 0 ? (uint32_t)reading->series : 0;
    int64_t index = minute * MINUTE_SECONDS / traffic_rings[reading->step].seconds;
    struct traffic_entry entry;

    if (index < reading->first || index >= reading->first + (int64_t)reading->count ||
        !find_entry(bytes, size, series, &entry))
        return;
    traffic_point_add(&reading->points[index - reading->first], entry.received, entry.sent);
}

static int read_journal(struct store *store, const struct reading *reading, uint32_t slot,
                        int64_t folded)
{
    _cleanup_statement_ struct statement statement = {0};
    int result = statement_open(store,
                                "SELECT minute, data FROM traffic_journal "
                                "WHERE \"row\" > ? AND slot = ?",
                                &statement);

    if (result)
        return result;
    statement_add_number(&statement, folded);
    statement_add_number(&statement, slot);
    while ((result = statement_step(&statement)) > 0) {
        int64_t minute = statement_take_number(&statement);
        size_t size;
        const void *bytes = statement_take_blob(&statement, &size);

        add_minute(reading, minute, bytes, size);
    }
    return result;
}

int traffic_store_read(struct store *store, int64_t series, uint32_t slot, enum traffic_step step,
                       int64_t first, size_t count, struct traffic_point *ret_points)
{
    struct reading reading = {series, step, first, count, ret_points};
    int64_t folded = 0;
    int r = read_rings(store, &reading);

    if (r == 0)
        r = folded_up_to(store, series, &folded);
    return r < 0 ? r : read_journal(store, &reading, slot, folded);
}
