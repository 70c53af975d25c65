# SPDX-License-Identifier: GPL-2.0-or-later
"""What a person can get wrong, as data: each is refused, names the field, and changes nothing.

CASES: (arguments after `warren`, exit status, what the error must contain). Each of the last is a
text, or a tuple of texts of which one will do.

The hub that the cases assume: `[hub] public_name = vpn.example.net`, `public_addresses =
198.51.100.1`; an instance `acme` (hostname acme, network 10.66.0.0/24 and an automatic IPv6 one)
with the site `office` (subnet 192.168.88.0/24), the client `laptop`, and the disabled site
`branch` (subnet 192.168.88.0/25); an instance `globex` (hostname globex).

CONFIG_CASES: (text of a configuration file, line that is complained about, what the complaint must
contain) for `warrend --check`; line 0 is the whole file.
"""

REFUSED, USAGE = 1, 2

KEY = "G6iD69JIM1+0sBWuCvj9fO7nLfuh5QTXFNp+X7zqGgE="
KEY_HEX = "1ba883ebd248335fb4b015ae0af8fd7ceee72dfba1e504d714da7e5fbcea1a01"
FULL_TUNNEL = ("full-tunnel", "route_all")
PUBLIC_KEY = ("public-key", "public_key")
SERVER = ("--dns", "public_dns")
RECORD = ("--dns-record", "dns_custom")
SPLIT = ("--split-dns", "split_dns")
SEARCH = ("--search-domain", "domains")
ROUTE = ("--push", "pushed_routes")

ADD = ["instance", "add", "new one", "--hostname", "new-one"]
SET = ["instance", "set", "acme"]
CLIENT = ["peer", "add", "acme", "tablet", "--client"]
SITE = ["peer", "add", "acme", "plant", "--site"]
PEER_SET = ["peer", "set", "acme", "laptop"]
OFFICE_SET = ["peer", "set", "acme", "office"]
SHOW = ["profile", "show", "acme", "laptop"]

# ---- words of the command line ----

WORDS = [
    ([], USAGE, ["warren --help"]),
    (["instances"], USAGE, ["instances", "instance"]),
    (["peeer", "list", "acme"], USAGE, ["peeer", "peer"]),
    (["frobnicate"], USAGE, ["frobnicate", "instance", "peer"]),
    (["--jsn", "status"], USAGE, ["--jsn"]),
    (["instance"], USAGE, ["instance", "add", "list", "delete"]),
    (["peer"], USAGE, ["peer", "add", "rekey"]),
    (["profile"], USAGE, ["profile", "show", "list"]),
    (["audit"], USAGE, ["audit", "list", "verify"]),
    (["settings"], USAGE, ["settings", "list"]),
    (["instance", "create", "x"], USAGE, ["create", "add"]),
    (["instance", "ad", "x"], USAGE, ["ad", "add"]),
    (["instance", "remove", "acme"], USAGE, ["remove", "delete"]),
    (["peer", "enabel", "acme", "laptop"], USAGE, ["enabel", "enable"]),
    (["peer", "forgetkey", "acme", "laptop"], USAGE, ["forgetkey", "forget-key"]),
    (["profile", "sho", "acme", "laptop"], USAGE, ["sho", "show"]),
    (["audit", "check"], USAGE, ["check", "verify"]),
    (["status", "extra"], USAGE, ["extra"]),
    (["status", "--frob"], USAGE, ["--frob"]),
    (["settings", "list", "extra"], USAGE, ["extra"]),
    (["instance", "list", "acme"], USAGE, ["acme"]),
    (["instance", "show", "acme", "globex"], USAGE, ["globex"]),
    (["instance", "list", "--hostname", "acme"], USAGE, ["--hostname"]),
    (["instance", "show", "acme", "--limit", "3"], USAGE, ["--limit"]),
    (["audit", "verify", "acme"], USAGE, ["acme"]),
    (["events", "acme"], USAGE, ["acme"]),
    (["--socket"], USAGE, ["--socket", "PATH"]),
]

# ---- what is missing, doubled, or too much ----

