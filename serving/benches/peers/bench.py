"""The benchmark: see `run`."""
import argparse
import json
import os
import shutil
import statistics
import tempfile
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import load
import polygons
import servers
from load import Ask

COLLECTION = servers.COLLECTION
PORT = 18600
ROWS = (1, 1000)
FEATURES = ["items?limit=10", "items?limit=1000", "single item"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--serve", type=Path, required=True)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--only", help="peers to take, with commas: pygeoapi, tipg, martin, mlserver")
    parser.add_argument("--skip-latency", action="store_true")
    place = parser.parse_args()
    place.work = Path(tempfile.mkdtemp(prefix="zichtlijn-bench-"))
    running = []
    try:
        measure(place, running)
    finally:
        for program in reversed(running):
            program.stop()
        shutil.rmtree(place.work)


def measure(place, running):
    print(f"load of the machine at the start: {os.getloadavg()}", flush=True)
    wanted = set(place.only.split(",")) if place.only else {"pygeoapi", "tipg", "martin", "mlserver"}
    bare, logged = servers.ours(place, False, PORT), servers.ours(place, True, PORT + 1)
    running += [bare, logged]
    start = (bare.ready_seconds, bare.seconds(), bare.peak())
    areas = list(polygons.features(PORT, COLLECTION))
    tiles = polygons.write_tiles(PORT, COLLECTION, place.work / "tegels.mbtiles")
    if wanted & {"pygeoapi", "tipg", "martin"}:
        place.database = polygons.Database(PORT + 10)
        running.append(place.database)
        print(f"{place.database.fill(areas)} polygons in PostGIS, {len(tiles)} tiles", flush=True)
    place.columns = {name: "text" if isinstance(value, str) else "float8"
                     for name, value in areas[0]["properties"].items() if name not in ("released",)}
    model = json.loads((place.bundle / "manifest.json").read_text())["model"]
    questions = Questions(areas, tiles, PORT, model)
    rows = [(bare, questions.ours(PORT), load.flood), (logged, questions.ours(PORT + 1), load.flood)]
    if "pygeoapi" in wanted:
        rows.append((servers.pygeoapi(place, PORT + 20), questions.of_items(PORT + 20, "/collections/buurten"), load.flood))
        running.append(rows[-1][0])
    if "tipg" in wanted:
        rows.append((servers.tipg(place, PORT + 21), questions.of_items(PORT + 21, "/collections/public.buurten"), load.flood))
        running.append(rows[-1][0])
    if "martin" in wanted:
        rows.append((servers.martin(place, "cached", PORT + 30), questions.of_martin(PORT + 30, "tegels"), load.flood))
        running.append(rows[-1][0])
    if "mlserver" in wanted:
        rows.append((servers.mlserver(place, PORT + 40, questions.columns), questions.of_mlserver(PORT + 40), load.flood))
        running.append(rows[-1][0])
    found = interleaved(rows, place)
    report(found, rows)
    cold(place, questions, wanted)
    if not place.skip_latency:
        latency(place, found, rows[:2])
    print(f"\nserve: ready after {start[0]:.2f} s ({start[1]:.2f} s of processor) with {start[2]:.0f} MB; "
          f"peak after all of this {bare.peak():.0f} MB, with the log {logged.peak():.0f} MB")
    print(f"load of the machine at the end: {os.getloadavg()}")


