#!/bin/sh
# Starts Jetty with the command that its start.jar puts together, which is kept in jetty.start; anything else as it is, and what
# is no program as arguments of start.jar: as in the published image.
set -e

if ! command -v -- "$1" > /dev/null 2>&1; then
  set -- java -jar "$JETTY_HOME/start.jar" "$@"
fi
: "${TMPDIR:=/tmp/jetty}"
[ -d "$TMPDIR" ] || mkdir -p "$TMPDIR" 2> /dev/null
: "${JETTY_START:=$JETTY_BASE/jetty.start}"
case $JAVA_OPTIONS in
  *-Djava.io.tmpdir=*) ;;
  *) JAVA_OPTIONS="-Djava.io.tmpdir=$TMPDIR $JAVA_OPTIONS" ;;
esac

if expr "$*" : 'java .*/start\.jar.*$' > /dev/null; then
  for word in "$@"; do
    case $word in
      --add-module* | --add-to-start* | --create-* | --download | --dry-run | --exec-print | --help | --info | --list-* | \
        --show-module* | --stop | --update-ini | --version | --write-module-graph* | -v)
        java=$1
        shift
        eval "exec $java $START_OPTIONS \"\$@\" $JAVA_OPTIONS $JETTY_PROPERTIES"
        ;;
    esac
  done
  if [ "$(whoami)" != jetty ]; then
    echo "WARNING: the user is $(whoami), and should be jetty" >&2
  fi
  if [ -f "$JETTY_START" ]; then
    made=$(sed -n 's/^# JETTY_VERSION: //p' "$JETTY_START" | head -n 1)
    if [ "$made" != "$JETTY_VERSION" ] || [ "$JETTY_BASE/start.d" -nt "$JETTY_START" ]; then
      echo "$JETTY_START is older than what it is made of: it is made again" >&2
      /generate-jetty-start.sh "$@"
    fi
    echo "$(date +'%Y-%m-%d %H:%M:%S.000'):INFO:docker-entrypoint:jetty start from $JETTY_START"
  else
    /generate-jetty-start.sh "$@"
  fi
  . "$JETTY_START"
fi

if [ "${1##*/}" = java ] && [ -n "$JAVA_OPTIONS" ]; then
  java=$1
  shift
  set -- "$java" $JAVA_OPTIONS "$@"
fi
exec "$@"
