# SPDX-License-Identifier: GPL-2.0-or-later
"""An instance with its peers' devices, made by the command line, gone again at the end."""

import itertools

import hub
from device import Device, OpenvpnDevice

_number = itertools.count(1)


class Member:
    """A peer and the device that holds its profile."""

    def __init__(self, tenant, peer, device, host):
        self.tenant, self.peer, self.device, self.host = tenant, peer, device, host
        self.house = device.house if device else None

    @property
    def addresses(self):
        return self.peer["addresses"]

    @property
    def address(self):
        return self.addresses[0]

    def show(self):
        return hub.warren("peer", "show", self.tenant.name, self.peer["name"])

    def do(self, verb, *options):
        """A verb of `warren peer` upon it."""
        return hub.warren("peer", verb, self.tenant.name, self.peer["name"], *options)

    def profile(self, *options):
        done = hub.cli("profile", "show", self.tenant.name, self.peer["name"], *options)
        if done.returncode != 0:
            raise hub.Refused(["profile", "show", *options], done)
        return done.stdout

    def take_profile(self):
        """Fetches the profile as it is now and brings the device up with it."""
        self.device.up(self.profile())


class Tenant:
    def __init__(self, internet, *options, name=None):
        self.internet = internet
        self.number = next(_number)
        self.name = name or f"tenant {self.number}"
        self.members, self.users = [], []
        self.instance = hub.warren("instance", "add", self.name, "--hostname", f"tenant{self.number}", *options)
        self.id = self.instance["id"]
        self.namespace = f"wr-{self.id}"

    def show(self):
        return hub.warren("instance", "show", self.name)

    def _member(self, name, options, networks, up):
        peer = hub.warren("peer", "add", self.name, name, *options)
        kind = OpenvpnDevice if peer["protocol"] == "openvpn" else Device
        device = kind(self.internet, f"{name}{self.number}")
        host = device.lan(*networks) if networks else None
        member = Member(self, peer, device, host)
        self.members.append(member)
        if up:
            member.take_profile()
        return member

    def client(self, name, *options, up=True):
        return self._member(name, ["--client", *options], [], up)

    def site(self, name, *networks, options=(), up=True):
        subnets = [word for network in networks for word in ("--subnet", network)]
        return self._member(name, ["--site", *subnets, *options], networks, up)

    def user(self, name, *options):
        """A person of the hub's, gone with the tenant."""
        made = hub.warren("user", "add", name, *options)
        self.users.append(made["id"])
        return made

    def take_profiles(self):
        """Every device has a profile that knows of all the others."""
        for member in self.members:
            member.take_profile()

    def close(self):
        for member in self.members:
            member.device.close()
        if any(item["id"] == self.id for item in hub.warren("instance", "list")["items"]):
            hub.warren("instance", "delete", self.id, "--yes")
        for user in [item["id"] for item in hub.warren("user", "list")["items"]]:
            if user in self.users:
                hub.warren("user", "delete", user, "--peers", "keep")
