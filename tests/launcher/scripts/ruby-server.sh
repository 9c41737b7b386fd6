#!/bin/bash -e
#:
#: FAIL=rails -- rails server
#: -- rails server -b 0.0.0.0
# Remove a potentially pre-existing server.pid for Rails.
rm -f tmp/pids/server.pid

# If running the rails server then create or migrate existing database
if [ "${1}" == "rails" ] && [ "${2}" == "server" ]; then
  rails db:prepare
fi

exec "${@}"
