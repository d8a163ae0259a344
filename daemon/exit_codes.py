"""What the process tells its parent by its exit status; systemd's unit and scripts rely on it."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit statuses; those from 64 to 78 carry the meaning of BSD's sysexits(3)."""

    OK = 0
    """Did what was asked, or stopped because it was told to."""
    FAILURE = 1
    """Something unexpected; the log has the traceback. A restart may help."""
    USAGE = 2
    """The command line is wrong. A restart does not help."""
    FINDINGS = 3
    """`check` ran to its end and found something to put right."""
    NOT_RUNNING = 4
    """`status` found that no relay runs."""
    STUCK = 5
    """`status` found a relay that runs and does not do its work."""
    DATA = 65
    """The file to be imported, or the dead letter, is damaged or not what it should be. Nothing was
    changed."""
    UNAVAILABLE = 69
    """Telegram cannot be reached. A restart may help."""
    LOCKED = 75
    """Another process uses the session or the database. A restart may help, once that one ends."""
    STALLED = 76
    """Telegram's updates stopped coming, though the line to it stands. A restart helps."""
    FORBIDDEN = 77
    """The token is wrong or revoked, or the bot is not in the staff group. A restart does not
    help."""
    CONFIG = 78
    """The configuration is wrong, or a file it names: session, database, key. A restart does not
    help."""
    INTERRUPTED = 130
    """Ctrl-C ended a command before its end, as shells tell it. `run` takes Ctrl-C for a stop."""
