/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One word that a version does not know makes it refuse all of a line, or all of a file. So what
 * only some versions know goes through :parse, one word at a time; values may differ freely, since
 * they are looked at when the line runs.
 */
#include "profiles/routeros_openvpn.h"

#include "hub/base/cleanup.h"
#include "hub/base/pem.h"
#include "profiles/routeros_script.h"

static void add_head(struct buf *text, const struct profile_facts *facts, char major)
{
    char other = major == '7' ? '6' : '7';

    buf_add_text(text, "# ");
    routeros_add_remark(text, facts->instance_name);
    buf_add_text(text, ": ");
    routeros_add_remark(text, facts->peer_name);
    buf_add_text(text, ", OpenVPN by ");
    routeros_add_remark(text, facts->hub_name);
    buf_printf(text,
               "\n# For RouterOS %c. Paste it into a terminal, or upload it and /import it."
               "\n# Running it again is harmless.\n{\n:local wrTag \"warren:%s:%s\"\n"
               ":local wrVersion [/system resource get version]\n"
               ":if ([:pick $wrVersion 0 2] = \"%c.\") do={ "
               ":error \"This script is for RouterOS %c\" }\n",
               major, facts->instance_id, facts->peer_id, other, major);
}

/* "7.8 (stable)", "7.1beta4", "7.20.8 (long-term)": the number after the first point. */
static void add_cipher(struct buf *text)
{
    buf_add_text(text, "# the cipher: its name, and what can be had, depend on the version\n"
                       ":local wrMinor [:tonum [:pick $wrVersion 2 4]]\n"
                       ":if ([:typeof $wrMinor] != \"num\") do={ "
                       ":set wrMinor [:tonum [:pick $wrVersion 2 3]] }\n"
                       ":local wrCipher \"aes256-cbc\"\n"
                       ":if ($wrMinor < 8) do={ :set wrCipher \"aes256\" }\n"
                       ":if ($wrMinor > 16) do={ :set wrCipher \"aes256-gcm\" }\n");
}

/* What every version knows. `cipher` is a value or a variable. */
static void add_link(struct buf *text, const struct profile_facts *facts, const char *cipher)
{
    buf_add_text(text, "# the link\n"
                       ":if ([:len [/interface ovpn-client find where comment=$wrTag]] = 0) do={ "
                       "/interface ovpn-client add disabled=yes name=");
    buf_printf(text, "\"wr-%s\"", facts->instance_id);
    routeros_add_setting(text, "connect-to", facts->endpoint_host);
    routeros_add_setting(text, "user", facts->openvpn.user_name);
    buf_add_text(text, " comment=$wrTag }\n/interface ovpn-client set [find where comment=$wrTag]");
    routeros_add_setting(text, "connect-to", facts->endpoint_host);
    buf_printf(text, " port=%u mode=ip", facts->openvpn.ports[OPENVPN_LEGACY]);
    routeros_add_setting(text, "user", facts->openvpn.user_name);
    routeros_add_setting(text, "password", facts->openvpn.password);
    buf_printf(text, " profile=default certificate=none auth=sha1 cipher=%s add-default-route=no",
               cipher);
    if (facts->mtu > 0)
        buf_printf(text, " max-mtu=%u", facts->mtu);
    buf_add_char(text, '\n');
}

static void add_name(struct buf *text)
{
    buf_add_text(text, ":local wrLink [/interface ovpn-client get [find where comment=$wrTag] name]"
                       "\n");
}

/* A variable is not seen in what is parsed: the link's name goes into the text. */
static void add_words(struct buf *text)
{
    buf_add_text(text, ":foreach wrWord in={\"protocol=tcp\";\"route-nopull=yes\";"
                       "\"use-peer-dns=no\";\"tls-version=only-1.2\"} do={\n"
                       "  :do { [[:parse (\"/interface ovpn-client set \\\"\" . $wrLink . "
                       "\"\\\" \" . $wrWord)]] } on-error={ "
                       ":put (\"This version has no \" . $wrWord) }\n}\n");
}

/* Only when asked for: it needs RouterOS 7.9, and a clock that is right before the tunnel is up. */
static void add_check(struct buf *text, const struct profile_facts *facts)
{
    _cleanup_buf_ struct buf pem = {0};

    if (facts->openvpn.ca.size == 0)
        return;
    pem_add(&pem, PEM_CERTIFICATE, facts->openvpn.ca.data, facts->openvpn.ca.size);
    buf_add_text(text,
                 "# Should the router check the hub's certificate, too (from RouterOS 7.9 on; "
                 "its clock must be right)\n"
                 ":local wrCheck \"no\"\n:local wrAuthority ");
    routeros_quote(text, pem.data);
    buf_printf(text,
               "\n:local wrFile \"wr-%s.pem\"\n"
               ":if ($wrCheck = \"yes\") do={\n"
               "  :do { [[:parse (\"/file add name=\\\"\" . $wrFile . \"\\\"\")]] } on-error={}\n"
               "  :delay 1s\n"
               "  /file set [find where name=$wrFile] contents=$wrAuthority\n"
               "  /certificate import file-name=$wrFile passphrase=\"\"\n"
               "  /file remove [find where name=$wrFile]\n"
               "  [[:parse (\"/interface ovpn-client set \\\"\" . $wrLink . \"\\\" "
               "verify-server-certificate=yes\")]]\n}\n",
               facts->instance_id);
}

static void add_rest(struct buf *text, const struct profile_facts *facts)
{
    static const char *const made[] = {
        "/ip firewall filter",
        "/ip route",
        "/interface ovpn-client",
    };

    buf_add_text(text, "# routes, firewall\n");
    routeros_add_routes(text, facts, &routeros_families[0]);
    routeros_add_firewall(text, &routeros_families[0]);
    buf_add_text(text, "/interface ovpn-client set [find where comment=$wrTag] disabled=no\n"
                       ":put (\"OpenVPN to the hub is set up on \" . $wrLink)\n}\n");
    routeros_add_tail(text, facts, made, ELEMENTS(made));
}

void routeros_openvpn_write(const struct profile_facts *facts, struct buf *ret_text)
{
    add_head(ret_text, facts, '7');
    add_cipher(ret_text);
    add_link(ret_text, facts, "$wrCipher");
    add_name(ret_text);
    add_words(ret_text);
    add_check(ret_text, facts);
    add_rest(ret_text, facts);
}

/* RouterOS 6 can't be made to check the hub's certificate. */
void routeros6_write(const struct profile_facts *facts, struct buf *ret_text)
{
    add_head(ret_text, facts, '6');
    buf_add_text(ret_text,
                 "# RouterOS 6 can't check the hub's certificate: who is on the way between the two "
                 "could pose as the hub and learn the password. RouterOS 7 can.\n");
    add_link(ret_text, facts, "aes256");
    add_name(ret_text);
    add_rest(ret_text, facts);
}
