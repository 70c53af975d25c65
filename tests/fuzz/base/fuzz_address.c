/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a parser of addresses takes, comes out of its formatter and goes in again as the same. */
#include <stdlib.h>
#include <string.h>

#include "hub/base/address.h"
#include "hub/base/cleanup.h"

#define require(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)

static void check_address(const char *text)
{
    char once[ADDRESS_TEXT_MAX], twice[ADDRESS_TEXT_MAX];
    struct address address, again;

    if (address_parse(text, &address) < 0)
        return;
    require(address_parse(address_format(&address, once), &again) == 0);
    require(address_equal(&address, &again));
    require(strcmp(address_format(&again, twice), once) == 0);
}

static void check_prefix(const char *text)
{
    char once[PREFIX_TEXT_MAX];
    struct prefix prefix, again;

    if (prefix_parse(text, &prefix) < 0)
        return;
    require(prefix_valid(&prefix));
    require(prefix_parse(prefix_format(&prefix, once), &again) == 0);
    require(prefix_equal(&prefix, &again));

    struct prefix network = prefix_network(&prefix);
    struct address first = prefix_first(&prefix), last = prefix_last(&prefix);
    require(!prefix_has_host_bits(&network));
    require(prefix_contains(&network, &prefix) && prefix_contains(&prefix, &network));
    require(prefix_contains_address(&prefix, &first) && prefix_contains_address(&prefix, &last));
    require(address_compare(&first, &last) <= 0);
}

static void check_endpoint(const char *text)
{
    char once[ENDPOINT_TEXT_MAX];
    struct endpoint endpoint, again;

    if (endpoint_parse(text, &endpoint) < 0)
        return;
    require(endpoint.port > 0);
    require(endpoint_parse(endpoint_format(&endpoint, once), &again) == 0);
    require(address_equal(&endpoint.address, &again.address) && endpoint.port == again.port);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_free_ char *text = strndup((const char *)data, size);

    check_address(text);
    check_prefix(text);
    check_endpoint(text);
    return 0;
}
