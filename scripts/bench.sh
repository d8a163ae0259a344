#!/usr/bin/env bash
# Measures the relay against a bare Telethon client on a Telegram on loopback: CPU per step, latency, throughput, start, growth,
# backlog, memory, media. No account and no network needed.
#   scripts/bench.sh                       everything; five minutes
#   scripts/bench.sh --quick               less of everything; a minute
#   scripts/bench.sh --json figures.json   all figures and samples, too
# What is measured and how, and where it stands: docs/performance.md
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

case "${1-}" in
    -h | --help)
        sed -n '2,/^set /s/^# \{0,1\}//p' scripts/bench.sh
        exit
        ;;
esac

scripts/venv.sh --dev >&2
exec .venv/bin/python -m tests.bench "$@"
