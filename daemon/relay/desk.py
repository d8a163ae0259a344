"""Who the relay works for."""

from __future__ import annotations

from dataclasses import dataclass, fields

from daemon.core.model import Bot, ChatId, TicketNumbers
from daemon.core.text import Text
from daemon.core.texts import Texts

_FOR_GOOD = {"bot", "staff_group", "former_staff_group"}
"""What a new configuration does not change: whose relay it is, and between which groups."""


@dataclass(slots=True, kw_only=True)
class Desk:
    bot: Bot
    staff_group: ChatId
    """As it is now: another one once it became a supergroup."""
    admins: frozenset[ChatId]
    texts: Texts
    log_message_text: bool
    """Whether the words of customers and staff may stand in the log."""
    staff_allowlist: frozenset[ChatId]
    """Who in the staff group may answer; empty: all of them."""
    ticket_numbers: TicketNumbers
    follow_up_s: int
    """How long what somebody writes after a question belongs to it, without any mention."""

    former_staff_group: ChatId | None = None

    def is_staff(self, chat_id: ChatId) -> bool:
        """Whether a chat is the staff group, or was."""
        return chat_id in (self.staff_group, self.former_staff_group)

    def follow(self, old: ChatId, new: ChatId) -> None:
        """Take into account that a group became a supergroup."""
        if self.staff_group in (old, new):
            self.former_staff_group, self.staff_group = old, new

    def change_to(self, other: Desk) -> None:
        """Work as the other does from now on, for the same bot and between the same groups."""
        for field in fields(self):
            if field.name not in _FOR_GOOD:
                setattr(self, field.name, getattr(other, field.name))

    def logged(self, text: Text) -> dict[str, str]:
        """What a log line holds of a message's words: them, or nothing."""
        return {"text": text.text} if self.log_message_text else {}