MISSING = [
    (["instance", "add"], USAGE, ["NAME"]),
    (["instance", "add", "new one"], USAGE, ["--hostname"]),
    (["instance", "add", "--hostname", "new-one"], USAGE, ["NAME"]),
    (["instance", "add", "new one", "--hostname"], USAGE, ["--hostname", "LABEL"]),
    (ADD + ["--network"], USAGE, ["--network", "CIDR"]),
    (ADD + ["--dns"], USAGE, ["--dns", "IP"]),
    (ADD + ["--push"], USAGE, ["--push", "CIDR"]),
    (ADD + ["--mtu"], USAGE, ["--mtu", "BYTES"]),
    (ADD + ["--hostname", "again"], USAGE, ["--hostname"]),
    (ADD + ["--mtu", "1400", "--mtu", "1420"], USAGE, ["--mtu"]),
    (ADD + ["extra"], USAGE, ["extra"]),
    (ADD + ["--hostnam", "x"], USAGE, ["--hostnam", "--hostname"]),
    (ADD + ["--subnet", "192.168.1.0/24"], USAGE, ["--subnet"]),
    (ADD + ["--yes"], USAGE, ["--yes"]),
    (ADD + ["--no-wait=1"], USAGE, ["--no-wait"]),
    (ADD + ["--if-match", "r1"], USAGE, ["--if-match"]),
    (ADD + ["--idempotency-key"], USAGE, ["--idempotency-key", "KEY"]),
    (["instance", "show"], USAGE, ["INSTANCE"]),
    (["instance", "set"], USAGE, ["INSTANCE"]),
    (["instance", "delete"], USAGE, ["INSTANCE"]),
    (SET, USAGE, ["nothing to change"]),
    (SET + ["--network", "10.9.0.0/24"], USAGE, ["--network"]),
    (SET + ["--name"], USAGE, ["--name", "NAME"]),
    (["peer", "list"], USAGE, ["INSTANCE"]),
    (["peer", "add"], USAGE, ["INSTANCE"]),
    (["peer", "add", "acme"], USAGE, ["NAME"]),
    (["peer", "add", "acme", "--client"], USAGE, ["NAME"]),
    (["peer", "add", "acme", "tablet"], USAGE, ["--client", "--site"]),
    (["peer", "add", "acme", "tablet", "--client", "--site"], USAGE, ["--client", "--site"]),
    (CLIENT + ["extra"], USAGE, ["extra"]),
    (CLIENT + ["--full"], USAGE, ["--full"]),
    (CLIENT + ["--ful-tunnel"], USAGE, ["--ful-tunnel", "--full-tunnel"]),
    (CLIENT + ["--public-key"], USAGE, ["--public-key", "KEY"]),
    (CLIENT + ["--expires"], USAGE, ["--expires", "DURATION"]),
    (CLIENT + ["--keepalive"], USAGE, ["--keepalive", "SECONDS"]),
    (CLIENT + ["--protocol"], USAGE, ["--protocol", "PROTOCOL"]),
    (CLIENT + ["--protocol", "ipsec"], REFUSED, ["protocol", "wireguard", "openvpn"]),
    (CLIENT + ["--protocol", "OpenVPN"], REFUSED, ["protocol", "openvpn"]),
    (CLIENT + ["--login", "certificate"], REFUSED, ["login", "OpenVPN"]),
    (CLIENT + ["--protocol", "openvpn", "--login", "key"], REFUSED, ["login", "certificate", "password"]),
    (CLIENT + ["--protocol", "openvpn", "--login", "password"], REFUSED, ["login", "certificate"]),
    (CLIENT + ["--protocol", "openvpn", "--public-key", KEY], REFUSED, ["--public-key", "WireGuard"]),
    (CLIENT + ["--protocol", "openvpn", "--preshared-key", "yes"], REFUSED, ["--preshared-key", "WireGuard"]),
    (CLIENT + ["--protocol", "openvpn", "--keepalive", "5"], REFUSED, ["keepalive", "WireGuard"]),
    (["instance", "set", "acme", "--openvpn", "quic"], REFUSED, ["--openvpn", "udp", "tcp"]),
    (CLIENT + ["--expires", "1d", "--expires", "2d"], USAGE, ["--expires"]),
    (SITE + ["--subnet"], USAGE, ["--subnet", "CIDR"]),
    (["peer", "show"], USAGE, ["INSTANCE"]),
    (["peer", "show", "acme"], USAGE, ["PEER"]),
    (["peer", "set", "acme"], USAGE, ["PEER"]),
    (PEER_SET, USAGE, ["nothing to change"]),
    (PEER_SET + ["--public-key", KEY], USAGE, ["--public-key"]),
    (PEER_SET + ["--site"], USAGE, ["--site"]),
    (["peer", "enable", "acme"], USAGE, ["PEER"]),
    (["peer", "disable", "acme"], USAGE, ["PEER"]),
    (["peer", "disable", "acme", "laptop", "--expires", "1d"], USAGE, ["--expires"]),
    (["peer", "rekey", "acme"], USAGE, ["PEER"]),
    (["peer", "forget-key", "acme"], USAGE, ["PEER"]),
    (["peer", "forget-key", "acme", "laptop", "--public-key", KEY], USAGE, ["--public-key"]),
    (["peer", "delete", "acme"], USAGE, ["PEER"]),
    (["profile", "show", "acme"], USAGE, ["PEER"]),
    (["profile", "list", "acme"], USAGE, ["PEER"]),
    (SHOW + ["--format"], USAGE, ["--format", "FORMAT"]),
    (SHOW + ["--qr"], USAGE, ["--qr", "STYLE"]),
    (SHOW + ["--exclude"], USAGE, ["--exclude", "CIDR"]),
    (SHOW + ["-o"], USAGE, [("-o", "--output"), "FILE"]),
    (SHOW + ["--force"], USAGE, ["--force", "-o"]),
    (SHOW + ["--dry-run"], USAGE, ["--dry-run"]),
    (SHOW + ["--format", "wg-quick", "--format", "wg-quick"], USAGE, ["--format"]),
    (["audit", "list", "--object"], USAGE, ["--object", "OBJECT"]),
    (["events", "--after"], USAGE, ["--after", "ID"]),
]

# ---- values that are not of their kind ----

