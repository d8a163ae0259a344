"""What Telegram knows of and does not tell: sequences that stay behind, look after look.

https://core.telegram.org/api/updates
"""

from __future__ import annotations

from dataclasses import dataclass, field

from daemon.core.model import ChatId

LOOKS = 5
"""So many looks in a row must find a sequence behind at the same place: what is only slow moves
on between two of them."""


@dataclass(slots=True)
class Arrears:
    """The sequences found behind, each with its pts and how often it was found there."""

    _found: dict[ChatId, tuple[int, int]] = field(default_factory=dict)

    @property
    def sequences(self) -> set[ChatId]:
        """Those that were behind when they were last looked at."""
        return set(self._found)

    def note(self, sequence: ChatId, ours: int, theirs: int) -> bool:
        """Note the pts that the relay has read to and the one that Telegram tells; whether the
        sequence stands still."""
        if theirs <= ours:
            self.drop(sequence)
            return False
        before, times = self._found.get(sequence, (ours, 0))
        times = times + 1 if before == ours else 1
        self._found[sequence] = (ours, times)
        return times >= LOOKS

    def drop(self, sequence: ChatId) -> None:
        """Nothing is known of this one any more."""
        self._found.pop(sequence, None)

    def forget(self) -> None:
        """Begin anew: there is another reason for what was found."""
        self._found.clear()
