#!/bin/sh
# Deno with the packages of the registry that answers: sh scripts/deno.sh run -A examples/hello.ts
set -eu
. "$(dirname "$0")/setup.sh"

run_deno "$@"
