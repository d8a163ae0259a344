"""The operator's own words in place of the relay's: which texts there are, what they may hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from string import Formatter

from daemon.config.problems import Invalid, did_you_mean
from daemon.config.reader import Table
from daemon.core.texts import Texts

_LONGEST = 512
"""Characters. A header shares a message, or a caption of 1024, with what people wrote."""


def read_texts(table: Table) -> Texts:
    """The relay's texts with those of the table in their place."""
    defaults = Texts()
    texts: dict[str, str] = {}
    for field in fields(Texts):
        default: str = getattr(defaults, field.name)
        texts[field.name] = table.optional(field.name, _template_like(default), default)
    table.close()
    return Texts(**texts)


def _template_like(default: str) -> Callable[[object], str]:
    """A template that uses no other placeholders than the default does."""
    known = sorted(set(_placeholders(default)))

    def check(value: object) -> str:
        if not isinstance(value, str):
            raise Invalid("must be a text in quotes")
        if not value.strip():
            raise Invalid("must not be empty: Telegram takes no empty message")
        if len(value) > _LONGEST:
            raise Invalid(f"must not be longer than {_LONGEST} characters, not {len(value)}")
        for name in _placeholders(value):
            if name not in known:
                listed = ", ".join(f"{{{word}}}" for word in known) or "none"
                raise Invalid(
                    f'has the unknown placeholder "{{{name}}}"{did_you_mean(name, known)}; '
                    f"this text knows: {listed}; a plain brace is written twice"
                )
        return value

    return check


def _placeholders(template: str) -> Iterator[str]:
    try:
        for _literal, name, spec, conversion in Formatter().parse(template):
            if name is not None:
                if spec or conversion:
                    raise Invalid(f'must have "{{{name}}}" with nothing behind the name')
                yield name
    except ValueError:
        raise Invalid("has a brace without its partner; a plain brace is written twice") from None
