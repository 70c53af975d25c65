# SPDX-License-Identifier: GPL-2.0-or-later
"""The disk image, as it is shipped: boots, is told what it is, loses power, is filled up and damaged."""

import base64
import contextlib
import json
import pathlib
import subprocess

import pytest
from machine import Image, Machine

pytestmark = pytest.mark.appliance
HERE = pathlib.Path(__file__).resolve().parent
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
READY = "warren status | grep -q '^ready: *yes'"


@pytest.fixture(scope="module")
def image():
    return Image().prepare()


@pytest.fixture
def machine(image):
    """One that was never switched on."""
    with contextlib.closing(Machine(image)) as made:
        yield made


def settings(machine):
    items = json.loads(machine.run("warren settings list --json"))["items"]
    return {item["key"]: item["value"] for item in items}


def problems(machine):
    return json.loads(machine.run("warren box show --json"))["problems"]


def cidata(folder, user_data, **files):
    """A CD as clouds and hypervisors make one."""
    tree = folder / "cidata"
    tree.mkdir()
    (tree / "user-data").write_text(user_data)
    (tree / "meta-data").write_text("instance-id: one\n")
    for name, text in files.items():
        (tree / name).write_text(text)
    disk = folder / "cidata.img"
    subprocess.run(["mkfs.vfat", "-C", "-n", "CIDATA", disk, "2048"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["mcopy", "-i", disk, *tree.iterdir(), "::/"], check=True)
    return ["-drive", f"if=virtio,format=raw,readonly=on,file={disk}"]


@pytest.mark.parametrize("firmware", ["bios", "uefi"])
def test_boots_from_disk_with_nothing_told(image, firmware, measured):
    with contextlib.closing(Machine(image, firmware=firmware)) as machine:
        machine.start()
        machine.until(READY)
        box = json.loads(machine.run("warren box show --json"))
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
        # No shell waits on a terminal; what is shown there is the status.
        assert machine.run("pgrep -c 'getty|login' || true") == "0\n"
        machine.until_said(r"Addresses +10\.0\.2\.15")
        assert machine.run("ss -Hltn sport = :22") == ""
        measured(machine.run("free -m; systemd-analyze"))


def test_tunnel_comes_up_after_a_power_cut(machine):
    machine.start()
    machine.until(READY)
    machine.run("warren instance add acme --hostname acme && warren peer add acme laptop --client")
    key = machine.run("warren peer show acme laptop --json | grep public_key")
    machine.power_cut()
    machine.start()
    machine.until("ip netns exec wr-$(warren instance list --json | sed -n 's/.*\"id\": *\"\\([a-z2-7]*\\)\".*/\\1/p' | head -n 1) wg show")
    assert machine.run("warren peer show acme laptop --json | grep public_key") == key
    assert problems(machine) == []


def test_every_source_of_a_seed(image, tmp_path):
    """By credential, on a CD as user data of either form, and in the EFI partition."""

    def by_credential(machine):
        text = base64.b64encode(SEED.encode()).decode()
        return ["-smbios", f"type=11,value=io.systemd.credential.binary:warren.seed={text}"]

    def by_cidata(machine):
        indented = "".join(f"  {line}\n" for line in SEED.splitlines())
        return cidata(tmp_path, f"#cloud-config\npackages: []\nwarren_seed: |\n{indented}")

    def by_efi(machine):
        machine.put_on_efi("warren-seed.conf", SEED)
        return []

    for way, source in ((by_credential, "credential"), (by_cidata, "NoCloud"), (by_efi, "EFI partition")):
        with contextlib.closing(Machine(image)) as machine:
            machine.start(*way(machine))
            machine.until(READY)
            found = settings(machine)
            assert (found["region"], found["public_name"]) == ("eu-test", "vpn.example.org")
            assert json.loads(machine.run("warren box show --json"))["seed"] == source
            assert "192.0.2.123" in machine.run("cat /run/systemd/timesyncd.conf.d/warren.conf")
            assert f"/setup#{TOKEN}" in machine.run("warren status --json")
            assert "setup_token" not in machine.run("cat /etc/warren/box.conf")
            machine.until("ss -Hltn sport = :22 | grep -q .")
            assert problems(machine) == []


def test_seed_in_a_clouds_user_data(machine, tmp_path):
    """From a double of the metadata service: slow, since it is asked once the network is there."""
    (tmp_path / "user-data").write_text(SEED)
    double = f"/usr/bin/python3 {HERE}/appliance/metadata.py /hetzner/v1/userdata {tmp_path}/user-data"
    network = f"user,net=169.254.0.0/16,host=169.254.2.2,dns=169.254.2.3,guestfwd=tcp:169.254.169.254:80-cmd:{double}"
    machine.start("-smbios", "type=1,manufacturer=Hetzner", network=network)
    machine.until(READY)
    machine.until("warren settings list | grep -q eu-test")
    machine.until("""warren box show --json | grep -q '"seed": *"user data"'""")
    assert problems(machine) == []


def test_bad_seed_boots_and_is_not_applied(machine):
    bad = SEED.replace("192.0.2.123", "not a server")
    machine.put_on_efi("warren-seed.conf", bad)
    machine.start()
    machine.until(READY)
    said = problems(machine)
    assert any("line 9: servers in [time]" in problem for problem in said), said
    assert any("nothing of it was applied" in problem for problem in said)
    assert settings(machine)["region"] == "local"
    machine.run("! test -e /data/ssh/authorized_keys && ! test -e /etc/warren/setup-token && ! test -e /etc/warren/box.conf")
    machine.until_said("PROBLEM +seed")
    # Mended, it is taken at the next start.
    machine.power_cut()
    machine.put_on_efi("warren-seed.conf", SEED)
    machine.start()
    machine.until(READY)
    assert settings(machine)["region"] == "eu-test" and problems(machine) == []


def test_disk_that_grew(machine):
    machine.start()
    machine.until(READY)
    machine.run("warren instance add acme --hostname acme")
    machine.power_cut()
    subprocess.run(["qemu-img", "resize", "-q", machine.disk, "6G"], check=True)
    machine.start()
    machine.until(READY)
    assert int(machine.run("df --output=size -m /data | tail -n 1")) > 4500
    assert "acme" in machine.run("warren instance list") and problems(machine) == []


def test_factory_reset_keeps_nothing(machine):
    machine.put_on_efi("warren-seed.conf", SEED)
    machine.start()
    machine.until(READY)
    before = machine.run("cat /etc/machine-id")
    machine.run("warren instance add acme --hostname acme")
    assert machine.run("warren box wish factory-reset", check=False)[0] == 1
    machine.run("warren box wish factory-reset --confirm 'delete everything'")
    machine.wait_reboot()
    machine.until(READY)
    assert "acme" not in machine.run("warren instance list")
    assert machine.run("cat /etc/machine-id") != before
    assert settings(machine)["region"] == "local"
    assert machine.run("ls /data/ssh") == ""


def test_data_partition_full(machine):
    machine.start()
    machine.until(READY)
    machine.run("warren instance add acme --hostname acme")
    # What root alone may have as well.
    machine.run("left=$(stat -f -c %f /data); until fallocate -l $((left * 4096)) /data/fill; do left=$((left - 64)); done; sync")
    machine.power_cut()
    machine.start()
    machine.until(READY)
    assert "acme" in machine.run("warren instance list")
    assert any("full" in problem for problem in problems(machine))
    status, said = machine.run("warren instance add other --hostname other", check=False)
    assert status == 0 or "disk full" in said
    machine.run("rm /data/fill")
    machine.until("warren instance add third --hostname third")


def test_data_partition_corrupted(machine):
    machine.start()
    machine.until(READY)
    machine.power_cut()
    # The whole of its beginning, and every copy of its superblock that is near.
    machine.damage("warren-data", 0, 512)
    machine.start()
    machine.until(READY)
    said = problems(machine)
    assert any("beyond repair" in problem or "repaired" in problem for problem in said), said


def test_root_that_was_changed_does_not_run(machine):
    machine.damage("warren-root-a", 8, 8)
    machine.start(wait=False)
    machine.until_said("verity|corrupt|panic|no root", patience=120)


def test_sandbox_of_the_units(machine, measured):
    machine.start()
    machine.until(READY)
    measured(machine.run("systemd-analyze security --no-pager | sort -k2n"))
    assert machine.run("dmesg | grep 'type=1326' || true") == ""
