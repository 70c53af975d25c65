# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the hub's answers and the kernel say the same? Read with wg, ip and nft, not with Warren's own eyes."""

import ipaddress
import json
import pathlib
import string

import hub
import net


def _host(address):
    return f"{address}/{32 if ':' not in address else 128}"


def _every(*words):
    """All pages of a list."""
    with hub.Api() as api:
        path, query, items = "/" + "/".join(words), {"limit": "1000"}, []
        while True:
            answer = api.ask("GET", path, query=query)
            assert answer["status"] == 200, answer
            items += answer["body"]["items"]
            if not answer["body"]["next"]:
                return items
            query["cursor"] = answer["body"]["next"]


def _links(instance):
    """The numbers of the WireGuard links that it has."""
    said = json.loads(net.run("ip", "netns", "exec", f"wr-{instance['id']}", "ip", "-j", "link").stdout)
    return sorted(int(link["ifname"][2:]) for link in said if link["ifname"].startswith("wg"))


def _outside(instance_id, link):
    """What wireguard-go calls it: 15 letters at most, so that from 100 on two stand for the number."""
    if link < 100:
        return f"wrg-{instance_id}" + (f"-{link}" if link else "")
    digits = string.digits + string.ascii_lowercase
    return f"wrg-{instance_id}-{digits[10 + (link - 100) // 36]}{digits[(link - 100) % 36]}"


def _wireguard_peers(instance):
    """Of all its links: public key -> allowed addresses."""
    found = {}
    for link in _links(instance):
        name = _outside(instance["id"], link)
        command = ["wg", "show", name, "allowed-ips"]
        if not pathlib.Path(f"/run/wireguard/{name}.sock").exists():
            command = ["ip", "netns", "exec", f"wr-{instance['id']}", "wg", "show", f"wg{link}", "allowed-ips"]
        for line in net.run(*command).stdout.splitlines():
            key, allowed = line.split("\t")
            assert key not in found, "a peer on two links"
            found[key] = set(allowed.split())
    return found


def _real(peer):
    """Its subnets as its own router knows them."""
    real = {each["mapped"]: each["real"] for each in peer["mapped"]}
    return {real.get(subnet, subnet) for subnet in peer["subnets"]}


def _routes(namespace):
    """What goes to peers, over whatever link."""
    found = set()
    for family in ("-4", "-6"):
        for route in namespace.routes(family, "route", "show", "proto", "87"):
            if route.get("type", "unicast") != "unicast" or route.get("dev") in ("up0", "lo"):
                continue
            found.add(route["dst"] if "/" in route["dst"] else _host(route["dst"]))
    return found


def _expand(element):
    """An nft element as the networks that it covers."""
    if isinstance(element, str):
        return [ipaddress.ip_network(element)]
    if "elem" in element:
        return _expand(element["elem"]["val"])
    if "prefix" in element:
        return [ipaddress.ip_network(f"{element['prefix']['addr']}/{element['prefix']['len']}")]
    first, last = map(ipaddress.ip_address, element["range"])
    return list(ipaddress.summarize_address_range(first, last))


_SETS = tuple(f"{kind}{version}" for kind in ("client", "full", "site", "push") for version in (4, 6))


def _sets(namespace):
    said = json.loads(namespace.run("nft", "-j", "list", "table", "inet", "warren").stdout)["nftables"]
    return {
        item["set"]["name"]: {str(network) for element in item["set"].get("elem", []) for network in _expand(element)}
        for item in said
        if "set" in item and item["set"]["name"] in _SETS
    }


def _merged(networks):
    """As one set however they are cut."""
    parsed = [ipaddress.ip_network(network) for network in networks]
    return {
        str(network)
        for version in (4, 6)
        for network in ipaddress.collapse_addresses([each for each in parsed if each.version == version])
    }


def _family(networks, version):
    return {network for network in networks if ipaddress.ip_network(network).version == version}


def _compare(found, name, said, is_in_kernel):
    if said != is_in_kernel:
        found.append(f"{name}: only said {sorted(said - is_in_kernel)}, only there {sorted(is_in_kernel - said)}")


def instance_disagreements(instance):
    peers = [peer for peer in _every("instances", instance["id"], "peers") if peer["enabled"]]
    namespace = net.Namespace(f"wr-{instance['id']}", make=False)
    tunnel = {peer["id"]: {_host(address) for address in peer["addresses"]} for peer in peers}
    found = []

    there = _wireguard_peers(instance)
    over_wireguard = [peer for peer in peers if peer["protocol"] == "wireguard"]
    _compare(found, "peers", {peer["public_key"] for peer in over_wireguard}, set(there))
    for peer in over_wireguard:
        _compare(found, f"allowed of {peer['name']}", tunnel[peer["id"]] | _real(peer),
                 there.get(peer["public_key"], set()))  # fmt: skip

    # Over OpenVPN there is a way to who is connected.
    reached = [peer for peer in peers if peer["protocol"] == "wireguard" or peer["connected"]]
    routed = set(instance["networks"]) | {subnet for peer in reached for subnet in peer["subnets"]}
    # The others' tunnel addresses go by the network's own.
    on_other_links = [peer for peer in reached if peer["mapped"] or peer["protocol"] == "openvpn"]
    routed |= {address for peer in on_other_links for address in tunnel[peer["id"]]}
    _compare(found, "routes", routed, _routes(namespace))

    sets = _sets(namespace)
    clients = {network for peer in peers if peer["type"] == "client" for network in tunnel[peer["id"]]}
    full = {network for peer in peers if peer["route_all"] for network in tunnel[peer["id"]]}
    sites = {
        network for peer in peers if peer["type"] == "site" for network in tunnel[peer["id"]] | set(peer["subnets"])
    }
    for version in (4, 6):
        _compare(found, f"client{version}", _family(clients, version), sets[f"client{version}"])
        _compare(found, f"full{version}", _family(full, version), sets[f"full{version}"])
        _compare(found, f"site{version}", _merged(_family(sites, version)), _merged(sets[f"site{version}"]))
        pushed = _merged(_family(instance["pushed_routes"], version))
        _compare(found, f"push{version}", pushed, _merged(sets[f"push{version}"]))
    return [f"{instance['name']}: {text}" for text in found]


def disagreements():
    """[] when all is well."""
    instances = _every("instances")
    found = [text for instance in instances for text in instance_disagreements(instance)]
    named = {entry["name"] for entry in json.loads(net.run("ip", "-j", "netns").stdout or "[]")}
    there = {name for name in named if name.startswith("wr-")}
    _compare(found, "namespaces", {f"wr-{instance['id']}" for instance in instances}, there)
    return found
