#!/bin/sh
# The demonstration, also on a machine that has neither Deno nor Redis: sh scripts/demo.sh
set -eu
. "$(dirname "$0")/setup.sh"

run_deno run -A cli.ts demo "$@"
