#!/usr/bin/env bash
# Makes .venv and installs the locked packages into it, with hashes checked; does nothing when that is already so.
#   scripts/venv.sh         what the daemon needs to run
#   scripts/venv.sh --dev   and what the checks need
# PYTHON names the interpreter to use (default: the first of python3, python3.14 … python3.11 that is new enough).
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

fail() {
    echo "venv: $*" >&2
    exit 1
}

case "${1-}" in
    "") kind=run lock=requirements.lock ;;
    -h | --help)
        sed -n '2,/^set /s/^# \{0,1\}//p' scripts/venv.sh
        exit
        ;;
    --dev) kind=dev lock=requirements-dev.lock ;;
    *) fail "unknown argument '$1'; see --help" ;;
esac

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

# Two checks started at once must not install into one folder at the same time.
if command -v flock >/dev/null; then
    exec 9<scripts/venv.sh
    flock 9
fi

# A folder left half-made, moved from another system or of an older Python is made anew.
if ! new_enough .venv/bin/python; then
    base=""
    for candidate in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11; do
        if new_enough "$candidate"; then
            base=$candidate
            break
        fi
        [ "$candidate" != "${PYTHON-}" ] || fail "PYTHON=$PYTHON is not a Python 3.11 or newer"
    done
    [ -n "$base" ] || fail "Python 3.11 or newer is needed and was not found; install it or set PYTHON=/path/to/python3"
    echo "venv: making .venv with $("$base" --version)"
    rm -rf .venv
    # Debian ships venv without ensurepip; the interpreter's own pip does as well.
    "$base" -m venv --without-pip .venv || fail "$base has no venv module; on Debian and Ubuntu: apt install python3-venv"
fi

if .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null 2>&1; then
    pip=(.venv/bin/python -m pip)
elif python3 -m pip --version >/dev/null 2>&1; then
    pip=(python3 -m pip --python .venv/bin/python)
else
    fail "pip was not found; on Debian and Ubuntu: apt install python3-pip python3-venv"
fi

# The stamp names the Python, both locks and which of them is installed; the one for checks holds the other.
stamp=.venv/.installed
locks=$(.venv/bin/python -c '
import hashlib, pathlib, sys
data = b"".join(pathlib.Path(lock).read_bytes() for lock in sys.argv[1:])
print(sys.version.split()[0], hashlib.sha256(data).hexdigest())' requirements.lock requirements-dev.lock)
case "$(cat -- "$stamp" 2>/dev/null)" in
    "$locks dev" | "$locks $kind") ;;
    *)
        echo "venv: installing $lock"
        rm -f -- "$stamp"
        "${pip[@]}" install -qq --disable-pip-version-check --require-hashes --requirement "$lock" ||
            fail "installing $lock failed; the reason stands above"
        printf '%s\n' "$locks $kind" >"$stamp"
        ;;
esac
echo "venv: ready"
