#!/bin/sh
#:
#: API_KEY=k
#: API_KEY=k API_URL=
#: API_KEY=k API_URL=http://x
set -eu
: "${API_KEY:?API_KEY is required}"
: "${API_URL:?}"
exec app --key "$API_KEY" --url "$API_URL"
