/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the history of traffic costs with 10,000 peers that all have some each minute: bytes written
 * and CPU a minute, once its journal is full; what a look at a peer's history costs; and against it
 * what the figures cost, which are written three times a minute anyhow.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/store/figure_store.h"
#include "hub/store/traffic_store.h"
#include "tests/unit/store/fixture.h"

enum { PEERS = 10000, WARM = 120, MEASURED = 60, START = 29 * 1000 * 1000, LOOKS = 20 };

static void require(bool held, const char *what)
{
    if (held)
        return;
    fprintf(stderr, "traffic_history: %s\n", what);
    exit(1);
}

static double cpu_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* What write() was given: into the log, and out of it into the database. */
static double written_mib(void)
{
    FILE *file = fopen("/proc/self/io", "r");
    char line[128];
    double bytes = 0;

    require(file != NULL, "/proc/self/io");
    while (fgets(line, sizeof(line), file))
        if (sscanf(line, "wchar: %lf", &bytes) == 1)
            break;
    fclose(file);
    return bytes / (1 << 20);
}

static void add_peers(struct fixture *fixture, const struct instance *instance, uint64_t *rows,
                      char (*ids)[ID_MAX])
{
    const char *column;

    require(store_begin(fixture->store) == 0, "begin");
    for (unsigned i = 0; i < PEERS; i++) {
        struct peer peer = fixture_peer(instance, i + 1);

        require(peer_store_add(fixture->store, &peer, &column) == 0, "peer");
        rows[i] = peer.row;
        memcpy(ids[i], peer.id, ID_MAX);
        peer_done(&peer);
    }
    require(store_commit(fixture->store) == 0, "commit");
}

/* `active` of them have traffic. */
static void minute(struct fixture *fixture, const struct instance *instance, const uint64_t *rows,
                   int64_t number, unsigned active)
{
    struct traffic_entry *entries = memory_zero((PEERS + 1) * sizeof(*entries));
    const struct traffic_entry hub = {0, 1000000, 2000000};
    size_t count = 1;

    entries[0] = hub;
    for (unsigned i = 0; i < active; i++)
        entries[count++] =
            (struct traffic_entry){(uint32_t)rows[i], 100000 + (uint64_t)random() % 1000000,
                                   300000 + (uint64_t)random() % 3000000};
    require(store_begin(fixture->store) == 0, "begin");
    require(traffic_store_add(fixture->store, instance->slot, number, entries, count) == 0, "add");
    require(traffic_store_add(fixture->store, 0, number, &hub, 1) == 0, "add");
    require(traffic_store_fold(fixture->store) == 0, "fold");
    require(store_commit(fixture->store) == 0, "commit");
    store_checkpoint(fixture->store);
    free(entries);
}

static void measure_minutes(struct fixture *fixture, const struct instance *instance,
                            const uint64_t *rows, int64_t *at, unsigned active)
{
    double cpu, written;
    struct store_figures before, after;

    for (unsigned i = 0; i < WARM; i++)
        minute(fixture, instance, rows, (*at)++, active);
    store_figures(fixture->store, &before);
    cpu = cpu_seconds();
    written = written_mib();
    for (unsigned i = 0; i < MEASURED; i++)
        minute(fixture, instance, rows, (*at)++, active);
    store_figures(fixture->store, &after);
    printf("%5u of %u peers active: %.2f MiB written a minute, %.1f ms CPU a minute; database "
           "%.1f MiB\n",
           active, PEERS, (written_mib() - written) / MEASURED,
           (cpu_seconds() - cpu) * 1000 / MEASURED, (double)after.bytes / (1 << 20));
}

static void measure_figures(struct fixture *fixture, char (*ids)[ID_MAX])
{
    double cpu = cpu_seconds(), written = written_mib();

    for (uint64_t round = 0; round < 3; round++) {
        require(store_begin(fixture->store) == 0, "begin");
        for (unsigned i = 0; i < PEERS; i++) {
            struct peer_figures figures = {.received_total = round * 1000000,
                                           .sent_total = round * 3000000,
                                           .received_seen = round * 1000000,
                                           .sent_seen = round * 3000000,
                                           .last_handshake = 1700000000};

            memcpy(figures.peer_id, ids[i], ID_MAX);
            require(figure_store_put(fixture->store, &figures) == 0, "figures");
        }
        require(store_commit(fixture->store) == 0, "commit");
        store_checkpoint(fixture->store);
    }
    printf("beside it the figures, three times a minute: %.2f MiB, %.1f ms CPU\n",
           written_mib() - written, (cpu_seconds() - cpu) * 1000);
}

static void measure_looks(struct fixture *fixture, const struct instance *instance,
                          const uint64_t *rows, int64_t at)
{
    static const struct {
        const char *name;
        enum traffic_step step;
        size_t points;
    } spans[] = {{"day", TRAFFIC_MINUTE, 1440}, {"two years", TRAFFIC_DAY, 731}};

    for (size_t s = 0; s < ELEMENTS(spans); s++) {
        _cleanup_free_ struct traffic_point *points =
            memory_zero(spans[s].points * sizeof(*points));
        int64_t last = at * 60 / traffic_rings[spans[s].step].seconds;
        double cpu = cpu_seconds();

        for (unsigned i = 0; i < LOOKS; i++)
            require(traffic_store_read(fixture->store, (int64_t)rows[i * 7], instance->slot,
                                       spans[s].step, last - (int64_t)spans[s].points + 1,
                                       spans[s].points, points) == 0,
                    "read");
        printf("a peer's %s: %.2f ms\n", spans[s].name, (cpu_seconds() - cpu) * 1000 / LOOKS);
    }
}

int main(void)
{
    struct instance instance = fixture_instance(1);
    uint64_t *rows = memory_zero(PEERS * sizeof(*rows));
    char(*ids)[ID_MAX] = memory_zero(PEERS * sizeof(*ids));
    struct fixture *fixture;
    int64_t at = START;
    void *state;

    require(fixture_open(&state) == 0, "store");
    fixture = state;
    require(prefix_parse("10.66.0.0/16", &instance.network4) == 0, "network");
    fixture_add_instance(fixture, &instance);
    add_peers(fixture, &instance, rows, ids);
    measure_minutes(fixture, &instance, rows, &at, PEERS);
    measure_looks(fixture, &instance, rows, at - 1);
    measure_minutes(fixture, &instance, rows, &at, PEERS / 10);
    measure_minutes(fixture, &instance, rows, &at, 0);
    measure_figures(fixture, ids);
    fixture_close(&state);
    instance_done(&instance);
    free(rows);
    free(ids);
    return 0;
}
