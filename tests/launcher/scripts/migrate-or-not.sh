#!/bin/sh
#:
#: RUN_MIGRATIONS=true
#: RUN_MIGRATIONS=true FAIL=npx
#: RUN_MIGRATIONS=false SEED=1
if [ "$RUN_MIGRATIONS" = "true" ]; then
  echo "Running migrations..."
  npx prisma migrate deploy
  if [ $? -ne 0 ]; then
    echo "Migration failed"
    exit 1
  fi
fi
[ -n "$SEED" ] && npm run seed
echo "Starting..."
npm run start:prod
