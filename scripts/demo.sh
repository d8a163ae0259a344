#!/usr/bin/env bash
# Plays a whole ticket conversation on this machine, without a Telegram account and, once installed, without a network:
# a Telegram server on loopback, the real daemon against it, and real clients of a customer, a staff member and an
# admin. Shows what they saw, and exits 0 only if every message arrived as it should. Needs Python 3.11 and pip.
#   scripts/demo.sh            play, check and show
#   scripts/demo.sh --keep     then type as customer and as staff member, until Ctrl-C
#   scripts/demo.sh --help     this, and every further option once .venv is there
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

case "${1-}" in
    -h | --help)
        sed -n '2,/^set /s/^# \{0,1\}//p' scripts/demo.sh
        [ ! -f .venv/.installed ] || .venv/bin/python -m tests.demo --help
        exit
        ;;
esac

# The script is quiet for those who run checks all day; here people see what is downloaded. 2 takes back its -qq.
PIP_VERBOSE=2 scripts/venv.sh

exec .venv/bin/python -m tests.demo "$@"
