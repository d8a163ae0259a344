"""`status`: tells how the relay fares, whether it runs or not.

It reads the database and the relay's note beside it, looks at the lock, and leaves no trace: it
never logs in, asks no network and writes nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from daemon import heartbeat
from daemon.config import Config
from daemon.core import bulletin
from daemon.core.condition import Condition, Health
from daemon.exit_codes import ExitCode
from daemon.lock import is_locked
from daemon.storage.workload import workload

_LOOK_AGAIN_S = 1.0
"""A relay that has just taken its lock has noted nothing yet."""

_CODES = {
    Health.HEALTHY: ExitCode.OK,
    Health.NOT_RUNNING: ExitCode.NOT_RUNNING,
    Health.STUCK: ExitCode.STUCK,
}


def status(config: Config, say: Callable[[str], None], *, as_json: bool) -> ExitCode:
    """Say the relay's condition: a line for each fact, or all of it as one JSON object.

    Raises what keeps it from finding out: `ForeignDatabase`, `SchemaTooNew`, `sqlite3.Error`,
    `OSError`."""
    condition = _look(config)
    if condition.running and not condition.is_beating:
        time.sleep(_LOOK_AGAIN_S)
        condition = _look(config)
    if as_json:
        say(json.dumps(bulletin.data(condition), ensure_ascii=False))
    else:
        for line in bulletin.lines(condition):
            say(line)
    return _CODES[condition.health]


def _look(config: Config) -> Condition:
    database = config.relay.database
    running = is_locked(database)  # first: one that ends meanwhile has noted that it did
    note = heartbeat.read(heartbeat.path_beside(database))
    now = time.time_ns() // 1_000_000
    return Condition(now, running, note, workload(database), config.limits.sync_interval_s)
