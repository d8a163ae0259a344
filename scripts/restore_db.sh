#!/usr/bin/env bash
# Puts a backup in the place of the relay's database. The relay must be stopped; what it had is kept beside it.
#   scripts/restore_db.sh BACKUP DATABASE            BACKUP as backup_db.sh made it, compressed or not
#   scripts/restore_db.sh [--config FILE] BACKUP     the database that the configuration names
# Nothing is changed unless the backup is whole. At the first start what was written since the backup is not relayed, since
# it may have been relayed already: the staff are told, with a list. What was waiting to be sent is held back, until
# `python -m daemon recover --send` or `--drop`. Exit codes: 2 wrong command line, 65 the backup is damaged, 75 the relay
# runs, 78 a path is not what it should be (missing, swapped), 1 anything else.
set -euo pipefail
root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd -P)

case "${1-}" in
    -h | --help)
        sed -n '2,/^set /s/^# \{0,1\}//p' "$root/scripts/restore_db.sh"
        [ -x "$root/.venv/bin/python" ] || exit 0
        ;;
esac
[ -x "$root/.venv/bin/python" ] || {
    echo "restore_db: there is no $root/.venv; make it with $root/scripts/venv.sh" >&2
    exit 1
}

umask 077
PYTHONPATH=$root PYTHONDONTWRITEBYTECODE=1 exec "$root/.venv/bin/python" -P -m daemon restore "$@"
