"""Why a demo did not come to its end."""

from __future__ import annotations


class DemoFailure(Exception):
    """Something expected did not happen; the message is for the person at the terminal."""
