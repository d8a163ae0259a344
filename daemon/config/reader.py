"""Reads tables of the config file key by key, and keeps every problem found on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from daemon.config.checks import is_placeholder
from daemon.config.problems import Invalid, did_you_mean
from daemon.config.sources import Override, Sources
from daemon.redaction import Redactor

_T = TypeVar("_T")


class Report:
    """What is wrong so far, which paths exist, and which values must not be shown."""

    def __init__(self) -> None:
        self._problems: list[str] = []
        self._unknown: list[str] = []
        self._known: list[str] = []
        self._secrets: list[str] = []

    def add(self, path: str, problem: str, origin: str | None = None) -> None:
        """`problem` goes on from the path; `origin` says where the value was, if not in the
        file."""
        source = f" (from {origin})" if origin else ""
        self._problems.append(f"{path}{source}: {problem}")

    def known(self, path: str) -> None:
        """A path that may stand in the file."""
        self._known.append(path)

    def unknown(self, path: str) -> None:
        """A path that stands in the file and should not."""
        self._unknown.append(path)

    def secret(self, value: object) -> None:
        """A value which no problem may show, wherever else it was pasted."""
        if isinstance(value, str) and not is_placeholder(value):
            self._secrets.append(value)

    def problems(self) -> tuple[str, ...]:
        """Every problem, one line each, without secrets."""
        unknown = [f"{path}: is not a known key{self._hint(path)}" for path in self._unknown]
        redactor = Redactor(self._secrets)
        return tuple(_one_line(redactor.text(it)) for it in self._problems + unknown)

    def _hint(self, path: str) -> str:
        table, _, key = path.rpartition(".")
        beside = [known.rpartition(".")[2] for known in self._known if _table(known) == table]
        if hint := did_you_mean(key, beside):
            return hint
        elsewhere = [known for known in self._known if known.rpartition(".")[2] == key.lower()]
        return f' (it belongs in the table: "{elsewhere[0]}")' if elsewhere else ""


class Table:
    """One table of the file; each key is taken once, what remains at the end is unknown."""

    def __init__(self, path: str, values: object, report: Report, sources: Sources) -> None:
        """`path` is the table's dotted path, empty for the whole file; `values` what stands
        there, None if nothing does."""
        self._path = path
        self._report = report
        self._sources = sources
        self._values: dict[str, object] = {}
        if isinstance(values, dict):
            self._values = dict(values)
        elif values is not None:
            report.add(path, f"must be a table: write [{path}] on a line of its own")

    def table(self, key: str) -> Table:
        """A table within this one; an absent one is empty."""
        return Table(self._known(key), self._values.pop(key, None), self._report, self._sources)

    def table_if_any(self, key: str) -> Table | None:
        """A table within this one, or None where it is absent."""
        if key in self._values:
            return self.table(key)
        self._known(key)
        return None

    def optional(self, key: str, check: Callable[[object], _T], default: _T) -> _T:
        """The checked value of a key, the default where it is absent or wrong."""
        path = self._known(key)
        if key not in self._values:
            return default
        try:
            return check(self._values.pop(key))
        except Invalid as problem:
            self._report.add(path, str(problem))
            return default

    def required(
        self, key: str, check: Callable[[object], _T], override: Override | None = None
    ) -> _T:
        """The checked value of a key that must be there, or of its override.

        Where it is absent or wrong that is reported and nothing usable comes back: the caller asks
        the report before anything is done with the values.
        """
        path = self._known(key)
        value = self._values.pop(key, None)
        origin = None
        try:
            if override is not None:
                value, origin = self._overridden(override, value)
            if value is None or value == "":
                raise Invalid(f"is missing; {_where(override)}")
            if origin is not None and override is not None:
                value = override.parse(cast("str", value))
            return check(value)
        except Invalid as problem:
            self._report.add(path, str(problem), origin)
            return cast("_T", None)

    def close(self) -> None:
        """Reports every key that nobody took."""
        for key in self._values:
            self._report.unknown(self._dotted(key))

    def _overridden(self, override: Override, value: object) -> tuple[object, str | None]:
        found = self._sources.find(override)
        if found is not None:
            value = found.text
        if override.secret:
            self._report.secret(value)
        return value, found.origin if found is not None else None

    def _known(self, key: str) -> str:
        path = self._dotted(key)
        self._report.known(path)
        return path

    def _dotted(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key


def _one_line(text: str) -> str:
    """With line breaks and other controls, which a key or a value may hold, written as escapes."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _table(path: str) -> str:
    return path.rpartition(".")[0]


def _where(override: Override | None) -> str:
    if override is None:
        return "add it to the file"
    return (
        f"add it to the file, or set {override.variable} in the environment or in .env, "
        f"or the credential {override.credential}"
    )
