"""What a running relay takes over from a changed configuration."""

from __future__ import annotations

from dataclasses import fields, replace

from daemon.config.catalogue import catalogue
from daemon.core.model import Bot, ChatId, TicketNumbers
from daemon.core.texts import Texts
from daemon.relay.desk import Desk
from tests.builders import BOT, STAFF, TEXTS

OURS = Desk(
    bot=BOT,
    staff_group=STAFF,
    former_staff_group=ChatId(-4242),
    admins=frozenset({ChatId(1)}),
    texts=TEXTS,
    log_message_text=False,
    staff_allowlist=frozenset({ChatId(2)}),
    ticket_numbers=TicketNumbers.TIMESTAMP,
    follow_up_s=0,
)
CHANGED = Desk(
    bot=Bot(ChatId(901), "other_bot"),
    staff_group=ChatId(-1009999999999),
    admins=frozenset({ChatId(3)}),
    texts=Texts(**catalogue("zh")),
    log_message_text=True,
    staff_allowlist=frozenset(),
    ticket_numbers=TicketNumbers.SEQUENTIAL,
    follow_up_s=60,
)
FOR_GOOD = {"bot", "staff_group", "former_staff_group"}


def test_all_is_taken_over_but_who_it_is_and_between_which_groups() -> None:
    names = [field.name for field in fields(Desk)]
    desk = replace(OURS)
    desk.change_to(CHANGED)
    assert {name for name in names if getattr(desk, name) != getattr(CHANGED, name)} == FOR_GOOD
    assert {name for name in names if getattr(desk, name) == getattr(OURS, name)} == FOR_GOOD
