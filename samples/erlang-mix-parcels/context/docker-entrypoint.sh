#!/bin/bash
# What the data needs is made before anything else starts; KEEP_DATA=1 leaves it as it is
set -euo pipefail

: "${PARCELS_DATA:=/tmp/parcels}"
export PARCELS_DATA

if [[ ! -d "$PARCELS_DATA" ]]; then
  mkdir -p "$PARCELS_DATA"
fi
if [[ -z "${KEEP_DATA:-}" ]]; then
  /app/bin/migrate
fi

exec "$@"
