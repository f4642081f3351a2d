#!/bin/sh
# Format, lint, types, documentation with its examples, and the dry run of publishing where JSR
# answers: sh scripts/check.sh
# Ends with the number of checks that failed.
set -eu
. "$(dirname "$0")/setup.sh"

check_format() { deno fmt --check --quiet; }

# Deno asks JSR here whatever the import map says, and waits for its answer without an end.
check_lint() (
  [ -z "$import_map" ] || export JSR_URL=http://127.0.0.1:1/
  deno lint --quiet
)

# The examples of the documentation are not run here but by tests/documentation_test.ts.
check_types() {
  for path in cli.ts src tests bench examples README.md docs/*.md; do
    [ ! -e "$path" ] || set -- "$@" "$path"
  done
  run_deno check --quiet --doc mod.ts "$@" ${import_map:+npm}
}

check_documentation() { run_deno doc --quiet --lint mod.ts cli.ts; }

check_publishing() { [ -n "$import_map" ] || deno publish --quiet --dry-run --allow-dirty; }

failed=0
for subject in format lint types documentation publishing; do
  "check_$subject" || { failed=$((failed + 1)) && say "FAILED: $subject"; }
done
exit "$failed"
