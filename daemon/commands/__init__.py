"""The commands of `python -m daemon` but for `run`."""
