#!/bin/bash
#: NET=1
#: NET=1 FAIL=alembic
set -e
until nc -z "$SQL_HOST" "$SQL_PORT" > /dev/null 2>&1; do
  >&2 echo "Postgres is unavailable - sleeping"
  sleep 1
done
>&2 echo "Postgres is up - executing command"
alembic upgrade head
exec uvicorn app.main:app --host 0.0.0.0 --port "${PORT:-80}"
