"""A question that replies to an earlier message waits for it, and its sender with it."""

from __future__ import annotations

import sqlite3

import pytest

from daemon.core.model import ChatId, Inbound, MessageKey
from daemon.storage import groups, inbox
from daemon.storage.db import Database
from tests.builders import ACME, GLOBEX, NICK, an_inbound
from tests.storage.relaying import Time
from tests.storage.routing import Routing


@pytest.fixture
async def routing(database: Database) -> Routing:
    def enrol(tx: sqlite3.Connection) -> None:
        for chat in (ACME, GLOBEX):
            groups.add(tx, chat, 0)

    await database.transaction("enrol", enrol)
    return Routing(database, Time())


def ask(msg_id: int, words: str, chat: ChatId = ACME) -> Inbound:
    return an_inbound(f"/ask {words}", key=MessageKey(chat, msg_id))


def last_lines(routing: Routing) -> list[str]:
    return [text.split("\n")[-1] for text in routing.texts()]


async def test_a_question_waits_for_what_it_replies_to_and_others_do_not(
    routing: Routing,
) -> None:
    earlier = MessageKey(ACME, 3)
    question = an_inbound("/ask What is this?", key=MessageKey(ACME, 5), reply_to=earlier)
    another = an_inbound("/ask another", key=MessageKey(ACME, 7), sender=NICK)
    await routing.receive(question, ask(6, "later"), another, ask(6, "elsewhere", GLOBEX))
    await routing.routed(waiting=2)
    (wanted, *_) = routing.contexts
    assert (wanted.message, wanted.reply_to) == (question.key, earlier)
    assert sorted(last_lines(routing)) == ["another", "elsewhere"]

    context = an_inbound("It says error 5", key=earlier)
    await routing.database.transaction(
        "context", lambda tx: inbox.set_context(tx, wanted.row_id, context)
    )
    await routing.routed()
    assert last_lines(routing)[2:] == ["What is this?", "It says error 5", "later"]
