"""The same polygons for every server: our own answers, put into PostGIS and into a file of tiles."""
import concurrent.futures
import gzip
import json
import math
import os
import shutil
import sqlite3
import subprocess
import tempfile
import urllib.request
from pathlib import Path

import psycopg2
import psycopg2.extras

DEEPEST = 11


def features(port, collection):
    """All areas, page by page."""
    address = f"http://127.0.0.1:{port}/v1/collections/{collection}/items?limit=5000"
    while address:
        page = json.load(urllib.request.urlopen(address))
        yield from page["features"]
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)


class Database:
    """PostgreSQL with PostGIS in a folder of its own."""

    def __init__(self, port):
        self.port, self.folder = port, Path(tempfile.mkdtemp(prefix="zichtlijn-postgres-", dir="/var/tmp"))
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        self.user = []
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root.
            shutil.chown(self.folder, "postgres")
            self.user = ["runuser", "-u", "postgres", "--"]
        data = self.folder / "data"
        self.run(programs / "initdb", "-D", data, "-U", "zichtlijn", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} -c shared_buffers=512MB"
        self.control = [programs / "pg_ctl", "-D", data]
        self.run(*self.control, "-w", "-l", self.folder / "log", "-o", options, "start")
        self.pid = int((data / "postmaster.pid").read_text().split()[0])

    def run(self, *command):
        subprocess.run([*self.user, *map(str, command)], check=True, stdout=subprocess.DEVNULL, cwd="/")

    def address(self):
        return f"postgresql://zichtlijn@127.0.0.1:{self.port}/postgres"

    def stop(self):
        self.run(*self.control, "-m", "fast", "stop")
        shutil.rmtree(self.folder)

    def fill(self, areas):
        """Table `buurten` in degrees, and `tegels` in Web Mercator for tiles; both with their indices."""
        columns = {}
        for area in areas:
            for name, value in area["properties"].items():
                kind = {str: "text", bool: "boolean", int: "double precision", float: "double precision"}.get(type(value))
                columns[name] = kind or columns.get(name, "text")
        names = [name for name in columns if name != "code"]
        rows = [
            [area["id"], *(area["properties"].get(name) for name in names), json.dumps(area["geometry"])]
            for area in areas if area["geometry"]
        ]
        quoted = [f'"{name}"' for name in names]
        with psycopg2.connect(self.address()) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION postgis")
            fields = ", ".join(f"{name} {columns[plain]}" for name, plain in zip(quoted, names))
            cursor.execute(f"CREATE TABLE buurten (code text PRIMARY KEY, {fields}, geom geometry(Geometry, 4326))")
            psycopg2.extras.execute_values(
                cursor, f"INSERT INTO buurten (code, {', '.join(quoted)}, geom) VALUES %s", rows,
                template=f"(%s, {'%s, ' * len(names)}ST_SetSRID(ST_GeomFromGeoJSON(%s), 4326))",
            )
            cursor.execute("CREATE INDEX ON buurten USING gist (geom)")
            cursor.execute(f"CREATE TABLE tegels AS SELECT code, {', '.join(quoted)}, "
                           "ST_Transform(geom, 3857)::geometry(Geometry, 3857) AS geom FROM buurten")
            cursor.execute("ALTER TABLE tegels ADD PRIMARY KEY (code)")
            cursor.execute("CREATE INDEX ON tegels USING gist (geom)")
        connection = psycopg2.connect(self.address())
        connection.autocommit = True
        connection.cursor().execute("VACUUM ANALYZE")
        connection.close()
        return len(rows)


def column_and_row(z, longitude, latitude):
    """The Web Mercator tile at a place."""
    n, radians = 2**z, math.radians(latitude)
    return (int((longitude + 180) / 360 * n),
            int((1 - math.log(math.tan(radians) + 1 / math.cos(radians)) / math.pi) / 2 * n))


def write_tiles(port, collection, path):
    """All tiles down to a level, from our own server, compressed with gzip as tile files are. Gives (z, x, y, bytes) of each."""
    bounds = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/collections/{collection}/tilejson"))["bounds"]
    places = []
    for z in range(DEEPEST + 1):
        (west, north), (east, south) = column_and_row(z, bounds[0], bounds[3]), column_and_row(z, bounds[2], bounds[1])
        places += [(z, x, y) for x in range(west, east + 1) for y in range(north, south + 1)]

    def tile(place):
        z, x, y = place
        address = f"http://127.0.0.1:{port}/v1/collections/{collection}/tiles/WebMercatorQuad/{z}/{y}/{x}"
        return place, gzip.compress(urllib.request.urlopen(address).read(), 9)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        tiles = [(place, body) for place, body in pool.map(tile, places) if len(body) > 30]
    path.unlink(missing_ok=True)
    file = sqlite3.connect(path)
    file.execute("CREATE TABLE metadata (name text, value text)")
    file.execute("CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob)")
    layers = json.dumps({"vector_layers": [{"id": collection.split("-")[0], "fields": {}}]})
    file.executemany("INSERT INTO metadata VALUES (?, ?)", [
        ("name", collection), ("format", "pbf"), ("minzoom", "0"), ("maxzoom", str(DEEPEST)),
        ("bounds", ",".join(map(str, bounds))), ("json", layers),
    ])
    file.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)",
                     [(z, x, 2**z - 1 - y, body) for (z, x, y), body in tiles])
    file.execute("CREATE UNIQUE INDEX tile_index ON tiles (zoom_level, tile_column, tile_row)")
    file.commit()
    file.close()
    return [(*place, len(body)) for place, body in tiles]