KINDS = [
    (ADD + ["--mtu", "big"], USAGE, ["--mtu", "big", "number"]),
    (ADD + ["--mtu", "1420.5"], USAGE, ["--mtu", "number"]),
    (ADD + ["--mtu", "99999999999999999999"], USAGE, ["--mtu"]),
    (ADD + ["--client-to-client=maybe"], USAGE, ["--client-to-client", "yes or no"]),
    (CLIENT + ["--preshared-key=2"], USAGE, ["--preshared-key", "yes or no"]),
    (CLIENT + ["--enabled=later"], USAGE, ["--enabled", "yes or no"]),
    (CLIENT + ["--keepalive", "often"], USAGE, ["--keepalive", "number"]),
    (PEER_SET + ["--full-tunnel=half"], USAGE, ["--full-tunnel", "yes or no"]),
    (["peer", "list", "acme", "--connected=sometimes"], USAGE, ["--connected", "yes or no"]),
    (["peer", "list", "acme", "--limit", "all"], USAGE, ["--limit", "number"]),
    (["events", "--after", "yesterday"], USAGE, ["--after", "number"]),
    (["instance", "add", "new\x1b[2J", "--hostname", "new-one"], USAGE, ["NAME", "printable"]),
    (["instance", "add", "new\none", "--hostname", "new-one"], USAGE, ["NAME", "printable"]),
    (["instance", "add", "", "--hostname", "new-one"], USAGE, ["NAME", "empty"]),
    (["instance", "add", "new one", "--hostname", "new\tone"], USAGE, ["--hostname", "printable"]),
    (["peer", "show", "acme", ""], USAGE, ["PEER", "empty"]),
    (["instance", "show", ""], USAGE, ["INSTANCE", "empty"]),
    (ADD + ["--mtu", "1279"], REFUSED, ["mtu", "1280"]),
    (ADD + ["--mtu", "1501"], REFUSED, ["mtu", "1500"]),
    (ADD + ["--mtu", "-1"], REFUSED, ["mtu", "1280"]),
    (SET + ["--mtu", "9000"], REFUSED, ["mtu", "1500"]),
    (CLIENT + ["--keepalive", "65536"], REFUSED, ["keepalive", "65535"]),
    (CLIENT + ["--keepalive", "-5"], REFUSED, ["keepalive", "0"]),
    (PEER_SET + ["--keepalive", "100000"], REFUSED, ["keepalive", "65535"]),
    (["peer", "list", "acme", "--limit", "0"], REFUSED, ["limit", "1"]),
    (["peer", "list", "acme", "--limit", "1001"], REFUSED, ["limit", "1000"]),
    (["audit", "list", "--limit", "5000"], REFUSED, ["limit", "1000"]),
    (["instance", "list", "--limit", "0"], REFUSED, ["limit", "1"]),
]

# ---- names ----

NAMES = [
    (["instance", "add", "ab", "--hostname", "new-one"], REFUSED, ["NAME", "3 to 20"]),
    (["instance", "add", "x" * 21, "--hostname", "new-one"], REFUSED, ["NAME", "x" * 20]),
    (["instance", "add", " new", "--hostname", "new-one"], REFUSED, ["space", "new"]),
    (["instance", "add", "new ", "--hostname", "new-one"], REFUSED, ["space", "new"]),
    (["instance", "add", "new\u200bone", "--hostname", "new-one"], REFUSED, ["seen", "newone"]),
    (["instance", "add", "y" * 300, "--hostname", "new-one"], REFUSED, ["NAME"]),
    (["instance", "add", "acme", "--hostname", "new-one"], REFUSED, ["another instance", "acme"]),
    (["instance", "add", "ACME", "--hostname", "new-one"], REFUSED, ["another instance"]),
    (["peer", "add", "acme", "LAPTOP", "--client"], REFUSED, ["another peer", "LAPTOP-2"]),
    (SET + ["--name", "globex"], REFUSED, ["--name", "another instance"]),
    (SET + ["--name", "ab"], REFUSED, ["--name", "3 to 20"]),
    (SET + ["--name", "x" * 25], REFUSED, ["--name", "x" * 20]),
    (["instance", "add", "new one", "--hostname", "ab"], REFUSED, ["hostname", "ab-net"]),
    (["instance", "add", "new one", "--hostname", "x" * 21], REFUSED, ["hostname", "x" * 20]),
    (["instance", "add", "new one", "--hostname", "New-One"], REFUSED, ["hostname", "new-one"]),
    (["instance", "add", "new one", "--hostname", "3com"], REFUSED, ["hostname", "net-3com"]),
    (["instance", "add", "new one", "--hostname", "new--one"], REFUSED, ["hostname", "new-one"]),
    (["instance", "add", "new one", "--hostname", "new-"], REFUSED, ["hostname", "new"]),
    (["instance", "add", "new one", "--hostname", "new_one"], REFUSED, ["hostname", "new-one"]),
    (["instance", "add", "new one", "--hostname", "a.b.c"], REFUSED, ["hostname", "a-b-c"]),
    (["instance", "add", "new one", "--hostname", "xn--bcher-kva"], REFUSED, ["hostname", "--"]),
    (["instance", "add", "new one", "--hostname", "www"], REFUSED, ["hostname", "reserved"]),
    (["instance", "add", "new one", "--hostname", "localhost"], REFUSED, ["hostname", "reserved"]),
    (["instance", "add", "new one", "--hostname", "acme"], REFUSED, ["hostname", "acme-2"]),
    (SET + ["--hostname", "globex"], REFUSED, ["hostname", "another instance"]),
    (SET + ["--hostname", "admin"], REFUSED, ["hostname", "reserved"]),
    (["peer", "add", "acme", "lap/top", "--client"], REFUSED, ["NAME", "lap-top"]),
    (["peer", "add", "acme", "Zo\u00eb", "--client"], REFUSED, ["NAME", "Zo"]),
    (["peer", "add", "acme", ".hidden", "--client"], REFUSED, ["NAME", "hidden"]),
    (["peer", "add", "acme", "tablet ", "--client"], REFUSED, ["NAME", "tablet"]),
    (["peer", "add", "acme", "z" * 41, "--client"], REFUSED, ["NAME", "z" * 40]),
    (["peer", "add", "acme", "a;reboot", "--client"], REFUSED, ["NAME", "a-reboot"]),
    (["peer", "add", "acme", "laptop", "--client"], REFUSED, ["another peer", "laptop-2"]),
    (PEER_SET + ["--name", "office"], REFUSED, ["--name", "another peer"]),
    (PEER_SET + ["--name", "$HOME"], REFUSED, ["--name", "HOME"]),
]

