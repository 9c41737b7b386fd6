#!/bin/sh
#: -- python manage.py runserver
#: -- gunicorn app
#:
if [ "$1" = "gunicorn" ] || echo "$*" | grep -q "runserver"; then
    echo "Running migrations..."
    python manage.py migrate
fi
exec "$@"
