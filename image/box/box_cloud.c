/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/box/box_cloud.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

#define LINK_LOCAL "169.254.169.254"

static const struct box_cloud clouds[] = {
    {
        .name = "Amazon EC2",
        .starts = {.vendor = "Amazon"},
        .address = LINK_LOCAL,
        .path = "/latest/user-data",
        .header = "",
        .token_path = "/latest/api/token",
        .token_header = "X-aws-ec2-metadata-token-ttl-seconds: 60",
        .token_sent_in = "X-aws-ec2-metadata-token",
    },
    {
        /* Its vendor is also that of machines at home. */
        .name = "Azure",
        .starts = {.asset = "7783-7084-3265-9085-8269-3286-77"},
        .address = LINK_LOCAL,
        .path = "/metadata/instance/compute/userData?api-version=2021-01-01&format=text",
        .header = "Metadata: true",
        .base64 = true,
    },
    {
        .name = "Google Compute Engine",
        .starts = {.vendor = "Google", .product = "Google Compute Engine"},
        .address = LINK_LOCAL,
        .path = "/computeMetadata/v1/instance/attributes/user-data",
        .header = "Metadata-Flavor: Google",
    },
    {
        .name = "Oracle Cloud",
        .starts = {.asset = "OracleCloud.com"},
        .address = LINK_LOCAL,
        .path = "/opc/v2/instance/metadata/user_data",
        .header = "Authorization: Bearer Oracle",
        .base64 = true,
    },
    {
        .name = "Alibaba Cloud",
        .starts = {.vendor = "Alibaba Cloud"},
        .address = "100.100.100.200",
        .path = "/2016-01-01/user-data",
        .header = "",
    },
    {
        .name = "Hetzner",
        .starts = {.vendor = "Hetzner"},
        .address = LINK_LOCAL,
        .path = "/hetzner/v1/userdata",
        .header = "",
    },
    {
        .name = "DigitalOcean",
        .starts = {.vendor = "DigitalOcean"},
        .address = LINK_LOCAL,
        .path = "/metadata/v1/user-data",
        .header = "",
    },
    {
        .name = "Vultr",
        .starts = {.vendor = "Vultr"},
        .address = LINK_LOCAL,
        .path = "/latest/user-data",
        .header = "Metadata-Token: vultr",
    },
    {
        .name = "Exoscale",
        .starts = {.vendor = "Exoscale"},
        .address = LINK_LOCAL,
        .path = "/1.0/user-data",
        .header = "",
    },
    {
        .name = "UpCloud",
        .starts = {.vendor = "UpCloud"},
        .address = LINK_LOCAL,
        .path = "/metadata/v1/user_data",
        .header = "",
    },
    {
        .name = "Akamai",
        .starts = {.vendor = "Akamai"},
        .address = LINK_LOCAL,
        .path = "/v1/user-data",
        .header = "",
        .token_path = "/v1/token",
        .token_header = "Metadata-Token-Expiry-Seconds: 300",
        .token_sent_in = "Metadata-Token",
        .base64 = true,
    },
    {
        /* What Akamai's machines said before. */
        .name = "Linode",
        .starts = {.vendor = "Linode"},
        .address = LINK_LOCAL,
        .path = "/v1/user-data",
        .header = "",
        .token_path = "/v1/token",
        .token_header = "Metadata-Token-Expiry-Seconds: 300",
        .token_sent_in = "Metadata-Token",
        .base64 = true,
    },
    {
        .name = "Scaleway",
        .starts = {.vendor = "Scaleway"},
        .address = "169.254.42.42",
        .path = "/user_data/cloud-init",
        .header = "",
        .reserved_port = true,
    },
    {
        /* Many clouds are one, under a vendor's name of their own. */
        .name = "OpenStack",
        .starts = {.vendor = "OpenStack"},
        .address = LINK_LOCAL,
        .path = "/openstack/latest/user_data",
        .header = "",
    },
    {
        .name = "OpenStack",
        .starts = {.product = "OpenStack"},
        .address = LINK_LOCAL,
        .path = "/openstack/latest/user_data",
        .header = "",
    },
};

