#!/bin/sh
#:
#: LOG_LEVEL=debug
#: LOG_LEVEL=debug FAIL=app -- 'with blanks'
log() {
    level="$1"
    shift
    if [ "$level" != debug ] || [ "$LOG_LEVEL" = debug ]; then
        echo "[$level] $*"
    fi
}

log info starting
log debug "arguments:" "$@"
app "$@"
log info "ended with $?"
