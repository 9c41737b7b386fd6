#!/bin/bash
#:
#: -- --host h --port 99 rest of it
#: -- --help
#: -- --bad
host=localhost
port=80
while [[ $# -gt 0 ]]; do
    case "$1" in
        --host) host="$2"; shift 2 ;;
        --port=*) port="${1#*=}"; shift ;;
        --port) port="$2"; shift; shift ;;
        -h|--help) echo "usage"; exit 0 ;;
        --*) echo "unknown option: $1" >&2; exit 2 ;;
        *) break ;;
    esac
done
exec app --listen "$host:$port" "$@"
