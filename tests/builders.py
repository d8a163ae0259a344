"""Values for tests, with everything a test does not care about already filled in."""

from __future__ import annotations

import re
from typing import Any

from daemon.config.catalogue import ENGLISH, catalogue
from daemon.core.model import (
    Bot,
    ChatId,
    ChatRole,
    Inbound,
    InboundKind,
    Link,
    LinkRole,
    Media,
    MediaKind,
    MessageKey,
    Sender,
    Ticket,
    TicketId,
    TicketStatus,
)
from daemon.core.routing import Snapshot, Target
from daemon.core.text import Entity, Text, utf16_len
from daemon.core.texts import Texts

BOT = Bot(ChatId(900), "support_bot")
STAFF = ChatId(-1001000000001)
ACME = ChatId(-1002000000001)
"""The customer group of most tests."""
GLOBEX = ChatId(-1002000000002)
"""Another customer group."""

ALICE = Sender(ChatId(11), "Alice Doe", "alice")
NICK = Sender(ChatId(12), "Nick Nameless")
BOB = Sender(ChatId(21), "Bob Staff", "bob_staff")
ADMIN = Sender(ChatId(31), "Ada", "ada_admin")

TICKET = TicketId(1737456789000)
QUESTION = MessageKey(ACME, 100)
WRAPPER = MessageKey(STAFF, 500)
ANSWER = MessageKey(ACME, 101)


def english_texts() -> Texts:
    """What the relay says where the operator changes nothing."""
    return Texts(**catalogue(ENGLISH))


TEXTS = english_texts()

_TO_ALICE = "💬 Staff reply (Ticket #1737456789000)\n📢 "
ANSWER_HEADER = Text(
    f"{_TO_ALICE}@alice\n──────────────────────────────\n",
    (Entity("MentionName", utf16_len(_TO_ALICE), len("@alice"), user_id=ALICE.id),),
)
"""Above an answer to Alice."""

_MENTION = re.compile(r"(?<!\w)@\w{3,32}")


def said(text: str) -> Text:
    """A text as Telegram delivers it: each @username in it is a mention entity."""
    entities = tuple(
        Entity("Mention", utf16_len(text[: found.start()]), utf16_len(found.group()))
        for found in _MENTION.finditer(text)
    )
    return Text(text, entities)


def an_inbound(text: str | Text = "hello", **more: Any) -> Inbound:
    """A new message of Alice in the group ACME, unless said otherwise."""
    values: dict[str, Any] = {
        "kind": InboundKind.NEW,
        "key": QUESTION,
        "chat_title": "Customer Support",
        "sender": ALICE,
        "text": said(text) if isinstance(text, str) else text,
    }
    return Inbound(**values | more)


def an_edit(text: str | Text = "hello", **more: Any) -> Inbound:
    return an_inbound(text, kind=InboundKind.EDIT, **more)


def a_staff_message(text: str | Text = "hello", **more: Any) -> Inbound:
    """A new message of Bob in the staff group, a reply to the wrapper unless said otherwise."""
    values = {"key": MessageKey(STAFF, 600), "chat_title": "Staff", "sender": BOB}
    return an_inbound(text, **{"reply_to": WRAPPER} | values | more)


def a_snapshot(role: ChatRole = ChatRole.CUSTOMER, **more: Any) -> Snapshot:
    """A chat of that role, an ordinary sender, and a reply to nothing."""
    values: dict[str, Any] = {
        "bot": BOT,
        "texts": TEXTS,
        "staff_group": STAFF,
        "role": role,
        "sender_is_admin": False,
        "target": None,
        "in_a_ticket": False,
        "new_ticket_id": TICKET,
    }
    return Snapshot(**values | more)


def a_ticket(status: TicketStatus = TicketStatus.OPEN, **more: Any) -> Ticket:
    values: dict[str, Any] = {
        "ticket_id": TICKET,
        "question": QUESTION,
        "user_id": ALICE.id,
        "username": ALICE.username,
        "user_name": ALICE.name,
        "status": status,
    }
    return Ticket(**values | more)


def a_target(
    role: LinkRole = LinkRole.WRAPPER,
    status: TicketStatus = TicketStatus.OPEN,
    counterpart: MessageKey | None = QUESTION,
    **ticket: Any,
) -> Target:
    """A message of that role in the ticket, replied to."""
    on_staff_side = role not in (LinkRole.QUESTION, LinkRole.FOLLOW_UP, LinkRole.ANSWER)
    key = WRAPPER if on_staff_side else ANSWER
    return Target(Link(key, TICKET, role, counterpart), a_ticket(status, **ticket))


def a_media(kind: MediaKind, source: MessageKey = QUESTION, **more: Any) -> Media:
    return Media(kind, source, kind.value.encode(), **more)


def a_photo(source: MessageKey = QUESTION) -> Media:
    return a_media(MediaKind.PHOTO, source)


def a_sticker(source: MessageKey = QUESTION) -> Media:
    """Media that cannot have a caption."""
    return a_media(MediaKind.STICKER, source, title="👍")


def an_uncopyable(source: MessageKey = QUESTION, title: str = "How many?") -> Media:
    return a_media(MediaKind.QUIZ, source, title=title)
