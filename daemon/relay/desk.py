"""Who the relay works for."""

from __future__ import annotations

from dataclasses import dataclass

from daemon.core.model import Bot, ChatId, TicketNumbers
from daemon.core.text import Text
from daemon.core.texts import Texts


@dataclass(frozen=True, slots=True)
class Desk:
    bot: Bot
    staff_group: ChatId
    admins: frozenset[ChatId]
    texts: Texts
    log_message_text: bool
    """Whether the words of customers and staff may stand in the log."""
    staff_allowlist: frozenset[ChatId] = frozenset()
    """Who in the staff group may answer; empty: all of them."""
    ticket_numbers: TicketNumbers = TicketNumbers.TIMESTAMP

    def logged(self, text: Text) -> dict[str, str]:
        """What a log line holds of a message's words: them, or nothing."""
        return {"text": text.text} if self.log_message_text else {}
