#!/bin/sh
#: FAIL_TIMES=2
#: FAIL_TIMES=9
#: FAIL_TIMES=0
RETRIES=5
until tool ping || [ $RETRIES -eq 0 ]; do
  echo "Waiting, $RETRIES attempts left"
  RETRIES=$((RETRIES-1))
  sleep 0.01
done
[ $RETRIES -gt 0 ] || exit 1
exec app
