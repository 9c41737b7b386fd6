#!/bin/sh
# Before nginx: every executable *.sh of /docker-entrypoint.d is run and every *.envsh is read, in the order
# of their names. Any other command is just run.
set -e

say() {
  [ -n "${NGINX_ENTRYPOINT_QUIET_LOGS:-}" ] || echo "$0: $*"
}

case "$1" in
  nginx | nginx-debug)
    for part in $(find /docker-entrypoint.d/ -follow -type f | sort -V); do
      if [ ! -x "$part" ]; then
        say "Ignoring $part, not executable"
        continue
      fi
      case "$part" in
        *.envsh)
          say "Sourcing $part"
          . "$part"
          ;;
        *.sh)
          say "Launching $part"
          "$part"
          ;;
        *) say "Ignoring $part" ;;
      esac
    done
    say "Configuration complete; ready for start up"
    ;;
esac

exec "$@"
