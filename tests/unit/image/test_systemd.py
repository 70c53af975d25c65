# SPDX-License-Identifier: GPL-2.0-or-later
"""The systemd files, read by systemd's own programs.

Usage: test_systemd.py UNIT SOURCE_ROOT
"""
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

PROGRAMS = ("systemd-sysusers", "systemd-tmpfiles", "systemd-analyze")
# Each gives the service a mount namespace, from which no namespace in /run/netns would be seen.
MOUNT_NAMESPACE = re.compile(
    r"^(Private(Tmp|Devices|Mounts|Users|Network)|Protect\w+|ReadOnlyPaths|ReadWritePaths|InaccessiblePaths|"
    r"TemporaryFileSystem|BindPaths|BindReadOnlyPaths|RootDirectory|RootImage|MountFlags|ProcSubset|"
    r"DynamicUser)=", re.M)


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, timeout=30)


class Systemd(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)
        os.makedirs(f"{self.root}/etc")
        os.makedirs(f"{self.root}/var/lib")

    def install(self, kind):
        target = f"{self.root}/usr/lib/{kind}.d"
        os.makedirs(target)
        shutil.copy(f"{ROOT}/image/systemd/warren.{kind}.conf", f"{target}/warren.conf")

    def test_users_and_directories(self):
        if os.geteuid() != 0:
            self.skipTest("systemd-sysusers needs root")
        self.install("sysusers")
        self.install("tmpfiles")
        made = run("systemd-sysusers", f"--root={self.root}")
        self.assertEqual((made.returncode, "not a valid" in made.stderr), (0, False), made.stderr)
        lines = [line.split(":") for line in open(f"{self.root}/etc/passwd").read().splitlines()]
        users = {line[0]: line for line in lines}
        self.assertEqual(set(users), {"warren-engine", "warren-net", "warren-openvpn", "warren-dns", "warren-web", "warren-hash", "warren-update", "warren-acme"})
        for user in users.values():
            self.assertEqual(user[6], "/usr/sbin/nologin")
        self.assertRegex(open(f"{self.root}/etc/group").read(), r"(?m)^warren:x:\d+:$")
        made = run("systemd-tmpfiles", f"--root={self.root}", "--create")
        self.assertEqual(made.returncode, 0, made.stderr)
        state = os.stat(f"{self.root}/var/lib/warren")
        self.assertEqual((stat.S_IMODE(state.st_mode), state.st_uid), (0o700, int(users["warren-engine"][2])))
        for directory in ("run/warren", "etc/warren"):
            self.assertEqual(stat.S_IMODE(os.stat(f"{self.root}/{directory}").st_mode), 0o755)

    def test_unit(self):
        text = open(UNIT).read()
        self.assertNotIn("@", re.sub(r"^SystemCallFilter=.*", "", text, flags=re.M))
        self.assertIsNone(MOUNT_NAMESPACE.search(text))
        # The program need not be installed for the unit to be well formed.
        unit = f"{self.root}/warrend.service"
        with open(unit, "w") as file:
            file.write(re.sub(r"^(Exec\w+)=/\S*/warrend\b.*", r"\1=/bin/true", text, flags=re.M))
        verified = run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", unit)
        complaints = [line for line in verified.stderr.splitlines() if "warrend.service" in line]
        self.assertEqual((verified.returncode, complaints), (0, []), verified.stderr)

    def test_unit_keeps_what_the_table_keeps(self):
        table = open(f"{ROOT}/hub/base/role.c").read()
        rows = re.search(r"supervisor_capabilities\[\] = \{(.*?)\n\};", table, re.S).group(1)
        in_table = set(re.findall(r"\bCAP_\w+", rows))
        in_unit = re.search(r"^CapabilityBoundingSet=(.*)$", open(UNIT).read(), re.M).group(1)
        self.assertEqual(set(in_unit.split()), in_table)

    def system_calls(self, role):
        """Those of a role's row, which are all it may make."""
        table = open(f"{ROOT}/hub/base/role.c").read()
        row = re.search(rf'\.name = "{role}",(.*?)\n    \}},', table, re.S)[1]
        found = set()
        for name in re.search(r"\.allow = \{(.*?)\}", row)[1].split(", "):
            body = re.search(rf"role_syscalls {name}\[\] = \{{(.*?)\n\}};", table, re.S)[1]
            body = re.sub(r"#if.*?#endif", "", body, flags=re.S)
            for line in re.findall(r'\{("[^,]*?"),', body, re.S):
                found.update(" ".join(re.findall(r'"([^"]*)"', line)).split())
        return found

    def test_exposure_of_roles(self):
        """As systemd would judge units that have what these roles have."""
        frame = re.findall(r"^(?:NoNewPrivileges|KeyringMode|DevicePolicy|Restrict(?:Realtime|SUIDSGID)|LockPersonality|"
                           r"MemoryDenyWriteExecute|SystemCallArchitectures)=.*", open(UNIT).read(), re.M)  # fmt: skip
        self.assertEqual(len(frame), 8)
        for role in ("warren-web", "warren-engine"):
            calls = self.system_calls(role)
            self.assertIn("epoll_ctl", calls)
            text = open(f"{ROOT}/tests/unit/image/roles/{role}.service").read()
            text += "".join(f"{line}\n" for line in (*frame, f"SystemCallFilter={' '.join(sorted(calls))}"))
            unit = f"{self.root}/{role}.service"
            with open(unit, "w") as file:
                file.write(text)
            judged = run("systemd-analyze", "security", "--no-pager", "--offline=yes", "--threshold=20", unit)
            print(judged.stdout.splitlines()[-1] if judged.stdout else judged.stderr)
            self.assertEqual(judged.returncode, 0, judged.stdout + judged.stderr)


if __name__ == "__main__":
    UNIT, ROOT = (os.path.abspath(path) for path in sys.argv[1:3])
    missing = [program for program in PROGRAMS if not shutil.which(program)]
    if missing:
        print(f"skipped: {missing[0]} is not installed")
        sys.exit(77)
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2, warnings="ignore")
