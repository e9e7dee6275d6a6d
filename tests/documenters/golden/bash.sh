#!/usr/bin/env bash
#
# Copyright (c) 2024 Somebody
#
# Builds the thing and sends it away.
#
# usage: build.sh [-v]
set -euo pipefail

source "$(dirname "$0")/lib.sh"
. ./common.sh

readonly VERSION=1.2
declare -r LIMIT=10
declare -A seen=()
export PATH_TO_SHOP="/opt/shop"
export -f build
VERBOSE=0
name=${1:-shop}
alias ll='ls -l'

# Says it on stderr.
# $1: what to say
say() {
  local text=$1
  printf '%s\n' "$text" >&2
}

function build {
  inner() { :; }
  make
}

function send-away() (
  scp "$1" host:
)

if [ "$VERBOSE" = 1 ]; then
  log() { echo "$@"; }
else
  log() { :; }
fi

case "$1" in
  start) run() { :; } ;;
esac

cat <<EOF
not_a_function() { :; }
EOF

say "done"
build && say ok
