#!/bin/sh
#:
#: -- web
#: -- worker --queues high,low
#: -- beat
#: -- shell
#: -- -x
#: PORT=9000 -- serve
set -e
case "$1" in
    web|serve)
        shift
        exec gunicorn -b "0.0.0.0:${PORT:-8000}" app:app "$@"
        ;;
    worker)
        shift
        exec celery -A app worker "$@"
        ;;
    beat)
        rm -f celerybeat.pid
        exec celery -A app beat
        ;;
    -*)
        exec app "$@"
        ;;
    "")
        echo "usage: $0 web|worker|beat" >&2
        exit 64
        ;;
    *)
        exec "$@"
        ;;
esac
