/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names out of bytes, as if the rules had let them through: a profile gains no line by them. */
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "profiles/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t count_lines(const struct buf *text)
{
    size_t lines = 0;

    for (size_t i = 0; i < text->length; i++)
        lines += text->data[i] == '\n';
    return lines;
}

static enum profile_access access_of(const struct profile_format *format)
{
    if (format->subjects & PROFILE_FOR_CERTIFICATE_CLIENT)
        return PROFILE_CERTIFICATE;
    return format->subjects & PROFILE_FOR_PASSWORD_SITE ? PROFILE_PASSWORD : PROFILE_WIREGUARD;
}

static size_t write_lines(const struct profile_format *format, enum profile_access access,
                          const char *instance, const char *peer)
{
    _cleanup_buf_ struct buf text = {0};
    _cleanup_free_ char *file_name = NULL;
    const struct profile_facts facts = {
        .hub_name = peer,
        .instance_id = "acmeacme",
        .instance_name = instance,
        .peer_id = "laptop22",
        .peer_name = peer,
        .is_site = true,
        .access = access,
        .endpoint_host = "vpn.example.net",
        .endpoint_port = 51820,
        .address_count = 0,
        .openvpn =
            {
                .ports = {1194, 1194, 1195},
                .server_name = instance,
                .ca = {"x", 1},
                .certificate = {"x", 1},
                .key = {"x", 1},
                .tls_crypt_key = {"x", 1},
                .user_name = peer,
                .password = instance,
            },
    };

    format->write(&facts, &text);
    file_name = profile_file_name(&facts, format);
    if (strspn(file_name, "abcdefghijklmnopqrstuvwxyz0123456789-") !=
        strlen(file_name) - strlen(format->extension))
        abort();
    return count_lines(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_free_ char *instance = memory_zero(size + 1), *peer = memory_zero(size + 1);
    size_t half = size / 2;

    memcpy(instance, data, half);
    memcpy(peer, data + half, size - half);
    for (const struct profile_format *format = profile_formats; format->name; format++) {
        enum profile_access access = access_of(format);

        if (write_lines(format, access, instance, peer) !=
            write_lines(format, access, "acme", "laptop"))
            abort();
        if (format->subjects & PROFILE_FOR_SITE &&
            write_lines(format, PROFILE_WIREGUARD, instance, peer) !=
                write_lines(format, PROFILE_WIREGUARD, "acme", "laptop"))
            abort();
    }
    return 0;
}
