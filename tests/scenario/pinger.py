# SPDX-License-Identifier: GPL-2.0-or-later
"""A ping that runs on while things happen, and counts what it lost."""

import re
import signal
import subprocess
import tempfile
import time

from net import SLOW

LAST = 0.3  # seconds for the last replies


class Pinger:
    def __init__(self, namespace, address, interval=0.05):
        self.interval = interval
        # Not a pipe: after 786 replies it is full, and the ping would stand still instead of losing any.
        self.file = tempfile.TemporaryFile("w+")
        self.process = namespace.start(
            "ping", "-n", "-D", "-i", interval, address, stdout=self.file, stderr=subprocess.STDOUT
        )
        self.sent = self.received = self.lost = 0
        self.missing = []
        self.gap, self.seconds = 0.0, 0.0

    def __enter__(self):
        time.sleep(0.3)
        return self

    def stop(self):
        if self.process is None:
            return
        time.sleep(LAST)
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=10 * SLOW)
        self.process = None
        self.file.seek(0)
        said = self.file.read()
        self.file.close()
        self.seconds = int(re.search(r"time (\d+)ms", said)[1]) / 1000
        replies = re.findall(r"^\[([\d.]+)\] .*icmp_seq=(\d+) ttl=", said, re.M)
        self.sent = int(re.search(r"(\d+) packets transmitted", said)[1])
        seen = {int(number) for _, number in replies}
        # Those of the last moment may still be on their way.
        self.sent = max(seen | {self.sent - 1 - int(LAST / self.interval)})
        self.received = len(seen)
        self.lost = self.sent - self.received
        self.missing = sorted(set(range(1, self.sent + 1)) - seen)
        self.gap = self._longest_run_of_lost(seen) * self.interval

    def _longest_run_of_lost(self, seen):
        longest = current = 0
        for number in range(1, self.sent + 1):
            current = 0 if number in seen else current + 1
            longest = max(longest, current)
        return longest

    def __exit__(self, *_):
        self.stop()

    def __repr__(self):
        return (
            f"{self.lost} of {self.sent} pings lost in {self.seconds:.1f} s, longest gap {self.gap * 1000:.0f} ms, "
            f"missing: {self.missing}"
        )
