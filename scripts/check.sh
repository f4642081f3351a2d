#!/bin/sh
# Format, lint, types, documentation with its examples, and the dry run of publishing where JSR
# answers: sh scripts/check.sh
# Ends with the number of checks that failed.
set -eu
. "$(dirname "$0")/setup.sh"

check_format() { deno fmt --check --quiet; }

# Deno asks JSR here whatever the import map says, and waits for its answer without an end.
lint() (
  [ -z "$import_map" ] || export JSR_URL=http://127.0.0.1:1/
  deno lint --quiet "$@"
)

# A library is silent: only the command line, and programs, print.
check_lint() { lint && lint --rules-include=no-console --ignore=src/cli src; }

check_types() { run_deno check --quiet mod.ts cli.ts src tests bench examples ${import_map:+npm}; }

# Types of the programs in docstrings and pages, which tests/documentation_test.ts runs. An example
# may leave unused what it names, and Deno imports into it more than it uses.
check_examples() {
  config=deno.examples.json
  sed '/"noUnused/d' deno.json >"$config"
  run_deno check --quiet --config "$config" --doc-only mod.ts src *.md docs/*.md || status=$?
  rm "$config"
  return "${status:-0}"
}

check_documentation() { run_deno doc --quiet --lint mod.ts cli.ts; }

check_publishing() { [ -n "$import_map" ] || deno publish --quiet --dry-run --allow-dirty; }

failed=0
for subject in format lint types examples documentation publishing; do
  "check_$subject" || { failed=$((failed + 1)) && say "FAILED: $subject"; }
done
exit "$failed"
