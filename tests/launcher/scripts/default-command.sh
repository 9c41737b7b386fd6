#!/bin/sh
#:
#: -- other "a b"
#: STORE=x/y.sqlite
set -e
set -u

# Default to 'start' command if no arguments provided
if [ "$#" -eq 0 ]; then
  set -- start
fi

: "${STORE:=data/store.sqlite}"
STORE_DIR="$(dirname "${STORE}")"
mkdir -p "${STORE_DIR}"
cd "${STORE_DIR}" || exit 1
exec app "$@"
