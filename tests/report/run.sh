#!/bin/sh
# Holds a bundle's report against what it promises: axe-core in Chromium finds no violation, the W3C's validator no fault, no table is
# wider than the paper, and report.json and every card keep their schemas.
#   tests/report/run.sh BUNDLE/report [MORE...]
# Debian: chromium default-jre-headless. npm: axe-core puppeteer-core vnu-jar ajv ajv-formats (NODE_MODULES names the folder).
# SCHEMAS names the folder with the schemas of the Dutch government, which are not part of this repository.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
NODE_MODULES=${NODE_MODULES:-$here/../../node_modules}
SCHEMAS=${SCHEMAS:-$here/../../../shared/reference/schemas}
export NODE_MODULES SCHEMAS

for report in "$@"; do
    echo "== $report: HTML"
    java -jar "$NODE_MODULES/vnu-jar/build/dist/vnu.jar" --Werror "$report"/*.html
    echo "valid: $(ls "$report"/*.html | wc -l) pages"
    echo "== $report: accessibility and paper"
    node "$here/pages.mjs" "$report"
    echo "== $report: schemas"
    node "$here/schemas.mjs" "$report"
done