# ---- networks, addresses ----

NETWORKS = [
    (ADD + ["--network", "10.9.0.7/24"], REFUSED, ["network", "10.9.0.0/24"]),
    (ADD + ["--network", "10.9.0.0"], REFUSED, ["network", "10.9.0.0/32"]),
    (ADD + ["--network", "10.9.0/24"], REFUSED, ["network", "10.1.0.0/24"]),
    (ADD + ["--network", "10.9.0.0/33"], REFUSED, ["network"]),
    (ADD + ["--network", "10.09.0.0/24"], REFUSED, ["network"]),
    (ADD + ["--network", "mine"], REFUSED, ["network", "10.1.0.0/24"]),
    (ADD + ["--network", "8.8.8.0/24"], REFUSED, ["network", "private"]),
    (ADD + ["--network", "100.64.0.0/24"], REFUSED, ["network", "management"]),
    (ADD + ["--network", "127.0.0.0/24"], REFUSED, ["network", "loopback"]),
    (ADD + ["--network", "10.9.0.0/30"], REFUSED, ["network", "10.9.0.0/29"]),
    (ADD + ["--network", "0.0.0.0/0"], REFUSED, ["network", "private"]),
    (ADD + ["--network", "2001:db8::/64"], REFUSED, ["network", "fd00::/8"]),
    (ADD + ["--network", "fe80::/64"], REFUSED, ["network", "link-local"]),
    (ADD + ["--network", "fd00:9::/32"], REFUSED, ["network", "/64"]),
    (ADD + ["--network", "fd00:9::1/64"], REFUSED, ["network", "fd00:9::/64"]),
    (ADD + ["--network", "fd00:9::/124"], REFUSED, ["network", "/120"]),
    (ADD + ["--network", "10.9.0.0/24", "--network", "10.8.0.0/24"], REFUSED,
     ["network", "second"]),
    (ADD + ["--network", "10.9.0.0/24", "--network", "fd00:9::/64", "--network", "fd00:8::/64"],
     REFUSED, ["network"]),
    (ADD + ["--dns", "dns.example.net"], REFUSED, [SERVER, "192.0.2.1"]),
    (ADD + ["--dns", "9.9.9.9/32"], REFUSED, [SERVER, "9.9.9.9"]),
    (ADD + ["--dns", "127.0.0.53"], REFUSED, [SERVER, "loopback"]),
    (ADD + ["--dns", "224.0.0.251"], REFUSED, [SERVER, "multicast"]),
    (ADD + ["--dns", "0.0.0.0"], REFUSED, [SERVER]),
    (ADD + ["--dns", "fe80::1"], REFUSED, [SERVER, "link-local"]),
    (ADD + ["--dns", "fe80::1%eth0"], REFUSED, [SERVER]),
    (ADD + ["--dns", "9.9.9.9", "--dns", "9.9.9.9"], REFUSED, [SERVER, "twice"]),
    (ADD + ["--dns", "9.9.9.1", "--dns", "9.9.9.2", "--dns", "9.9.9.3", "--dns", "9.9.9.4",
            "--dns", "9.9.9.5"], REFUSED, [SERVER, "4"]),
    (ADD + ["--dns", "none", "--dns", "9.9.9.9"], USAGE, ["--dns"]),
    (SET + ["--dns", "default", "--dns", "9.9.9.9"], USAGE, ["--dns"]),
    (SET + ["--dns", "1.2.3"], REFUSED, [SERVER, "192.0.2.1"]),
    (SET + ["--dns-record", "nas"], REFUSED, [RECORD, "nas=192.168.88.10"]),
    (SET + ["--dns-record", "nas=here"], REFUSED, [RECORD, "nas=192.168.88.10"]),
    (SET + ["--dns-record", "nas=10.1.2.3/24"], REFUSED, [RECORD]),
    (SET + ["--dns-record", "=10.1.2.3"], REFUSED, [RECORD]),
    (SET + ["--dns-record", "na s=10.1.2.3"], REFUSED, [RECORD, "letters"]),
    (SET + ["--dns-record", "NAS=10.1.2.3"], REFUSED, [RECORD, "nas=10.1.2.3"]),
    (SET + ["--dns-record", "nas.example.org.=10.1.2.3"], REFUSED, [RECORD, "nas.example.org=10.1.2.3"]),
    (SET + ["--dns-record", "*.example.org=10.1.2.3"], REFUSED, [RECORD, "letters"]),
    (SET + ["--dns-record", "a\nserver=192.0.2.1"], USAGE, ["--dns-record", "printable"]),
    (SET + ["--dns-record", "192.0.2.1=10.1.2.3"], REFUSED, [RECORD]),
    (SET + ["--dns-record", "x" * 64 + "=10.1.2.3"], REFUSED, [RECORD]),
    (SET + ["--dns-record", "hub=10.1.2.3"], REFUSED, [RECORD, "hub"]),
    (SET + ["--dns-record", "laptop=10.1.2.3"], REFUSED, [RECORD, "laptop"]),
    (SET + ["--dns-record", "nas=10.1.2.3", "--dns-record", "nas=10.1.2.3"], REFUSED, [RECORD, "twice"]),
    (SET + ["--dns-record", "none", "--dns-record", "nas=10.1.2.3"], USAGE, ["--dns-record"]),
    (SET + ["--split-dns", "corp.example"], REFUSED, [SPLIT]),
    (SET + ["--split-dns", "corp.example=9.9.9.9"], REFUSED, [SPLIT, "private"]),
    (SET + ["--split-dns", "corp.example=10.66.0.1"], REFUSED, [SPLIT, "hub"]),
    (SET + ["--split-dns", "corp.example=127.0.0.1"], REFUSED, [SPLIT, "loopback"]),
    (SET + ["--split-dns", "corp/example=10.1.2.3"], REFUSED, [SPLIT, "letters"]),
    (SET + ["--split-dns", "#=10.1.2.3"], REFUSED, [SPLIT, "letters"]),
    (SET + ["--search-domain", "Corp.Example"], REFUSED, [SEARCH, "corp.example"]),
    (SET + ["--search-domain", "corp example"], REFUSED, [SEARCH, "letters"]),
    (SET + ["--search-domain", "10.1.2.3"], REFUSED, [SEARCH]),
    (ADD + ["--push", "203.0.113.7/24"], REFUSED, [ROUTE, "203.0.113.0/24"]),
    (ADD + ["--push", "0.0.0.0/0"], REFUSED, [ROUTE, "--full-tunnel"]),
    (ADD + ["--push", "::/0"], REFUSED, [ROUTE, "--full-tunnel"]),
    (ADD + ["--push", "203.0.113.7"], REFUSED, [ROUTE, "203.0.113.7/32"]),
    (ADD + ["--push", "169.254.0.0/16"], REFUSED, [ROUTE, "link-local"]),
    (ADD + ["--push", "100.64.0.0/10"], REFUSED, [ROUTE, "management"]),
    (ADD + ["--push", "203.0.113.0/24", "--push", "203.0.113.0/25"], REFUSED, [ROUTE, "already"]),
    (SET + ["--push", "ff02::/16"], REFUSED, [ROUTE, "multicast"]),
    (SET + ["--push", "everything"], REFUSED, [ROUTE, "10.1.0.0/24"]),
]

