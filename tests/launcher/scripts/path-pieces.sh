#!/bin/sh
#: FILE=/a/b/archive.tar.gz URL=http://host:8080/path?x=1
#: FILE=plain URL=
echo "${FILE##*/} ${FILE%/*} ${FILE%%.*} ${FILE#*.} ${FILE%.gz}"
host="${URL#*://}"
host="${host%%/*}"
echo "$host ${host%:*} ${host##*:} ${#FILE}"
echo "$(basename "$FILE") $(basename "$FILE" .gz) $(dirname "$FILE")"
