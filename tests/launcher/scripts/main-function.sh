#!/bin/bash
#:
#: -- init
#: -- start --x
#: -- other "a b"
main() {
  case "$1" in
    "init")
      tool init
      ;;
    "start")
      shift
      app start "$@"
      ;;
    *)
      exec app "$@"
      ;;
  esac
}

main "$@"
