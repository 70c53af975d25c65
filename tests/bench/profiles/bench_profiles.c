/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 10,000 wg-quick profiles and 1,000 QR codes as SVG, against `qrencode -t SVG` as processes:
 * 100 of them in the same run, scaled to 1,000.
 */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "profiles/profile.h"
#include "profiles/qr.h"

enum { PROFILES = 10000, QRS = 1000, PROCESSES = 100 };

extern char **environ;

static void require(bool held, const char *what)
{
    if (held)
        return;
    fprintf(stderr, "bench_profiles: %s\n", what);
    exit(1);
}

static void add_prefix(struct prefix_set *set, const char *text)
{
    struct prefix prefix;

    require(prefix_parse(text, &prefix) == 0, text);
    prefix_set_add(set, &prefix);
}

static void facts_init(struct profile_facts *facts)
{
    static const char *const networks[] = {"10.66.0.0/16", "192.168.88.0/24", "192.168.90.0/24",
                                           "2001:db8:1::/48", "fd12:3456:789a::/64"};

    *facts = (struct profile_facts){
        .hub_name = "vpn.example.net",
        .instance_id = "acmeacme",
        .instance_name = "acme",
        .peer_id = "laptop22",
        .peer_name = "laptop",
        .endpoint_host = "vpn.example.net",
        .endpoint_port = 51820,
        .has_private_key = true,
        .has_preshared_key = true,
        .address_count = 2,
        .dns_count = 2,
        .mtu = 1420,
        .keepalive = 25,
    };
    key_make_private(&facts->private_key);
    key_make_preshared(&facts->preshared_key);
    key_public(&facts->private_key, &facts->hub_public_key);
    require(prefix_parse("10.66.0.2/32", &facts->addresses[0]) == 0, "address");
    require(prefix_parse("fd12:3456:789a::2/128", &facts->addresses[1]) == 0, "address");
    require(address_parse("9.9.9.9", &facts->dns[0]) == 0, "server");
    require(address_parse("2620:fe::fe", &facts->dns[1]) == 0, "server");
    for (size_t i = 0; i < ELEMENTS(networks); i++)
        add_prefix(&facts->allowed, networks[i]);
}

/* No two alike, as no two peers are. */
static void facts_number(struct profile_facts *facts, unsigned number)
{
    memcpy(facts->private_key.bytes + 4, &number, sizeof(number));
    facts->addresses[0].address.bytes[2] = (uint8_t)(number >> 8);
    facts->addresses[0].address.bytes[3] = (uint8_t)number;
}

static double seconds_since(uint64_t start)
{
    return (double)(clock_monotonic_us() - start) / 1e6;
}

static double time_profiles(struct profile_facts *facts)
{
    const struct profile_format *format = profile_format_find("wg-quick");
    uint64_t start = clock_monotonic_us();

    for (unsigned i = 0; i < PROFILES; i++) {
        _cleanup_buf_ struct buf text = {0};

        facts_number(facts, i);
        format->write(facts, &text);
    }
    return seconds_since(start);
}

static double time_qrs(struct profile_facts *facts)
{
    const struct profile_format *format = profile_format_find("wg-quick");
    uint64_t start = clock_monotonic_us();

    for (unsigned i = 0; i < QRS; i++) {
        _cleanup_buf_ struct buf text = {0}, image = {0};
        size_t most;

        facts_number(facts, i);
        format->write(facts, &text);
        require(qr_draw(text.data, text.length, QR_SVG, &image, &most) == 0, "qr_draw");
    }
    return seconds_since(start);
}

static void run_qrencode(const char *path)
{
    char *const arguments[] = {"qrencode", "-8", "-l",         "M",  "-m",        "4", "-t",
                               "SVG",      "-r", (char *)path, "-o", "/dev/null", NULL};
    pid_t pid;
    int status;

    require(posix_spawnp(&pid, "qrencode", NULL, NULL, arguments, environ) == 0,
            "qrencode can't be started");
    while (waitpid(pid, &status, 0) < 0)
        require(errno == EINTR, "waitpid");
    require(WIFEXITED(status) && WEXITSTATUS(status) == 0, "qrencode failed");
}

/* Each with a file that was written before, so that the process alone is timed. */
static double time_processes(struct profile_facts *facts)
{
    char folder[] = "/tmp/bench-profiles-XXXXXX", path[64];
    double seconds = 0;

    require(mkdtemp(folder) != NULL, "mkdtemp");
    snprintf(path, sizeof(path), "%s/profile", folder);
    for (unsigned i = 0; i < PROCESSES; i++) {
        _cleanup_buf_ struct buf text = {0};
        FILE *file = fopen(path, "we");
        uint64_t start;

        facts_number(facts, i);
        profile_format_find("wg-quick")->write(facts, &text);
        require(file && fwrite(text.data, 1, text.length, file) == text.length && fclose(file) == 0,
                "write");
        start = clock_monotonic_us();
        run_qrencode(path);
        seconds += seconds_since(start);
    }
    unlink(path);
    rmdir(folder);
    return seconds * QRS / PROCESSES;
}

static void print_row(const char *what, double seconds, double against, const char *aim)
{
    char ratio[32] = "-";

    if (against > 0)
        snprintf(ratio, sizeof(ratio), "%.1f times faster", against / seconds);
    printf("%-42s %9.3f s  %-20s %s\n", what, seconds, ratio, aim);
}

int main(void)
{
    struct profile_facts facts;
    double profiles, qrs, processes;

    facts_init(&facts);
    (void)time_qrs(&facts); /* warms up */
    profiles = time_profiles(&facts);
    processes = time_processes(&facts);
    qrs = time_qrs(&facts);
    printf("%-42s %11s  %-20s %s\n", "what", "time", "ratio", "aim");
    print_row("10,000 wg-quick profiles", profiles, 0, "");
    print_row("1,000 QR codes as SVG", qrs, processes, "5 times faster than qrencode");
    print_row("1,000 qrencode -t SVG (100, scaled)", processes, 0, "");
    print_row("profiles and QR codes in all", profiles + qrs, 0, "2 s");
    prefix_set_done(&facts.allowed);
    return 0;
}
