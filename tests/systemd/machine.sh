#!/usr/bin/env bash
# A machine to break: a real systemd as PID 1 of namespaces of its own, over a throw-away copy of this system.
#   tests/systemd/machine.sh [--bind=FROM:TO]...   boots in under a second, writes the host's pid of its PID 1 to
#                                                  standard output, and shuts down when standard input ends
#   tests/systemd/machine.sh --check               tells in one line why it cannot, if it cannot
# Everything is written to memory: the root is an overlay whose lower layer is this system's root; /dev, /run and
# /etc/systemd/system are fresh, and so is the set of enabled services. The network is this system's: a server on its
# loopback is reached from within. FROM is shown at TO, both ways; to show is all it takes with files of the root.
# Needs root, systemd, util-linux, and a kernel with overlayfs and cgroup2.
set -euo pipefail
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

SYSTEMD=/usr/lib/systemd/systemd
[ -x "$SYSTEMD" ] || SYSTEMD=/lib/systemd/systemd

fail() {
    echo "$*" >&2
    exit 125
}

# The cgroup of this process below MOUNTPOINT, where cgroup2 gets mounted.
own_cgroup() {
    local path
    mount -t cgroup2 cgroup2 "$1"
    path=$(sed -n 's/^0:://p' /proc/self/cgroup)
    printf '%s%s\n' "$1" "${path%/}"
}

case "${1-}" in
    --check)
        [ "$(id -u)" = 0 ] || fail "it takes root"
        [ -x "$SYSTEMD" ] || fail "there is no systemd here"
        for program in unshare nsenter setpriv mount systemctl systemd-analyze; do
            command -v "$program" >/dev/null || fail "there is no $program here"
        done
        probe=$(mktemp -d)
        # shellcheck disable=SC2016  # it is the inner shell that expands
        unshare --mount --propagation private --pid --fork --cgroup --uts --ipc -- sh -ec '
            mount -t cgroup2 cgroup2 "$1"
            mount -t tmpfs tmpfs "$1"
            mkdir "$1/upper" "$1/work" "$1/root"
            mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
        ' sh "$probe" 2>/dev/null || { rmdir "$probe"; fail "namespaces, cgroup2 or overlayfs cannot be used here"; }
        rmdir "$probe"
        exit
        ;;

    # ---- in the mount namespace: enter a cgroup of our own, then a pid namespace
    __enter)
        work=$2 name=$3
        cgroup=$(own_cgroup "$work")
        mkdir "$cgroup/$name"
        umount "$work"
        exec unshare --pid --fork --kill-child --uts --ipc -- "$0" __join "$work" "$name"
        ;;

    # ---- the process that will be PID 1 alone enters the cgroup, which it then sees as the root of all
    __join)
        work=$2 name=$3
        cgroup=$(own_cgroup "$work")
        echo 0 >"$cgroup/$name/cgroup.procs"
        umount "$work"
        exec unshare --cgroup -- "$0" __init "$work"
        ;;

    __init)
        work=$2
        mount -t tmpfs -o mode=755 tmpfs "$work"
        mkdir "$work/upper" "$work/work" "$work/root"
        root=$work/root
        mount -t overlay overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/work" "$root"
        mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
        # What belongs to the kernel can be read and not set.
        for path in sys sysrq-trigger; do
            [ -e "$root/proc/$path" ] || continue
            mount --bind "$root/proc/$path" "$root/proc/$path"
            mount -o remount,bind,ro "$root/proc/$path"
        done
        mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$root/sys"
        mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup"
        mount -t tmpfs -o mode=755,nosuid tmpfs "$root/dev"
        mkdir "$root/dev/pts" "$root/dev/shm" "$root/dev/mqueue"
        mount -t devpts -o newinstance,ptmxmode=0666,mode=620,nosuid,noexec devpts "$root/dev/pts"
        mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/dev/shm"
        while read -r device major minor; do
            mknod -m 666 "$root/dev/$device" c "$major" "$minor"
        done <<<$'null 1 3\nzero 1 5\nfull 1 7\nrandom 1 8\nurandom 1 9\ntty 5 0'
        ln -s pts/ptmx "$root/dev/ptmx"
        ln -s /proc/self/fd "$root/dev/fd"
        touch "$root/dev/console"
        mount --bind "$root/dev/null" "$root/dev/console"
        mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$root/run"
        mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$root/etc/systemd/system"
        for unit in sys-kernel-{debug,tracing,config}.mount sys-fs-fuse-connections.mount dev-hugepages.mount \
            systemd-tmpfiles-clean.timer; do
            ln -s /dev/null "$root/etc/systemd/system/$unit"
        done
        ln -sf /dev/null "$root/etc/tmpfiles.d/tmp.conf" # Debian's would empty /tmp
        while IFS=: read -r from to; do
            [ -n "$from" ] || continue
            mkdir -p "$root$to"
            mount --rbind "$from" "$root$to"
        done <<<"${MACHINE_BINDS-}"
        mkdir "$root/run/old"
        cd "$root"
        pivot_root . run/old
        cd /
        umount -l /run/old
        rmdir /run/old
        mount --make-rshared / # else the mounts of credentials reach no service
        exec env -i container=machine LANG=C.UTF-8 TERM=dumb PATH="$PATH" \
            "$SYSTEMD" --system --unit=basic.target --show-status=false </dev/null >/dev/null 2>&1
        ;;

    # ---- after the end: the cgroup's folders, once nothing is in them
    __sweep)
        work=$2 name=$3
        cgroup=$(own_cgroup "$work")/$name
        for _ in {1..50}; do
            [ -d "$cgroup" ] || exit 0
            find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || true
            [ ! -d "$cgroup" ] || sleep 0.1
        done
        fail "the cgroup $name is left over"
        ;;
