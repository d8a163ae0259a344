"""A command's transaction: all of it or nothing, whatever ends it."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.core.model import ChatId
from daemon.storage import groups, offline

ACME = ChatId(-1009)


def all_groups(path: Path) -> list[ChatId]:
    with offline.rehearsal(path) as copy:
        return groups.all_groups(copy)


def test_it_is_kept(tmp_path: Path) -> None:
    with offline.transaction(tmp_path / "tickets.db") as tx:
        groups.add(tx, ACME, 0)
    assert all_groups(tmp_path / "tickets.db") == [ACME]


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_what_is_interrupted_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    def interrupted() -> None:
        with offline.transaction(tmp_path / "tickets.db") as tx:
            groups.add(tx, ACME, 0)
            raise error

    with pytest.raises(error):
        interrupted()
    assert all_groups(tmp_path / "tickets.db") == []


def test_a_rehearsal_sees_what_is_there_and_leaves_nothing(tmp_path: Path) -> None:
    with offline.transaction(tmp_path / "tickets.db") as tx:
        groups.add(tx, ACME, 0)
    with offline.rehearsal(tmp_path / "tickets.db") as copy:
        assert not groups.add(copy, ACME, 0)
        assert groups.add(copy, ChatId(-2), 0)
    assert all_groups(tmp_path / "tickets.db") == [ACME]
