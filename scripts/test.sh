#!/usr/bin/env bash
# The whole check, the same for people and for CI: lint, format, types, import contracts, tests.
# Stops at the first failure. Arguments go to pytest: scripts/test.sh tests/unit -k redact -n 0
# What takes minutes is left out, and named at the end: scripts/test.sh --nightly runs it too.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

case "${1-}" in
    -h | --help)
        sed -n '2,/^set /s/^# \{0,1\}//p' scripts/test.sh
        exit
        ;;
esac

scripts/venv.sh --dev

# step <name> <command…>
step() {
    local name=$1
    shift
    echo "== $name"
    "$@" || {
        local code=$?
        echo "test: FAILED at $name (exit code $code)" >&2
        exit "$code"
    }
}

python=(.venv/bin/python -m)
# What every worker of pytest would compile for itself is compiled once, on the core that mypy leaves idle.
unset PYTHONDONTWRITEBYTECODE
"${python[@]}" pytest "$@" --numprocesses=0 --collect-only --quiet >/dev/null 2>&1 &
compiling=$!
trap 'wait "$compiling" || true' EXIT
step "ruff check" "${python[@]}" ruff check .
step "ruff format" "${python[@]}" ruff format --check .
step "mypy" "${python[@]}" mypy
# Not .venv/bin/lint-imports: its first line holds the folder's old path once the checkout was moved.
step "import contracts" .venv/bin/python -c \
    'from importlinter.cli import lint_imports_command as main; main()' --no-logo
step "shellcheck" .venv/bin/shellcheck scripts/*.sh tests/systemd/*.sh .ci/*
wait "$compiling" || true # what it has against the tests pytest tells
step "pytest" "${python[@]}" pytest "$@"
if why_not=$(tests/systemd/machine.sh --check 2>&1); then
    echo "test: all passed"
else
    # Loud, since nothing is red.
    echo "test: NOT RUN: the service under a real systemd (tests/systemd): $why_not" >&2
    echo "test: all that could run passed"
fi
