#!/bin/bash
#:
#: FAIL=tool
#: FAIL=app
set -e
prepare() {
    mkdir -p var/log var/run
    tool prepare
    echo prepared
}
start() {
    app "$@"
}
prepare
start one two
echo done
