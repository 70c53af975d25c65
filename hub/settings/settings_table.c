/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/base/cleanup.h"
#include "hub/settings/settings.h"

#define FIELD(name) offsetof(struct settings, name), sizeof(((struct settings *)NULL)->name)

enum { DAY = 86400 };

/* clang-format off: a table */
const struct setting settings_table[] = {
    {"hub", "region", SETTING_TEXT, FIELD(region), 1, 63, NULL, "local", SETTING_LIVE,
     "Where this hub stands, as people call it."},
    {"hub", "public_name", SETTING_HOST, FIELD(public_name), 0, 0, NULL, "", SETTING_LIVE,
     "The name or address that devices connect to: the host of every profile's endpoint."},
    {"hub", "public_addresses", SETTING_ADDRESSES, FIELD(public_addresses), 0, 16, NULL, "",
     SETTING_LIVE,
     "The hub's own public addresses; no site may advertise a network that holds one of them.",
     true},
    {"hub", "base_domain", SETTING_DOMAIN, FIELD(base_domain), 0, 0, NULL, "", SETTING_LIVE,
     "An instance's public name is its hostname in this domain, and its peers' names are below "
     "that; "
     "empty: all use public_name, and names are below HOSTNAME.internal."},
    {"hub", "forward_other", SETTING_CHOICE, FIELD(forward_other), 0, 0, "auto|yes|no", "auto",
     SETTING_LIVE,
     "Whether to let through what this machine forwards besides the tenants' traffic (containers, "
     "other VPNs); auto: as before the hub came, yes where the machine forwarded already, no where "
     "it did not.",
     true},

    {"wireguard", "ports", SETTING_PORT_RANGE, FIELD(wireguard_ports), 1024, 65535, NULL,
     "51820-53819", SETTING_LIVE,
     "UDP ports for instances, one each; let them through the firewall in front of the hub."},
    {"wireguard", "mtu", SETTING_NUMBER, FIELD(wireguard_mtu), 1280, 1500, NULL, "1420",
     SETTING_LIVE, "Largest packet inside a tunnel, for instances that say nothing else."},
    {"wireguard", "keepalive", SETTING_NUMBER, FIELD(wireguard_keepalive), 0, 65535, NULL, "25",
     SETTING_LIVE,
     "Seconds between a device's keepalives, for peers that say nothing else; 0: none."},
    {"wireguard", "backend", SETTING_CHOICE, FIELD(wireguard_backend), 0, 0,
     "auto|kernel|userspace", "auto", SETTING_RESTART,
     "Who carries WireGuard; auto: the kernel where it can, wireguard-go otherwise.", true},

    {"openvpn", "ports", SETTING_PORT_RANGE, FIELD(openvpn_ports), 1024, 65535, NULL, "1194-5193",
     SETTING_LIVE,
     "Ports for instances with OpenVPN peers, two each: one for UDP and TCP, the next one (TCP) "
     "for "
     "routers that log in by password; let them through the firewall in front of the hub."},

    {"transient", "ports", SETTING_PORT_RANGE, FIELD(transient_ports), 1024, 65535, NULL,
     "20000-59999", SETTING_LIVE, "TCP ports for transient access to routers."},

    {"pools", "tunnel4", SETTING_PREFIX, FIELD(tunnel4), 8, 28, NULL, "10.66.0.0/16", SETTING_LIVE,
     "Private IPv4 network that new instances' tunnel networks are taken from."},
    {"pools", "tunnel4_length", SETTING_NUMBER, FIELD(tunnel4_length), 16, 29, NULL, "24",
     SETTING_LIVE,
     "Prefix length of a new instance's IPv4 tunnel network; 24 has room for 253 peers."},
    {"pools", "management", SETTING_PREFIX, FIELD(management), 8, 28, NULL, "100.64.0.0/10",
     SETTING_RESTART, "IPv4 network of the routers' management tunnels."},
    {"pools", "address_rest", SETTING_DURATION, FIELD(address_rest), 1, 365 * DAY, NULL, "1d",
     SETTING_LIVE, "How long a deleted peer's address rests before another peer gets it."},

    {"dns", "servers", SETTING_SERVERS, FIELD(dns), 0, 4, NULL,
     "9.9.9.9, 149.112.112.112, 2620:fe::fe, 2620:fe::9", SETTING_LIVE,
     "Name servers that the hub asks for clients of instances that say nothing else; empty: none, "
     "and clients keep their own."},

    {"web", "enabled", SETTING_BOOL, FIELD(web), 0, 0, NULL, "yes", SETTING_RESTART,
     "Whether the hub is reached by browsers and by its HTTPS API."},
    {"web", "listen", SETTING_ADDRESSES, FIELD(web_listen), 0, 8, NULL, "", SETTING_RESTART,
     "Addresses of this machine that the web listens on; empty: all.", true},
    {"web", "https_port", SETTING_NUMBER, FIELD(https_port), 1, 65535, NULL, "443", SETTING_RESTART,
     "TCP port of the web; let it through the firewall in front of the hub.", true},
    {"web", "http_port", SETTING_NUMBER, FIELD(http_port), 0, 65535, NULL, "80", SETTING_RESTART,
     "TCP port that leads browsers to https_port and answers for certificates; 0: none.", true},
    {"web", "connections", SETTING_NUMBER, FIELD(web_connections), 64, 12000, NULL, "4096",
     SETTING_RESTART, "Most connections to the web at once."},
    {"web", "address_connections", SETTING_NUMBER, FIELD(web_address_connections), 8, 12000, NULL,
     "512", SETTING_RESTART,
     "Most of them from one address, or from one IPv6 network of length 64."},
    {"acme", "enabled", SETTING_BOOL, FIELD(acme), 0, 0, NULL, "no", SETTING_LIVE,
     "Whether the hub has an authority sign its web's certificate for public_name; port 80 of that "
     "name must lead to http_port."},
    {"acme", "directory", SETTING_URL, FIELD(acme_directory), 0, 0, NULL,
     "https://acme-v02.api.letsencrypt.org/directory", SETTING_LIVE,
     "The authority's ACME directory; its own certificate must be one that this machine trusts."},
    {"acme", "contact", SETTING_MAIL, FIELD(acme_contact), 0, 0, NULL, "", SETTING_LIVE,
     "Mail address that the authority writes to about the certificate; empty: none."},
    {"acme", "terms_agreed", SETTING_BOOL, FIELD(acme_terms_agreed), 0, 0, NULL, "no", SETTING_LIVE,
     "Whether somebody who may has agreed to the authority's terms of service."},

    {"backup", "every", SETTING_DURATION, FIELD(backup_every), 60, 365 * DAY, NULL, "1d",
     SETTING_LIVE,
     "How often the hub makes a backup of itself, once it has a passphrase for them (warren backup "
     "key set)."},
    {"backup", "keep", SETTING_NUMBER, FIELD(backup_keep), 1, 1000, NULL, "7", SETTING_LIVE,
     "How many of these are kept; the oldest ones go."},

    {"update", "trial", SETTING_DURATION, FIELD(update_trial), 10, 3600, NULL, "10m", SETTING_LIVE,
     "How long an update may take until it is known to be healthy; then the system before it comes "
     "back."},
    {"update", "peers_back", SETTING_NUMBER, FIELD(update_peers_back), 0, 100, NULL, "50",
     SETTING_LIVE,
     "How many percent of the peers that were connected before an update must be again for it to "
     "be healthy."},

    {"sign_in", "session_lifetime", SETTING_DURATION, FIELD(session_lifetime), 300, 30 * DAY, NULL,
     "12h", SETTING_LIVE, "How long an admin stays signed in at most."},
    {"sign_in", "session_idle", SETTING_DURATION, FIELD(session_idle), 60, 30 * DAY, NULL, "30m",
     SETTING_LIVE, "How long an admin stays signed in without doing anything."},

    {"limits", "instances", SETTING_NUMBER, FIELD(instances_max), 1, 2000, NULL, "500",
     SETTING_LIVE, "Most instances on this hub."},
    {"limits", "peers", SETTING_NUMBER, FIELD(peers_max), 1, 100000, NULL, "20000", SETTING_LIVE,
     "Most peers of one instance."},
};
/* clang-format on */

const size_t settings_count = ELEMENTS(settings_table);
