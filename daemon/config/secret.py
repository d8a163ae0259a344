"""A secret that cannot be shown by accident."""

from __future__ import annotations

from typing import final

from daemon.redaction import MASK


@final
class Secret:
    """Holds a string which only `reveal` gives out; repr, str and format show `***`, and it cannot
    be pickled or copied into a dump."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The string itself."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not serialised")
