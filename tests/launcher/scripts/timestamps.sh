#!/bin/sh
#:
start=$(date +%s)
sleep 0.01
end=$(date +%s)
[ $((end - start)) -lt 5 ] && echo fast
year=$(date +%Y)
[ "$year" -ge 2020 ] && echo "a year"
[ "$(id -u)" -ge 0 ] && echo "a user"
[ -n "$(hostname)" ] && echo "a host"
[ "$(pwd)" = "$PWD" ] && echo "a place"
