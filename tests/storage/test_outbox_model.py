"""The outbox against a model of it, through any order of things that happen to its rows."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field, replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from daemon.core.model import ChatId, MessageKey, OutboxId
from daemon.core.text import Text
from daemon.storage import links, outbox
from daemon.storage.db import migrate
from daemon.storage.outbox_row import OutboxRow
from tests.builders import ACME, GLOBEX, QUESTION, STAFF, a_photo
from tests.storage.drafts import RandomIds, a_draft

CHATS = [ACME, GLOBEX, STAFF]
destinations = st.sampled_from(CHATS)


@dataclass
class Row:
    number: OutboxId
    text: str
    size: int
    random_ids: list[int]
    reply_to: MessageKey | OutboxId | None


@dataclass
class Lane:
    """What waits for one destination, in order; the first may be claimed."""

    rows: list[Row] = field(default_factory=list)
    claimed: OutboxRow | None = None


class Outbox(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.tx = sqlite3.connect(":memory:", isolation_level=None)
        self.tx.execute("PRAGMA foreign_keys = ON")
        migrate(self.tx)
        self.ids = RandomIds()
        self.lanes = {chat: Lane() for chat in CHATS}
        self.next_msg_id = 1
        self.next_text = 0

    def teardown(self) -> None:
        self.tx.close()

    def claimed(self, chat: ChatId) -> tuple[Row, OutboxRow] | None:
        lane = self.lanes[chat]
        return (lane.rows[0], lane.claimed) if lane.claimed else None

    @rule(chat=destinations, size=st.integers(1, 3), data=st.data())
    def put(self, chat: ChatId, size: int, data: st.DataObject) -> None:
        waiting = [row.number for row in self.lanes[chat].rows]
        reply_to = data.draw(st.sampled_from([None, QUESTION, *waiting]))
        self.next_text += 1
        text = f"message {self.next_text}"
        media = (a_photo(),) * size if size > 1 else ()
        draft = a_draft(text, chat, media=media, reply_to=reply_to)
        number = outbox.put(self.tx, draft, self.ids, 0)
        if reply_to == QUESTION and chat != QUESTION.chat_id:
            reply_to = None  # one chat sees nothing of another
        row = Row(number, text, size, self.ids.drawn[-size:], reply_to)
        self.lanes[chat].rows.append(row)

    @rule(chat=destinations)
    def claim(self, chat: ChatId) -> None:
        lane = self.lanes[chat]
        found = outbox.claim(self.tx, chat, 0, 0)
        if lane.claimed or not lane.rows:
            assert found is None
            return
        assert found is not None
        expected = lane.rows[0]
        assert (found.id, found.text.text) == (expected.number, expected.text)
        assert list(found.random_ids) == expected.random_ids
        assert found.reply_to == expected.reply_to
        lane.claimed = found

    def drop_first(self, chat: ChatId, stands_for_it: MessageKey | None) -> None:
        lane = self.lanes[chat]
        gone = lane.rows.pop(0)
        lane.claimed = None
        for row in lane.rows:
            if row.reply_to == gone.number:
                row.reply_to = stands_for_it

    @precondition(lambda self: any(lane.claimed for lane in self.lanes.values()))
    @rule(chat=destinations, found=st.booleans())
    def settle(self, chat: ChatId, found: bool) -> None:
        if (claimed := self.claimed(chat)) is None:
            return
        row, stored = claimed
        msg_ids = [self.next_msg_id + n for n in range(row.size)] if found else []
        self.next_msg_id += row.size
        outbox.settle(self.tx, stored, msg_ids)
        keys = [MessageKey(chat, msg_id) for msg_id in msg_ids]
        for key in keys:
            assert links.linked_among(self.tx, key, key.msg_id) == {key.msg_id}
        self.drop_first(chat, keys[0] if keys else None)

    @rule(chat=destinations)
    def fail(self, chat: ChatId) -> None:
        if claimed := self.claimed(chat):
            outbox.fail(self.tx, claimed[1], "REASON")
            self.drop_first(chat, None)

    @rule(chat=destinations)
    def release(self, chat: ChatId) -> None:
        if claimed := self.claimed(chat):
            outbox.release(self.tx, claimed[1])
            self.lanes[chat].claimed = None

    @rule(chat=destinations)
    def renew(self, chat: ChatId) -> None:
        if claimed := self.claimed(chat):
            row, stored = claimed
            before = set(self.ids.drawn)
            changed = replace(stored, text=Text(row.text), media=(), way=None, reply_to=None)
            renewed = outbox.renew(self.tx, changed, self.ids)
            assert renewed is not None
            assert not set(renewed.random_ids) & before
            row.size, row.random_ids, row.reply_to = 1, list(renewed.random_ids), None
            self.lanes[chat].claimed = renewed

    @invariant()
    def what_another_process_would_find(self) -> None:
        for chat, lane in self.lanes.items():
            assert outbox.sending(self.tx, chat) == lane.claimed
            queued = lane.rows[1:] if lane.claimed else lane.rows
            assert outbox.next_size(self.tx, chat) == (queued[0].size if queued else 0)
        waiting = {chat for chat, lane in self.lanes.items() if lane.rows}
        assert set(outbox.destinations(self.tx)) == waiting

    @invariant()
    def no_random_id_was_drawn_twice(self) -> None:
        parts = [number for (number,) in self.tx.execute("SELECT random_id FROM outbox_parts")]
        assert len(set(parts)) == len(parts)
        assert set(parts) <= set(self.ids.drawn)


Outbox.TestCase.settings = settings(
    max_examples=40, stateful_step_count=40, report_multiple_bugs=False
)
TestOutbox = Outbox.TestCase
