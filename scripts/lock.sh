#!/usr/bin/env bash
# Remakes requirements.lock (what the daemon needs) and requirements-dev.lock (that, and what the checks need) from
# pyproject.toml. Needs `uv` (pip install uv); only this script does. Arguments go to `uv pip compile`: `--upgrade`.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

if command -v uv >/dev/null; then
    uv=(uv)
elif .venv/bin/python -m uv --version >/dev/null 2>&1; then
    uv=(.venv/bin/python -m uv)
else
    echo "lock: uv is missing; install it with: .venv/bin/python -m pip install uv" >&2
    exit 1
fi

# compile <output> <further arguments…>: the old lock is read first, so that pins move only when asked to.
compile() {
    local output=$1
    shift
    "${uv[@]}" pip compile --quiet pyproject.toml --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header --output-file "$output" "$@" >/dev/null
    { echo "# Made from pyproject.toml by scripts/lock.sh; do not edit."; cat -- "$output"; } >"$output.new"
    mv -- "$output.new" "$output"
    echo "lock: $output"
}

compile requirements.lock "$@"
compile requirements-dev.lock --group dev --constraint requirements.lock "$@"