# ---- subnets of sites ----

SUBNETS = [
    (SITE, REFUSED, ["subnet", "192.168.88.0/24"]),
    (SITE + ["--subnet", "none"], REFUSED, ["subnet"]),
    (SITE + ["--subnet", "192.168.7.1/24"], REFUSED, ["subnet", "192.168.7.0/24"]),
    (SITE + ["--subnet", "192.168.7.0"], REFUSED, ["subnet", "192.168.7.0/32"]),
    (SITE + ["--subnet", "192.168.7.0/240"], REFUSED, ["subnet"]),
    (SITE + ["--subnet", "192.168.7.0/255.255.255.0"], REFUSED, ["subnet", "10.1.0.0/24"]),
    (SITE + ["--subnet", "lan"], REFUSED, ["subnet", "10.1.0.0/24"]),
    (SITE + ["--subnet", "192.168.88.0/24"], REFUSED, ["subnet", "office", "192.168.88.0/24"]),
    (SITE + ["--subnet", "192.168.88.128/25"], REFUSED, ["subnet", "office"]),
    (SITE + ["--subnet", "192.168.0.0/16"], REFUSED, ["subnet", "office"]),
    (SITE + ["--subnet", "192.168.7.0/24", "--subnet", "192.168.88.0/24"], REFUSED,
     ["subnet", "office"]),
    (SITE + ["--subnet", "192.168.7.0/24", "--subnet", "192.168.7.0/25"], REFUSED,
     ["subnet", "192.168.7.0/24", "same list"]),
    (SITE + ["--subnet", "10.66.0.0/24"], REFUSED, ["subnet", "tunnel network", "10.66.0.0/24"]),
    (SITE + ["--subnet", "10.66.0.64/26"], REFUSED, ["subnet", "tunnel network"]),
    (SITE + ["--subnet", "10.0.0.0/8"], REFUSED, ["subnet", "tunnel network"]),
    (SITE + ["--subnet", "198.51.100.0/24"], REFUSED, ["subnet", "198.51.100.1"]),
    (SITE + ["--subnet", "198.51.100.1/32"], REFUSED, ["subnet", "198.51.100.1"]),
    (SITE + ["--subnet", "0.0.0.0/0"], REFUSED, ["subnet", "default route"]),
    (SITE + ["--subnet", "::/0"], REFUSED, ["subnet", "default route"]),
    (SITE + ["--subnet", "0.0.0.0/1", "--subnet", "128.0.0.0/1"], REFUSED, ["subnet", "covers"]),
    (SITE + ["--subnet", "127.0.0.0/8"], REFUSED, ["subnet", "loopback"]),
    (SITE + ["--subnet", "169.254.169.254/32"], REFUSED, ["subnet", "link-local"]),
    (SITE + ["--subnet", "224.0.0.0/4"], REFUSED, ["subnet", "multicast"]),
    (SITE + ["--subnet", "240.0.0.0/4"], REFUSED, ["subnet", "reserved"]),
    (SITE + ["--subnet", "100.64.0.0/16"], REFUSED, ["subnet", "management"]),
    (SITE + ["--subnet", "::1/128"], REFUSED, ["subnet", "loopback"]),
    (SITE + ["--subnet", "fe80::/64"], REFUSED, ["subnet", "link-local"]),
    (SITE + ["--subnet", "ff00::/8"], REFUSED, ["subnet", "multicast"]),
    (SITE + ["--subnet", "::ffff:192.168.1.0/120"], REFUSED, ["subnet", "IPv4"]),
    (SITE + ["--subnet", "2001:db8:7::1/48"], REFUSED, ["subnet", "2001:db8:7::/48"]),
    (SITE + [word for n in range(65) for word in ("--subnet", f"172.20.{n}.0/24")], REFUSED,
     ["subnet", "64"]),
    (CLIENT + ["--subnet", "192.168.7.0/24"], REFUSED, ["subnet", "site"]),
    (PEER_SET + ["--subnet", "192.168.7.0/24"], REFUSED, ["subnet", "site"]),
    (OFFICE_SET + ["--subnet", "192.168.88.9/24"], REFUSED, ["subnet", "192.168.88.0/24"]),
    (OFFICE_SET + ["--subnet", "10.66.0.0/25"], REFUSED, ["subnet", "tunnel network"]),
    (OFFICE_SET + ["--subnet", "none"], REFUSED, ["subnet"]),
    (["peer", "enable", "acme", "branch"], REFUSED, ["subnet", "office", "192.168.88.0/24"]),
]

