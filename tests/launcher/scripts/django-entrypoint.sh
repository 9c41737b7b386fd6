#!/bin/sh
#:
#: FAIL=python -- gunicorn
#: DJANGO_SUPERUSER=admin -- gunicorn -b :8000 "a b"
set -e

# Database first
python manage.py migrate --noinput
python manage.py collectstatic --noinput

if [ -n "$DJANGO_SUPERUSER" ]; then
    python manage.py createsuperuser --noinput || true
fi

exec "$@"
