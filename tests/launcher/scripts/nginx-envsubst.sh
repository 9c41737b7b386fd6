#!/bin/sh
#: PORT=8080 SERVER_NAME=example.org
#:
envsubst '$PORT' < sub/c.conf > sub/out.conf
cat sub/out.conf
exec nginx -g 'daemon off;'