esac

MACHINE_BINDS=
while [ $# -gt 0 ]; do
    case "$1" in
        --bind=*:*) MACHINE_BINDS+="${1#--bind=}"$'\n' ;;
        *) fail "unknown argument '$1'" ;;
    esac
    shift
done
export MACHINE_BINDS

self=$(readlink -f -- "$0")
work=$(mktemp -d "${TMPDIR:-/tmp}/machine.XXXXXX")
name=${work##*/}
holder="" init=""

shut_down() {
    trap - EXIT INT TERM
    if [ -n "$holder" ] && kill -0 "$holder" 2>/dev/null; then
        [ -z "$init" ] || kill -s RTMIN+4 "$init" 2>/dev/null || true # poweroff.target
        for _ in {1..100}; do
            kill -0 "$holder" 2>/dev/null || break
            sleep 0.05
        done
        kill -KILL "$holder" 2>/dev/null || true
        wait "$holder" 2>/dev/null || true
    fi
    unshare --mount --propagation private -- "$self" __sweep "$work" "$name" || true
    rmdir "$work"
}
trap shut_down EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

setpriv --pdeathsig KILL -- unshare --mount --propagation private -- "$self" __enter "$work" "$name" </dev/null >&2 &
holder=$!
inside() {
    nsenter --target "$init" --all --root --wd -- "$@"
}
for _ in {1..300}; do
    kill -0 "$holder" 2>/dev/null || fail "it ended while it was set up"
    read -r init _ <"/proc/$holder/task/$holder/children" 2>/dev/null || true
    if [ -n "$init" ] && [[ $(readlink "/proc/$init/exe") == */systemd ]] && inside test -S /run/systemd/private; then
        break
    fi
    sleep 0.05
done
state=$(inside timeout 60 systemctl is-system-running --wait || true)
case "$state" in
    running | degraded) ;;
    *) fail "its state is ${state:-unknown}" ;;
esac
echo "$init"
cat >/dev/null
