/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 1,000 .ovpn profiles, each with a new key, certificate and tls-crypt-v2 key, against the fewest
 * commands that make the same: one of openssl (key and certificate) and one of openvpn
 * (tls-crypt-v2 key) a profile, all 1,000 of them run. Putting their file together is given to them
 * for free.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hub/base/cleanup.h"
#include "hub/base/pem.h"
#include "hub/base/text.h"
#include "hub/pki/pki.h"
#include "hub/pki/tls_crypt_v2.h"
#include "profiles/profile.h"

enum { PROFILES = 1000, AIM = 10 };

extern char **environ;

static struct pki_identity ca;
static struct tls_crypt_v2_server tls_crypt;

static void require(bool held, const char *what)
{
    if (held)
        return;
    fprintf(stderr, "bench_ovpn: %s\n", what);
    exit(1);
}

static double seconds_since(uint64_t start)
{
    return (double)(clock_monotonic_us() - start) / 1e6;
}

/* ---- ours ---- */

static size_t issue(unsigned number, int64_t now)
{
    _cleanup_(pki_identity_wipe) struct pki_identity client = {0};
    _cleanup_(tls_crypt_v2_client_wipe) struct tls_crypt_v2_client key;
    _cleanup_buf_ struct buf text = {0};
    char name[32];

    snprintf(name, sizeof(name), "peer-%u", number);
    require(pki_issue_client(&ca, name, now, now + 3650ll * 86400, &client) == 0, "issue");
    tls_crypt_v2_make_client(&tls_crypt, now, &key);
    const struct profile_facts facts = {
        .hub_name = "vpn.example.net",
        .instance_id = "acmeacme",
        .instance_name = "acme",
        .peer_id = "laptop22",
        .peer_name = name,
        .access = PROFILE_CERTIFICATE,
        .endpoint_host = "vpn.example.net",
        .mtu = 1420,
        .openvpn =
            {
                .ports = {1194, 1194},
                .server_name = "acme server",
                .ca = {ca.certificate.der, ca.certificate.size},
                .certificate = {client.certificate.der, client.certificate.size},
                .key = {client.key.der, client.key.size},
                .tls_crypt_key = {key.bytes, sizeof(key.bytes)},
            },
    };
    profile_format_find("ovpn")->write(&facts, &text);
    return text.length;
}

static double time_ours(void)
{
    int64_t now = clock_seconds();
    uint64_t start = clock_monotonic_us();
    size_t bytes = 0;

    for (unsigned i = 0; i < PROFILES; i++)
        bytes += issue(i, now);
    require(bytes > PROFILES * 2000ul, "profiles are too short");
    return seconds_since(start);
}

/* ---- commands ---- */

static void run(char *const *arguments)
{
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status;

    require(posix_spawn_file_actions_init(&actions) == 0 &&
                posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) == 0 &&
                posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) == 0,
            "actions");
    require(posix_spawnp(&pid, arguments[0], &actions, NULL, arguments, environ) == 0,
            arguments[0]);
    posix_spawn_file_actions_destroy(&actions);
    while (waitpid(pid, &status, 0) < 0)
        require(errno == EINTR, "waitpid");
    require(WIFEXITED(status) && WEXITSTATUS(status) == 0, arguments[0]);
}

static void write_pem(const char *path, const char *label, const void *bytes, size_t size)
{
    _cleanup_buf_ struct buf text = {0};
    FILE *file = fopen(path, "we");

    pem_add(&text, label, bytes, size);
    require(file && fwrite(text.data, 1, text.length, file) == text.length && fclose(file) == 0,
            path);
}

static double time_openssl(void)
{
    uint64_t start = clock_monotonic_us();

    for (unsigned i = 0; i < PROFILES; i++) {
        char subject[32];

        snprintf(subject, sizeof(subject), "/CN=peer-%u", i);
        run((char *const[]){"openssl",
                            "req",
                            "-x509",
                            "-newkey",
                            "ec",
                            "-pkeyopt",
                            "ec_paramgen_curve:P-256",
                            "-nodes",
                            "-keyout",
                            "key",
                            "-out",
                            "certificate",
                            "-CA",
                            "ca",
                            "-CAkey",
                            "ca-key",
                            "-days",
                            "3650",
                            "-subj",
                            subject,
                            "-addext",
                            "extendedKeyUsage=clientAuth",
                            NULL});
    }
    return seconds_since(start);
}

static double time_openvpn(void)
{
    uint64_t start = clock_monotonic_us();

    for (unsigned i = 0; i < PROFILES; i++)
        run((char *const[]){"/usr/sbin/openvpn", "--tls-crypt-v2", "tls-crypt", "--genkey",
                            "tls-crypt-v2-client", "client", NULL});
    return seconds_since(start);
}

int main(void)
{
    char folder[] = "/tmp/bench-ovpn-XXXXXX";
    double ours, openssl, openvpn;

    require(pki_make_ca("acme CA", clock_seconds(), &ca) == 0, "authority");
    tls_crypt_v2_make_server(&tls_crypt);
    require(mkdtemp(folder) != NULL && chdir(folder) == 0, folder);
    write_pem("ca", PEM_CERTIFICATE, ca.certificate.der, ca.certificate.size);
    write_pem("ca-key", PEM_PRIVATE_KEY, ca.key.der, ca.key.size);
    write_pem("tls-crypt", PEM_TLS_CRYPT_V2_SERVER, tls_crypt.bytes, sizeof(tls_crypt.bytes));
    (void)issue(0, clock_seconds()); /* warms up */
    ours = time_ours();
    openssl = time_openssl();
    openvpn = time_openvpn();
    printf("%-52s %9.3f s\n", "1,000 .ovpn profiles with new keys", ours);
    printf("%-52s %9.3f s  %.1f times\n", "1,000 openssl req (key and certificate)", openssl,
           openssl / ours);
    printf("%-52s %9.3f s  %.1f times, aim %d\n", "and 1,000 openvpn --genkey tls-crypt-v2-client",
           openssl + openvpn, (openssl + openvpn) / ours, AIM);
    require(system("rm -r \"$PWD\"") == 0, "rm");
    return (openssl + openvpn) / ours < AIM;
}
