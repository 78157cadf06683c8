"""The feature benchmark in DuckDB, and the comparison with the Rust side.

    asof_duckdb.py run DIR [--join per-date]   computes; writes DIR/duckdb.json and DIR/duckdb_sample.csv
    asof_duckdb.py compare DIR                 every checksum and every sampled value must be equal

The same work as `asof.rs run`: read the Parquet files; per as-of date make one table of 30 FLOAT columns over
all panden that exist, in memory; from it take per column the number of values, their sum and their sum weighed
by unit, and the rows of some 1,000 panden; drop it.

Near-by events are joined the way DuckDB is good at: on the cell of a grid as wide as the largest radius, then
by distance. The distance rings do not depend on the as-of date, so by default the pairs are made once, kept in
memory with their dates, and aggregated per date with FILTER; `--join per-date` joins anew for every date.
"""

import argparse
import csv
import json
import resource
import sys
import time

EPOCH = "DATE '1970-01-01'"
DATES = "SELECT (DATE '2020-03-01' + INTERVAL (3 * i) MONTH)::DATE AS t FROM range(20) r(i) ORDER BY t"
THREADS = 2

LOAD = """
CREATE TABLE panden AS SELECT * FROM read_parquet('{dir}/panden.parquet');
CREATE TABLE vondsten AS SELECT * FROM read_parquet('{dir}/vondsten.parquet');
CREATE TABLE meldingen AS SELECT * FROM read_parquet('{dir}/meldingen.parquet');
CREATE TABLE kerncijfers AS SELECT * FROM read_parquet('{dir}/kerncijfers.parquet');
CREATE TABLE cells AS
    SELECT unit, x, y, floor(x / 500)::INTEGER AS cx, floor(y / 500)::INTEGER AS cy FROM panden;
"""

# Panden within 500 m of each event: an event is put in its own cell and the eight around it.
PAIRS = """
SELECT c.unit, e.date, e.known_from,
       CASE WHEN (c.x - e.x) * (c.x - e.x) + (c.y - e.y) * (c.y - e.y) <= 10000 THEN 1
            WHEN (c.x - e.x) * (c.x - e.x) + (c.y - e.y) * (c.y - e.y) <= 62500 THEN 2
            ELSE 3 END::TINYINT AS ring
FROM cells c
JOIN (SELECT date, known_from, x, y,
             floor(x / 500)::INTEGER + dx AS cx, floor(y / 500)::INTEGER + dy AS cy
      FROM {source}, (VALUES (-1), (0), (1)) a(dx), (VALUES (-1), (0), (1)) b(dy)
      WHERE {events}) e
  ON c.cx = e.cx AND c.cy = e.cy
WHERE (c.x - e.x) * (c.x - e.x) + (c.y - e.y) * (c.y - e.y) <= 250000
"""

WINDOWS_FINDS = {"90d": "d90", "1y": "y1", "3y": "y3"}
WINDOWS_SIGNALS = {"6m": "m6", "1y": "y1"}
RADII = {1: 100, 2: 250, 3: 500}


def near(name, windows):
    """Count columns per radius and window."""
    return [
        (f"{name}_{metres}m_{window}", f"count(*) FILTER (WHERE ring <= {ring} AND date >= $[{start}])")
        for ring, metres in RADII.items()
        for window, start in windows.items()
    ]


