#!/bin/sh
#: W=2
gunicorn app.wsgi:application \
    --bind 0.0.0.0:8000 \
    --workers "${W:-3}" \
    --access-logfile - \
    --error-logfile -
