#!/bin/sh
# Runs the demo, and installs Deno and Redis first if they are missing: sh scripts/demo.sh
set -eu
. "$(dirname "$0")/setup.sh"

run_deno run -A cli.ts demo "$@"
