/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/profiles/sample.h"

#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

static void require(int result)
{
    if (result < 0)
        abort();
}

static void set_parse(struct prefix_set *set, const char *text)
{
    _cleanup_free_ char *copy = text_duplicate(text);
    char *rest = NULL;

    prefix_set_done(set);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        struct prefix prefix;

        require(prefix_parse(word, &prefix));
        prefix_set_add(set, &prefix);
    }
}

static void fill(struct profile_facts *facts)
{
    *facts = (struct profile_facts){
        .hub_name = "vpn.example.net",
        .instance_id = "acmeacme",
        .instance_name = "acme",
        .endpoint_host = "vpn.example.net",
        .endpoint_port = 51820,
        .has_private_key = true,
        .has_preshared_key = true,
        .address_count = 2,
        .mtu = 1420,
        .keepalive = 25,
    };
    require(key_parse_base64("cB+ZE7Jy+2VyXN0Wz6Ypx5nnJuSqVDM0QpsqFNXzSG8=", &facts->private_key));
    require(
        key_parse_base64("m2QkD0oZ7b9f0g9hKpDJ4rYQyQO5q3ZVyTUqg+QOFSM=", &facts->preshared_key));
    require(
        key_parse_base64("G6iD69JIM1+0sBWuCvj9fO7nLfuh5QTXFNp+X7zqGgE=", &facts->hub_public_key));
    set_parse(&facts->tunnel_networks, "10.66.0.0/24 fd12:3456:789a::/64");
}

/* What the instance is called in the DNS. */
static const struct dns_list search = {
    .items = (struct dns_entry[]){{.name = "acme.internal"}},
    .count = 1,
};

void sample_client(struct profile_facts *ret_facts)
{
    fill(ret_facts);
    ret_facts->peer_id = "laptop22";
    ret_facts->peer_name = "laptop";
    require(prefix_parse("10.66.0.2/32", &ret_facts->addresses[0]));
    require(prefix_parse("fd12:3456:789a::2/128", &ret_facts->addresses[1]));
    require(address_parse("10.66.0.1", &ret_facts->dns[0]));
    require(address_parse("fd12:3456:789a::1", &ret_facts->dns[1]));
    ret_facts->dns_count = 2;
    ret_facts->search = &search;
    set_parse(&ret_facts->allowed,
              "10.66.0.0/24 192.168.88.0/24 2001:db8:1::/48 fd12:3456:789a::/64");
}

void sample_site(struct profile_facts *ret_facts)
{
    fill(ret_facts);
    ret_facts->is_site = true;
    ret_facts->peer_id = "office22";
    ret_facts->peer_name = "office";
    require(prefix_parse("10.66.0.3/32", &ret_facts->addresses[0]));
    require(prefix_parse("fd12:3456:789a::3/128", &ret_facts->addresses[1]));
    set_parse(&ret_facts->allowed,
              "10.66.0.0/24 192.168.89.0/24 2001:db8:2::/48 fd12:3456:789a::/64");
}

/* Nobody's: bytes to be seen in a text. */
static struct profile_bytes made_up(const char *text)
{
    return (struct profile_bytes){text, strlen(text)};
}

void sample_certificate(struct profile_facts *ret_facts)
{
    sample_client(ret_facts);
    ret_facts->access = PROFILE_CERTIFICATE;
    ret_facts->has_private_key = ret_facts->has_preshared_key = false;
    ret_facts->openvpn = (struct profile_openvpn){
        .ports = {1194, 1194, 1195},
        .server_name = "acme server",
        .ca = made_up("the certificate of the authority, longer than one line of base64"),
        .certificate = made_up("the certificate of the laptop"),
        .key = made_up("the private key of the laptop"),
        .tls_crypt_key = made_up("Kc and WKc of the laptop"),
    };
}

void sample_password(struct profile_facts *ret_facts)
{
    sample_site(ret_facts);
    ret_facts->access = PROFILE_PASSWORD;
    ret_facts->has_private_key = ret_facts->has_preshared_key = false;
    ret_facts->openvpn = (struct profile_openvpn){
        .ports = {1194, 1194, 1195},
        .server_name = "acme server",
        .ca = made_up("the certificate of the authority, longer than one line of base64"),
        .user_name = "office22",
        .password = "Ab1-qrstuvwxyz23456",
    };
}

void sample_done(struct profile_facts *facts)
{
    prefix_set_done(&facts->excluded);
    prefix_set_done(&facts->tunnel_networks);
    prefix_set_done(&facts->allowed);
}

void sample_route(struct profile_facts *facts, const char *networks)
{
    set_parse(&facts->allowed, networks);
}

void sample_exclude(struct profile_facts *facts, const char *networks)
{
    set_parse(&facts->excluded, networks);
}

void sample_without_ipv6(struct profile_facts *facts)
{
    facts->address_count = 1;
    facts->dns_count = facts->dns_count ? 1 : 0;
    set_parse(&facts->tunnel_networks, "10.66.0.0/24");
    set_parse(&facts->allowed, "10.66.0.0/24 192.168.88.0/24");
}
