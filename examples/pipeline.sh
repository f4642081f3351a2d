#!/bin/sh
# A shell pipeline: each line becomes an item, a command handles each item, and items that fail become dead letters.
#
#   sh examples/pipeline.sh
set -eu
srq=${SRQ:-deno run -A jsr:@saferedisqueue/saferedisqueue}

seq 8 13 | $srq producer --name numbers

# The command gets the item on stdin, as a line. If it exits with 0, the item is acked. Otherwise the item is tried again.
$srq consumer --name numbers --drain --concurrency 4 --max-attempts 2 --exec '
  read -r number
  [ "$number" -ne 13 ] || { echo "not with me" >&2; exit 1; }
  factor "$number"
' | sort -n

$srq dead list --name numbers
$srq dead delete --name numbers --all
