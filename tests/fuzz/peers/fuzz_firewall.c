/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arbitrary text as an end, ports and labels: what is taken is written again as the same. */
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "peers/firewall.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool held)
{
    if (!held)
        abort();
}

static void check_complaint(const struct complaint *complaint)
{
    require(memchr(complaint->wrong, 0, sizeof(complaint->wrong)) && complaint->wrong[0]);
    require(memchr(complaint->would, 0, sizeof(complaint->would)));
}

static void check_name(const char *text)
{
    struct complaint complaint;
    struct firewall_name name, again;

    memset(&complaint, 0xaa, sizeof(complaint));
    if (!firewall_name_parse(text, &name, &complaint)) {
        check_complaint(&complaint);
        return;
    }
    _cleanup_free_ char *formatted = firewall_name_format(name.kind, name.value);

    require(firewall_name_parse(formatted, &again, &complaint));
    require(again.kind == name.kind && text_equal(again.value, name.value));
}

static void check_ports(const char *text)
{
    struct complaint complaint;
    struct firewall_ports ports[2], again;
    char formatted[FIREWALL_PORTS_TEXT_MAX];

    memset(&complaint, 0xaa, sizeof(complaint));
    if (!firewall_ports_parse(text, &ports[0], &complaint)) {
        check_complaint(&complaint);
        return;
    }
    require(ports[0].first > 0 && ports[0].first <= ports[0].last);
    require(firewall_ports_parse(firewall_ports_format(&ports[0], formatted), &again, &complaint));
    require(again.first == ports[0].first && again.last == ports[0].last);
    ports[1] = ports[0];
    require(firewall_ports_sort(ports, 2) == 1);
}

static void check_text(bool (*rule)(const char *, struct complaint *), const char *text)
{
    struct complaint complaint;

    memset(&complaint, 0xaa, sizeof(complaint));
    if (!rule(text, &complaint))
        check_complaint(&complaint);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_free_ char *text = memory_zero(size + 1);

    if (size)
        memcpy(text, data, size);
    check_name(text);
    check_ports(text);
    check_text(rule_label, text);
    check_text(rule_comment, text);
    return 0;
}
