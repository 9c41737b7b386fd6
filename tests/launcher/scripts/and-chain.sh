#!/bin/sh
#:
#: FAIL=npm
#: FAIL=npx
npm run build && npx prisma migrate deploy && node dist/main.js
