#!/bin/sh
# With NGINX_ENTRYPOINT_WORKER_PROCESSES_AUTOTUNE: as many workers as the container may use processors.
set -eu

[ "${NGINX_ENTRYPOINT_WORKER_PROCESSES_AUTOTUNE:-}" ] || exit 0

workers=$(nproc)
if [ -f /sys/fs/cgroup/cpu.max ]; then
  read -r quota period < /sys/fs/cgroup/cpu.max
  if [ "$quota" != max ]; then
    allowed=$(((quota + period - 1) / period))
    [ "$allowed" -ge "$workers" ] || workers=$allowed
  fi
fi
sed -i -E "s/^worker_processes .*/worker_processes $workers;/" /etc/nginx/nginx.conf
