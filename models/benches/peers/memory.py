"""Peak memory of this process and its children together, shared pages counted once (Linux)."""

import os
import threading
from pathlib import Path


class Watch:
    """Looks every fifth of a second."""

    def __init__(self):
        self.most, self.over = 0, threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def _look(self):
        while not self.over.wait(0.2):
            self.most = max(self.most, family(os.getpid()))

    def peak_mib(self):
        self.over.set()
        self.thread.join()
        return self.most / 1024


def family(root):
    """KiB of a process and all that it started."""
    children = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    total, queue = 0, [root]
    while queue:
        process = queue.pop()
        queue += children.get(process, [])
        try:
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
    return total
