#!/bin/bash
#:
#: FAIL_TIMES=2 CELERY_BROKER_URL=redis://x
set -o errexit
set -o pipefail

worker_ready() {
    tool inspect ping
}

until worker_ready; do
  >&2 echo 'Celery workers not available'
  sleep 0.01
done
>&2 echo 'Celery workers is available'

exec celery \
    --broker="${CELERY_BROKER_URL}" \
    flower
