/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A subnet as text, and what is taken behind a zero byte, one prefix a line: what is read is
 * written back as the same, what the rules propose they take, what is offered is free.
 */
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "peers/subnet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool held)
{
    if (!held)
        abort();
}

static void check_text(const struct subnet *subnet)
{
    struct subnet again;
    char text[SUBNET_TEXT_MAX];

    require(subnet_parse(subnet_format(subnet, text), &again) == 0);
    require(prefix_equal(&subnet->real, &again.real));
    require(prefix_equal(&subnet->mapped, &again.mapped));
}

/* By as many bits as they are away from the LAN's beginning. */
static void check_seen(const struct subnet *subnet)
{
    struct prefix whole, host = prefix_of_address(&subnet->real.address);
    const struct subnet good = {prefix_network(&subnet->real), prefix_network(&subnet->mapped)};

    if (good.real.length != good.mapped.length ||
        good.real.address.family != good.mapped.address.family)
        return;
    require(subnet_seen(&good, &good.real, &whole) && prefix_equal(&whole, &good.mapped));
    require(subnet_seen(&good, &host, &host));
    require(prefix_contains(&good.mapped, &host));
}

static void check_rule(const struct subnet *subnet)
{
    static const struct subnet_context context;
    struct complaint complaint, ignored;
    struct subnet would;

    if (rule_mapped_subnet(subnet, &context, &complaint)) {
        require(subnet->real.length == subnet->mapped.length);
        require(!prefix_has_host_bits(&subnet->real) && !prefix_has_host_bits(&subnet->mapped));
        return;
    }
    require(complaint.wrong[0] != '\0');
    if (complaint.would[0]) {
        require(subnet_parse(complaint.would, &would) == 0);
        /* One fault at a time: what is proposed may have another one. */
        (void)rule_mapped_subnet(&would, &context, &ignored);
    }
}

static void check_offer(const struct prefix *real, char *lines)
{
    _cleanup_prefix_set_ struct prefix_set taken = {0};
    struct prefix offer;

    for (char *line; (line = strsep(&lines, "\n"));) {
        struct prefix prefix;

        if (prefix_parse(line, &prefix) == 0) {
            prefix = prefix_network(&prefix);
            prefix_set_add(&taken, &prefix);
        }
    }
    if (!subnet_offer(real, &taken, &offer))
        return;
    require(prefix_valid(&offer) && !prefix_has_host_bits(&offer));
    require(offer.length == real->length && offer.address.family == real->address.family);
    for (size_t i = 0; i < taken.count; i++)
        require(!prefix_overlaps(&taken.items[i], &offer));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = memory_zero(size + 2);
    struct subnet subnet;

    memcpy(text, data, size);
    if (subnet_parse(text, &subnet) == 0) {
        check_text(&subnet);
        check_seen(&subnet);
        check_rule(&subnet);
        check_offer(&subnet.real, text + strlen(text) + 1);
    }
    free(text);
    return 0;
}
