"""What differs between two configurations, and when it counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

from daemon.config.schema import Config

_AT_RESTART = ("telegram", "limits", "metrics", "relay.staff_group", "relay.database")
"""Tables and keys that a running relay cannot take over: who it is, between whom, how fast."""

_TABLES = ("telegram", "relay", "log", "limits", "metrics")


@dataclass(frozen=True, slots=True)
class Changes:
    """Dotted keys, in the order of the configuration."""

    at_once: tuple[str, ...]
    at_restart: tuple[str, ...]
    in_effect: Config
    """The old one with what changes at once."""


def changes(old: Config, new: Config) -> Changes:
    """What a reload brings."""
    staff_group, database = old.relay.staff_group, old.relay.database
    relay = replace(new.relay, staff_group=staff_group, database=database)
    differing = list(_differing(old, new))
    late = [key for key in differing if key.startswith(tuple(f"{it}." for it in _AT_RESTART))]
    late += [key for key in differing if key in _AT_RESTART]
    return Changes(
        at_once=tuple(key for key in differing if key not in late),
        at_restart=tuple(key for key in differing if key in late),
        in_effect=replace(old, relay=relay, log=new.log, texts=new.texts),
    )


def _differing(old: Config, new: Config) -> Iterator[str]:
    for table in _TABLES:
        before: Any = getattr(old, table)
        after: Any = getattr(new, table)
        for field in fields(before):
            if getattr(before, field.name) != getattr(after, field.name):
                yield f"{table}.{field.name}"
    if old.texts != new.texts:
        yield "texts"
