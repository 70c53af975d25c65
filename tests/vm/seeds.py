# SPDX-License-Identifier: GPL-2.0-or-later
"""Ways that a machine is told what it is: words for its start."""

import base64

from command import run


def by_credential(text):
    """From the hypervisor, in the tables of the firmware."""
    coded = base64.b64encode(text.encode()).decode()
    return ["-smbios", f"type=11,value=io.systemd.credential.binary:warren.seed={coded}"]


def by_cidata(folder, user_data, files=()):
    """A CD as clouds and hypervisors make one, with files beside the user data."""
    tree = folder / "cidata"
    tree.mkdir()
    (tree / "user-data").write_text(user_data)
    (tree / "meta-data").write_text("instance-id: one\n")
    for name, data in dict(files).items():
        (tree / name).write_bytes(data)
    disk = folder / "cidata.img"
    # With the blocks of a CD.
    run("mkfs.vfat", "-C", "-S", "2048", "-n", "CIDATA", disk, "65536")
    run("mcopy", "-i", disk, *tree.iterdir(), "::/")
    return ["-drive", f"if=none,id=seed,media=cdrom,format=raw,readonly=on,file={disk}", "-device", "ide-cd,drive=seed"]
