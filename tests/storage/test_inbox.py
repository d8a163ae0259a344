"""The inbox: everything once, in the order of the messages, nothing unreadable thrown away."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from telethon.tl import types

from daemon.core.model import ChatId, Inbound, InboundKind, MessageKey
from daemon.core.sync import ACCOUNT, Batch, Gap, KnownChat, Move, Unreadable
from daemon.core.text import Entity, Text
from daemon.storage import inbox, moves, sync_state
from daemon.storage.inbox import InboxRow
from daemon.telegram.inbound import to_inbound
from tests.builders import ACME, GLOBEX, a_photo, an_edit, an_inbound, an_uncopyable
from tests.unit import tl

Tx = sqlite3.Connection

BASIC = ChatId(-4001)
"""A basic group."""
PRIVATE = ChatId(77)


def a_message(msg_id: int, text: str = "hello", chat: ChatId = ACME, **more: Any) -> Inbound:
    return an_inbound(text, key=MessageKey(chat, msg_id), **more)


def waiting(tx: Tx, chat: ChatId = ACME, limit: int = 100) -> list[InboxRow]:
    return list(inbox.of_chat(tx, chat, limit))


def texts(tx: Tx, chat: ChatId = ACME) -> list[str]:
    return [row.inbound().text.text for row in waiting(tx, chat)]


def test_a_message_comes_out_as_it_went_in(tx: Tx) -> None:
    message = an_inbound(
        Text("😀 <b>x</b> \u202e\x00", (Entity("TextUrl", 0, 2, url="https://x"),)),
        media=(a_photo(),),
        reply_to=MessageKey(ACME, 5),
        grouped_id=2**62,
        forwarded=True,
        via_bot=True,
        date=1_800_000_000,
    )
    assert inbox.put(tx, message, now=1000)
    (row,) = waiting(tx)
    assert row.inbound() == message
    assert (row.key, row.kind, row.received_at) == (message.key, InboundKind.NEW, 1000)


def test_a_new_message_is_stored_once_whatever_it_says(tx: Tx) -> None:
    """One that is fetched late may come edited already."""
    assert inbox.put(tx, a_message(1, "first"), 0)
    assert not inbox.put(tx, a_message(1, "first"), 0)
    assert not inbox.put(tx, a_message(1, "first, edited"), 0)
    assert texts(tx) == ["first"]


def test_the_same_id_in_another_chat_is_another_message(tx: Tx) -> None:
    assert inbox.put(tx, a_message(1), 0)
    assert inbox.put(tx, a_message(1, chat=GLOBEX), 0)


def test_edits_are_told_apart_by_what_they_say(tx: Tx) -> None:
    """And not by their date, which has whole seconds only."""
    edits = [
        an_edit("one"),
        an_edit("two"),
        an_edit(Text("two", (Entity("Bold", 0, 3),))),
        an_edit("two", media=(a_photo(),)),
        an_edit("two", media=(an_uncopyable(),)),
    ]
    assert [inbox.put(tx, edit, 0) for edit in edits] == [True] * 5
    assert [inbox.put(tx, edit, 0) for edit in edits] == [False] * 5


@pytest.mark.parametrize(
    "carry",
    [
        lambda **file: types.MessageMediaPhoto(photo=tl.a_photo(**file)),
        lambda **file: types.MessageMediaDocument(document=tl.a_document(**file)),
    ],
    ids=["photo", "document"],
)
def test_an_edit_that_is_fetched_again_is_the_same(tx: Tx, carry: Callable[..., Any]) -> None:
    """Its file comes with another reference each time; another file is another edit."""

    def edit(file_id: int, reference: bytes) -> Inbound:
        media = carry(id=file_id, file_reference=reference)
        return to_inbound(InboundKind.EDIT, tl.a_message(media=media), {})

    assert inbox.put(tx, edit(1, b"one"), 0)
    assert not inbox.put(tx, edit(1, b"two"), 0)
    assert inbox.put(tx, edit(2, b"two"), 0)


def test_an_edit_is_no_new_message(tx: Tx) -> None:
    assert inbox.put(tx, an_inbound("same"), 0)
    assert inbox.put(tx, an_edit("same"), 0)
    assert [row.kind for row in waiting(tx)] == [InboundKind.NEW, InboundKind.EDIT]


@pytest.mark.parametrize("make", [an_inbound, an_edit])
def test_what_had_its_effect_is_not_stored_again(tx: Tx, make: Any) -> None:
    inbox.put(tx, make("hello"), 0)
    (row,) = waiting(tx)
    inbox.note_receipt(tx, row, 0)
    inbox.take(tx, row)
    assert waiting(tx) == []
    assert not inbox.put(tx, make("hello"), 0)
    assert inbox.put(tx, an_edit("hello, edited"), 0)


def test_what_had_no_effect_may_come_again(tx: Tx) -> None:
    """Without a receipt: most of what is said concerns nobody, and would fill the disk."""
    inbox.put(tx, a_message(1), 0)
    inbox.take(tx, waiting(tx)[0])
    assert inbox.put(tx, a_message(1), 0)


def test_a_receipt_is_for_its_own_message_alone(tx: Tx) -> None:
    inbox.put(tx, a_message(1), 0)
    inbox.note_receipt(tx, waiting(tx)[0], 0)
    assert inbox.put(tx, a_message(2), 0)
    assert inbox.put(tx, a_message(1, chat=GLOBEX), 0)


def test_old_receipts_are_forgotten_and_newer_ones_are_not(tx: Tx) -> None:
    for msg_id, routed_at in ((1, 1000), (2, 2000)):
        inbox.put(tx, a_message(msg_id), 0)
        row = waiting(tx)[0]
        inbox.note_receipt(tx, row, routed_at)
        inbox.take(tx, row)
    inbox.forget_receipts(tx, before=2000)
    assert inbox.put(tx, a_message(1), 0)
    assert not inbox.put(tx, a_message(2), 0)


def test_messages_wait_in_the_order_of_their_ids(tx: Tx) -> None:
    """Not in that of their arrival: what was missed is fetched later."""
    for msg_id in (5, 3, 9, 4, 10):
        inbox.put(tx, a_message(msg_id, f"number {msg_id}"), 0)
    inbox.put(tx, a_message(1, "elsewhere", GLOBEX), 0)
    assert texts(tx) == [f"number {n}" for n in (3, 4, 5, 9, 10)]
    assert [row.key.msg_id for row in waiting(tx, limit=2)] == [3, 4]


def test_edits_wait_behind_their_message_in_the_order_of_their_arrival(tx: Tx) -> None:
    inbox.put(tx, a_message(2, "after"), 0)
    inbox.put(tx, a_message(1, "new"), 0)
    for text in ("zzz", "aaa", "mmm"):
        inbox.put(tx, a_message(1, text, kind=InboundKind.EDIT), 0)
    assert texts(tx) == ["new", "zzz", "aaa", "mmm", "after"]


def test_every_chat_in_which_something_waits_is_told_once(tx: Tx) -> None:
    assert inbox.waiting_chats(tx) == []
    for msg_id, chat in ((1, ACME), (2, ACME), (1, GLOBEX)):
        inbox.put(tx, a_message(msg_id, chat=chat), 0)
    assert sorted(chat.chat_id for chat in inbox.waiting_chats(tx)) == sorted([ACME, GLOBEX])


@pytest.mark.parametrize("sequence, behind", [(ACME, [ACME]), (ACCOUNT, [BASIC, PRIVATE])])
def test_a_chat_waits_for_what_is_missing_of_its_sequence(
    tx: Tx, sequence: ChatId, behind: list[ChatId]
) -> None:
    """Basic groups and private chats share the account's; a supergroup has its own."""
    for chat in (ACME, GLOBEX, BASIC, PRIVATE):
        inbox.put(tx, a_message(1, chat=chat), 0)
    sync_state.put_state(tx, Batch(gaps=[Gap(sequence, 1, 2)]))
    chats = inbox.waiting_chats(tx)
    assert sorted(chat.chat_id for chat in chats if chat.has_gap) == sorted(behind)


