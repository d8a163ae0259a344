"""Which backups are kept."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.core.retention import Backup, backup_named, kept


def of(*days: date) -> list[Backup]:
    made = [backup_named(f"tickets_{day:%Y%m%d}T020000Z.db.gz") for day in days]
    return [it for it in made if it is not None]


def days_of(names: set[str]) -> list[str]:
    return sorted(name.split("_")[1][:8] for name in names)


def test_seven_days_and_four_weeks() -> None:
    last = date(2025, 1, 31)  # a Friday
    backups = of(*(last - timedelta(days=n) for n in range(60)))
    daily = [f"202501{day}" for day in (25, 26, 27, 28, 29, 30, 31)]
    sundays = ["20250112", "20250119"]  # 26 January is one of the seven days
    assert days_of(kept(backups, 7, 4)) == sundays + daily


def test_of_one_day_the_newest_stays() -> None:
    names = ["tickets_20250131.db", "tickets_20250131T020000Z.db.gz", "tickets_20250131T140000Z.db"]
    backups = [it for it in map(backup_named, names) if it is not None]
    assert kept(backups, 1, 0) == {"tickets_20250131T140000Z.db"}


@given(
    st.sets(st.dates(date(2024, 1, 1), date(2025, 12, 31))), st.integers(0, 9), st.integers(0, 9)
)
def test_the_newest_always_stays_and_no_pause_makes_any_go(
    days: set[date], daily: int, weekly: int
) -> None:
    names = kept(of(*days), daily, weekly)
    assert len(names) >= min(len(days), daily)
    assert len(names) <= daily + weekly
    if days and daily + weekly:
        assert f"{max(days):%Y%m%d}" in days_of(names)


@pytest.mark.parametrize(
    "name", ["tickets.db", "tickets_2025.db", "tickets_20251332.db", "tickets_20250131.txt", ""]
)
def test_other_files_are_no_backups(name: str) -> None:
    assert backup_named(name) is None
