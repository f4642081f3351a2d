#!/bin/sh
# Checks format, lint, types, documentation with its examples, and, if JSR answers, publishing (a
# dry run): sh scripts/check.sh
# The exit code is the number of checks that failed.
set -eu
. "$(dirname "$0")/setup.sh"

check_format() { deno fmt --check --quiet; }

# `deno lint` asks JSR even with an import map, and waits for ever if JSR does not answer. So it is
# sent to an address where nobody listens.
lint() (
  [ -z "$import_map" ] || export JSR_URL=http://127.0.0.1:1/
  deno lint --quiet "$@"
)

# A library prints nothing: only the command line, and programs, print.
check_lint() { lint && lint --rules-include=no-console --ignore=src/cli src; }

check_types() { run_deno check --quiet mod.ts cli.ts dashboard.ts otel.ts src tests bench examples ${import_map:+npm}; }

# Checks the types of the programs in docstrings and pages, which tests/documentation_test.ts runs.
# They may have unused names: an example shows a variable, or Deno adds imports to it.
check_examples() {
  config=deno.examples.json
  sed '/"noUnused/d' deno.json >"$config"
  run_deno check --quiet --config "$config" --doc-only mod.ts dashboard.ts otel.ts src *.md docs/*.md || status=$?
  rm "$config"
  return "${status:-0}"
}

check_documentation() { run_deno doc --quiet --lint mod.ts cli.ts dashboard.ts otel.ts; }

check_publishing() { [ -n "$import_map" ] || deno publish --quiet --dry-run --allow-dirty; }

failed=0
for subject in format lint types examples documentation publishing; do
  "check_$subject" || { failed=$((failed + 1)) && say "FAILED: $subject"; }
done
exit "$failed"
