#!/bin/bash
# Starts the notes: waits, migrates, then becomes CMD
set -euo pipefail

: "${DATABASE_PATH:=/tmp/notes.sqlite3}"
export DATABASE_PATH

# A database server is only there in production
if [ -n "${DB_HOST:-}" ]; then
    echo "Waiting for $DB_HOST..."
    while ! nc -z "$DB_HOST" "${DB_PORT:-5432}"; do
        sleep 0.1
    done
    echo "Database started"
fi

python manage.py migrate --noinput
if [ "${LOAD_EXAMPLES:-1}" = "1" ]; then
    python manage.py examples || echo "no examples" >&2
fi

exec "$@"
