"""The rows of `customer_groups` and `tickets`, by the columns that operators know."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import Any

from tests.scene import Scene, eventually

TICKET = """
SELECT ticket_id, staff_msg_id, cust_group_id, cust_msg_id, user_id, username,
       customer_anchor_msg_id, status, closed_at
FROM tickets
"""


def rows(scene: Scene, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(scene.folder / "tickets.db")) as database:
        return database.execute(query).fetchall()


async def row_is(scene: Scene, *expected: Any) -> None:
    await eventually(lambda: rows(scene, TICKET) == [expected])


async def test_a_tickets_row_from_question_to_reopen(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        question = scene.acme.say(scene.alice, "/ask Where is it?")
        wrapper = await scene.staff_sees("🎫")
        number = int(wrapper.text.split("#")[1].split("\n")[0])
        known = (number, wrapper.id, scene.acme.marked_id, question.id, scene.alice.id, "alice")
        await row_is(scene, *known, None, "open", None)
        assert rows(scene, "SELECT group_id FROM customer_groups") == [(scene.acme.marked_id,)]

        scene.staff.say(scene.bob, "Here", reply_to=wrapper)
        first = await scene.bot_says(scene.acme, "Here")
        await row_is(scene, *known, first.id, "open", None)
        scene.staff.say(scene.bob, "Or there", reply_to=wrapper)
        answer = await scene.bot_says(scene.acme, "Or there")  # the anchor is the newest one
        await row_is(scene, *known, answer.id, "open", None)

        before = time.time_ns() // 1_000_000
        scene.staff.say(scene.bob, "/close", reply_to=wrapper)
        await scene.staff_sees("closed")
        ((*columns, status, closed_at),) = rows(scene, TICKET)
        assert (tuple(columns), status) == ((*known, answer.id), "closed")
        assert before <= closed_at <= time.time_ns() // 1_000_000

        scene.staff.say(scene.bob, "/reopen", reply_to=wrapper)
        await scene.staff_sees("reopened")
        await row_is(scene, *known, answer.id, "open", None)
