#!/bin/sh
set -e

# What the browser needs to know, from the environment of the container
mkdir -p "${CONFIG_DIR:=/tmp/config}"
export CONFIG_DIR
cat > "$CONFIG_DIR/config.json" <<JSON
{ "api": "$API_URL", "level": "${LOG_LEVEL:-info}" }
JSON

case "$NODE_ENV" in
  production) npm run --silent warm ;;
  *) echo "not warmed in $NODE_ENV" ;;
esac

exec "$@"
