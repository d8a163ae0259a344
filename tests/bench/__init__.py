"""How fast, how large, how close to the limit: `python -m tests.bench`, or `scripts/bench.sh`."""
