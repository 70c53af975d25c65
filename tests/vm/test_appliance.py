# SPDX-License-Identifier: GPL-2.0-or-later
"""The disk image, as it is shipped: boots, is told what it is, loses power, is filled up and damaged."""

import contextlib
import json
import pathlib
import socket
import subprocess
import time

import pytest
import seeds
from machine import INSIDE, KEPT, READY, Machine
from segment import Segment

pytestmark = pytest.mark.appliance
HERE = pathlib.Path(__file__).resolve().parent
SCALEWAY = "169.254.42.42"
TOKEN = "YSBzZWVkJ3MgdG9rZW4gaGFzIDMyIGJ5dGVzLCBvaCE"
SEED = f"""#warren-seed
[hub]
region = eu-test
public_name = vpn.example.org
public_addresses = 203.0.113.7
[network]
name_servers = 10.0.2.3
[time]
servers = 192.0.2.123
[ssh]
key = ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIII somebody
[owner]
setup_token = {TOKEN}
"""


@pytest.fixture
def machine(image):
    """One that was never switched on."""
    with contextlib.closing(Machine(image)) as made:
        yield made


def settings(machine):
    items = machine.ask("settings list")["items"]
    return {item["key"]: item["value"] for item in items}


@pytest.mark.parametrize("firmware", [pytest.param("bios", marks=pytest.mark.ci), "uefi"])
def test_boots_from_disk_with_nothing_told(image, firmware, measured):
    with contextlib.closing(Machine(image, firmware=firmware)) as machine:
        machine.start()
        machine.until_ready()
        box = machine.ask("box show")
        assert box == {"appliance": True, "slot": "a", "boot": "kept", "seed": None, "problems": []}
        assert machine.run("systemctl --failed --no-legend") == ""
        # The loader counted this boot, and it turned out well.
        machine.until("/usr/lib/warren/image/slot show | grep -qx 'slot=a trial=- failures=0'")
        # Its address became its name, since nobody said anything else.
        machine.until("warren settings list | grep -q 'public_name.*10.0.2.15'")
        # The root can't be written, the data partition is on the disk and as large as that.
        assert machine.run("touch /etc/x /usr/x", check=False)[0] != 0
        assert "/dev/vda7 ext4" in machine.run("findmnt -n -o SOURCE,FSTYPE /data")
        assert int(machine.run("df --output=size -m /data | tail -n 1")) > 2500
        # The hub's ports are open and nothing else is, also when they change.
        machine.run("warren settings set wireguard.ports 40000-40100 && warren settings set web.http_port 0")
        machine.until("nft list table inet box | grep -q 'udp dport 40000-40100 accept'")
        machine.until("nft list table inet box | grep -q 'tcp dport 443 accept'")
        # It is updated by its owner alone, and keeps no memory of what crashed.
        assert machine.run("systemctl list-timers --no-legend") == ""
        assert machine.run("cat /proc/sys/kernel/core_pattern; ulimit -c") == "|/bin/false\n0\n"
        # The journal is on the data partition, and no larger than it may be.
        assert machine.run("findmnt -n -o SOURCE -T /var/log/journal") == "/dev/vda7[/journal]\n"
        assert "SystemMaxUse=128M" in machine.run("systemd-analyze cat-config systemd/journald.conf")
        # Both screens say the same.
        machine.until("grep -aq 'Hub  *ready' /dev/vcs1")
        # No shell waits on a terminal; what is shown there is the status.
        assert machine.run("pgrep -c 'getty|login' || true") == "0\n"
        machine.until_said(r"Addresses +10\.0\.2\.15")
        assert machine.run("ss -Hltn sport = :22") == ""
        measured(machine.run("free -m; systemd-analyze"))


HANDED_OUT = [("warren.qcow2", "uefi", "ide-hd"), ("warren.raw.zst", "bios", "nvme,serial=disk")]


