/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /etc/warren/warren.conf: one table row per setting; the parser, --check, the status page and the
 * manual read it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/buf.h"
#include "hub/base/prefix_set.h"

struct port_range {
    uint16_t first, last;
};

/* Is what the machine forwards besides the tenants' traffic let through? In the order of the
 * setting's choices. */
enum forward_other { FORWARD_OTHER_AUTO, FORWARD_OTHER_YES, FORWARD_OTHER_NO };

struct settings {
    /* [hub] */
    char region[64];
    char public_name[256];              /* name or address: the host of every profile's endpoint */
    struct prefix_set public_addresses; /* as /32 and /128 */
    char base_domain[200];              /* "" = none */
    uint8_t forward_other;              /* enum forward_other */
    /* [wireguard] */
    struct port_range wireguard_ports;
    uint16_t wireguard_mtu;
    uint16_t wireguard_keepalive;
    uint8_t wireguard_backend; /* 0 = auto, else enum wireguard_backend's value */
    /* [openvpn] */
    struct port_range openvpn_ports; /* two of an instance */
    /* [transient] */
    struct port_range transient_ports;
    /* [pools] */
    struct prefix tunnel4;    /* 10.66.0.0/16 */
    uint8_t tunnel4_length;   /* 24 */
    struct prefix management; /* 100.64.0.0/10 */
    int64_t address_rest;     /* s before a freed address is given out again */
    /* [dns] */
    struct address dns[4]; /* asked for instances that say nothing */
    size_t dns_count;
    /* [web] */
    bool web;
    struct prefix_set web_listen; /* as /32 and /128; none = all there are */
    uint16_t https_port, http_port;
    uint16_t web_connections, web_address_connections;
    /* [acme] */
    bool acme, acme_terms_agreed;
    char acme_directory[256], acme_contact[128];
    /* [sign_in] */
    int64_t session_lifetime, session_idle;
    /* [backup] */
    int64_t backup_every;
    uint32_t backup_keep;
    /* [update] */
    int64_t update_trial;
    uint32_t update_peers_back;
    /* [limits] */
    uint32_t instances_max, peers_max; /* peers per instance */
};

enum setting_kind {
    SETTING_TEXT,
    SETTING_HOST, /* a DNS name or an address */
    SETTING_DOMAIN,
    SETTING_BOOL, /* yes or no */
    SETTING_NUMBER,
    SETTING_DURATION,
    SETTING_PORT_RANGE, /* "51820-53819" */
    SETTING_PREFIX,
    SETTING_ADDRESSES, /* comma separated, a struct prefix_set of /32 and /128 */
    SETTING_SERVERS,   /* comma separated, `dns` and `dns_count` */
    SETTING_CHOICE,
    SETTING_URL,  /* of HTTPS */
    SETTING_MAIL, /* an address, or nothing */
};

enum setting_effect { SETTING_LIVE, SETTING_RESTART };

struct setting {
    const char *section, *key;
    enum setting_kind kind;
    size_t offset; /* in struct settings */
    size_t size;
    int64_t minimum, maximum; /* of a number, of ports, of seconds, of characters, of a length */
    const char *choices;      /* "auto|kernel|userspace" */
    const char *initial;      /* the default, as text */
    enum setting_effect effect;
    const char *help; /* one sentence */
    bool of_machine;  /* not the hub's own: it is not restored with a backup */
};

extern const struct setting settings_table[];
extern const size_t settings_count;

/* NULL when there is none. */
const struct setting *settings_find(const char *section, const char *key);
/* The one that was most likely meant. */
const struct setting *settings_nearest(const char *section, const char *key);

void settings_init(struct settings *settings); /* defaults */
void settings_done(struct settings *settings);

struct settings_error {
    unsigned line;  /* 0 = of the whole file */
    char text[400]; /* what is wrong and what would do */
};

/* Pure: text in, settings out. Collects up to `max` errors (at least 1); answers how many it
 * collected. On any error *ret_settings holds the defaults. */
size_t settings_parse(const char *text, size_t size, struct settings *ret_settings,
                      struct settings_error *ret_errors, size_t max);
/* The file as it is, but no more of it than one byte beyond what settings_parse() takes. */
int settings_read_text(const char *path, struct buf *ret_text);
/* Reads and parses. -ENOENT: no such file. -EINVAL: errors found. On any error the defaults are
 * set. */
int settings_read(const char *path, struct settings *ret_settings,
                  struct settings_error *ret_errors, size_t max, size_t *ret_count);

/* Takes over from `read` what may change while the hub runs; the rest waits for a restart. Tells of
 * each setting that differs, with the value that was read. What was replaced is in `read` then. */
typedef void (*setting_changed)(const struct setting *setting, const char *value, void *data);
void settings_take_live(struct settings *settings, struct settings *read, setting_changed changed,
                        void *data);

/* Takes from `machine` what is the machine's and not the hub's. */
void settings_take_machine(struct settings *settings, struct settings *machine);

/* A setting's present value as text, as the file would say it. */
void settings_value_format(const struct settings *settings, const struct setting *setting,
                           struct buf *ret_text);
/* A whole commented file with these values: hub/up writes it, `warrend --print-config` prints it.
 */
void settings_write(const struct settings *settings, struct buf *ret_text);
