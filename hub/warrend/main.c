/* SPDX-License-Identifier: GPL-2.0-or-later */
/* warrend: starts and watches the hub's processes. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/sandbox.h"
#include "hub/settings/settings.h"
#include "hub/warrend/forwarded.h"
#include "hub/warrend/places.h"
#include "hub/warrend/supervisor.h"
#include "hub/warrend/teardown.h"

enum { ERRORS_MAX = 64, EXIT_USAGE = 2 };

enum option_key {
    OPTION_CONFIG = 1,
    OPTION_STATE_DIRECTORY,
    OPTION_RUN_DIRECTORY,
    OPTION_LIBEXEC_DIRECTORY,
    OPTION_CHECK,
    OPTION_PRINT_CONFIG,
    OPTION_STOP_TUNNELS,
    OPTION_VERSION,
    OPTION_HELP,
};

static const struct {
    enum option_key key;
    const char *name;
    const char *argument; /* NULL = none */
    const char *initial;
    const char *help;
} options[] = {
    {OPTION_CONFIG, "config", "FILE", "/etc/warren/warren.conf", "the configuration"},
    {OPTION_STATE_DIRECTORY, "state-dir", "DIRECTORY", "/var/lib/warren", "database and keys"},
    {OPTION_RUN_DIRECTORY, "run-dir", "DIRECTORY", "/run/warren", "sockets"},
    {OPTION_LIBEXEC_DIRECTORY, "libexec-dir", "DIRECTORY", WARREN_LIBEXEC_DIRECTORY,
     "where warren-engine, warren-net and warren-web are"},
    {OPTION_CHECK, "check", NULL, NULL, "check the configuration: \"ok\", or what is wrong"},
    {OPTION_PRINT_CONFIG, "print-config", NULL, NULL, "print the configuration in force"},
    {OPTION_STOP_TUNNELS, "stop-tunnels", NULL, NULL,
     "with no hub running: take down namespaces, links, wireguard-go and dnsmasq"},
    {OPTION_VERSION, "version", NULL, NULL, "print the version"},
    {OPTION_HELP, "help", NULL, NULL, "print this"},
};

enum mode { MODE_RUN, MODE_CHECK, MODE_PRINT_CONFIG, MODE_STOP_TUNNELS };

static void print_help(void)
{
    printf("Usage: warrend [OPTION]...\n"
           "Starts the hub's processes, watches them, and stays in the foreground.\n\n");
    for (size_t i = 0; i < ELEMENTS(options); i++) {
        char name[48];
        snprintf(name, sizeof(name), "--%s %s", options[i].name,
                 options[i].argument ? options[i].argument : "");
        printf("  %-26s%s", name, options[i].help);
        if (options[i].initial)
            printf(" (%s)", options[i].initial);
        printf("\n");
    }
    printf("\nSIGHUP reads the configuration again; SIGTERM ends the hub and leaves its tunnels.\n"
           "WARREN_LOG=debug|info|warning|error says how much is told.\n");
}

/* ---- options ---- */

static int set_place(struct places *places, enum option_key key, const char *value)
{
    char absolute[PATH_MAX];
    char here[PATH_MAX] = "";
    if (value[0] != '/' && !getcwd(here, sizeof(here)))
        return -errno;
    int length = snprintf(absolute, sizeof(absolute), "%s%s%s", here, here[0] ? "/" : "", value);
    if (length < 0 || (size_t)length >= sizeof(absolute))
        return -ENAMETOOLONG;
    char *place = key == OPTION_CONFIG            ? places->config
                  : key == OPTION_STATE_DIRECTORY ? places->state_directory
                  : key == OPTION_RUN_DIRECTORY   ? places->run_directory
                                                  : places->libexec_directory;
    return text_copy(place, PLACE_MAX, absolute);
}

static void set_initial(struct places *places)
{
    *places = (struct places){.lock_fd = -1, .run_lock_fd = -1};
    for (size_t i = 0; i < ELEMENTS(options); i++)
        if (options[i].initial)
            (void)set_place(places, options[i].key, options[i].initial);
}

static void fill_long_options(struct option ret_options[static ELEMENTS(options) + 1])
{
    for (size_t i = 0; i < ELEMENTS(options); i++)
        ret_options[i] = (struct option){
            .name = options[i].name,
            .has_arg = options[i].argument ? required_argument : no_argument,
            .val = (int)options[i].key,
        };
    ret_options[ELEMENTS(options)] = (struct option){0};
}

