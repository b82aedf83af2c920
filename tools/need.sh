#!/bin/sh
# tools/need.sh COMMAND PACKAGE: makes sure that a command is there, from Debian's package if it may.
set -eu
command -v "$1" >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -q >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$2" >/dev/null
    command -v "$1" >/dev/null && exit 0
fi
echo "$1 is missing: install it (Debian: apt-get install $2) and run the command again" >&2
exit 1
