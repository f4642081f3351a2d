#!/bin/sh
# Runs deno with packages from the registry that answers: sh scripts/deno.sh run -A cli.ts --help
set -eu
. "$(dirname "$0")/setup.sh"

run_deno "$@"