# ---- keys, times, full tunnel ----

PEERS = [
    (SITE + ["--subnet", "192.168.7.0/24", "--full-tunnel"], REFUSED, [FULL_TUNNEL, "client"]),
    (OFFICE_SET + ["--full-tunnel"], REFUSED, [FULL_TUNNEL, "client"]),
    (CLIENT + ["--public-key", "none"], REFUSED, [PUBLIC_KEY, "44 characters"]),
    (CLIENT + ["--public-key", KEY[:-1]], REFUSED, [PUBLIC_KEY, KEY]),
    (CLIENT + ["--public-key", KEY[:-1].replace("+", "-")], REFUSED, [PUBLIC_KEY, KEY]),
    (CLIENT + ["--public-key", " " + KEY], REFUSED, [PUBLIC_KEY, KEY]),
    (CLIENT + ["--public-key", KEY_HEX], REFUSED, [PUBLIC_KEY, KEY]),
    (CLIENT + ["--public-key", KEY[:-2] + "F="], REFUSED, [PUBLIC_KEY, "44 characters"]),
    (CLIENT + ["--public-key", "A" * 43 + "="], REFUSED, [PUBLIC_KEY, "empty key"]),
    (CLIENT + ["--public-key", "AQ" + "A" * 41 + "="], REFUSED, [PUBLIC_KEY, "secret"]),
    (["peer", "rekey", "acme", "laptop", "--public-key", "short"], REFUSED,
     [PUBLIC_KEY, "44 characters"]),
    (["peer", "rekey", "acme", "laptop", "--public-key", KEY[:-1]], REFUSED, [PUBLIC_KEY, KEY]),
    (CLIENT + ["--expires", "soon"], REFUSED, ["expires", "30d"]),
    (CLIENT + ["--expires", "30"], REFUSED, ["expires", "30d"]),
    (CLIENT + ["--expires", "0s"], REFUSED, ["expires", "1 second"]),
    (CLIENT + ["--expires", "-1d"], REFUSED, ["expires", "30d"]),
    (CLIENT + ["--expires", "11y"], REFUSED, ["expires"]),
    (CLIENT + ["--expires", "4000d"], REFUSED, ["expires", "10 years"]),
    (CLIENT + ["--expires", "1h 30m"], REFUSED, ["expires"]),
    (CLIENT + ["--expires", "2026-12-31"], REFUSED, ["expires", "30d"]),
    (PEER_SET + ["--expires", "1.5d"], REFUSED, ["expires"]),
    (["peer", "enable", "acme", "laptop", "--expires", "tomorrow"], REFUSED, ["expires", "30d"]),
]

