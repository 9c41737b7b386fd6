#!/bin/bash
#: NET=1
#: NET=1 TRIES=1 SQL_PORT=1
max=${TRIES:-30}
count=0
until (echo > /dev/tcp/$SQL_HOST/$SQL_PORT) >/dev/null 2>&1; do
  count=$((count + 1))
  if [ $count -ge $max ]; then
    echo "giving up after $count" >&2
    exit 1
  fi
  sleep 0.1
done
app serve