def feature_query(days, pairs_finds, pairs_signals):
    """The query that makes the feature table of one as-of date."""
    finds, signals = near("vondsten", WINDOWS_FINDS), near("meldingen", WINDOWS_SIGNALS)
    own = [("eigen_1y", "count(*) FILTER (WHERE date >= $[y1])"),
           ("eigen_3y", "count(*) FILTER (WHERE date >= $[y3])"),
           ("eigen_ooit", "count(*)")]
    buurt = [("buurt_6m", "count(*) FILTER (WHERE date >= $[m6])"),
             ("buurt_1y", "count(*) FILTER (WHERE date >= $[y1])"),
             ("buurt_3y", "count(*) FILTER (WHERE date >= $[y3])")]
    counts = finds + signals + own + buurt
    select = lambda columns: ",\n    ".join(f"{sql} AS {name}" for name, sql in columns)
    query = f"""
CREATE TABLE features AS
WITH near_finds AS (
    SELECT unit, {select(finds)},
    $[t] - max(date) FILTER (WHERE ring <= 2) AS dagen_nabij_250m
    FROM {pairs_finds} WHERE date < $[t] AND known_from < $[t] GROUP BY unit),
near_signals AS (
    SELECT unit, {select(signals)}
    FROM {pairs_signals} WHERE date < $[t] AND known_from < $[t] AND date >= $[y1] GROUP BY unit),
own AS (
    SELECT unit, {select(own)}, $[t] - max(date) AS dagen_eigen
    FROM vondsten WHERE date < $[t] AND known_from < $[t] GROUP BY unit),
area AS (
    SELECT buurt, {select(buurt)}, $[t] - max(date) AS dagen_buurt
    FROM vondsten WHERE date < $[t] AND known_from < $[t] GROUP BY buurt),
figures AS (
    SELECT area AS buurt,
    arg_max(pct_huur, year) FILTER (WHERE NOT isnan(pct_huur)) AS pct_huur,
    arg_max(huishoudens, year) FILTER (WHERE NOT isnan(huishoudens)) AS huishoudens
    FROM kerncijfers WHERE published < $[t] GROUP BY area)
SELECT p.unit,
    {", ".join(f"coalesce({name}, 0)::FLOAT AS {name}" for name, _ in counts)},
    dagen_eigen::FLOAT AS dagen_eigen, dagen_buurt::FLOAT AS dagen_buurt,
    dagen_nabij_250m::FLOAT AS dagen_nabij_250m,
    ($[year] - nullif(bouwjaar, 'NaN'::FLOAT))::FLOAT AS leeftijd,
    nullif(oppervlakte, 'NaN'::FLOAT) AS oppervlakte, nullif(woz, 'NaN'::FLOAT) AS woz,
    nullif(gebruiksdoel, 'NaN'::FLOAT) AS gebruiksdoel, pct_huur, huishoudens
FROM panden p
LEFT JOIN near_finds USING (unit) LEFT JOIN near_signals USING (unit) LEFT JOIN own USING (unit)
LEFT JOIN area USING (buurt) LEFT JOIN figures USING (buurt)
WHERE p.known_from < $[t] AND p.valid_from <= $[t] AND $[t] < p.valid_to
"""
    for key, value in days.items():
        query = query.replace(f"$[{key}]", str(value))
    return query


def run(directory, join):
    import duckdb

    start = time.perf_counter()
    db = duckdb.connect(config={"threads": THREADS})
    db.execute(LOAD.format(dir=directory))
    if join == "once":
        db.execute("CREATE TABLE pairs_finds AS " + PAIRS.format(source="vondsten", events="true"))
        db.execute("CREATE TABLE pairs_signals AS " + PAIRS.format(source="meldingen", events="true"))
    checks, after = {}, []
    panden = db.execute("SELECT count(*) FROM panden").fetchone()[0]
    every = max(panden // 1000, 1)
    with open(f"{directory}/duckdb_sample.csv", "w", newline="") as out:
        writer = csv.writer(out)
        for (t,) in db.execute(DATES).fetchall():
            days = day_numbers(db, t)
            pairs = ["pairs_finds", "pairs_signals"]
            if join == "per-date":
                visible = f"date < {days['t']} AND known_from < {days['t']}"
                recent = f"{visible} AND date >= {days['y1']}"
                pairs = [f"({PAIRS.format(source='vondsten', events=visible)})",
                         f"({PAIRS.format(source='meldingen', events=recent)})"]
            db.execute(feature_query(days, *pairs))
            columns = [c[0] for c in db.execute("DESCRIBE features").fetchall()][1:]
            sums = ", ".join(f"count({c}), sum({c}), sum({c} * (unit % 1009)::DOUBLE)" for c in columns)
            row = db.execute(f"SELECT {sums} FROM features").fetchone()
            checks[str(t)] = [row[i:i + 3] for i in range(0, len(row), 3)]
            sample = db.execute(f"SELECT * FROM features WHERE unit % {every} = {7 % every} ORDER BY unit")
            writer.writerows([t, *row] for row in sample.fetchall())
            db.execute("DROP TABLE features")
            after.append(round(time.perf_counter() - start, 3))
    seconds = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_SELF)
    peak, cpu = used.ru_maxrss // 1024, used.ru_utime + used.ru_stime
    result = {"panden": panden, "seconds": seconds, "after_each_date": after, "peak_mib": peak,
              "cpu_seconds": cpu, "join": join,
              "version": duckdb.__version__, "columns": columns, "checks": checks}
    with open(f"{directory}/duckdb.json", "w") as out:
        json.dump(result, out)
    print(f"{seconds:.2f} s ({cpu:.1f} s of processor), {peak} MiB")