# ---- what there is not ----

UNKNOWN = [
    (["instance", "show", "nowhere"], REFUSED, ["instance", "nowhere"]),
    (["instance", "set", "nowhere", "--mtu", "1400"], REFUSED, ["instance", "nowhere"]),
    (["instance", "delete", "nowhere", "--yes"], REFUSED, ["instance", "nowhere"]),
    (["instance", "show", "../acme"], REFUSED, ["../acme"]),
    (["instance", "show", "acme "], REFUSED, ["instance"]),
    (["instance", "show", "acme2"], REFUSED, ["instance", "acme2"]),
    (["instance", "show", "acme%00"], REFUSED, ["acme%00"]),
    (["peer", "list", "nowhere"], REFUSED, ["instance", "nowhere"]),
    (["peer", "add", "nowhere", "tablet", "--client"], REFUSED, ["instance", "nowhere"]),
    (["peer", "show", "acme", "nobody"], REFUSED, ["peer", "nobody"]),
    (["peer", "show", "nowhere", "laptop"], REFUSED, ["instance", "nowhere"]),
    (["peer", "show", "globex", "laptop"], REFUSED, ["peer", "laptop"]),
    (["peer", "set", "acme", "nobody", "--name", "x"], REFUSED, ["peer", "nobody"]),
    (["peer", "enable", "acme", "nobody"], REFUSED, ["peer", "nobody"]),
    (["peer", "disable", "acme", "nobody"], REFUSED, ["peer", "nobody"]),
    (["peer", "rekey", "acme", "nobody"], REFUSED, ["peer", "nobody"]),
    (["peer", "forget-key", "globex", "laptop"], REFUSED, ["peer", "laptop"]),
    (["peer", "delete", "acme", "nobody", "--yes"], REFUSED, ["peer", "nobody"]),
    (["profile", "show", "acme", "nobody"], REFUSED, ["peer", "nobody"]),
    (["profile", "show", "nowhere", "laptop"], REFUSED, ["instance", "nowhere"]),
    (["profile", "list", "acme", "nobody"], REFUSED, ["peer", "nobody"]),
]

# ---- profiles ----

PROFILES = [
    (SHOW + ["--format", "openvpn"], REFUSED, ["format", "wg-quick"]),
    (SHOW + ["--format", "wgquick"], REFUSED, ["format", "wg-quick"]),
    (SHOW + ["--format", "WG-QUICK"], REFUSED, ["format", "wg-quick"]),
    (SHOW + ["--format", "routeros"], REFUSED, ["format", "wg-quick"]),
    (SHOW + ["--qr", "gif"], REFUSED, ["qr", "png"]),
    (SHOW + ["--qr", "utf8"], REFUSED, ["qr", "ansi"]),
    (SHOW + ["--qr", "PNG"], REFUSED, ["qr", "png"]),
    (["profile", "show", "acme", "office", "--format", "routeros", "--qr", "svg"], REFUSED,
     ["qr", "wg-quick"]),
    (SHOW + ["--exclude", "192.168.1.7/24"], REFUSED, ["exclude", "192.168.1.0/24"]),
    (SHOW + ["--exclude", "printer"], REFUSED, ["exclude", "10.1.0.0/24"]),
    (SHOW + ["--exclude", "192.168.1.7"], REFUSED, ["exclude", "192.168.1.7/32"]),
    (SHOW + ["--exclude", "10.0.0.0/99"], REFUSED, ["exclude"]),
]

CASES = WORDS + MISSING + KINDS + NAMES + NETWORKS + SUBNETS + PEERS + UNKNOWN + PROFILES

# ---- configuration files ----

HUB = "[hub]\npublic_name = vpn.example.net\n"


def hub(line):
    """A file that is right but for its third line."""
    return (HUB + line + "\n", 3)


def section(name, line):
    """A file that is right but for its fourth line, in another section."""
    return (HUB + f"[{name}]\n{line}\n", 4)


