#!/bin/bash
#:
#: DB_PASSWORD_FILE=a.txt
#: DB_PASSWORD_FILE=none
#: DB_PASSWORD=direct
if [ -n "$DB_PASSWORD_FILE" ] && [ -f "$DB_PASSWORD_FILE" ]; then
    export DB_PASSWORD="$(cat "$DB_PASSWORD_FILE")"
fi
unset DB_PASSWORD_FILE
: "${DB_PASSWORD:=fallback}"
export DB_PASSWORD
exec app
