#!/bin/sh
set -e

stop() {
    echo "stopping the bells"
    kill -TERM "$ringer"
}
trap stop TERM INT

mkdir -p /tmp/rounds
python ringer.py "$@" &
ringer=$!
wait "$ringer"
