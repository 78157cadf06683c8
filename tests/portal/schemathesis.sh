#!/bin/sh
# Tries both OpenAPI documents, as each tier sees them, with schemathesis (PyPI): made-up requests, right and wrong ones, may
# give no 5xx, no status and no media type that is not described, and no answer that does not fit its schema.
#   tests/portal/schemathesis.sh FOLDER_WITH_serve_AND_examples/made_up [REQUESTS PER DOCUMENT AND TIER]
# Up to 999 requests are drawn at random, in minutes; from 1,000 every rule of the schemas is also broken once. SCHEMATHESIS
# names the program. How many requests were made is printed per document and tier.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
programs=$(cd "${1:-${CARGO_TARGET_DIR:-$here/../../target}/release}" && pwd)
wanted=${2:-300}
schemathesis=${SCHEMATHESIS:-schemathesis}
work=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null && wait $server || true; rm -rf "$work"' EXIT

cat >"$work/serve.toml" <<END
bundle = "bundle"
bind = "127.0.0.1:${PORT:-18484}"
[access]
keys = "keys.json"
[ledger]
folder = "log"
key = "key.pem"
origin = "test.invalid/log"
processing_activity = "https://test.invalid/1"
END
"$programs/examples/made_up" "$work/bundle" 23
echo '{"format":"zichtlijn-keys/1","keys":[]}' >"$work/keys.json"
"$programs/serve" audit key "$work/key.pem" >/dev/null
"$programs/serve" --config "$work/serve.toml" --log off >"$work/said" &
server=$!
at=http://127.0.0.1:${PORT:-18484}
for _ in 1 2 3 4 5 6 7 8 9 10; do curl -fs "$at/health/ready" >/dev/null && break; sleep 0.5; done

# Tries one document: version, tier, Authorization header, and what narrows the operations.
try() {
    version=$1 tier=$2 bearer=$3; shift 3
    curl -fs ${bearer:+-H "$bearer"} "$at/$version/openapi.json" >"$work/openapi.json"
    operations=$(python3 -c 'import json, sys; print(sum(len(p) for p in json.load(open(sys.argv[1]))["paths"].values()))' "$work/openapi.json")
    phases=fuzzing
    if [ "$wanted" -ge 1000 ]; then phases=coverage,fuzzing; fi
    # Stopping all answers is tried apart: what is stopped answers 503, as it should.
    # It leaves notes in the folder where it runs.
    (cd "$work" && "$schemathesis" run openapi.json --url "$at/$version" ${bearer:+-H "$bearer"} "$@" --phases "$phases" \
        --checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance \
        --max-examples $(((wanted + operations - 1) / operations)) --mode all --seed 20261124 --suppress-health-check all \
        --warnings off --continue-on-failure --no-color --report json --report-json-path report.json) >"$work/out" 2>&1 ||
        { cat "$work/out"; failed=1; }
    made=$(python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); print(r["test_cases"]["generated"])' "$work/report.json")
    total=$((total + made))
    echo "$version as $tier: $made requests to $operations operations"
}

failed=0 total=0
for tier in publiek gemeente tactisch audit beheer; do
    bearer=
    if [ $tier != publiek ]; then
        key=$("$programs/serve" key make --keys "$work/keys.json" --tier $tier --everywhere --label proef | sed -n 1p)
        bearer="Authorization: Bearer $key"
    fi
    try v1 $tier "$bearer" --exclude-path /stop
    try v2 $tier "$bearer"
done
try v1 "beheer, stopping" "$bearer" --include-path /stop
echo "$total requests in all"
exit $failed