@pytest.mark.parametrize(("name", "firmware", "device"), HANDED_OUT)
def test_what_is_handed_out_boots(image, tmp_path, name, firmware, device):
    """As it is, without the agent, from disks as metal has them: it says on its console that it is there. The packed one is
    the plain one."""
    path, form = KEPT / name, name.split(".")[1]
    if name.endswith(".zst"):
        path, form = tmp_path / "disk.raw", "raw"
        subprocess.run(["zstd", "-q", "-d", "--sparse", KEPT / name, "-o", path], check=True)
    assert subprocess.run(["qemu-img", "compare", "-q", path, KEPT / "warren.raw"]).returncode == 0
    with contextlib.closing(Machine(image, firmware=firmware, base=path, form=form, device=device)) as machine:
        machine.start(wait=False)
        machine.until_said("Hub +ready", patience=300)
        machine.until_said(r"Addresses +10\.0\.2\.15")
        assert "PROBLEM" not in machine.said()


def test_tunnel_comes_up_after_a_power_cut(machine):
    machine.start()
    machine.until_ready()
    machine.run("warren instance add acme --hostname acme && warren peer add acme laptop --client")
    key = machine.run("warren peer show acme laptop --json | grep public_key")
    machine.power_cut()
    machine.start()
    machine.until(f"{INSIDE} wg show")
    assert machine.run("warren peer show acme laptop --json | grep public_key") == key
    assert machine.problems() == []
    # Its kernel has all that the fast path needs.
    machine.until(f"{INSIDE} nft list table inet warren_fast | grep -q 'flow add @flows'")
    # Before the web.
    machine.until("pgrep -x warren-web")
    said = machine.run("journalctl -b -u warrend.service -o cat")
    assert -1 < said.find("-> active") < said.find("warren-web started"), said


def by_credential(machine, folder):
    return seeds.by_credential(SEED)


def by_cidata(machine, folder):
    """As those write it who have it among other words for cloud-init."""
    indented = "".join(f"  {line}\n" for line in SEED.splitlines())
    return seeds.by_cidata(folder, f"#cloud-config\npackages: []\nwarren_seed: |\n{indented}")


def by_efi(machine, folder):
    machine.put_on_efi("warren-seed.conf", SEED)
    return []


SOURCES = {"credential": by_credential, "NoCloud": by_cidata, "EFI partition": by_efi}


@pytest.mark.parametrize("source", SOURCES)
def test_source_of_a_seed(machine, tmp_path, source):
    machine.start(*SOURCES[source](machine, tmp_path))
    machine.until_ready()
    found = settings(machine)
    assert (found["region"], found["public_name"]) == ("eu-test", "vpn.example.org")
    assert machine.ask("box show")["seed"] == source
    assert "192.0.2.123" in machine.run("cat /run/systemd/timesyncd.conf.d/warren.conf")
    assert f"/setup#{TOKEN}" in machine.run("warren status --json")
    assert "setup_token" not in machine.run("cat /etc/warren/box.conf")
    machine.until("ss -Hltn sport = :22 | grep -q .")
    sshd = machine.run("sshd -T -f /usr/lib/warren/image/sshd_config")
    assert {"passwordauthentication no", "kbdinteractiveauthentication no", "pubkeyauthentication yes"} <= set(sshd.splitlines())
    assert machine.problems() == []


def _sign_in(port, key):
    """What is said to somebody with that key, and with no other way in."""
    options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "IdentitiesOnly=yes", "BatchMode=yes",
               "ConnectTimeout=20")  # fmt: skip
    words = [word for option in options for word in ("-o", option)]
    done = subprocess.run(["ssh", "-F", "none", *words, "-i", key, "-p", str(port), "root@127.0.0.1", "warren settings list; touch /usr/x"],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)  # fmt: skip
    return done.stdout + done.stderr


