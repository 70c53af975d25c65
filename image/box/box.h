/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a box is told before its first start, and its network afterwards: a seed, box.conf. Sections
 * of its own, and beside them those of warren.conf. Pure: text in, struct out.
 */
#pragma once

#include <stddef.h>

#include "hub/base/address.h"
#include "hub/base/buf.h"
#include "hub/settings/settings.h"

enum {
    BOX_SIZE_MAX = 64 * 1024,
    BOX_INTERFACE_MAX = 16,
    BOX_ADDRESSES_MAX = 8,
    BOX_SERVERS_MAX = 4,
    BOX_SERVER_MAX = 254,
    BOX_KEYS_MAX = 8,
    BOX_KEY_MAX = 1000,
    BOX_TOKEN_SIZE = 32,
    BOX_TOKEN_MAX = 44, /* as base64url */
    BOX_FILE_MAX = 128,
    BOX_PASSPHRASE_MAX = 513,
};

struct box {
    /* [network]; no address: DHCP and router advertisements */
    char interface[BOX_INTERFACE_MAX]; /* "" = every network card */
    struct prefix addresses[BOX_ADDRESSES_MAX];
    size_t address_count;
    struct address gateways[2];
    size_t gateway_count;
    struct address name_servers[BOX_SERVERS_MAX];
    size_t name_server_count;
    /* [time] */
    char time_servers[BOX_SERVERS_MAX][BOX_SERVER_MAX];
    size_t time_server_count;
    /* [ssh] */
    char keys[BOX_KEYS_MAX][BOX_KEY_MAX];
    size_t key_count;
    /* [owner] */
    char setup_token[BOX_TOKEN_MAX];
    /* [restore] */
    char restore_file[BOX_FILE_MAX]; /* a file's name beside the seed */
    char restore_passphrase[BOX_PASSPHRASE_MAX];
    /* all other sections */
    struct settings settings;
    bool has_settings;
};

void box_done(struct box *box); /* wipes token and passphrase */

/* Collects up to `max` errors and answers their number. On any error *ret_box is empty: nothing is
 * taken of a seed that is wrong in one place. */
size_t box_parse(const char *text, size_t size, struct box *ret_box,
                 struct settings_error *ret_errors, size_t max);

/* What a cloud's user data says to this box: a text that starts with "#warren-seed", or the value
 * of warren_seed in a "#cloud-config". -ENOENT: nothing. */
int box_unwrap(const char *text, size_t size, struct buf *ret_seed);

/* For systemd-networkd, systemd-timesyncd and sshd; nothing when the seed says nothing of it. */
void box_write_network(const struct box *box, struct buf *ret_text);
void box_write_time(const struct box *box, struct buf *ret_text);
void box_write_keys(const struct box *box, struct buf *ret_text);
