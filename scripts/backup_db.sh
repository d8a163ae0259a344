#!/usr/bin/env bash
# Backs the database up while the relay runs: SQLite's online backup, checked, compressed, put in place under its name
# only when it is whole. Readable by its owner alone.
#   scripts/backup_db.sh [OPTIONS] DATABASE FOLDER   as FOLDER/tickets_20250121T020000Z.db.gz
#   scripts/backup_db.sh [OPTIONS] DATABASE FILE     as FILE; compressed if it ends in .gz
#   scripts/backup_db.sh [OPTIONS] FOLDER            of the database that config.toml names
# A line for crontab -e, which also removes what is older than seven days and four weeks:
#   0 2 * * * /opt/ticket-relay/scripts/backup_db.sh --keep-daily 7 --keep-weekly 4 /path/to/tickets.db /path/to/backups/
#   0 2 * * * /opt/ticket-relay/scripts/backup_db.sh /path/to/tickets.db /path/to/backups/tickets_$(date +\%Y\%m\%d).db
# It says nothing if all went well, unless to a terminal or the journal; else one JSON line, and the exit code is
# 2 wrong command line, 65 the database is damaged, 75 another backup is under way, 78 a file or
# folder is missing, or the folder is another database's, 1 anything else, such as a full disk.
set -euo pipefail
# Not by way of cd: paths on the command line are relative to the caller's folder.
root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd -P)

case "${1-}" in
    -h | --help)
        sed -n '2,/^set /s/^# \{0,1\}//p' "$root/scripts/backup_db.sh"
        [ -x "$root/.venv/bin/python" ] || exit 0
        ;;
esac
[ -x "$root/.venv/bin/python" ] || {
    echo "backup_db: there is no $root/.venv; make it with $root/scripts/venv.sh" >&2
    exit 1
}
umask 077
PYTHONPATH=$root PYTHONDONTWRITEBYTECODE=1 exec "$root/.venv/bin/python" -P -m daemon backup "$@"
