/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/openvpn_environment.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "tunnel/openvpn_number.h"

enum kind { TEXT, ADDRESS4, ADDRESS6, PORT, NUMBER32, NUMBER64, DIGEST, SERIAL };

struct variable {
    const char *name;
    enum openvpn_client_field field;
    enum kind kind;
    size_t offset, size; /* in struct openvpn_client */
};

#define MEMBER(member) \
    offsetof(struct openvpn_client, member), sizeof(((struct openvpn_client *)0)->member)

static const struct variable variables[] = {
    {"username", OPENVPN_HAS_USERNAME, TEXT, MEMBER(username)},
    {"password", OPENVPN_HAS_PASSWORD, TEXT, MEMBER(password)},
    {"common_name", OPENVPN_HAS_COMMON_NAME, TEXT, MEMBER(common_name)},
    {"untrusted_ip", OPENVPN_HAS_UNTRUSTED, ADDRESS4, MEMBER(untrusted.address)},
    {"untrusted_ip6", OPENVPN_HAS_UNTRUSTED, ADDRESS6, MEMBER(untrusted.address)},
    {"untrusted_port", OPENVPN_HAS_UNTRUSTED_PORT, PORT, MEMBER(untrusted.port)},
    {"trusted_ip", OPENVPN_HAS_TRUSTED, ADDRESS4, MEMBER(trusted.address)},
    {"trusted_ip6", OPENVPN_HAS_TRUSTED, ADDRESS6, MEMBER(trusted.address)},
    {"trusted_port", OPENVPN_HAS_TRUSTED_PORT, PORT, MEMBER(trusted.port)},
    {"tls_digest_sha256_0", OPENVPN_HAS_DIGEST, DIGEST, MEMBER(digest)},
    {"tls_serial_hex_0", OPENVPN_HAS_SERIAL, SERIAL, MEMBER(serial)},
    {"IV_PLAT", OPENVPN_HAS_PLATFORM, TEXT, MEMBER(platform)},
    {"IV_VER", OPENVPN_HAS_VERSION, TEXT, MEMBER(version)},
    {"IV_PROTO", OPENVPN_HAS_PROTOCOL, NUMBER32, MEMBER(protocol)},
    {"IV_CIPHERS", OPENVPN_HAS_CIPHERS, TEXT, MEMBER(ciphers)},
    {"ifconfig_pool_remote_ip", OPENVPN_HAS_ADDRESS4, ADDRESS4, MEMBER(address4)},
    {"ifconfig_pool_remote_ip6", OPENVPN_HAS_ADDRESS6, ADDRESS6, MEMBER(address6)},
    {"bytes_received", OPENVPN_HAS_RECEIVED, NUMBER64, MEMBER(received)},
    {"bytes_sent", OPENVPN_HAS_SENT, NUMBER64, MEMBER(sent)},
    {"time_duration", OPENVPN_HAS_DURATION, NUMBER64, MEMBER(duration)},
};

static int read_number(const char *value, uint64_t maximum, size_t size, void *ret_member)
{
    uint64_t number;

    if (openvpn_number(value, maximum, &number) < 0)
        return -EBADMSG;
    if (size == sizeof(uint16_t))
        *(uint16_t *)ret_member = (uint16_t)number;
    else if (size == sizeof(uint32_t))
        *(uint32_t *)ret_member = (uint32_t)number;
    else
        *(uint64_t *)ret_member = number;
    return 0;
}

static int read_address(const char *value, uint8_t family, struct address *ret_address)
{
    struct address address;

    if (address_parse(value, &address) < 0 || address.family != family)
        return -EBADMSG;
    *ret_address = address;
    return 0;
}

static int read_bytes(const struct variable *variable, const char *value,
                      struct openvpn_client *client)
{
    uint8_t bytes[OPENVPN_DIGEST_SIZE];
    int count = openvpn_hex(value, bytes, variable->size);

    if (count < 0 || (variable->kind == DIGEST && count != OPENVPN_DIGEST_SIZE))
        return -EBADMSG;
    memcpy((char *)client + variable->offset, bytes, (size_t)count);
    if (variable->kind == SERIAL)
        client->serial_size = (uint8_t)count;
    return 0;
}

static int read_value(const struct variable *variable, const char *value,
                      struct openvpn_client *client)
{
    void *member = (char *)client + variable->offset;

    switch (variable->kind) {
    case TEXT:
        return text_copy(member, variable->size, value);
    case ADDRESS4:
        return read_address(value, AF_INET, member);
    case ADDRESS6:
        return read_address(value, AF_INET6, member);
    case PORT:
        return read_number(value, UINT16_MAX, variable->size, member);
    case NUMBER32:
        return read_number(value, UINT32_MAX, variable->size, member);
    case NUMBER64:
        return read_number(value, UINT64_MAX, variable->size, member);
    case DIGEST:
    case SERIAL:
        return read_bytes(variable, value, client);
    }
    return -EBADMSG;
}

void openvpn_environment_read(char *line, struct openvpn_client *client)
{
    char *value = line, *name = strsep(&value, "=");

    for (size_t i = 0; value && i < ELEMENTS(variables); i++) {
        const struct variable *variable = &variables[i];

        if (!text_equal(variable->name, name) || client->fields & variable->field)
            continue;
        if (read_value(variable, value, client) == 0)
            client->fields |= variable->field;
        else if (variable->field == OPENVPN_HAS_USERNAME)
            client->fields |= OPENVPN_HAS_LONG_USERNAME;
    }
}
