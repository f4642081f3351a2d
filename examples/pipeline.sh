#!/bin/sh
# A shell pipeline: lines become items, a command does each of them, and what can't be done is kept for a person.
#
#   sh examples/pipeline.sh
set -eu
srq=${SRQ:-deno run -A jsr:@saferedisqueue/saferedisqueue}

seq 8 13 | $srq producer --name numbers

# The command reads the item from stdin. Exit code 0 acks it; with another it has failed, and is tried again.
$srq consumer --name numbers --drain --concurrency 4 --max-attempts 2 --exec '
  read -r number
  [ "$number" -ne 13 ] || { echo "not with me" >&2; exit 1; }
  factor "$number"
' | sort -n

$srq dead list --name numbers
$srq dead delete --name numbers --all
