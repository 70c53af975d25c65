/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever the engine says of names: what the channel lets through is drawn as lines that say what
 * they are meant to, and nothing else. First byte: servers or records; then the body. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/channel/channel.h"
#include "hub/warrend/dns_files.h"

static _Alignas(16) uint8_t message[CHANNEL_MESSAGE_MAX];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool held)
{
    if (!held)
        abort();
}

static bool is_address(const char *text)
{
    struct address address;

    return address_parse(text, &address) == 0;
}

/* "server=ADDRESS", "server=/DOMAIN/", "server=/DOMAIN/ADDRESS", "server=/ *.DOMAIN/#" */
static void check_server(char *line)
{
    static const char start[] = "server=";
    char *domain = line + strlen(start), *end;

    require(strncmp(line, start, strlen(start)) == 0);
    if (*domain != '/') {
        require(is_address(domain));
        return;
    }
    domain++;
    end = strchr(domain, '/');
    require(end != NULL);
    *end++ = '\0';
    if (strncmp(domain, "*.", 2) == 0)
        require(dns_name_valid(domain + 2) && strcmp(end, "#") == 0);
    else
        require(dns_name_valid(domain) && (!*end || is_address(end)));
}

static void check_record(char *line)
{
    char *name = strchr(line, ' ');

    require(name != NULL);
    *name++ = '\0';
    require(is_address(line) && dns_name_valid(name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_buf_ struct buf text = {0};
    bool servers = size > 0 && data[0] & 1;
    struct channel_header header = {.verb = servers ? VERB_DNS_SERVERS : VERB_DNS_RECORDS};
    const char *reason;
    uint8_t *body = message + sizeof(header);

    if (size < 1 || size - 1 > sizeof(message) - sizeof(header))
        return 0;
    memcpy(message, &header, sizeof(header));
    memcpy(body, data + 1, size - 1);
    if (channel_check(ROLE_ENGINE, message, sizeof(header) + size - 1, 0, &reason) < 0)
        return 0;
    if (servers)
        dns_files_draw_servers((const struct verb_dns_servers *)body, &text);
    else
        dns_files_draw_records((const struct verb_dns_records *)body, &text);
    char *rest = text.length ? text.data : NULL;
    for (char *line; (line = strsep(&rest, "\n")) && rest;)
        servers ? check_server(line) : check_record(line);
    return 0;
}
