"""Programs that are measured: started, waited for, their processor time and memory read, stopped."""
import os
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def tree(pid):
    """The process and all that descend from it."""
    found, rest = [], [pid]
    while rest:
        one = rest.pop()
        found.append(one)
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                rest += [int(child) for child in task.read_text().split()]
            except OSError:
                continue
    return found


def processor_seconds(pid):
    """User and system time of a process and all that descend from it, of those that ended too."""
    total = 0
    for one in tree(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(int(field) for field in fields[11:15])
    return total / TICK


def peak_megabytes(pid):
    """Peak resident memory (VmHWM), summed over the tree."""
    total = 0
    for one in tree(pid):
        try:
            lines = Path(f"/proc/{one}/status").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    return total * 1024 / 1e6


class Program:
    """A running server. `beside` are other programs whose time counts too, such as the database."""

    def __init__(self, name, command, ready, environment=None, log=None, beside=(), cwd=None):
        self.name, self.beside = name, list(beside)
        begun = time.monotonic()
        out = open(log, "wb") if log else subprocess.DEVNULL
        self.child = subprocess.Popen(
            command, env={**os.environ, **(environment or {})}, stdout=out, stderr=subprocess.STDOUT, cwd=cwd,
            start_new_session=True,
        )
        while True:
            if self.child.poll() is not None:
                raise SystemExit(f"{name} ended: see {log}: {' '.join(map(str, command))}")
            try:
                urllib.request.urlopen(ready, timeout=2).read()
                break
            except OSError:
                if time.monotonic() - begun > 180:
                    raise SystemExit(f"{name} does not answer at {ready}: see {log}") from None
                time.sleep(0.02)
        self.ready_seconds = time.monotonic() - begun

    def seconds(self):
        return processor_seconds(self.child.pid) + sum(processor_seconds(pid) for pid in self.beside)

    def peak(self):
        return peak_megabytes(self.child.pid)

    def stop(self):
        if self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGTERM)
            try:
                self.child.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(self.child.pid, signal.SIGKILL)
                self.child.wait()
