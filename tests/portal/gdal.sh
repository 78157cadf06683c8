#!/bin/sh
# Reads the API of a made-up bundle with GDAL as a portal integrator would, and fails on the first difference.
#   tests/portal/gdal.sh API BUNDLE
set -eu
api=$1
bundle=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { printf '%-60s' "$1"; }
same() { if [ "$1" = "$2" ]; then echo ok; else echo "FAILED: $1 is not $2"; exit 1; fi; }
has() { if printf '%s' "$1" | grep -Eq "$2"; then echo ok; else echo "FAILED: no $2 in:"; echo "$1"; exit 1; fi; }

say "the layers are found"
same "$(ogrinfo -q "OAPIF:$api" | grep -c -E '(gemeente|wijk|buurt)-2025')" 3
layer=$(ogrinfo -so "OAPIF:$api" buurt-2025)
for column in 'expected: Real' 'rate_per_1000: Real' 'rank: Integer' 'units: Integer' 'class: String' 'released: Integer'; do
    say "column $column"
    has "$layer" "^$column"
done
say "all areas are counted"
has "$layer" 'Feature Count: 120'
say "a box selects"
same "$(ogrinfo -q -spat 5.2999 52.0999 5.3041 52.1001 "OAPIF:$api" buurt-2025 | grep -c ^OGRFeature)" 3
say "a condition selects"
same "$(ogrinfo -q -where "rank <= 7" "OAPIF:$api" buurt-2025 | grep -c ^OGRFeature)" \
    "$(curl -fs "$api/collections/buurt-2025/items?limit=1&filter=rank%3C%3D7" | python3 -c 'import json,sys; print(json.load(sys.stdin)["numberMatched"])')"
say "everything is copied to a GeoPackage, page by page"
ogr2ogr -f GPKG "$work/copy.gpkg" "OAPIF:$api" buurt-2025 -oo PAGE_SIZE=50
same "$(ogrinfo -so "$work/copy.gpkg" buurt-2025 | grep 'Feature Count')" 'Feature Count: 120'
say "coordinates in RD are those of PROJ to a millimetre"
# From the outlines as they stand in the bundle, since answers in degrees are rounded to a centimetre.
curl -fs "$api/collections/buurt-2025/items?limit=1000&crs=http://www.opengis.net/def/crs/EPSG/0/28992" >"$work/rd.json"
rd='+proj=sterea +lat_0=52.1561605555556 +lon_0=5.38763888888889 +k=0.9999079 +x_0=155000 +y_0=463000 +ellps=bessel +towgs84=565.4171,50.3319,465.5524,-0.398957388243134,0.343987817378283,-1.87740163998045,4.0725 +units=m +no_defs'
ogr2ogr -f GeoJSON "$work/proj.json" "$bundle/areas.geojson" -s_srs '+proj=longlat +datum=WGS84 +no_defs' -t_srs "$rd" -lco COORDINATE_PRECISION=6
same "$(python3 - "$work/rd.json" "$work/proj.json" <<'PYTHON'
import json, sys
ours, theirs = (
    {f["properties"]["code"]: f["geometry"]["coordinates"][0] for f in json.load(open(name))["features"]}
    for name in sys.argv[1:]
)
assert len(ours) == 120
worst = max(abs(p[i] - q[i]) for code in ours for p, q in zip(ours[code], theirs[code]) for i in (0, 1))
print("right" if worst < 0.001 else f"{worst} m off")
PYTHON
)" right
say "a tile is decoded"
curl -fs "$api/collections/buurt-2025/tiles/WebMercatorQuad/10/337/527" >"$work/tile.mvt"
has "$(ogrinfo -so "MVT:$work/tile.mvt" buurt)" 'expected: Real'
say "the table is read as CSV"
curl -fs "$api/collections/buurt-2025/table" >"$work/table.csv"
same "$(ogrinfo -so "$work/table.csv" table | grep 'Feature Count')" 'Feature Count: 120'
say "the workbook is read"
curl -fs "$api/collections/buurt-2025/items?f=xlsx&limit=1000" >"$work/table.xlsx"
has "$(ogrinfo -so "$work/table.xlsx" Gebieden)" 'Feature Count: 120'
say "the GeoPackage is read"
curl -fs "$api/collections/buurt-2025/geopackage" >"$work/own.gpkg"
own=$(ogrinfo -so "$work/own.gpkg" buurt_2025)
has "$own" 'Feature Count: 120'
say "the GeoPackage is in RD"
has "$own" 'ID\["EPSG",28992\]'
say "the GeoPackage has the columns of the layer"
has "$own" '^rate_per_1000: Real'
