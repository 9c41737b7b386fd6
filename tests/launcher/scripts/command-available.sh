#!/bin/sh
#:
if command -v app >/dev/null 2>&1; then echo "app is there"; fi
command -v nosuch-program > /dev/null || echo "nosuch is not"
which app >/dev/null && exec app found
