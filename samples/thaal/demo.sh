#!/usr/bin/env bash
# The main job on real frames, as a user would type it: starting weights, key, check, run, verify.
# Works in ./demo-out of the checkout; a second call finds nothing new and says so.
set -euo pipefail
cd "$(dirname "$0")/../.."
sample=$PWD/samples/thaal
export PATH="$PWD/node_modules/.bin:$PATH"
mkdir -p demo-out
cd demo-out

step() {
  printf '\n$ bobbin %s\n' "$*" >&2
  bobbin "$@"
}

if [ ! -e bobbin.json ]; then
  # The small recipe, and ratios that give each of the sample's three days a part.
  step init "$sample/thaal-cvat.zip" --project thaal --recipe demo --ratios 0.56,0.31,0.13 \
    --group-rule 'pattern:^thaal_(?<day>\d{4}-\d{2}-\d{2})_'
fi
step base add "$sample/yolov8n-rebuilt.pt" --name yolov8n --unofficial
step check "$sample/thaal-cvat.zip"
step run "$sample/thaal-cvat.zip"
step models
step verify bobbin-store/registry/models/thaal/v0 --key .bobbin/keys/thaal.pem.pub