def test_owner_signs_in_by_ssh(machine, tmp_path):
    for name in ("owner", "stranger"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", tmp_path / name], check=True)
    lines = [f"key = {(tmp_path / 'owner.pub').read_text().strip()}" if line.startswith("key = ") else line for line in SEED.splitlines()]
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    machine.start(*seeds.by_credential("\n".join(lines) + "\n"), network=f"user,hostfwd=tcp:127.0.0.1:{port}-:22")
    machine.until_ready()
    machine.until("ss -Hltn sport = :22 | grep -q .")
    said = _sign_in(port, tmp_path / "owner")
    assert "eu-test" in said and "Read-only file system" in said, said
    assert "Permission denied (publickey)" in _sign_in(port, tmp_path / "stranger")


def test_first_source_wins(machine, tmp_path):
    """Also when it is wrong: a box is not what somebody meant for another time."""
    machine.put_on_efi("warren-seed.conf", SEED.replace("eu-test", "from-efi"))
    machine.start(*seeds.by_cidata(tmp_path, SEED.replace("[owner]", "[owners]")))
    machine.until_ready()
    assert any(problem.startswith("seed (NoCloud): line") for problem in machine.problems()), machine.problems()
    assert settings(machine)["region"] == "local"
    # Without that disk, and with a word from the hypervisor.
    machine.power_cut()
    machine.start(*seeds.by_credential(SEED))
    machine.until_ready()
    assert settings(machine)["region"] == "eu-test" and machine.problems() == []
    # It was taken: nobody is asked any more.
    machine.power_cut()
    machine.start(*seeds.by_credential(SEED.replace("eu-test", "too-late")))
    machine.until_ready()
    assert settings(machine)["region"] == "eu-test"


def test_seed_in_a_clouds_user_data(machine, tmp_path):
    """From a double of the metadata service, which wants a token; slow, since it is asked once the network is there."""
    (tmp_path / "user-data").write_text(SEED)
    double = f"/usr/bin/python3 {HERE}/appliance/metadata.py {tmp_path}/user-data"
    network = f"user,net=169.254.0.0/16,host=169.254.2.2,dns=169.254.2.3,guestfwd=tcp:169.254.169.254:80-cmd:{double}"
    machine.start("-smbios", "type=1,manufacturer=Amazon EC2", network=network)
    machine.until_ready()
    machine.until("warren settings list | grep -q eu-test")
    machine.until("""warren box show --json | grep -q '"seed": *"user data"'""")
    assert machine.problems() == []


@pytest.mark.ci
def test_seed_in_the_user_data_of_a_cloud_that_answers_root_alone(machine, tmp_path):
    (tmp_path / "user-data").write_text(SEED)
    with contextlib.closing(Segment()) as segment:
        segment.run("ip", "addr", "add", f"{SCALEWAY}/32", "dev", "br0")
        segment.dhcp("192.0.2.10", "192.0.2.20")
        segment.keep("/usr/bin/python3", HERE / "appliance/scaleway.py", SCALEWAY, tmp_path / "user-data")
        machine.start("-smbios", "type=1,manufacturer=Scaleway", **segment.plug())
        machine.until_ready()
        machine.until(f"ip route get {SCALEWAY}")
        # To whom has not a port of root's it says nothing.
        said = machine.run(f"exec 3<>/dev/tcp/{SCALEWAY}/80; printf 'GET /user_data/cloud-init HTTP/1.0\\r\\n\\r\\n' >&3; head -n 1 <&3")
        assert " 403 " in said
        machine.until("warren settings list | grep -q eu-test")
        machine.until("""warren box show --json | grep -q '"seed": *"user data"'""")
        assert machine.problems() == []


def test_bad_seed_boots_and_is_not_applied(machine):
    bad = SEED.replace("192.0.2.123", "not a server")
    machine.put_on_efi("warren-seed.conf", bad)
    machine.start()
    machine.until_ready()
    said = machine.problems()
    assert any("line 9: servers in [time]" in problem for problem in said), said
    assert any("nothing of it was applied" in problem for problem in said)
    assert settings(machine)["region"] == "local"
    machine.run("! test -e /data/ssh/authorized_keys && ! test -e /etc/warren/setup-token && ! test -e /etc/warren/box.conf")
    machine.until_said("PROBLEM +seed")
    # Mended, it is taken at the next start.
    machine.power_cut()
    machine.put_on_efi("warren-seed.conf", SEED)
    machine.start()
    machine.until_ready()
    assert settings(machine)["region"] == "eu-test" and machine.problems() == []


def test_what_is_no_seed_is_told(machine, tmp_path):
    machine.start(*seeds.by_cidata(tmp_path, "[hub]\nregion = eu-test\n"))
    machine.until_ready()
    said = machine.problems()
    assert len(said) == 1 and "its first line must be #warren-seed" in said[0], said
    # It is looked for again; what a seed does not say of the hub's name is found with the network.
    machine.power_cut()
    machine.start(*seeds.by_credential("#warren-seed\n[hub]\nregion = eu-test\n"))
    machine.until_ready()
    machine.until("warren settings list | grep 'hub.public_name *10.0.2.15'")
    assert settings(machine)["region"] == "eu-test" and machine.problems() == []
    # And its certificate is of that name before anybody has seen another one.
    machine.until("warren tls show --json | grep -q 10.0.2.15")
    shown = machine.ask("tls show")["fingerprint"]
    machine.power_cut()
    machine.start()
    machine.until_ready()
    assert machine.ask("tls show")["fingerprint"] == shown


def test_wrong_settings_are_told_and_not_taken(machine):
    machine.start()
    machine.until_ready()
    machine.until("warren settings list | grep 'hub.public_name *10.0.2.15'")
    machine.run("echo 'location = here' >>/etc/warren/warren.conf")
    assert machine.run("systemctl reload warrend.service", check=False)[0] != 0
    assert "location in [limits]" in machine.run("journalctl -b -u warrend.service -o cat")
    concerns = json.loads(machine.run("warren attention list --json"))["items"]
    assert [concern["kind"] for concern in concerns if concern["level"] == "problem"] == ["settings-wrong"]
    machine.run("sed -i '$d' /etc/warren/warren.conf && systemctl reload warrend.service")
    assert "settings-wrong" not in machine.run("warren attention list --json")
    # Nobody could come in to a box whose hub does not start.
    machine.run("warren settings set hub.region right")
    machine.until("grep -q right /etc/warren/warren.conf.good")
    machine.run("echo 'location = here' >>/etc/warren/warren.conf; sync")
    machine.power_cut()
    machine.start()
    machine.until_ready()
    assert settings(machine)["region"] == "right"
    said = machine.problems()
    assert "location in [limits]" in said[0] and "warren.conf.wrong now" in said[1], said
    machine.run("grep -q location /etc/warren/warren.conf.wrong")


def test_disk_that_grew(machine):
    machine.start()
    machine.until_ready()
    machine.run("warren instance add acme --hostname acme")
    machine.power_cut()
    subprocess.run(["qemu-img", "resize", "-q", machine.disk, "6G"], check=True)
    machine.start()
    machine.until_ready()
    assert int(machine.run("df --output=size -m /data | tail -n 1")) > 4500
    assert "acme" in machine.run("warren instance list") and machine.problems() == []


def test_factory_reset_keeps_nothing(machine):
    machine.put_on_efi("warren-seed.conf", SEED)
    machine.start()
    machine.until_ready()
    before = machine.run("cat /etc/machine-id")
    machine.run("warren instance add acme --hostname acme")
    assert machine.run("warren box wish factory-reset", check=False)[0] == 1
    machine.run("warren box wish factory-reset --confirm 'delete everything'")
    machine.wait_reboot()
    machine.until_ready()
    assert "acme" not in machine.run("warren instance list")
    assert machine.run("cat /etc/machine-id") != before
    assert settings(machine)["region"] == "local"
    assert machine.run("ls /data/ssh") == ""


def test_data_partition_full(machine):
    machine.start()
    machine.until_ready()
    machine.run("warren instance add acme --hostname acme")
    # What root alone may have as well.
    machine.run("fallocate -l $((($(stat -f -c %f /data) - 5000) * 4096)) /data/fill; ! cat /dev/zero >/data/rest; sync")
    assert machine.run("stat -f -c %a /data") == "0\n"
    machine.power_cut()
    machine.start()
    machine.until_ready()
    assert "acme" in machine.run("warren instance list")
    assert any("full" in problem for problem in machine.problems())
    status, said = machine.run("warren instance add other --hostname other", check=False)
    assert status == 0 or "disk full" in said
    machine.run("rm /data/fill /data/rest")
    machine.until("warren instance add third --hostname third")


def test_data_partition_corrupted(machine):
    machine.start()
    machine.until_ready()
    machine.power_cut()
    # The whole of its beginning, and every copy of its superblock that is near.
    machine.damage("warren-data", 0, 512)
    machine.start()
    machine.until_ready()
    said = machine.problems()
    assert any("beyond repair" in problem or "repaired" in problem for problem in said), said


def test_root_that_was_changed_does_not_run(machine):
    machine.damage("warren-root-a", 8, 512)
    machine.start(wait=False)
    machine.until_said(r"block \d+ is corrupted", patience=120)
    # It starts anew, which ends the emulator.
    machine.process.wait(120)
    assert "Hub " not in machine.said()


@pytest.mark.ci
def test_sandbox_of_the_units(machine, measured):
    """The units', as systemd judges them; and the roles', which are warrend's children, as the kernel shows them (judged
    as if they were units by a unit test, image/systemd)."""
    machine.start()
    machine.until_ready()
    machine.run("warren instance add acme --hostname acme && warren peer add acme laptop --client")
    measured(machine.run("systemd-analyze security --no-pager | grep ^warren"))
    said = machine.ask("status")["roles"]
    for role in ("warren-engine", "warren-web", "warren-hash"):
        text = machine.run(f"cat /proc/$(pgrep -xo {role})/status")
        has = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
        sets = [has[f"Cap{name}"] for name in ("Inh", "Prm", "Eff", "Bnd", "Amb")]
        measured(f"{role}: uid {has['Uid'].split()[0]}, groups {has['Groups'].split()}, capabilities {set(sets)}, "
                 f"no_new_privs {has['NoNewPrivs']}, seccomp {has['Seccomp']} ({has['Seccomp_filters']} filters)")  # fmt: skip
        assert has["Uid"].split()[0] != "0" and {int(mask, 16) for mask in sets} == {0}
        assert (has["NoNewPrivs"], has["Seccomp"]) == ("1", "2")
        assert next(process["sandbox"]["landlock_abi"] for process in said if process["name"] == role) > 0
        assert "Max core file size        0 " in machine.run(f"cat /proc/$(pgrep -xo {role})/limits")
    assert machine.run("dmesg | grep 'type=1326' || true") == ""


def test_a_hub_that_hangs_is_started_anew(machine):
    """Its watchdog ends it; tunnels stand meanwhile."""
    machine.start()
    machine.until_ready()
    machine.run("warren instance add acme --hostname acme && warren peer add acme laptop --client")
    machine.until(f"{INSIDE} wg show")
    before = machine.run(f"{INSIDE} cat /sys/class/net/wg0/ifindex; pgrep -xo warrend").split()
    machine.run("kill -STOP $(pgrep -xo warrend)")
    machine.until(f"p=$(pgrep -xo warrend) && [ $p != {before[1]} ] && {READY}", patience=240)
    machine.until("warren instance list --json | grep -q '\"state\": *\"active\"'")
    assert machine.run(f"{INSIDE} cat /sys/class/net/wg0/ifindex").split() == before[:1]
    assert machine.run("systemctl show -P Result warrend.service; systemctl --failed --no-legend") == "success\n"


@pytest.mark.ci
def test_goes_down_well(image):
    """With tunnels of both protocols up: nothing fails, nothing is waited for, and the file system is whole."""
    words = "loglevel=6 systemd.show_status=yes systemd.log_target=console"
    with contextlib.closing(Machine(image, words=words)) as machine:
        machine.start()
        machine.until_ready()
        machine.run("warren instance add acme --hostname acme && warren peer add acme laptop --client && "
                    "warren peer add acme phone --client --protocol openvpn")  # fmt: skip
        machine.until("pgrep -x openvpn && pgrep -x dnsmasq")
        before, began = len(machine.said()), time.monotonic()
        machine.run("warren box wish power-off")
        # Among what it says is nothing sloppy (machine.py).
        machine.wait_off()
        took, said = time.monotonic() - began, machine.said()[before:]
        assert "All filesystems unmounted." in said, said
        assert took < 60, said
        machine.start()
        machine.until_ready()
        log = machine.run("cat /run/warren-image/early.log")
        assert ": clean," in log and "recovering journal" not in log, log
        assert machine.problems() == [] and "acme" in machine.run("warren instance list")