def day_numbers(db, t):
    """The as-of date and the starts of the windows, as days since 1970; months are calendar months."""
    back = {"t": "0 DAY", "d90": "90 DAY", "m6": "6 MONTH", "y1": "1 YEAR", "y3": "3 YEAR"}
    sql = ", ".join(f"(?::DATE - INTERVAL {span})::DATE - {EPOCH}" for span in back.values())
    row = db.execute(f"SELECT {sql}", [t] * len(back)).fetchone()
    return dict(zip(back, row)) | {"year": t.year}


def compare(directory):
    rust, duck = (json.load(open(f"{directory}/{side}.json")) for side in ("rust", "duckdb"))
    wrong = []
    if rust["columns"] != duck["columns"]:
        wrong.append(f"columns: {rust['columns']} and {duck['columns']}")
    if sorted(rust["checks"]) != sorted(duck["checks"]):
        wrong.append("as-of dates")
    for t, sums in rust["checks"].items():
        for name, ours, theirs in zip(rust["columns"], sums, duck["checks"].get(t, [])):
            if [ours[0], ours[1], ours[2]] != [theirs[0], theirs[1] or 0.0, theirs[2] or 0.0]:
                wrong.append(f"{t} {name}: {ours} and {theirs}")
    samples = [list(csv.reader(open(f"{directory}/{side}_sample.csv"))) for side in ("rust", "duckdb")]
    values = 0
    if len(samples[0]) != len(samples[1]) or not samples[0]:
        wrong.append(f"sampled rows: {len(samples[0])} and {len(samples[1])}")
    for ours, theirs in zip(*samples):
        same = ours[:2] == theirs[:2] and len(ours) == len(theirs)
        number = lambda text: float(text) if text else None
        same = same and list(map(number, ours[2:])) == list(map(number, theirs[2:]))
        values += len(ours) - 2
        if not same:
            wrong.append(f"sample {ours} and {theirs}")
    for line in wrong[:10]:
        print("DIFFERENT", line)
    if wrong:
        return 1
    row = rust["checks"][min(rust["checks"])]
    side = lambda r: f"{r['seconds']:.1f} s | {r['cpu_seconds']:.1f} s | {r['peak_mib']:,} MiB"
    print(f"| {rust['panden']:,} | {side(rust)} | {side(duck)} | {duck['seconds'] / rust['seconds']:.1f} x "
          f"| {len(rust['checks'])} x {len(row)} checksums and {values:,} sampled values equal |")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["run", "compare"])
    parser.add_argument("directory")
    parser.add_argument("--join", choices=["once", "per-date"], default="once")
    arguments = parser.parse_args()
    if arguments.command == "run":
        run(arguments.directory, arguments.join)
    else:
        sys.exit(compare(arguments.directory))
