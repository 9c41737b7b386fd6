#!/bin/sh
# Writes the command that start.jar would run to jetty.start, as in the published image.
: "${JETTY_START:=$JETTY_BASE/jetty.start}"
rm -f "$JETTY_START"
said=$(/docker-entrypoint.sh "$@" --dry-run | tee /dev/stderr)
command=$(echo "$said" | grep -E '[^ ]*java .*org\.eclipse\.jetty\.xml\.XmlConfiguration ' | sed -e 's/ -Djava.io.tmpdir=[^ ]*//g' -e 's/\\$//')
if [ -z "$command" ]; then
  echo "jetty dry run failed: $said" >&2
  exit 1
fi
printf '# JETTY_VERSION: %s\nexec %s\n' "$JETTY_VERSION" "$command" > "$JETTY_START"