static bool starts(const char *value, const char *start)
{
    return !start || text_starts_with(value, start);
}

const struct box_cloud *box_cloud_find(const struct box_machine *machine)
{
    for (size_t i = 0; i < ELEMENTS(clouds); i++) {
        const struct box_machine *wanted = &clouds[i].starts;
        if (starts(machine->vendor, wanted->vendor) && starts(machine->product, wanted->product) &&
            starts(machine->asset, wanted->asset))
            return &clouds[i];
    }
    return NULL;
}

const struct box_cloud *box_cloud_at(size_t number)
{
    return number < ELEMENTS(clouds) ? &clouds[number] : NULL;
}

/* ---- the answer ---- */

struct rest {
    const char *text;
    size_t size;
};

/* Without its end; false: there is no whole line. */
static bool next_line(struct rest *rest, struct rest *ret_line)
{
    const char *newline = memchr(rest->text, '\n', rest->size);

    if (!newline)
        return false;
    *ret_line = (struct rest){rest->text, (size_t)(newline - rest->text)};
    rest->size -= ret_line->size + 1;
    rest->text = newline + 1;
    if (ret_line->size > 0 && ret_line->text[ret_line->size - 1] == '\r')
        ret_line->size--;
    return true;
}

static int take_status(const struct rest *line)
{
    if (line->size < 12 || memcmp(line->text, "HTTP/1.", 7) != 0 || line->text[8] != ' ')
        return -EINVAL;
    if (memcmp(line->text + 9, "200", 3) == 0)
        return 0;
    return memcmp(line->text + 9, "404", 3) == 0 ? -ENOENT : -EAGAIN;
}

/* The value of a header's line, or NULL if it is another one. */
static const char *value_of(const struct rest *line, const char *name, size_t *ret_size)
{
    size_t length = strlen(name);

    if (line->size <= length || strncasecmp(line->text, name, length) != 0 ||
        line->text[length] != ':')
        return NULL;
    const char *value = line->text + length + 1, *end = line->text + line->size;
    while (value < end && *value == ' ')
        value++;
    *ret_size = (size_t)(end - value);
    return value;
}

static int take_length(const struct rest *line, size_t *length)
{
    size_t size = 0, number = 0;
    const char *value = value_of(line, "content-length", &size);

    if (!value)
        return 0;
    if (size == 0 || size > 9)
        return -EINVAL;
    for (size_t i = 0; i < size; i++) {
        if (value[i] < '0' || value[i] > '9')
            return -EINVAL;
        number = number * 10 + (size_t)(value[i] - '0');
    }
    *length = number;
    return 0;
}

static int decode(const char *text, size_t size, struct buf *ret_body)
{
    _cleanup_free_ unsigned char *bytes = malloc(size + 1);
    size_t length = 0;

    if (!bytes)
        abort();
    if (sodium_base642bin(bytes, size + 1, text, size, "\r\n ", &length, NULL,
                          sodium_base64_VARIANT_ORIGINAL) < 0)
        return -EINVAL;
    buf_add(ret_body, bytes, length);
    return 0;
}

int box_cloud_answer(const char *text, size_t size, bool base64, struct buf *ret_body)
{
    struct rest rest = {text, size}, line;
    size_t length = SIZE_MAX, ignored = 0;

    if (!next_line(&rest, &line))
        return -EAGAIN;
    int r = take_status(&line);
    for (bool ended = false; r == 0 && !ended;) {
        if (!next_line(&rest, &line))
            return -EAGAIN;
        ended = line.size == 0;
        /* HTTP/1.0 was spoken: nobody may send parts. */
        r = value_of(&line, "transfer-encoding", &ignored) ? -EINVAL : take_length(&line, &length);
    }
    if (r < 0)
        return r;
    if (length != SIZE_MAX && rest.size < length)
        return -EAGAIN;
    if (length != SIZE_MAX)
        rest.size = length;
    if (base64)
        return decode(rest.text, rest.size, ret_body);
    buf_add(ret_body, rest.text, rest.size);
    return 0;
}
