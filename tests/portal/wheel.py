"""Reads the API with the GDAL that comes with pyogrio: wheel.py API API-WITH-EVERYTHING-WITHHELD."""
import sys

import pyogrio

api, withheld = sys.argv[1:]


def check(what, is_right, found):
    print(f"{what:<60}{'ok' if is_right else f'FAILED: {found}'}")
    if not is_right:
        sys.exit(1)


print("GDAL", pyogrio.__gdal_version__)
info = pyogrio.read_info(f"OAPIF:{api}", layer="buurt-2025")
check("all areas are counted", info["features"] == 120, info["features"])
check("the system is RD", info["crs"] == "EPSG:28992", info["crs"])
types = dict(zip(info["fields"], info["dtypes"]))
numbers = {"expected": "float64", "rate_per_1000": "float64", "rank": "int32", "units": "int32"}
check("numbers are numbers", all(types[name] == kind for name, kind in numbers.items()), types)
info = pyogrio.read_info(f"OAPIF:{withheld}", layer="buurt-2025")
types = dict(zip(info["fields"], info["dtypes"]))
check("numbers are numbers when everything is withheld", all(types[name] == kind for name, kind in numbers.items()), types)
meta, fids, geometry, columns = pyogrio.raw.read(f"OAPIF:{api}", layer="buurt-2025", where="rank <= 7")
rank = columns[list(meta["fields"]).index("rank")]
check("a condition selects", len(rank) > 0 and max(rank) <= 7, rank)
meta, fids, geometry, columns = pyogrio.raw.read(f"OAPIF:{api}", layer="buurt-2025")
check("every page is read", len(geometry) == 120, len(geometry))