class Questions:
    """The addresses for each thing that is asked, at each server."""

    def __init__(self, areas, tiles, port, model):
        drawn = [area["id"] for area in areas if area["geometry"]]
        self.codes = drawn[:: max(1, len(drawn) // 1000)]
        # The largest tiles of a region and of a town.
        self.warm = {f"cached tile, z{z}": max((tile for tile in tiles if tile[0] == z), key=lambda tile: tile[3])
                     for z in (8, 10)}
        self.cold = [tile[:3] for tile in tiles if tile[0] in (9, 10, 11)]
        self.infer = f"/v2/models/{model}/infer"
        metadata = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/models/{model}"))
        self.columns = metadata["parameters"]["single_input"]["shape"][1]

    def of_items(self, port, collection):
        return {
            "items?limit=10": Ask(port, [f"{collection}/items?limit=10"]),
            "items?limit=1000": Ask(port, [f"{collection}/items?limit=1000"]),
            "single item": Ask(port, [f"{collection}/items/{code}" for code in self.codes]),
        }

    def ours(self, port):
        asks = self.of_items(port, f"/v1/collections/{COLLECTION}")
        for name, (z, x, y, _) in self.warm.items():
            asks[name] = Ask(port, [self.tile(z, x, y)])
        for count in ROWS:
            asks[f"infer, {count} rows"] = Ask(port, [self.infer], self.rows(count, "features", "FP32", "score"))
        return asks

    @staticmethod
    def tile(z, x, y):
        return f"/v1/collections/{COLLECTION}/tiles/WebMercatorQuad/{z}/{y}/{x}"

    def of_martin(self, port, source):
        return {name: Ask(port, [f"/{source}/{z}/{x}/{y}"]) for name, (z, x, y, _) in self.warm.items()}

    def of_mlserver(self, port):
        return {f"infer, {count} rows": Ask(port, ["/v2/models/model/infer"], self.rows(count, "predict", "FP64"))
                for count in ROWS}

    def rows(self, count, name, datatype, output=None):
        """The same numbers for both; ours would give contributions too if it were not told the output."""
        data = [round((i * 7919 % 1000) / 1000, 3) for i in range(count * self.columns)]
        body = {"inputs": [{"name": name, "datatype": datatype, "shape": [count, self.columns], "data": data}]}
        if output:
            body["outputs"] = [{"name": output}]
        return json.dumps(body)


def interleaved(rows, place):
    """Every question in turn at every server that answers it, in short rounds; medians over the rounds."""
    questions = list(dict.fromkeys(name for _, asks, _ in rows for name in asks))
    for _, asks, _ in rows:
        for ask in asks.values():
            ask.once()
    found = {}
    for _ in range(place.rounds):
        for question in questions:
            for program, asks, how in rows:
                if question in asks:
                    one = how(program, asks[question], place.seconds)
                    found.setdefault((question, program.name), []).append({**one, "load": os.getloadavg()[0]})
    median = {}
    for key, ones in found.items():
        median[key] = {name: statistics.median(one[name] for one in ones) for name in ones[0]}
    return median


def report(found, rows):
    names = [program.name for program, _, _ in rows]
    print("\n| question | server | requests/s | CPU ms each | kB each | ours less CPU by | load |\n|---|---|---|---|---|---|---|")
    for question in dict.fromkeys(question for question, _ in found):
        bare = found[question, names[0]]["cpu"]
        for name in names:
            if one := found.get((question, name)):
                times = "" if name == names[0] else f"{one['cpu'] / bare:.1f} x"
                print(f"| {question} | {name} | {one['rate']:,.0f} | {one['cpu']:.3f} | {one['bytes'] / 1000:.1f} "
                      f"| {times} | {one['load']:.0f} |")
    costs = [(question, found[question, names[0]], found[question, names[1]])
             for question in dict.fromkeys(question for question, _ in found)]
    print("\n| question | the log costs: throughput | processor |\n|---|---|---|")
    for question, bare, logged in costs:
        print(f"| {question} | {1 - logged['rate'] / bare['rate']:.0%} | {logged['cpu'] / bare['cpu'] - 1:.0%} |", flush=True)


def cold(place, questions, wanted):
    """Tiles that nobody asked for before, each once, at servers that were just started."""
    found = {}
    for _ in range(place.rounds):
        starts = [("serve", lambda: servers.ours(place, False, PORT + 50), lambda z, x, y: questions.tile(z, x, y))]
        if "martin" in wanted:
            starts += [
                ("martin, MBTiles, no cache", lambda: servers.martin(place, "cold", PORT + 51), lambda z, x, y: f"/tegels/{z}/{x}/{y}"),
                ("martin, PostGIS, no cache", lambda: servers.martin(place, "postgis", PORT + 52), lambda z, x, y: f"/tegels/{z}/{x}/{y}"),
            ]
        for i, (name, start, path) in enumerate(starts):
            program = start()
            try:
                # A first tile elsewhere, so that nothing but tiles is counted.
                load.send(PORT + 50 + i, path(7, 0, 0))
                first = load.one_by_one(program, Ask(PORT + 50 + i, [path(0, 0, 0)]))
                one = load.one_by_one(program, Ask(PORT + 50 + i, [path(*tile) for tile in questions.cold]))
            finally:
                program.stop()
            found.setdefault(name, []).append({**one, "first": first["cpu"], "load": os.getloadavg()[0]})
    print(f"\n| {len(questions.cold)} cold tiles, z9 to z11 | CPU ms each | kB each | CPU ms of z0, the first |\n|---|---|---|---|")
    for name, ones in found.items():
        cpu, size, first = (statistics.median(one[key] for one in ones) for key in ("cpu", "bytes", "first"))
        print(f"| {name} | {cpu:.3f} | {size / 1000:.1f} | {first:.0f} |", flush=True)


def latency(place, found, rows):
    oha = place.cache / "oha-1.16.0/bin/oha"
    print("\n| question | server | rate asked | answered | p50 ms | p99 ms | failed | load |\n|---|---|---|---|---|---|---|---|")
    for question in dict.fromkeys(question for question, _ in found):
        for program, asks, _ in rows:
            rate = found[question, program.name]["rate"] / 2
            ones = [load.at_rate(oha, asks[question], rate, place.seconds) for _ in range(place.rounds)]
            middle = SimpleNamespace(**{name: statistics.median(one[name] for one in ones) for name in ones[0]})
            print(f"| {question} | {program.name} | {rate:,.0f} | {middle.rate:,.0f} | {middle.p50:.2f} | {middle.p99:.2f} "
                  f"| {sum(one['failed'] for one in ones)} | {os.getloadavg()[0]:.0f} |", flush=True)


if __name__ == "__main__":
    main()
