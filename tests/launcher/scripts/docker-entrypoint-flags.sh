#!/bin/sh
#:
#: -- --verbose
#: -- app --verbose
#: -- sh
set -e

# first arg is `-f` or `--some-option`
if [ "${1#-}" != "$1" ]; then
    set -- app "$@"
fi

if [ "$1" = 'app' ] && [ "$(id -u)" = '0' ]; then
    mkdir -p data
    chmod 700 data
fi

exec "$@"
