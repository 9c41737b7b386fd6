#!/bin/sh
#: -- app
#: FAIL=php -- app
set -e
ROOT_DIR=.
LOG_DIR="$ROOT_DIR/storage/logs"

mkdir -p "$LOG_DIR"
touch "$LOG_DIR/php-fpm.log"
chmod 664 "$LOG_DIR/php-fpm.log" 2>/dev/null || true

php "$ROOT_DIR/bin/migrate.php"
exec "$@"
