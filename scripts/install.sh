#!/usr/bin/env bash
# Installs the relay as a systemd service, or upgrades it in place: run it again from a newer checkout.
#   sudo scripts/install.sh             install, or upgrade
#   sudo scripts/install.sh --dry-run   tell what would be done, and do nothing
#
#   /opt/ticket-relay          the program with its .venv; after an upgrade the former one in /opt/ticket-relay.previous
#   /etc/ticket-relay          config.toml and one file for each secret; never overwritten
#   /var/lib/ticket-relay      session and database, of the user ticket-relay
#   /etc/systemd/system        ticket-relay.service, ticket-relay@.service, ticket-relay-backup.service and .timer
#
# An upgrade stops the relay, keeps a copy of its database and waits until the new version is ready; if that fails, all
# is put back and the former version started again. Of several relays one may have come up and relayed: that one goes on
# with its database, or, where the former version cannot read it, with one restored as by restore_db.sh: nothing twice. PYTHON=/path/to/python3 chooses the Python, 3.11 or newer; one below
# /home or /root will not do, since the service cannot see it.
set -euo pipefail
export PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH"
umask 022
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)

PROGRAM=/opt/ticket-relay
CONFIG=/etc/ticket-relay
UNITS=/etc/systemd/system
ACCOUNT=ticket-relay
SECRETS=(telegram_bot_token telegram_api_id telegram_api_hash)
SHIPPED=(daemon docs scripts systemd config.toml pyproject.toml requirements.lock requirements-dev.lock
    README.md README.zh.md CHANGELOG.md LICENSE)
BACKOFF_SINCE=254 # the systemd that knows RestartSteps=

fail() {
    echo "install: $*" >&2
    exit 1
}

say() {
    echo "install: $*"
}

dry=""
for argument in "$@"; do
    case "$argument" in
        --dry-run) dry=yes ;;
        -h | --help)
            sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
            exit
            ;;
        *) fail "unknown argument '$argument'; see --help" ;;
    esac
done

# Do it, or only tell.
run() {
    if [ -n "$dry" ]; then
        printf 'would run:'
        printf ' %q' "$@"
        echo
    else
        "$@"
    fi
}

[ -n "$dry" ] || [ "$(id -u)" = 0 ] || fail "this takes root: sudo scripts/install.sh"
command -v systemctl >/dev/null || fail "there is no systemd here; see docs/operator-guide.md for other ways to run it"
[ "$here" != "$PROGRAM" ] || fail "this is the installed program itself; run the script from a checkout elsewhere"
for name in "${SHIPPED[@]}"; do
    [ -e "$here/$name" ] || fail "$here/$name is missing; run the script from a whole checkout"
done

# Whether what is installed is what this checkout holds.
up_to_date() {
    local name
    [ -x "$PROGRAM/.venv/bin/python" ] || return 1
    for name in "${SHIPPED[@]}"; do
        diff -qr -x __pycache__ -- "$here/$name" "$PROGRAM/$name" >/dev/null 2>&1 || return 1
    done
}

# The relays that are to run: those that do, and those that are being started again and again.
running() {
    systemctl list-units --plain --no-legend --state=active,activating,reloading \
        'ticket-relay.service' 'ticket-relay@*.service' 2>/dev/null | awk '{ print $1 }'
}

# The folder of a relay's configuration.
config_of() {
    local name
    case "$1" in
        ticket-relay@*)
            name=${1#*@}
            printf '%s/%s\n' "$CONFIG" "${name%.service}" # as %i in the unit
            ;;
        *) printf '%s\n' "$CONFIG" ;;
    esac
}

# The folder of a relay's session and database.
state_of() {
    printf '/var/lib/%s\n' "$(systemctl show --property=StateDirectory --value "$1")"
}

# python_for <program> <unit> <arguments…>: the program's Python with what the service would find in its environment
python_for() {
    local program=$1 unit=$2
    shift 2
    (cd "$program" && CREDENTIALS_DIRECTORY=$(config_of "$unit") STATE_DIRECTORY=$(state_of "$unit") \
        PYTHONDONTWRITEBYTECODE=1 .venv/bin/python "$@")
}

database_of() {
    python_for "$1" "$2" -c '
import os, pathlib, sys
from daemon.config import places
print(places(pathlib.Path(sys.argv[1])).database)' "$(config_of "$2")/config.toml"
}

# ---- the account, the configuration

make_account() {
    if ! getent passwd "$ACCOUNT" >/dev/null; then
        say "making the system user $ACCOUNT"
        run useradd --system --user-group --home-dir /var/lib/ticket-relay --no-create-home \
            --shell /usr/sbin/nologin "$ACCOUNT"
    fi
}

