#!/bin/sh
# Tries the API with the clients that municipalities use: GDAL of Debian and of the pyogrio wheel, QGIS, MapLibre's and
# OpenLayers' packages, a page in Chromium, and the linter of the NL API Design Rules. What is not installed is named and left out.
#   tests/portal/run.sh [FOLDER WITH serve AND examples/made_up]
# Debian: gdal-bin python3-qgis curl chromium. PyPI: pyogrio (PYTHON names a Python that has it). npm: maplibre-gl @maplibre/maplibre-gl-style-spec ol
# @stoplight/spectral-cli (NODE_MODULES names the folder). ADR_RULES names the rules of the linter.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
programs=${1:-${CARGO_TARGET_DIR:-$here/../../target}/release}
rules=${ADR_RULES:-$here/../../../shared/reference/schemas/adr-linter.yaml}
modules=${NODE_MODULES:-$here/../../node_modules}
work=$(mktemp -d)
servers=
trap 'kill $servers 2>/dev/null || true; rm -rf "$work"' EXIT

# Serves a made-up bundle: name, port, and what made_up takes besides.
start() {
    name=$1 at=127.0.0.1:$2; shift 2
    "$programs/examples/made_up" "$work/$name" "$@"
    "$programs/serve" --bundle "$work/$name" --bind "$at" --public-url "http://$at" --allow-origin http://127.0.0.1:18490 --log off >/dev/null &
    servers="$servers $!"
    for _ in 1 2 3 4 5 6 7 8 9 10; do curl -fs "http://$at/health/ready" >/dev/null && return; sleep 0.5; done
    echo "serve did not start at $at"; exit 1
}
port=${PORT:-18474}
start town "$port" 120
start withheld "$((port + 1))" 120 withheld
api=http://127.0.0.1:$port/v1
withheld=http://127.0.0.1:$((port + 1))/v1

absent() { echo "left out: $1 is not installed"; }
echo "== GDAL of the system"
if command -v ogrinfo >/dev/null; then "$here/gdal.sh" "$api" "$work/town"; else absent ogrinfo; fi
echo "== GDAL of pyogrio"
if "${PYTHON:-python3}" -c 'import pyogrio' 2>/dev/null; then "${PYTHON:-python3}" "$here/wheel.py" "$api" "$withheld"; else absent pyogrio; fi
echo "== QGIS"
if /usr/bin/python3 -c 'import qgis.core' 2>/dev/null; then QT_QPA_PLATFORM=offscreen /usr/bin/python3 "$here/desktop.py" "$api"; else absent python3-qgis; fi
echo "== MapLibre and OpenLayers"
if [ -d "$modules/ol" ]; then NODE_MODULES="$modules" node "$here/web.mjs" "$api"; else absent "the npm packages"; fi
echo "== MapLibre in a page"
if [ -d "$modules/maplibre-gl" ] && command -v chromium >/dev/null; then NODE_MODULES="$modules" node "$here/page.mjs" "$api" buurt-2025
else absent "maplibre-gl or chromium"; fi
echo "== NL API Design Rules"
if [ -x "$modules/.bin/spectral" ] && [ -f "$rules" ]; then
    curl -fs "$api/openapi.json" >"$work/openapi.json"
    curl -fs "${api%/v1}/v2/openapi.json" >"$work/openapi-v2.json"
    cp "$rules" "$work/adr-linter.yaml"
    cp "$here/api-design-rules.yaml" "$work/"
    (cd "$work" && "$modules/.bin/spectral" lint --fail-severity error -r api-design-rules.yaml openapi.json openapi-v2.json)
else absent "the linter or its rules"; fi
