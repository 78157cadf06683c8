#!/bin/sh
# Our bootstrap of group rates beside fairlearn's, on the same rows in the same run:
#   evaluation/examples/group_bootstrap.sh [ROWS] [PEER_DRAWS] [PYTHON with tests/peers/requirements.txt]
set -eu
cd "$(dirname "$0")/../.."
rows=${1:-1000000}
peer_draws=${2:-20}
python=${3:-python3}
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
ours() { cargo run --quiet --release --example group_bootstrap -p evaluation -- "$@"; }
ours write "$folder" "$rows"
uptime
ours run "$folder" 1000
ours run "$folder" 1000 areas
"$python" evaluation/examples/group_bootstrap.py "$folder" "$peer_draws"
ours run "$folder" 1000
