"""What happened in both groups, in the order in which people saw it, numbered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.demo.seen import SeenMessage


@dataclass(frozen=True, slots=True)
class Entry:
    """A message, and the number that a person at the terminal knows it by."""

    number: int
    message: SeenMessage


class Chronicle:
    """The messages of all groups that somebody watches for it."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.on_entry: Callable[[Entry], None] | None = None
        """Told of each new one."""
        self._by_key: dict[tuple[int, int], Entry] = {}

    def add(self, message: SeenMessage) -> None:
        """Take in a message; one that is known already was edited and keeps its number."""
        key = message.chat_id, message.id
        known = self._by_key.get(key)
        if known is not None:
            entry = self._by_key[key] = Entry(known.number, message)
            self.entries[known.number - 1] = entry
            return
        entry = self._by_key[key] = Entry(len(self.entries) + 1, message)
        self.entries.append(entry)
        if self.on_entry is not None:
            self.on_entry(entry)

    def find(self, chat_id: int, message_id: int) -> Entry | None:
        return self._by_key.get((chat_id, message_id))

    def numbered(self, number: int) -> Entry | None:
        return self.entries[number - 1] if 0 < number <= len(self.entries) else None

    def of(self, chat_id: int) -> list[Entry]:
        return [entry for entry in self.entries if entry.message.chat_id == chat_id]
