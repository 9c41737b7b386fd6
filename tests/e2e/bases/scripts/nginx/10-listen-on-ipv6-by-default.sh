#!/bin/sh
# Adds an IPv6 socket to the site that comes with the image, if that site is as it came.
set -e

site=/etc/nginx/conf.d/default.conf

say() {
  [ -n "${NGINX_ENTRYPOINT_QUIET_LOGS:-}" ] || echo "$(basename "$0"): info: $*"
}

if [ ! -f /proc/net/if_inet6 ]; then
  say "ipv6 not available"
elif [ ! -f "$site" ]; then
  say "$site is not a file or does not exist"
elif ! touch "$site" 2> /dev/null; then
  say "can not modify $site (read-only file system?)"
elif ! md5sum --status -c /usr/share/nginx/default.conf.md5; then
  say "$site differs from the packaged version"
else
  sed -i 's,listen       80;,listen       80;\n    listen  [::]:80;,' "$site"
  say "Enabled listen on IPv6 in $site"
fi
