#!/usr/bin/env bash
# Plays customers and staff against the relay while faults strike: kills, lost answers, full disks, floods, hours without a
# line. Exits 0 only if every message arrived exactly once, in the right place and order. No account and no network needed.
#   scripts/soak.sh --scenarios 1000 --seed 1 --json figures.json
#   scripts/soak.sh --replay 17      one scenario again, with its log
#   scripts/soak.sh --memory         whether the relay's memory stays flat over 100,000 updates, instead; some minutes
#   scripts/soak.sh --help           this, and every option once .venv is there
# What is injected and how, and what is held: docs/faults.md
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

case "${1-}" in
    -h | --help)
        sed -n '2,/^set /s/^# \{0,1\}//p' scripts/soak.sh
        case "$(cat .venv/.installed 2>/dev/null)" in
            *" dev") .venv/bin/python -m tests.soak --help ;;
        esac
        exit
        ;;
esac

scripts/venv.sh --dev >&2

if [[ ${1-} == --memory ]]; then
    exec .venv/bin/python -m tests.soak.memory "${@:2}"
fi
exec .venv/bin/python -m tests.soak "$@"