make_config() {
    local secret
    run install -d -m 755 "$CONFIG"
    if [ ! -e "$CONFIG/config.toml" ]; then
        say "making $CONFIG/config.toml"
        run install -m 640 "$here/config.toml" "$CONFIG/config.toml"
        run chgrp "$ACCOUNT" "$CONFIG/config.toml"
    fi
    for secret in "${SECRETS[@]}"; do
        [ -e "$CONFIG/$secret" ] || run install -m 600 /dev/null "$CONFIG/$secret"
    done
}

# ---- the program, beside the one that runs

refuse() {
    rm -rf "$PROGRAM.new"
    fail "$*; the program is as it was"
}

stage() {
    local name
    say "preparing the program"
    run rm -rf "$PROGRAM.new"
    run install -d -m 755 "$PROGRAM.new"
    for name in "${SHIPPED[@]}"; do
        run cp -R -- "$here/$name" "$PROGRAM.new/$name"
    done
    run find "$PROGRAM.new" -name __pycache__ -prune -exec rm -rf {} +
    # Packages that are installed already are not fetched again.
    [ ! -d "$PROGRAM/.venv" ] || run cp -a -- "$PROGRAM/.venv" "$PROGRAM.new/.venv"
    run "$PROGRAM.new/scripts/venv.sh"
    run chown -R root:root "$PROGRAM.new"
    run chmod -R go+rX,go-w "$PROGRAM.new"
    [ -z "$dry" ] || return 0
    case "$(readlink -f -- "$PROGRAM.new/.venv/bin/python")" in
        /home/* | /root/* | /run/user/*)
            refuse "the service cannot see a Python below /home or /root; choose another with PYTHON=/usr/bin/python3"
            ;;
    esac
    (cd "$PROGRAM.new" && .venv/bin/python -m compileall -q daemon &&
        setpriv --reuid="$ACCOUNT" --regid="$ACCOUNT" --clear-groups .venv/bin/python -m daemon --help >/dev/null) ||
        refuse "the program does not run as $ACCOUNT"
}

# A relay that runs must be able to go on with its configuration as it is.
check_configs() {
    local unit
    for unit in "${relays[@]}"; do
        python_for "$PROGRAM.new" "$unit" -m daemon check --config-only --config "$(config_of "$unit")/config.toml" ||
            refuse "the new version does not take the configuration of $unit"
    done
}

# ---- units

put_units() {
    local name
    for name in ticket-relay.service ticket-relay@.service ticket-relay-backup.service ticket-relay-backup.timer; do
        [ ! -e "$1/systemd/$name" ] || run install -m 644 "$1/systemd/$name" "$UNITS/$name"
    done
    if [ "$(systemctl --version | awk 'NR == 1 { print int($2) }')" -ge "$BACKOFF_SINCE" ]; then
        for name in ticket-relay.service ticket-relay@.service; do
            run install -D -m 644 "$1/systemd/restart-backoff.conf" "$UNITS/$name.d/restart-backoff.conf"
        done
    fi
    run systemctl daemon-reload
}

# At once after the first put_units: another run takes what it finds for the operator's decision.
enable_units() {
    if [ -n "$first" ]; then
        run systemctl --quiet enable ticket-relay.service
        run systemctl --quiet enable --now ticket-relay-backup.timer
    fi
}

# ---- the change, and the way back

relays=()
changed=""
declare -A readied_before=() came_up=()

copy_databases() {
    local unit database ending
    for unit in "${relays[@]}"; do
        database=$(database_of "$PROGRAM.new" "$unit")
        rm -rf "$database.before-upgrade"
        [ -e "$database" ] || continue
        install -d -m 700 -o "$ACCOUNT" -g "$ACCOUNT" "$database.before-upgrade"
        # Nobody has it open: the files as they are make a whole.
        for ending in "" -wal -shm; do
            [ ! -e "$database$ending" ] || cp -a -- "$database$ending" "$database.before-upgrade/"
        done
    done
}

# When it last became ready; empty or 0: not since it is loaded.
readied() {
    systemctl show --property=ActiveEnterTimestampMonotonic --value "$1"
}

note_who_came_up() {
    local unit now
    for unit in "${relays[@]}"; do
        now=$(readied "$unit")
        [ "${now:-0}" = 0 ] || [ "$now" = "${readied_before[$unit]}" ] || came_up[$unit]=yes
    done
}

# The version of a database's schema. Read as the service's user, who must own what SQLite makes beside it.
schema_of() {
    setpriv --reuid="$ACCOUNT" --regid="$ACCOUNT" --clear-groups "$PROGRAM/.venv/bin/python" -P -c '
import pathlib, sqlite3, sys
database = sqlite3.connect(pathlib.Path(sys.argv[1]).as_uri() + "?mode=rw", uri=True)
print(database.execute("SELECT max(version) FROM schema_migrations").fetchone()[0])
database.close()' "$1"
}

# put_back <unit> <database>: what a relay did that came up is written in its database alone, and without that it would
# do it again
put_back() {
    local copy="$2.before-upgrade"
    local before="$copy/${2##*/}"
    if [ -z "${came_up[$1]-}" ]; then
        rm -f -- "$2" "$2-wal" "$2-shm" && cp -a -- "$before"* "${2%/*}/" && rm -rf "$copy"
    elif [ "$(schema_of "$2")" = "$(schema_of "$before")" ]; then
        echo "install: $1 had come up with the new version; the former one goes on with its database" >&2
    else
        echo "install: $1 had come up with the new version; its database is restored from before the upgrade" >&2
        # First one file is made of it, whatever log is beside it.
        python_for "$PROGRAM" "$1" -m daemon backup "$before" "$copy/whole.db" >&2 &&
            python_for "$PROGRAM" "$1" -m daemon restore "$copy/whole.db" "$2" >&2 &&
            rm -rf "$copy"
    fi
}

