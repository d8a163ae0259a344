"""Basic groups that became supergroups: what moves with them, and what keeps the old chat."""

from __future__ import annotations

import sqlite3

import pytest

from daemon.core.model import ChatId, LinkRole, MessageKey, TicketId
from daemon.core.sync import KnownChat, Move
from daemon.storage import groups, moves, outbox, sync_state, tickets, waits
from daemon.storage.sync_state import Identity
from tests.builders import ACME, ALICE, STAFF, a_ticket
from tests.storage.drafts import RandomIds, a_draft, claimed, put

Tx = sqlite3.Connection

OLD = ChatId(-4100)
NEW = ChatId(-1002000004100)
MOVE = Move.from_the_beginning(OLD, NEW, "Small & Co", 77)


def texts_for(tx: Tx, chat_id: ChatId) -> list[str]:
    """What is sent to a chat, one after the other."""
    texts = []
    while (row := outbox.claim(tx, chat_id, 0, 0)) is not None:
        texts.append(row.text.text)
        outbox.settle(tx, row, [len(texts) + 100])
    return texts


def test_where_a_chat_is_now_and_what_it_was(tx: Tx) -> None:
    assert (moves.current(tx, OLD), moves.former(tx, NEW)) == (OLD, None)
    assert moves.follow(tx, MOVE)
    assert (moves.current(tx, OLD), moves.former(tx, NEW)) == (NEW, OLD)
    assert (moves.current(tx, NEW), moves.former(tx, OLD)) == (NEW, None)
    assert moves.all_moves(tx) == {OLD: NEW}


def test_a_move_is_followed_once(tx: Tx) -> None:
    groups.add(tx, OLD, 5)
    assert moves.follow(tx, MOVE)
    sync_state.put_chat(tx, KnownChat(NEW, "Renamed", None, 900))
    assert not moves.follow(tx, MOVE)
    assert sync_state.chat(tx, NEW) == KnownChat(NEW, "Renamed", 77, 900, 1)


def test_a_customer_group_stays_one_and_is_read_from_its_beginning(tx: Tx) -> None:
    groups.add(tx, OLD, 5)
    groups.add(tx, ACME, 6)
    moves.follow(tx, MOVE)
    assert groups.all_groups(tx) == [NEW, ACME]
    assert sync_state.chat(tx, NEW) == KnownChat(NEW, "Small & Co", 77, 1, 1)


def test_a_move_without_a_title_keeps_the_one_that_is_known(tx: Tx) -> None:
    sync_state.put_chat(tx, KnownChat(OLD, "Small", None))
    moves.follow(tx, Move.from_the_beginning(OLD, NEW))
    assert sync_state.chat(tx, NEW) == KnownChat(NEW, "Small", 0, 1, 1)


def test_a_group_that_was_enrolled_anew_is_read_from_where_it_was(tx: Tx) -> None:
    groups.add(tx, OLD, 5)
    groups.add(tx, NEW, 6)
    sync_state.put_chat(tx, KnownChat(NEW, "Small & Co", 77, 900, 300))
    moves.follow(tx, MOVE)
    assert groups.all_groups(tx) == [NEW]
    assert sync_state.chat(tx, NEW) == KnownChat(NEW, "Small & Co", 77, 900, 300)


def test_the_staff_group_of_the_database_moves_too(tx: Tx) -> None:
    sync_state.set_identity(tx, Identity(ChatId(900), OLD))
    moves.follow(tx, MOVE)
    assert sync_state.identity(tx) == Identity(ChatId(900), NEW)
    moves.follow(tx, Move.from_the_beginning(ChatId(-4200), ChatId(-1002000004200)))
    assert sync_state.identity(tx) == Identity(ChatId(900), NEW)


def test_tickets_go_on_with_the_key_of_their_question(tx: Tx) -> None:
    question = MessageKey(OLD, 7)
    tickets.open_ticket(tx, a_ticket(question=question), STAFF, 0)
    moves.follow(tx, MOVE)
    ticket = tickets.get(tx, TicketId(a_ticket().ticket_id))
    assert ticket is not None
    assert (ticket.question, ticket.group) == (question, NEW)
    groups.add(tx, NEW, 0)
    assert [group.open_tickets for group in groups.overview(tx)] == [1]