CONFIG_CASES = [
    (*hub("regoin = fra"), ["regoin", "region"]),
    (*hub("Region = fra"), ["Region", "region"]),
    (*hub("ports = 51820-53819"), ["ports", "ports in ["]),
    (*hub("region = "), ["region", "1 to 63"]),
    (*hub("region = " + "x" * 64), ["region", "63"]),
    (*hub("public_addresses = vpn.example.net"), ["public_addresses", "203.0.113.7"]),
    (*hub("public_addresses = 198.51.100.1/32"), ["public_addresses", "198.51.100.1/32"]),
    (*hub("public_addresses = 198.51.100.1, 198.51.100.1"), ["public_addresses", "twice"]),
    (*hub("public_addresses = 198.51.100.1,,198.51.100.2"), ["public_addresses", "203.0.113.7"]),
    (*hub("public_addresses = 224.0.0.1"), ["public_addresses", "224.0.0.1"]),
    (*hub("public_addresses = 0.0.0.0"), ["public_addresses", "0.0.0.0"]),
    (*hub("public_addresses = 198.51.100.01"), ["public_addresses", "198.51.100.01"]),
    (*hub("base_domain = .example.net"), ["base_domain", "vpn.example.net"]),
    (*hub("base_domain = example.net."), ["base_domain", "vpn.example.net"]),
    (*hub("base_domain = 198.51.100.1"), ["base_domain", "domain"]),
    (*hub("base_domain = exa mple.net"), ["base_domain", "exa mple.net"]),
    (*hub("base_domain = -x.example.net"), ["base_domain", "-x.example.net"]),
    (*hub("forward_other = maybe"), ["forward_other", "yes or no"]),
    (*hub("forward_other = YES"), ["forward_other", "yes or no"]),
    (*hub("public_name = other.example.net"), ["public_name", "line 2"]),
    (*hub("just some words"), ["key = value"]),
    (*hub("[hub"), ["[section]"]),
    ("[hub]\npublic_name = vpn.example.net:51820\n", 2, ["public_name", "without a port"]),
    ("[hub]\npublic_name = [2001:db8::1]\n", 2, ["public_name", "2001:db8::7"]),
    ("[hub]\npublic_name = https://vpn.example.net\n", 2, ["public_name", "DNS name"]),
    ("[hub]\npublic_name = vpn_1.example.net\n", 2, ["public_name", "DNS name"]),
    ("[hub]\npublic_name = 198.51.100\n", 2, ["public_name", "address"]),
    ("[hub]\npublic_name = 198.51.100.256\n", 2, ["public_name", "address"]),
    ("region = fra\n", 1, ["region", "section"]),
    (*section("wiregard", "mtu = 1420"), ["wiregard", "[wireguard]"]),
    (*section("wireguard", "ports = 51820"), ["ports", "51820-53819"]),
    (*section("wireguard", "ports = 53819-51820"), ["ports", "51820-53819"]),
    (*section("wireguard", "ports = 80-1000"), ["ports", "1024"]),
    (*section("wireguard", "ports = 51820-70000"), ["ports", "65535"]),
    (*section("wireguard", "ports = 51820 - 53819 udp"), ["ports", "51820-53819"]),
    (*section("wireguard", "mtu = 1279"), ["mtu", "1280"]),
    (*section("wireguard", "mtu = 1501"), ["mtu", "1500"]),
    (*section("wireguard", "mtu = 1,420"), ["mtu", "number"]),
    (*section("wireguard", "mtu = 0x580"), ["mtu", "number"]),
    (*section("wireguard", "keepalive = 65536"), ["keepalive", "65535"]),
    (*section("wireguard", "keepalive = 25s"), ["keepalive", "number"]),
    (*section("wireguard", "backend = boringtun"), ["backend", "auto|kernel|userspace"]),
    (*section("wireguard", "backend = Kernel"), ["backend", "kernel"]),
    (*section("transient", "ports = 20000"), ["ports", "20000-59999"]),
    (*section("transient", "ports = high"), ["ports", "20000-59999"]),
    (*section("pools", "tunnel4 = 10.66.0.1/16"), ["tunnel4", "10.66.0.0/16"]),
    (*section("pools", "tunnel4 = 10.66.0.0"), ["tunnel4", "10.66.0.0/16"]),
    (*section("pools", "tunnel4 = fd00::/48"), ["tunnel4", "IPv4"]),
    (*section("pools", "tunnel4 = 8.0.0.0/8"), ["tunnel4", "10.0.0.0/8"]),
    (*section("pools", "tunnel4 = 10.66.0.0/29"), ["tunnel4", "/28"]),
    (*section("pools", "tunnel4_length = 30"), ["tunnel4_length", "29"]),
    (*section("pools", "tunnel4_length = /24"), ["tunnel4_length", "number"]),
    (HUB + "[pools]\ntunnel4 = 10.66.0.0/20\ntunnel4_length = 16\n", 5, ["tunnel4_length", "20"]),
    (*section("pools", "management = 100.64.0.1/10"), ["management", "100.64.0.0/10"]),
    (*section("pools", "management = 8.8.8.0/24"), ["management", "100.64.0.0/10"]),
    (*section("pools", "management = 10.66.0.0/16"), ["management", "tunnel4"]),
    (*section("pools", "address_rest = 1"), ["address_rest", "12h"]),
    (*section("pools", "address_rest = 2y"), ["address_rest", "12h"]),
    (*section("pools", "address_rest = 0s"), ["address_rest", "1s"]),
    (*section("dns", "servers = dns.example.net"), ["servers", "dns.example.net"]),
    (*section("dns", "servers = 9.9.9.1, 9.9.9.2, 9.9.9.3, 9.9.9.4, 9.9.9.5"), ["servers", "4"]),
    (*section("dns", "servers = 9.9.9.9 1.1.1.1"), ["servers", "9.9.9.9 1.1.1.1"]),
    (*section("dns", "server = 9.9.9.9"), ["server", "servers"]),
    (*section("limits", "instances = 0"), ["instances", "1"]),
    (*section("limits", "instances = many"), ["instances", "2000"]),
    (*section("limits", "peers = 100001"), ["peers", "100000"]),
    (*section("limits", "peers = -1"), ["peers", "1"]),
    (HUB + "# " + "x" * 1100 + "\n", 3, ["too long"]),
    (HUB + "region = a\x07b\n", 3, ["UTF-8"]),
]
