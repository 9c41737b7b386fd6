#!/bin/bash
#: FAIL_TIMES=1
#: FAIL_TIMES=20
wait_for_service() {
    local name="$1"
    local retries=4
    while ! tool ping "$name"; do
        if [ $retries -le 0 ]; then
            echo "Error: $name did not answer" >&2
            return 1
        fi
        echo "waiting for $name ($retries left)"
        sleep 0.01
        retries=$((retries-1))
    done
    echo "$name is up"
}

wait_for_service redis || exit 2
wait_for_service "the queue" && app start
