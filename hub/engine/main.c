/* SPDX-License-Identifier: GPL-2.0-or-later */
/* warren-engine: model, database, API, timers. Started by warrend, which hands it its channel and
 * the API's listening socket. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <libgen.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/sandbox.h"
#include "hub/channel/verbs.h"
#include "hub/engine/acme.h"
#include "hub/engine/api_server.h"
#include "hub/engine/attempts.h"
#include "hub/engine/backups.h"
#include "hub/engine/challenges.h"
#include "hub/engine/engine.h"
#include "hub/engine/event_log.h"
#include "hub/engine/event_names.h"
#include "hub/engine/hash_door.h"
#include "hub/engine/identity.h"
#include "hub/engine/link_guard.h"
#include "hub/engine/peer_dns_label.h"
#include "hub/engine/runtime.h"
#include "hub/engine/setup_link.h"
#include "hub/engine/supervisor.h"
#include "hub/engine/traffic.h"
#include "hub/engine/update.h"
#include "hub/engine/web_door.h"
#include "hub/engine/web_tls.h"

struct options {
    int channel_fd, api_fd;
    const char *state_directory, *config_path;
    char slot;         /* of the image that runs; 0 = none */
    const char *boot;  /* why it was started */
    uint8_t forwarded; /* before the hub came; of enum forward_family */
};

static int parse_options(int argc, char **argv, struct options *ret_options)
{
    static const struct option words[] = {
        {"channel", required_argument, NULL, 'c'},   {"api", required_argument, NULL, 'a'},
        {"state-dir", required_argument, NULL, 's'}, {"config", required_argument, NULL, 'f'},
        {"slot", required_argument, NULL, 'l'},      {"boot", required_argument, NULL, 'b'},
        {"forwarded", required_argument, NULL, 'w'}, {0},
    };
    uint64_t number;
    int option;

    *ret_options = (struct options){.channel_fd = -1, .api_fd = -1, .boot = ""};
    while ((option = getopt_long(argc, argv, "", words, NULL)) != -1) {
        if (option == 's') {
            ret_options->state_directory = optarg;
        } else if (option == 'f') {
            ret_options->config_path = optarg;
        } else if (option == 'l' && (text_equal(optarg, "a") || text_equal(optarg, "b"))) {
            ret_options->slot = optarg[0];
        } else if (option == 'b') {
            ret_options->boot = optarg;
        } else if (option == 'w' && text_parse_u64(optarg, 0, FORWARD_BOTH, &number) == 0) {
            ret_options->forwarded = (uint8_t)number;
        } else if ((option == 'c' || option == 'a') &&
                   text_parse_u64(optarg, 3, 1023, &number) == 0) {
            *(option == 'c' ? &ret_options->channel_fd : &ret_options->api_fd) = (int)number;
        } else {
            return -EINVAL;
        }
    }
    if (ret_options->channel_fd < 0 || ret_options->api_fd < 0 || !ret_options->state_directory ||
        !ret_options->config_path)
        return -EINVAL;
    return 0;
}

static int enter_sandbox(const struct options *options)
{
    _cleanup_free_ char *copy = text_duplicate(options->config_path);
    struct sandbox_path paths[] = {
        {options->state_directory, true},
        {dirname(copy), false},
    };

    return sandbox_enter(ROLE_ENGINE, paths, ELEMENTS(paths));
}

/* ---- configuration ---- */

static int read_settings(const char *path, struct settings *ret_settings)
{
    struct settings_error errors[8];
    size_t count = 0;
    int r = settings_read(path, ret_settings, errors, ELEMENTS(errors), &count);

    for (size_t i = 0; i < count && i < ELEMENTS(errors); i++)
        log_error("%s:%u: %s", path, errors[i].line, errors[i].text);
    if (r == -ENOENT) {
        log_warning("%s does not exist: defaults are used", path);
        r = 0;
    }
    return r;
}

static void on_setting_changed(const struct setting *setting, const char *value, void *data)
{
    (void)data;
    if (setting->effect == SETTING_RESTART)
        log_warning("%s.%s = %s takes a restart of warrend to take effect", setting->section,
                    setting->key, value);
    else
        log_info("%s.%s is now %s", setting->section, setting->key, value);
}

