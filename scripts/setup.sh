#!/bin/sh
# Finds what the other scripts need and installs what is missing: Deno into .tools/, a Redis server
# from the system's packages. Chooses the registry of the packages. Starts nothing.
#
# Run it once (sh scripts/setup.sh), or source it from a script in this folder. Then the project's
# folder is the working directory, `deno` and `redis-server` are on PATH, and `run_deno` is defined.
set -eu
cd "$(dirname "$0")/.."
tools=$PWD/.tools

say() { printf '%s\n' "$*" >&2; }

give_up() {
  say "$*"
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# Whether the first version number in standard input is $1.$2 or later.
at_least() {
  sed -n '1s/[^0-9]*\([0-9]*\)\.\([0-9]*\).*/\1 \2/p' | {
    read -r major minor || return 1
    [ "$major" -gt "$1" ] || { [ "$major" -eq "$1" ] && [ "$minor" -ge "$2" ]; }
  }
}

apt_install() {
  has apt-get || return 1
  as_root=
  if [ "$(id -u)" -ne 0 ]; then
    has sudo || return 1
    as_root=sudo
  fi
  say "Installing $* with apt-get"
  $as_root apt-get update -qq >&2 || true
  $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -qq -y --no-install-recommends "$@" >/dev/null
}

has_deno() { has deno && deno --version 2>/dev/null | at_least 2 9; }

install_deno() {
  say "Installing Deno into .tools/"
  mkdir -p "$tools"
  if has npm; then
    deno_from_npm && return
  fi
  has curl && has unzip || apt_install ca-certificates curl unzip || true
  deno_from_its_site && return
  has npm || { apt_install npm && deno_from_npm; }
}

deno_from_npm() {
  npm install --prefix "$tools" --no-save --no-audit --no-fund --loglevel=error 'deno@^2.9' >&2 &&
    has_deno
}

deno_from_its_site() {
  has curl && curl -fsSL https://deno.land/install.sh |
    DENO_INSTALL="$tools/deno" sh -s -- -y --no-modify-path >&2 && has_deno
}

if ! has_deno; then
  PATH=$tools/node_modules/.bin:$tools/deno/bin:$PATH
  has_deno || install_deno || true
  has_deno || give_up "Please install Deno 2.9 or later: https://docs.deno.com/runtime/getting_started/installation/"
fi

has_redis() { has redis-server && redis-server --version 2>/dev/null | at_least 6 2; }

# Links the program $1 as redis-server. Called by that name, Redis's program is the server.
use_as_redis() {
  has "$1" || return 1
  mkdir -p "$tools/bin"
  ln -sf "$(command -v "$1")" "$tools/bin/redis-server"
}

install_redis() {
  if has brew; then
    say "Installing redis with Homebrew"
    brew install --quiet redis >&2
  else
    # Not the package redis-server: it starts a server, now and at every boot. redis-tools has the
    # same program under the name redis-check-rdb, which checks dump files.
    apt_install redis-tools && use_as_redis redis-check-rdb
  fi
}

if ! has_redis; then
  PATH=$tools/bin:$PATH
  has_redis || use_as_redis valkey-server || install_redis || true
  has_redis || give_up "Please install Redis 6.2 or later, or Valkey: the command redis-server or valkey-server"
fi
export PATH

has_browser() {
  has chromium || has chromium-browser || has google-chrome ||
    [ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ]
}

# For the tests of the dashboard, which are left out without a browser. Elsewhere than on Debian, the
# package is none, or leads to another installer.
install_browser() {
  has_browser || { grep -qs '^ID=debian' /etc/os-release && apt_install chromium && has_browser; }
}

# Whether JSR has answered, now or before: packages in Deno's cache count. The time limit is for the
# first, small package only.
jsr_answers() {
  deno eval '
    const timer = setTimeout(() => Deno.exit(1), 5000);
    for (const name of ["@std/uuid/v7", "@std/cli/parse-args", "@std/cli/unicode-width", "@db/redis"]) {
      await import(name);
      clearTimeout(timer);
    }
  ' >/dev/null 2>&1
}

# Chosen once: a script that another script calls keeps the choice. Set SRQ_REGISTRY to choose.
if [ -z "${SRQ_REGISTRY:-}" ]; then
  if jsr_answers; then
    SRQ_REGISTRY=jsr
    say "Packages come from JSR."
  else
    SRQ_REGISTRY=npm
    say "Packages come from npm: JSR does not answer."
  fi
  export SRQ_REGISTRY
fi

import_map=
[ "$SRQ_REGISTRY" = jsr ] || import_map=$PWD/npm/deno.json

# Runs `deno SUBCOMMAND ...` with the packages of the chosen registry.
run_deno() {
  subcommand=$1
  shift
  deno "$subcommand" ${import_map:+--import-map "$import_map"} "$@"
}
