#!/bin/sh
#: MODE=a
#: MODE=b
#:
if [ "$MODE" = a ]; then
    app a
elif [ "$MODE" = b ]; then
    gunicorn b
else
    tool c exit=5
fi