static void on_reload(void *data)
{
    struct engine *engine = data;
    struct settings settings;

    if (read_settings(engine->config_path, &settings) < 0) {
        log_error("the configuration has errors: what was in force stays in force");
        return;
    }
    settings_take_live(&engine->settings, &settings, on_setting_changed, NULL);
    settings_done(&settings);
    store_touch(engine->store);
    runtimes_settings_changed(engine->runtimes);
    web_tls_settings_changed(engine->tls);
    acme_settings_changed(engine->acme);
    event_log_add(engine->events, "settings.reloaded", NULL, NULL, NULL,
                  "the configuration was read again");
}

/* ---- what warrend tells ---- */

static void on_net_gone(const char *instance_id, void *data)
{
    (void)data;
    /* The worker's channel has told us, or is about to. */
    log_debug("warrend says that worker \"%s\" ended", instance_id);
}

static void on_wireguard_gone(const char *instance_id, unsigned link, void *data)
{
    struct engine *engine = data;

    if (!runtime_wireguard_gone(engine->runtimes, instance_id, link))
        return;
    log_warning("instance %s: wireguard-go of wg%u ended", instance_id, link);
    event_log_add(engine->events, "wireguard.restarted", instance_id, NULL, NULL,
                  "wireguard-go of wg%u ended and is started again", link);
}

static void on_openvpn_gone(const char *instance_id, unsigned server, void *data)
{
    struct engine *engine = data;

    log_warning("instance %s: its OpenVPN server (%s) ended", instance_id,
                openvpn_server_name(server));
    event_log_add(engine->events, "openvpn.restarted", instance_id, NULL, NULL,
                  "the OpenVPN server (%s) ended and is started again",
                  openvpn_server_name(server));
    runtime_openvpn_gone(engine->runtimes, instance_id, server);
}

static void on_dns_gone(const char *instance_id, void *data)
{
    struct engine *engine = data;

    log_warning("instance %s: dnsmasq ended", instance_id);
    runtime_dns_gone(engine->runtimes, instance_id);
}

static void on_hash_opened(int fd, void *data)
{
    struct engine *engine = data;

    hash_door_opened(engine->hash, fd);
}

static void on_web_opened(int fd, void *data)
{
    struct engine *engine = data;

    web_door_open(engine->web, fd);
}

static void on_web_listeners(const struct verb_web_listeners *list, void *data)
{
    struct engine *engine = data;

    web_door_set_listeners(engine->web, list);
}

static const struct supervisor_handlers supervisor_handlers = {
    .net_gone = on_net_gone,
    .wireguard_gone = on_wireguard_gone,
    .openvpn_gone = on_openvpn_gone,
    .dns_gone = on_dns_gone,
    .reload = on_reload,
    .hash_opened = on_hash_opened,
    .web_opened = on_web_opened,
    .web_listeners = on_web_listeners,
};

/* ---- opening and closing ---- */

static int open_store(struct engine *engine)
{
    _cleanup_close_ int directory =
        open(engine->state_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char reason[256];
    int r;

    if (directory < 0)
        return -errno;
    r = seal_open(directory, "seal.key", &engine->seal);
    if (r < 0) {
        log_error("%s/seal.key can't be used: %s", engine->state_directory, strerror(-r));
        return r;
    }
    r = store_open(engine->state_directory, engine->seal, &engine->store, reason);
    if (r < 0) {
        log_error("%s/warren.db: %s", engine->state_directory, reason);
        return r;
    }
    r = hub_store_get(engine->store, &engine->hub);
    return r < 0 ? r : peer_dns_label_fill(engine);
}

static int block_signals(sd_event *event)
{
    static const int signals[] = {SIGTERM, SIGINT};
    sigset_t mask;
    int r = 0;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&mask);
    for (size_t i = 0; i < ELEMENTS(signals); i++)
        sigaddset(&mask, signals[i]);
    if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
        return -errno;
    /* Without a handler, sd-event ends the loop. */
    for (size_t i = 0; i < ELEMENTS(signals) && r >= 0; i++)
        r = sd_event_add_signal(event, NULL, signals[i], NULL, NULL);
    return r;
}

