#!/bin/sh
# Checks that a tag is the version in deno.json, and has an entry in CHANGELOG.md:
# sh scripts/check_tag.sh v0.1.0
set -eu
cd "$(dirname "$0")/.."

tag=${1:?"Usage: sh scripts/check_tag.sh TAG"}
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' deno.json)

if [ "$tag" != "v$version" ]; then
  echo "The tag is $tag, but deno.json has the version $version: tag v$version, or change the version first" >&2
  exit 1
fi
if ! grep -qF "## [$version]" CHANGELOG.md; then
  echo "CHANGELOG.md has no heading '## [$version]': move the entries under Unreleased there" >&2
  exit 1
fi
