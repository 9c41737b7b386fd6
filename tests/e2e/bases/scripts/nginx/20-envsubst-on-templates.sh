#!/bin/sh
# /etc/nginx/templates/x.conf.template becomes /etc/nginx/conf.d/x.conf, variables of the environment filled in.
set -e

from=${NGINX_ENVSUBST_TEMPLATE_DIR:-/etc/nginx/templates}
suffix=${NGINX_ENVSUBST_TEMPLATE_SUFFIX:-.template}
to=${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}
stream_suffix=${NGINX_ENVSUBST_STREAM_TEMPLATE_SUFFIX:-.stream-template}
stream_to=${NGINX_ENVSUBST_STREAM_OUTPUT_DIR:-/etc/nginx/stream-conf.d}

say() {
  [ -n "${NGINX_ENTRYPOINT_QUIET_LOGS:-}" ] || echo "$(basename "$0"): $*"
}

# fill SUFFIX FOLDER: writes each template of that suffix into the folder.
fill() {
  find "$from" -follow -type f -name "*$1" | while read -r template; do
    name=${template#"$from"/}
    target=$2/${name%"$1"}
    mkdir -p "$(dirname "$target")"
    say "Running envsubst on $template to $target"
    envsubst "$names" < "$template" > "$target"
  done
}

[ -d "$from" ] || exit 0
if [ ! -w "$to" ]; then
  say "ERROR: $from exists, but $to is not writable"
  exit 0
fi
names=$(awk -v filter="${NGINX_ENVSUBST_FILTER:-}" \
  'BEGIN { for (name in ENVIRON) if (name ~ filter) printf "${%s} ", name }')
fill "$suffix" "$to"

if [ -n "$(find "$from" -follow -type f -name "*$stream_suffix" -print -quit)" ]; then
  mkdir -p "$stream_to"
  if ! grep -qE '^[[:space:]]*stream[[:space:]]*\{' /etc/nginx/nginx.conf; then
    printf 'stream {\n  include %s/*.conf;\n}\n' "$stream_to" >> /etc/nginx/nginx.conf
  fi
  fill "$stream_suffix" "$stream_to"
fi