static int open_engine(struct engine *engine, const struct options *options)
{
    int r;

    engine->started_at = clock_seconds();
    engine->forwarded = options->forwarded;
    text_copy(engine->state_directory, sizeof(engine->state_directory), options->state_directory);
    text_copy(engine->config_path, sizeof(engine->config_path), options->config_path);
    r = sd_event_default(&engine->event);
    if (r >= 0)
        r = block_signals(engine->event);
    if (r >= 0)
        r = read_settings(engine->config_path, &engine->settings);
    if (r >= 0)
        r = update_new(engine, options->slot, options->boot, &engine->update);
    if (r == 0)
        r = open_store(engine);
    if (r != 0)
        return r;
    engine->events = event_log_new();
    event_log_name_with(engine->events, event_names_add, engine);
    engine->hash = hash_door_new(engine);
    engine->challenges = challenges_new();
    r = identity_new(engine, &engine->identity);
    if (r >= 0)
        r = attempts_new(engine, &engine->attempts);
    if (r >= 0)
        r = setup_link_prepare(engine);
    if (r >= 0) {
        engine->web = web_door_new(engine);
        r = web_tls_new(engine, &engine->tls);
    }
    if (r >= 0)
        r = acme_new(engine, &engine->acme);
    if (r >= 0)
        r = runtimes_new(engine, &engine->runtimes);
    if (r >= 0)
        r = supervisor_new(engine, options->channel_fd, &supervisor_handlers, engine,
                           &engine->supervisor);
    if (r >= 0)
        r = api_server_new(engine, options->api_fd, &engine->api);
    if (r >= 0)
        r = backups_new(engine, &engine->backups);
    if (r >= 0)
        r = runtimes_start(engine->runtimes);
    if (r >= 0)
        r = traffic_new(engine, &engine->traffic);
    return r < 0 ? r : update_start(engine->update);
}

/* Each answers what it was asked, and those who get the answer look at what is still there. */
static void close_engine(struct engine *engine)
{
    traffic_free(engine->traffic);
    supervisor_free(engine->supervisor);
    update_free(engine->update);
    runtimes_free(engine->runtimes);
    hash_door_free(engine->hash);
    backups_free(engine->backups);
    api_server_free(engine->api);
    web_door_free(engine->web);
    acme_free(engine->acme);
    web_tls_free(engine->tls);
    attempts_free(engine->attempts);
    identity_free(engine->identity);
    challenges_free(engine->challenges);
    sd_event_source_disable_unref(engine->streams_look);
    sd_event_source_disable_unref(engine->ending);
    event_log_free(engine->events);
    json_decref(engine->attention);
    link_guard_free(engine->link_guard);
    store_free(engine->store);
    seal_free(engine->seal);
    settings_done(&engine->settings);
    sd_event_unref(engine->event);
}

/* Answers hold private keys on their way out. */
static void free_wiped(void *memory)
{
    if (memory)
        explicit_bzero(memory, malloc_usable_size(memory));
    free(memory);
}

int main(int argc, char **argv)
{
    struct engine engine = {0};
    struct options options;
    int r;

    log_open("warren-engine");
    json_set_alloc_funcs(malloc, free_wiped);
    settings_init(&engine.settings);
    if (parse_options(argc, argv, &options) < 0) {
        fprintf(stderr, "warren-engine is started by warrend\n");
        return EXIT_FAILURE;
    }
    r = enter_sandbox(&options);
    if (r < 0) {
        log_error("no sandbox: %s", strerror(-r));
        return EXIT_FAILURE;
    }
    r = open_engine(&engine, &options);
    /* A state is to be put in place first, by warrend. */
    if (r > 0)
        r = ENGINE_EXIT_AGAIN;
    else if (r == 0)
        r = sd_event_loop(engine.event);
    if (r < 0)
        log_error("ending: %s", strerror(-r));
    close_engine(&engine);
    return r < 0 ? EXIT_FAILURE : r;
}
