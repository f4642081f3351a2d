#!/bin/sh
# Runs every check and every test: sh scripts/test.sh
# Runs only some tests: sh scripts/test.sh PATH... [options of `deno test`]
# The last line is "N passed, N failed"; a check that fails counts as a test that fails.
set -eu
. "$(dirname "$0")/setup.sh"

failed=0
if [ $# -eq 0 ]; then
  sh scripts/check.sh || failed=$?
  set -- tests
fi

case " $* " in
*" tests "* | *tests/browser*) install_browser || true ;;
esac

log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 1' INT TERM
{ NO_COLOR=1 run_deno test -A "$@" 2>&1 || echo "deno test has failed"; } | tee "$log"

# The summary reads "ok | 12 passed (3 steps) | 0 failed (2s)". If deno test has failed without a
# summary or a failed test, the tests could not be loaded, or something outside of them went wrong.
summary='^[a-zA-Z]* | \([0-9]*\) passed.* | \([0-9]*\) failed.*'
passed=$(sed -n "s/$summary/\1/p" "$log" | tail -n 1)
tests_failed=$(sed -n "s/$summary/\2/p" "$log" | tail -n 1)
if [ "${tests_failed:-0}" -eq 0 ] && grep -qx "deno test has failed" "$log"; then tests_failed=1; fi
failed=$((failed + ${tests_failed:-0}))

echo "${passed:-0} passed, $failed failed"
[ "$failed" -eq 0 ]
