/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/link_steps.h"

enum { STEPS_MAX = 5 };

static const struct {
    unsigned subjects;
    const char *system;
    const char *steps[STEPS_MAX];
} table[] = {
    {PROFILE_FOR_CLIENT,
     "ios",
     {"install-wireguard", "scan-or-open-file", "allow-vpn", "switch-on"}},
    {PROFILE_FOR_CLIENT,
     "android",
     {"install-wireguard", "scan-or-open-file", "allow-vpn", "switch-on"}},
    {PROFILE_FOR_CLIENT,
     "windows",
     {"install-wireguard", "download-file", "import-file", "switch-on"}},
    {PROFILE_FOR_CLIENT,
     "macos",
     {"install-wireguard", "download-file", "import-file", "allow-vpn", "switch-on"}},
    {PROFILE_FOR_CLIENT,
     "linux",
     {"install-wireguard-tools", "download-file", "move-to-etc-wireguard", "wg-quick-up"}},
    {PROFILE_FOR_SITE,
     "linux",
     {"install-wireguard-tools", "download-file", "move-to-etc-wireguard", "wg-quick-up"}},
    {PROFILE_FOR_CERTIFICATE_CLIENT,
     "ios",
     {"install-openvpn-connect", "open-import-link", "allow-vpn", "switch-on"}},
    {PROFILE_FOR_CERTIFICATE_CLIENT,
     "android",
     {"install-openvpn-connect", "open-import-link", "allow-vpn", "switch-on"}},
    {PROFILE_FOR_CERTIFICATE_CLIENT,
     "windows",
     {"install-openvpn-connect", "download-file", "import-file", "switch-on"}},
    {PROFILE_FOR_CERTIFICATE_CLIENT,
     "macos",
     {"install-openvpn-connect", "download-file", "import-file", "allow-vpn", "switch-on"}},
    {PROFILE_FOR_CERTIFICATE_CLIENT,
     "linux",
     {"install-openvpn", "download-file", "nmcli-import", "nmcli-up"}},
    {PROFILE_FOR_CERTIFICATE_SITE,
     "linux",
     {"install-openvpn", "download-file", "move-to-etc-openvpn", "openvpn-start"}},
    {PROFILE_FOR_SITE | PROFILE_FOR_PASSWORD_SITE,
     "routeros",
     {"download-file", "upload-to-router", "run-import", "see-it-connected"}},
};

json_t *link_steps_json(enum profile_subject subject)
{
    json_t *systems = json_object();

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        json_t *steps;

        if (!(table[i].subjects & subject))
            continue;
        steps = json_array();
        for (size_t k = 0; k < STEPS_MAX && table[i].steps[k]; k++)
            json_array_append_new(steps, json_string(table[i].steps[k]));
        json_object_set_new(systems, table[i].system, steps);
    }
    return systems;
}
