"""The operator's own texts."""

from __future__ import annotations

from dataclasses import fields

import pytest

from daemon.config import ConfigError, load
from daemon.core.texts import Texts
from tests.builders import TEXTS
from tests.unit.conftest import WriteConfig


def test_one_text_is_replaced_and_the_others_stay(write_config: WriteConfig) -> None:
    texts = load(write_config(texts='closed = "Zu: {ticket} {{ok}}"'), {}).texts
    assert texts.closed == "Zu: {ticket} {{ok}}"
    assert texts.reopened == TEXTS.reopened


@pytest.mark.parametrize(
    "line, problem",
    [
        ("closed = 5", "texts.closed: must be a text in quotes"),
        ('closed = " "', "texts.closed: must not be empty"),
        (f'closed = "{"a" * 513}"', "texts.closed: must not be longer than 512 characters"),
        (
            'closed = "{tiket}"',
            'texts.closed: has the unknown placeholder "{tiket}" (did you mean "ticket"?); '
            "this text knows: {ticket}; a plain brace is written twice",
        ),
        ('closed = "{}"', 'texts.closed: has the unknown placeholder "{}"; this text knows'),
        ('closed = "{ticket.x}"', 'texts.closed: has the unknown placeholder "{ticket.x}"'),
        ('closed = "{ticket!r}"', 'texts.closed: must have "{ticket}" with nothing behind'),
        ('closed = "{ticket:>9}"', 'texts.closed: must have "{ticket}" with nothing behind'),
        ('closed = "}"', "texts.closed: has a brace without its partner"),
        ('closed = "{"', "texts.closed: has a brace without its partner"),
        ('reply_sent = "{ticket}"', 'texts.reply_sent: has the unknown placeholder "{ticket}"'),
        ('clsed = "x"', 'texts.clsed: is not a known key (did you mean "closed"?)'),
    ],
)
def test_a_wrong_text_is_told(write_config: WriteConfig, line: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write_config(texts=line), {})
    (told,) = caught.value.problems
    assert told.startswith(problem)


@pytest.mark.parametrize("name", [field.name for field in fields(Texts)])
def test_every_default_passes_the_check_it_sets(write_config: WriteConfig, name: str) -> None:
    default: str = getattr(TEXTS, name)
    escaped = default.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    assert load(write_config(texts=f'{name} = "{escaped}"'), {}).texts == TEXTS
