#!/bin/sh
# Runs the demo, and installs Deno and Redis first if they are missing: sh scripts/demo.sh
# In the browser, with queues under traffic: sh scripts/demo.sh --dashboard
set -eu
. "$(dirname "$0")/setup.sh"

run_deno run -A cli.ts demo "$@"