def test_what_a_chat_was_is_told_before_it(tx: Tx) -> None:
    moves.follow(tx, Move(BASIC, KnownChat(ACME, "Acme", 1)))
    for chat in (ACME, BASIC):
        inbox.put(tx, a_message(1, chat=chat), 0)
    chats = inbox.waiting_chats(tx)
    assert [(chat.chat_id, chat.former) for chat in chats] == [(BASIC, None), (ACME, BASIC)]


def test_a_message_that_cannot_be_routed_is_kept_with_its_payload_and_the_error(tx: Tx) -> None:
    message = a_message(1, "poison", media=(a_photo(),))
    inbox.put(tx, message, 0)
    number = inbox.bury(tx, waiting(tx)[0], "ValueError: why", now=7)
    assert waiting(tx) == []
    letter = tx.execute("SELECT id, chat_id, msg_id, kind, payload, error, at FROM dead_letters")
    ((row_id, chat_id, msg_id, kind, payload, error, at),) = letter.fetchall()
    assert row_id == number
    assert (chat_id, msg_id, kind, error, at) == (ACME, 1, "new", "ValueError: why", 7)
    assert msgspec.json.decode(payload, type=Inbound) == message


def test_what_could_not_be_read_waits_in_its_place_and_says_why(tx: Tx) -> None:
    inbox.put(tx, a_message(3), 0)
    for _ in range(2):
        inbox.put_unreadable(tx, Unreadable(MessageKey(ACME, 2), b"\0\xff", "why"), 0)
    rows = waiting(tx)
    assert [(row.key.msg_id, row.kind) for row in rows] == [
        (2, InboundKind.UNREADABLE),
        (3, InboundKind.NEW),
    ]
    with pytest.raises(inbox.UpdateUnreadable, match="why"):
        rows[0].inbound()


@pytest.mark.parametrize("payload", ["", "{", "{}", "[]", '{"kind": "strange"}'])
def test_a_payload_that_cannot_be_read_is_an_error_of_its_own(tx: Tx, payload: str) -> None:
    inbox.put(tx, a_message(1), 0)
    tx.execute("UPDATE inbox SET payload = ?", (payload,))
    (row,) = waiting(tx)
    with pytest.raises(msgspec.DecodeError):
        row.inbound()
    inbox.bury(tx, row, "unreadable", 0)
    assert tx.execute("SELECT payload FROM dead_letters").fetchone() == (payload,)


def test_what_is_fetched_for_a_message_waits_with_it(tx: Tx) -> None:
    for msg_id in (7, 8, 9):
        inbox.put(tx, a_message(msg_id), 0)
    asked, gone, untouched = waiting(tx)
    context = a_message(3, "before", media=(a_photo(),))
    inbox.set_context(tx, asked.id, context)
    inbox.set_context(tx, gone.id, None)
    asked, gone, untouched = waiting(tx)
    assert asked.replied_to() == context
    assert gone.context is not None
    assert gone.replied_to() is None
    assert untouched.context is None
