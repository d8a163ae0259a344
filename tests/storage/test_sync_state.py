"""How far the relay has read."""

from __future__ import annotations

import sqlite3

import pytest

from daemon.core.model import ChatId
from daemon.core.sync import FROM_ENROLMENT, AccountState, Batch, Gap, KnownChat
from daemon.storage import groups, sync_state
from daemon.storage.sync_state import Identity
from tests.builders import ACME, GLOBEX, STAFF

Tx = sqlite3.Connection


def test_whose_database_it_is(tx: Tx) -> None:
    assert sync_state.identity(tx) is None
    sync_state.set_identity(tx, Identity(ChatId(900), STAFF))
    assert sync_state.identity(tx) == Identity(ChatId(900), STAFF)


def test_the_accounts_state_is_that_of_the_last_batch_that_had_one(tx: Tx) -> None:
    assert sync_state.account(tx) is None
    for pts in (10, 11):
        sync_state.put_state(tx, Batch(account=AccountState(pts, 2, 3, 4)))
    sync_state.put_state(tx, Batch())
    assert sync_state.account(tx) == AccountState(11, 2, 3, 4)


def test_a_chat_keeps_what_is_not_known_anew(tx: Tx) -> None:
    sync_state.put_chat(tx, KnownChat(ACME, "Acme", 77, 100, 50))
    sync_state.put_chat(tx, KnownChat(ACME, "Acme & Co", None))
    assert sync_state.chat(tx, ACME) == KnownChat(ACME, "Acme & Co", 77, 100, 50)
    sync_state.put_chat(tx, KnownChat(ACME, "Acme & Co", 78, 120, 40))
    assert sync_state.chat(tx, ACME) == KnownChat(ACME, "Acme & Co", 78, 120, 50)
    assert sync_state.chats(tx) == {ACME: KnownChat(ACME, "Acme & Co", 78, 120, 50)}
    assert sync_state.chat(tx, GLOBEX) is None


def test_a_batch_moves_the_sequences_of_known_chats(tx: Tx) -> None:
    sync_state.put_chat(tx, KnownChat(ACME, "Acme", 77, 100, 50))
    chats = {GLOBEX: KnownChat(GLOBEX, "Globex", 88)}
    tops = {ACME: 60, GLOBEX: 5}
    sync_state.put_state(tx, Batch(chats=chats, pts={ACME: 110, GLOBEX: 9}, tops=tops))
    assert sync_state.chats(tx) == {
        ACME: KnownChat(ACME, "Acme", 77, 110, 60),
        GLOBEX: KnownChat(GLOBEX, "Globex", 88, 9, 5),
    }


def test_the_top_of_a_chat_never_sinks(tx: Tx) -> None:
    sync_state.put_chat(tx, KnownChat(ACME, "Acme", 77, 100, 50))
    sync_state.put_state(tx, Batch(tops={ACME: 49}))
    known = sync_state.chat(tx, ACME)
    assert known is not None
    assert known.top_msg_id == 50


def test_gaps_of_one_chat_become_one(tx: Tx) -> None:
    sync_state.put_state(tx, Batch(gaps=[Gap(ACME, 10, 20), Gap(GLOBEX, 1, 2)]))
    sync_state.put_state(tx, Batch(gaps=[Gap(ACME, 30, 40)]))
    assert sorted(sync_state.gaps(tx), key=lambda gap: gap.next_id) == [
        Gap(GLOBEX, 1, 2),
        Gap(ACME, 10, 40),
    ]


@pytest.mark.parametrize("next_id, closed", [(11, False), (20, False), (21, True), (99, True)])
def test_a_gap_is_closed_once_its_last_message_is_fetched(
    tx: Tx, next_id: int, closed: bool
) -> None:
    sync_state.put_state(tx, Batch(gaps=[Gap(ACME, 10, 20), Gap(GLOBEX, 1, 2)]))
    sync_state.advance_gap(tx, ACME, next_id)
    assert (sync_state.gap(tx, ACME) is None) is closed
    assert sync_state.gap(tx, GLOBEX)
    left = [gap for gap in sync_state.gaps(tx) if gap.chat_id == ACME]
    assert left == ([] if closed else [Gap(ACME, next_id, 20)])


def test_a_gap_from_the_enrolment_is_one_of_customer_groups_alone(tx: sqlite3.Connection) -> None:
    groups.add(tx, ACME, 1_700_000_000_999)
    found = [Gap(chat, 1, 9, FROM_ENROLMENT) for chat in (ACME, GLOBEX)]
    sync_state.put_state(tx, Batch(gaps=found))
    assert sync_state.gaps(tx) == [Gap(ACME, 1, 9, 1_700_000_000)]
