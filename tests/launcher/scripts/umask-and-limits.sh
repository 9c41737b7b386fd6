#!/bin/sh
#:
umask 027
touch private
umask 002
mkdir shared
exec app
