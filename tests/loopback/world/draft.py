"""What somebody is about to send."""

from __future__ import annotations

from dataclasses import dataclass

from tests.loopback.rpc import TlObject
from tests.loopback.world.channel import Channel
from tests.loopback.world.message import Quote, StoredMessage
from tests.loopback.world.person import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One message before Telegram has checked it. Fields mean what they do in StoredMessage."""

    text: str = ""
    entities: tuple[TlObject, ...] = ()
    media: TlObject | None = None
    reply_to: StoredMessage | None = None
    quote: Quote | None = None
    forward: TlObject | None = None
    random_id: int | None = None
    grouped_id: int | None = None
    via_bot: Person | None = None
    reply_markup: TlObject | None = None
    silent: bool = False
    protected: bool = False
    anonymous: bool = False
    send_as: Channel | None = None
    verbatim: bool = False
    """A forwarded copy: the text was checked once and is not looked through again."""
