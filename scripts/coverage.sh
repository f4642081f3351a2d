#!/bin/sh
# Runs the tests, and shows in a table how much of src/ they run: sh scripts/coverage.sh [PATH...]
# coverage/html shows it line by line. Programs that the tests start count too, unless they are
# killed. The notes of all programs may take a gigabyte; they are deleted at the end.
set -eu
. "$(dirname "$0")/setup.sh"

notes=$PWD/coverage/notes
rm -rf coverage
trap 'rm -rf "$notes"' EXIT
trap 'exit 1' INT TERM

report() { deno coverage --quiet --include="^file://$PWD/src/" "$@" "$notes"; }

[ $# -gt 0 ] || set -- tests
DENO_COVERAGE_DIR=$notes sh scripts/test.sh "$@" || failed=$?
report --html >/dev/null
mv "$notes/html" coverage/
report
exit "${failed:-0}"