def test_what_is_queued_goes_to_the_new_chat_in_its_order(tx: Tx, ids: RandomIds) -> None:
    put(tx, a_draft("before", OLD), ids)
    put(tx, a_draft("elsewhere", ACME), ids)
    moves.follow(tx, MOVE)
    put(tx, a_draft("after", OLD), ids)
    put(tx, a_draft("to the new one", NEW), ids)
    assert texts_for(tx, OLD) == []
    assert texts_for(tx, NEW) == ["before", "after", "to the new one"]
    assert texts_for(tx, ACME) == ["elsewhere"]


def test_a_wait_ends_with_the_chat_it_was_for(tx: Tx) -> None:
    waits.note(tx, OLD, 60_000, 1000)
    waits.note(tx, ACME, 60_000, 1000)
    moves.follow(tx, MOVE)
    assert waits.left_ms(tx, OLD, 1000) == 0
    assert waits.left_ms(tx, ACME, 1000) == 60_000


def test_what_is_under_way_stays_where_it_is_and_holds_up_the_others(
    tx: Tx, ids: RandomIds
) -> None:
    put(tx, a_draft("under way", OLD), ids)
    row = claimed(tx, OLD)
    put(tx, a_draft("behind it", OLD), ids)
    moves.follow(tx, MOVE)
    assert outbox.claim(tx, NEW, 0, 0) is None
    assert outbox.sending(tx, OLD) == row
    outbox.settle(tx, row, [60])
    assert texts_for(tx, NEW) == ["behind it"]


@pytest.mark.parametrize("how", ["given back", "redirected"])
def test_what_was_under_way_and_not_sent_is_the_next(tx: Tx, ids: RandomIds, how: str) -> None:
    put(tx, a_draft("under way", OLD), ids)
    row = claimed(tx, OLD)
    put(tx, a_draft("behind it", OLD), ids)
    moves.follow(tx, MOVE)
    if how == "given back":
        outbox.release(tx, row)
    else:
        outbox.redirect(tx, row, ids)
    again = claimed(tx, NEW)
    assert again.text == row.text
    assert (again.random_ids == row.random_ids) is (how == "given back")
    outbox.settle(tx, again, [60])
    assert texts_for(tx, NEW) == ["behind it"]


def test_replies_to_old_messages_keep_the_old_chat(tx: Tx, ids: RandomIds) -> None:
    old, new = MessageKey(OLD, 7), MessageKey(NEW, 7)
    put(tx, a_draft("queued before", OLD, reply_to=old), ids)
    moves.follow(tx, MOVE)
    put(tx, a_draft("to the old one", NEW, reply_to=old), ids)
    put(tx, a_draft("to its namesake", NEW, reply_to=new), ids)
    for expected in (old, old, new):
        row = claimed(tx, NEW)
        assert row.reply_to == expected
        outbox.settle(tx, row, [row.id + 100])


def test_a_reply_to_what_was_under_way_is_one_to_the_old_chat(tx: Tx, ids: RandomIds) -> None:
    first = put(tx, a_draft("first", OLD), ids)
    put(tx, a_draft("second", OLD, reply_to=first), ids)
    row = claimed(tx, OLD)
    moves.follow(tx, MOVE)
    outbox.settle(tx, row, [60])
    assert claimed(tx, NEW).reply_to == MessageKey(OLD, 60)


@pytest.mark.parametrize("chat", [ACME, STAFF, ChatId(-4200), ALICE.id])
def test_a_reply_to_any_other_chat_is_none(tx: Tx, ids: RandomIds, chat: ChatId) -> None:
    moves.follow(tx, MOVE)
    put(tx, a_draft("hello", NEW, reply_to=MessageKey(chat, 7), role=LinkRole.ANSWER), ids)
    assert claimed(tx, NEW).reply_to is None
