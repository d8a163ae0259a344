"""How conversations are laid out."""

from __future__ import annotations

from tests.demo.chronicle import Chronicle
from tests.demo.seen import Author, GroupSeen, Mention, SeenMessage
from tests.demo.transcript import Transcript
from tests.demo.width import Line, width_of

CUSTOMERS = GroupSeen(-1001, "Customers", "Alice")
STAFF = GroupSeen(-1002, "Staff", "Bob")
ALICE, BOB, BOT = Author(1, "Alice"), Author(2, "Bob"), Author(3, "Support", is_bot=True)


def said(
    group: GroupSeen, message_id: int, author: Author, text: str, reply_to: int | None = None
) -> SeenMessage:
    mentions = tuple(
        Mention(start, start + len("@alice"), None) for start in [text.find("@alice")] if start >= 0
    )
    return SeenMessage(message_id, group.chat_id, author, text, mentions, reply_to, None)


def chronicle() -> Chronicle:
    made = Chronicle()
    made.add(said(CUSTOMERS, 7, ALICE, "Where is it? 你好"))
    made.add(said(STAFF, 3, BOT, "🎫 Ticket #1\n👤 @alice"))
    made.add(said(STAFF, 4, BOB, "Here", reply_to=3))
    made.add(said(CUSTOMERS, 8, BOT, "📢 @alice\nHere", reply_to=7))
    return made


def drawn(columns: int, *, brackets: bool = True) -> list[str]:
    lines: list[Line] = Transcript(chronicle(), brackets=brackets).two_groups(
        CUSTOMERS, STAFF, columns
    )
    return ["".join(span.text for span in line) for line in lines]


def test_one_after_the_other_on_a_narrow_terminal() -> None:
    assert drawn(40) == [
        "── Customers, as Alice sees it ─────────",
        "  1  Alice",
        "     Where is it? 你好",
        "  4  Support (bot)",
        "     ↪ 1 Alice: Where is it? 你好",
        "     📢 [@alice]",
        "     Here",
        "",
        "── Staff, as Bob sees it ───────────────",
        "  2  Support (bot)",
        "     🎫 Ticket #1",
        "     👤 [@alice]",
        "  3  Bob",
        "     ↪ 2 Support: 🎫 Ticket #1 👤 @alice",
        "     Here",
    ]


def test_side_by_side_on_a_wide_one_and_time_flows_downward() -> None:
    lines = drawn(100)
    halves = [line.split(" │ ") for line in lines]
    assert {width_of(left) for left, _ in halves} == {48}
    begins = {
        number: next(row for row, line in enumerate(lines) if f" {number}  " in line)
        for number in range(1, 5)
    }
    assert sorted(begins.values()) == list(begins.values())
    assert begins[2] < next(row for row, line in enumerate(lines) if "Where is it?" in line) + 2


def test_colours_take_the_place_of_brackets() -> None:
    assert "     📢 @alice" in drawn(40, brackets=False)


def test_an_edit_keeps_its_number() -> None:
    made = chronicle()
    made.add(said(STAFF, 4, BOB, "There", reply_to=3))
    entry = made.numbered(3)
    assert entry is not None
    assert entry.message.text == "There"
    assert len(made.entries) == 4
