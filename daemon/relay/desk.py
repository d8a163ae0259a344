"""Who the relay works for."""

from __future__ import annotations

from dataclasses import dataclass

from daemon.core.model import Bot, ChatId
from daemon.core.texts import Texts


@dataclass(frozen=True, slots=True)
class Desk:
    bot: Bot
    staff_group: ChatId
    admins: frozenset[ChatId]
    texts: Texts
