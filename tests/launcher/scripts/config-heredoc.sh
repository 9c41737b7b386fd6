#!/bin/sh
#:
#: SRS_DOMAIN=example.org SRS_PORT=1 REDIS_ADDR=redis:6379
#: SRS_DOMAIN='a "b" $c' SRS_SECRET='x\y'
set -e
DOMAIN="${SRS_DOMAIN:-example.com}"
SECRET="${SRS_SECRET:-changeme}"
PORT="${SRS_PORT:-10001}"
mkdir -p etc
printf '%s\n' "${SECRET}" > etc/secret
chmod 600 etc/secret
cat > etc/app.conf <<CONF
domains = { "${DOMAIN}" }
secrets-file = "/run/app.secret"   # not \$expanded
milter = inet:0.0.0.0:${PORT}
sum = $((PORT + 1))
CONF
if [ -n "${REDIS_ADDR:-}" ]; then
    printf 'database = "redis:%s"\n' "${REDIS_ADDR}" >> etc/app.conf
fi
exec app -c etc/app.conf
