"""The benchmark: measures, prints a table, and writes every figure and sample as JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.bench.figures import table
from tests.bench.processes import MeasurementFailed
from tests.bench.report import QUICK, WHOLE, Report


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench.sh", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything, in a minute")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write figures and samples there")
    options = parser.parse_args(arguments)
    report = Report(QUICK if options.quick else WHOLE)
    try:
        report.measure()
    except MeasurementFailed as error:
        print(f"\nbench: {error}", file=sys.stderr)
        return 1
    print(table(report.sections))
    print(f"What limited the throughput: {report.limited_by}")
    for warning in report.warnings:
        print(f"Mind: {warning}")
    if options.json is not None:
        told = {
            **report.figures(),
            "throughput_limited_by": report.limited_by,
            "warnings": report.warnings,
            "machine": {"python": platform.python_version(), "cores": os.cpu_count()},
            "samples": report.samples,
        }
        options.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
