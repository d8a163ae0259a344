#!/usr/bin/env bash
# Takes away what scripts/install.sh put in place: the service and the program. Configuration, secrets, database, backups
# and the user who owns them stay, so that another installation goes on with them.
#   sudo scripts/uninstall.sh             keep the data
#   sudo scripts/uninstall.sh --purge     the data too: tickets, session, secrets, backups, the user
#   sudo scripts/uninstall.sh --dry-run   tell what would be done, and do nothing; with --purge as well
set -euo pipefail
export PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH"

ACCOUNT=ticket-relay
UNITS=/etc/systemd/system

fail() {
    echo "uninstall: $*" >&2
    exit 1
}

dry="" purge=""
for argument in "$@"; do
    case "$argument" in
        --dry-run) dry=yes ;;
        --purge) purge=yes ;;
        -h | --help)
            sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
            exit
            ;;
        *) fail "unknown argument '$argument'; see --help" ;;
    esac
done

run() {
    if [ -n "$dry" ]; then
        printf 'would run:'
        printf ' %q' "$@"
        echo
    else
        "$@"
    fi
}

[ -n "$dry" ] || [ "$(id -u)" = 0 ] || fail "this takes root: sudo scripts/uninstall.sh"
cd /

mapfile -t instances < <(systemctl list-units --all --plain --no-legend 'ticket-relay@*.service' 2>/dev/null |
    awk '{ print $1 }')
mapfile -t enabled < <(systemctl list-unit-files --plain --no-legend 'ticket-relay@*.service' 2>/dev/null |
    awk '$1 != "ticket-relay@.service" { print $1 }')
for unit in ticket-relay-backup.timer ticket-relay-backup.service ticket-relay.service \
    "${instances[@]}" "${enabled[@]}"; do
    if systemctl cat "$unit" >/dev/null 2>&1; then
        run systemctl stop "$unit"
        run systemctl --quiet disable "$unit" 2>/dev/null || true
    fi
done
for name in ticket-relay.service ticket-relay@.service ticket-relay-backup.service ticket-relay-backup.timer; do
    run rm -f "$UNITS/$name"
    run rm -f "$UNITS/$name.d/restart-backoff.conf"
    [ -z "$purge" ] || run rm -rf "$UNITS/$name.d"
    [ ! -d "$UNITS/$name.d" ] || run rmdir --ignore-fail-on-non-empty "$UNITS/$name.d"
done
run systemctl daemon-reload
run systemctl reset-failed 'ticket-relay*' 2>/dev/null || true
run rm -rf /opt/ticket-relay /opt/ticket-relay.new /opt/ticket-relay.previous /opt/ticket-relay.failed

if [ -n "$purge" ]; then
    run rm -f /var/lib/systemd/timers/stamp-ticket-relay-backup.timer
    run rm -rf /etc/ticket-relay /var/lib/ticket-relay /var/lib/ticket-relay@* /var/lib/ticket-relay-backups
    if getent passwd "$ACCOUNT" >/dev/null; then
        run userdel "$ACCOUNT"
    fi
    if getent group "$ACCOUNT" >/dev/null; then
        run groupdel "$ACCOUNT"
    fi
fi

if [ -n "$dry" ]; then
    echo "uninstall: a dry run: nothing was changed"
elif [ -z "$purge" ]; then
    echo "uninstall: done; kept: /etc/ticket-relay, /var/lib/ticket-relay*, the user $ACCOUNT"
else
    echo "uninstall: done; nothing is left"
fi
