#!/bin/sh
#:
#: PORT=8000
#: PORT='80 90'
#: PORT='*.txt' WORKERS=4
exec gunicorn --bind :$PORT --workers ${WORKERS:-2} --threads 8 --timeout 0 main:app
