#!/bin/bash
#:
#: -- -c conf
#: -- app run
#: APP_MODE=worker -- app
set -eo pipefail

if [[ "${1:0:1}" == '-' ]]; then
	set -- app "$@"
fi

if [[ "$1" == app* && "$APP_MODE" == worker ]]; then
	shift
	set -- app worker "$@"
fi
exec "$@"