static void take_option(int key, struct places *places, enum mode *mode)
{
    switch ((enum option_key)key) {
    case OPTION_CONFIG:
    case OPTION_STATE_DIRECTORY:
    case OPTION_RUN_DIRECTORY:
    case OPTION_LIBEXEC_DIRECTORY:
        if (set_place(places, (enum option_key)key, optarg) < 0) {
            fprintf(stderr, "warrend: a path of at most %d characters, not %s\n", PLACE_MAX - 1,
                    optarg);
            exit(EXIT_USAGE);
        }
        return;
    case OPTION_CHECK:
        *mode = MODE_CHECK;
        return;
    case OPTION_PRINT_CONFIG:
        *mode = MODE_PRINT_CONFIG;
        return;
    case OPTION_STOP_TUNNELS:
        *mode = MODE_STOP_TUNNELS;
        return;
    case OPTION_VERSION:
        printf("warrend %s\n", WARREN_VERSION);
        exit(EXIT_SUCCESS);
    case OPTION_HELP:
        print_help();
        exit(EXIT_SUCCESS);
    }
    fprintf(stderr, "Try 'warrend --help'.\n");
    exit(EXIT_USAGE);
}

static enum mode read_options(int count, char **arguments, struct places *places)
{
    enum mode mode = MODE_RUN;
    struct option long_options[ELEMENTS(options) + 1];
    fill_long_options(long_options);
    set_initial(places);
    for (int key; (key = getopt_long(count, arguments, "", long_options, NULL)) != -1;)
        take_option(key, places, &mode);
    if (optind < count) {
        fprintf(stderr, "warrend: takes options only, not %s\n", arguments[optind]);
        exit(EXIT_USAGE);
    }
    return mode;
}

/* ---- the configuration ---- */

static void print_errors(const char *path, const struct settings_error *errors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (errors[i].line)
            fprintf(stderr, "%s:%u: %s\n", path, errors[i].line, errors[i].text);
        else
            fprintf(stderr, "%s: %s\n", path, errors[i].text);
    }
}

/* Tells what is wrong. */
static int read_settings(const char *path, struct settings *ret_settings)
{
    struct settings_error errors[ERRORS_MAX];
    size_t count = 0;
    int r = settings_read(path, ret_settings, errors, ERRORS_MAX, &count);
    if (r == -EINVAL)
        print_errors(path, errors, count);
    else if (r < 0)
        fprintf(stderr, "%s: %s\n", path, strerror(-r));
    return r;
}

static int check(const struct places *places)
{
    _cleanup_(settings_done) struct settings settings = {0};
    if (read_settings(places->config, &settings) < 0)
        return EXIT_FAILURE;
    printf("ok\n");
    return EXIT_SUCCESS;
}

static int print_config(const struct places *places)
{
    _cleanup_(settings_done) struct settings settings = {0};
    int r = read_settings(places->config, &settings);
    if (r < 0 && r != -ENOENT)
        return EXIT_FAILURE;
    _cleanup_buf_ struct buf text = {0};
    settings_write(&settings, &text);
    return fwrite(text.data, 1, text.length, stdout) == text.length ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- the hub ---- */

static int serve(const struct places *places, const struct settings *settings)
{
    _cleanup_close_ int api_fd = -1;
    places_remove_signs(places);
    int r = places_bind_api(places, &api_fd);
    if (r < 0)
        return r;
    r = places_write_pid(places);
    if (r == 0)
        r = sandbox_enter(ROLE_SUPERVISOR, NULL, 0);
    if (r == 0)
        r = supervisor_run(places, settings, api_fd);
    places_remove_signs(places);
    return r;
}

static int run(struct places *places)
{
    _cleanup_(settings_done) struct settings settings = {0};
    int r = read_settings(places->config, &settings);
    if (r < 0 && r != -ENOENT)
        return EX_CONFIG; /* the one failure that starting again does not mend */
    if (r == -ENOENT)
        log_warning("no configuration at %s: the defaults hold", places->config);
    r = places_open(places);
    if (r == 0)
        r = serve(places, &settings);
    places_done(places);
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Others may count on it by now where the settings say that it is wanted. */
static void put_forwarding_back(const struct places *places)
{
    _cleanup_(settings_done) struct settings settings = {0};
    struct settings_error error;
    size_t count;
    if (settings_read(places->config, &settings, &error, 1, &count) == 0 &&
        settings.forward_other == FORWARD_OTHER_YES)
        return;
    int r = forwarded_put_back(places);
    if (r < 0)
        log_error("this machine goes on forwarding for its neighbours: %s", strerror(-r));
}

static int stop_tunnels(struct places *places)
{
    int r = places_open(places);
    if (r == 0) {
        put_forwarding_back(places);
        (void)forwarded_before(places);
        r = sandbox_enter(ROLE_SUPERVISOR, NULL, 0);
    }
    if (r == 0)
        r = teardown_run(places);
    places_done(places);
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int count, char **arguments)
{
    log_open("warrend");
    umask(022);
    struct places places;
    switch (read_options(count, arguments, &places)) {
    case MODE_RUN:
        return run(&places);
    case MODE_CHECK:
        return check(&places);
    case MODE_PRINT_CONFIG:
        return print_config(&places);
    case MODE_STOP_TUNNELS:
        return stop_tunnels(&places);
    }
    return EXIT_FAILURE;
}
