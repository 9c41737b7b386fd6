#!/bin/sh
set -e

# What the notes are called, unless somebody says so
: "${NOTES_TITLE:=Notes of $(basename "$NOTES_FILE" .db)}"
export NOTES_TITLE

if [ "${NOTES_QUIET:-}" != yes ]; then
    echo "$NOTES_TITLE are in $NOTES_FILE"
fi

exec gosu notes "$@"
