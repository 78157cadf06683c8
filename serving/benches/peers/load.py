"""Load: as much as a server takes (wrk), at a fixed rate (oha), and one request after another."""
import http.client
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
BROWSER = "gzip, deflate, br, zstd"


class Ask:
    """What is asked: addresses in turn, or one address with a body."""

    def __init__(self, port, paths, body=None):
        self.port, self.paths, self.body = port, list(paths), body

    def lines(self):
        return [f"POST {self.paths[0]}", self.body] if self.body else self.paths

    def once(self):
        """One request, so that a wrong address is noticed before it is counted. Gives the size of the answer."""
        status, size = send(self.port, self.paths[0], self.body)
        if status != 200:
            raise SystemExit(f"port {self.port}{self.paths[0]}: status {status}")
        return size


def send(port, path, body=None, connection=None):
    connection = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Accept-Encoding": BROWSER, "Accept": "application/json, */*;q=0.5"}
    if body:
        headers["Content-Type"] = "application/json"
    connection.request("POST" if body else "GET", path, body, headers)
    answer = connection.getresponse()
    return answer.status, len(answer.read())


def flood(program, ask, seconds, connections=16):
    """As many requests as go through: requests per second, processor milliseconds each, bytes each."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(ask.lines()) + "\n")
        file.flush()
        before = program.seconds()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(HERE / "cycle.lua"),
                   f"http://127.0.0.1:{ask.port}"]
        done = subprocess.run(command, env={**os.environ, "REQUESTS": file.name}, capture_output=True, text=True, check=True)
        spent = program.seconds() - before
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT"))
    requests, micros, size, errors = (float(field) for field in line.split()[1:])
    if errors:
        print(f"note: {program.name} failed {errors:.0f} of {requests:.0f} requests at {ask.paths[0]}", flush=True)
    return {"rate": requests / micros * 1e6, "cpu": spent * 1000 / max(requests, 1), "bytes": size / max(requests, 1)}


def one_by_one(program, ask):
    """Every address once: processor milliseconds each."""
    connection = http.client.HTTPConnection("127.0.0.1", ask.port, timeout=60)
    before, begun = program.seconds(), time.monotonic()
    sizes = []
    for path in ask.paths:
        status, size = send(ask.port, path, ask.body, connection)
        if status not in (200, 204):
            raise SystemExit(f"{program.name} {path}: status {status}")
        sizes.append(size)
    count = len(ask.paths)
    wall = time.monotonic() - begun
    return {"rate": count / wall, "cpu": (program.seconds() - before) * 1000 / count, "bytes": sum(sizes) / count}


def at_rate(oha, ask, rate, seconds):
    """Latency in milliseconds (median and 99th percentile) at a fixed rate, counted from when a request was due."""
    command = [oha, "--no-tui", "--output-format", "json", "-z", f"{seconds}s", "-q", str(max(1, int(rate))), "-c", "32",
               "--latency-correction", "-H", f"Accept-Encoding: {BROWSER}"]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        if ask.body:
            file.write(ask.body)
            file.flush()
            command += ["-m", "POST", "-T", "application/json", "-D", file.name, f"http://127.0.0.1:{ask.port}{ask.paths[0]}"]
        else:
            file.write("".join(f"http://127.0.0.1:{ask.port}{path}\n" for path in ask.paths))
            file.flush()
            command += ["--urls-from-file", file.name]
        done = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    ok = sum(count for status, count in done["statusCodeDistribution"].items() if status == "200")
    failed = sum(done["statusCodeDistribution"].values()) - ok
    percentiles = done["latencyPercentiles"]
    return {"p50": percentiles["p50"] * 1000, "p99": percentiles["p99"] * 1000, "rate": ok / seconds, "failed": failed}
