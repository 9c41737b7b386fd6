#!/bin/sh
#: V=abc
#: V=a.tar.gz
#: V='*'
#: V=
#: V=Zed9
case $V in
    abc) echo exact ;;
    *.tar.gz|*.tgz) echo archive ;;
    '*') echo star ;;
    [A-Z]*[0-9]) echo coded ;;
    ?) echo single ;;
    '') echo empty ;;
    *) echo other ;;
esac
case "$V$V" in
    *c*c*) echo twice ;;
esac
echo "status $?"