put_databases_back() {
    local unit database
    for unit in "${relays[@]}"; do
        database=$(database_of "$PROGRAM" "$unit")
        [ -d "$database.before-upgrade" ] || continue
        put_back "$unit" "$database" ||
            echo "install: $database is not put back; as it was: $database.before-upgrade" >&2
    done
}

swap() {
    rm -rf "$PROGRAM.previous"
    changed=yes
    [ ! -d "$PROGRAM" ] || mv -- "$PROGRAM" "$PROGRAM.previous"
    mv -- "$PROGRAM.new" "$PROGRAM"
    put_units "$PROGRAM"
    enable_units
}

roll_back() {
    local code=$?
    trap - EXIT
    if [ -n "$changed" ] && [ -d "$PROGRAM.previous" ]; then
        echo "install: the new version did not come up; putting the former one back, it goes to $PROGRAM.failed" >&2
        note_who_came_up
        [ ${#relays[@]} = 0 ] || systemctl stop "${relays[@]}" || true
        note_who_came_up # in that moment
        rm -rf "$PROGRAM.failed"
        [ ! -d "$PROGRAM" ] || mv -- "$PROGRAM" "$PROGRAM.failed"
        mv -- "$PROGRAM.previous" "$PROGRAM"
        put_units "$PROGRAM"
        put_databases_back
    fi
    if [ ${#relays[@]} != 0 ]; then
        systemctl reset-failed "${relays[@]}" 2>/dev/null || true
        if systemctl start "${relays[@]}"; then
            echo "install: the former version runs again" >&2
        else
            echo "install: the former version does not come up either; see journalctl -u ${relays[0]}" >&2
        fi
    fi
    exit "$((code ? code : 1))"
}

change() {
    local unit
    if [ -n "$dry" ]; then
        [ ${#relays[@]} = 0 ] || run systemctl stop "${relays[@]}"
        [ ! -d "$PROGRAM" ] || run mv "$PROGRAM" "$PROGRAM.previous"
        run mv "$PROGRAM.new" "$PROGRAM"
        put_units "$here"
        enable_units
        [ ${#relays[@]} = 0 ] || run systemctl start "${relays[@]}"
        return
    fi
    trap roll_back EXIT
    trap 'exit 130' INT TERM HUP
    if [ ${#relays[@]} != 0 ]; then
        for unit in "${relays[@]}"; do
            readied_before[$unit]=$(readied "$unit")
        done
        say "stopping ${relays[*]}"
        systemctl stop "${relays[@]}"
        copy_databases
    fi
    swap
    if [ ${#relays[@]} != 0 ]; then
        say "starting ${relays[*]}"
        systemctl start "${relays[@]}"
    fi
    trap - EXIT INT TERM HUP
}

if [ -z "$dry" ]; then # two at once would take the program away from under each other
    exec 9>/run/ticket-relay-install.lock
    flock --nonblock 9 || fail "another installation is under way"
fi
first=""
[ -e "$UNITS/ticket-relay.service" ] || first=yes
fresh=""
make_account
make_config
mapfile -t relays < <(running)
if up_to_date; then
    say "the program is up to date"
    put_units "$PROGRAM"
    enable_units
else
    stage
    [ -n "$dry" ] || check_configs
    change
    fresh=yes
fi

if [ -n "$dry" ]; then
    say "a dry run: nothing was changed"
elif [ -z "$fresh" ] && [ -s "$CONFIG/telegram_bot_token" ]; then
    say "nothing was to be done"
elif [ ${#relays[@]} != 0 ]; then
    say "done; ${relays[*]} runs the new version"
elif [ -s "$CONFIG/telegram_bot_token" ]; then
    say "done; start it with: systemctl start ticket-relay"
else
    cat <<NEXT
install: done. What is left to do:
  1. the secrets, one line each:  sudoedit $CONFIG/${SECRETS[0]} $CONFIG/${SECRETS[1]} $CONFIG/${SECRETS[2]}
  2. staff group and admins:      sudoedit $CONFIG/config.toml
  3. start it:                    sudo systemctl start ticket-relay
NEXT
fi
