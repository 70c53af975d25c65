/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two arrays behind a verb_instance. */
#include "hub/channel/verbs.h"

size_t verb_instance_size(const struct verb_instance *instance)
{
    return sizeof(*instance) + instance->pushed_count * sizeof(instance->pushed[0]) +
           instance->port_count * sizeof(uint16_t);
}

struct port_span verb_instance_links(const struct verb_instance *instance)
{
    const void *ports = &instance->pushed[instance->pushed_count];

    return (struct port_span){ports, instance->link_count};
}

struct port_span verb_instance_openvpn(const struct verb_instance *instance)
{
    const uint16_t *ports = verb_instance_links(instance).items;

    return (struct port_span){ports + instance->link_count,
                              instance->port_count - instance->link_count};
}

void verb_instance_set_ports(struct verb_instance *instance, struct port_span links,
                             struct port_span openvpn)
{
    void *behind = &instance->pushed[instance->pushed_count];
    uint16_t *ports = behind;

    for (size_t i = 0; i < links.count; i++)
        ports[i] = links.items[i];
    for (size_t i = 0; i < openvpn.count; i++)
        ports[links.count + i] = openvpn.items[i];
    instance->link_count = (uint16_t)links.count;
    instance->port_count = (uint32_t)(links.count + openvpn.count);
}
