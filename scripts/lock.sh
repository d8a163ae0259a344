#!/usr/bin/env bash
# Remakes requirements.lock (what the daemon needs) and requirements-dev.lock (that, and what the checks need) from
# pyproject.toml. Needs `uv` (pip install uv); only this script does. Arguments go to `uv pip compile`:
#   scripts/lock.sh              what changed in pyproject.toml, all other pins as they are
#   scripts/lock.sh --upgrade    the newest of everything
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

case "${1-}" in
    -h | --help)
        sed -n '2,/^set /s/^# \{0,1\}//p' scripts/lock.sh
        exit
        ;;
esac

if command -v uv >/dev/null; then
    uv=(uv)
elif .venv/bin/python -m uv --version >/dev/null 2>&1; then
    uv=(.venv/bin/python -m uv)
else
    echo "lock: uv is missing; install it with: .venv/bin/python -m pip install uv" >&2
    exit 1
fi

header="# Made from pyproject.toml by scripts/lock.sh; do not edit."

# compile <output> <further arguments…>: the old lock is read first, so that pins move only when asked to.
compile() {
    local output=$1
    shift
    "${uv[@]}" pip compile --quiet pyproject.toml --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header --output-file "$output" "$@" >/dev/null
    # With some arguments uv writes nothing, and the line is there already.
    { echo "$header"; grep -vxF -- "$header" "$output"; } >"$output.new"
    mv -- "$output.new" "$output"
    echo "lock: $output"
}

compile requirements.lock "$@"
compile requirements-dev.lock --group dev --constraint requirements.lock "$@"
