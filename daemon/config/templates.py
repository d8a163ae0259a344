"""The operator's own words in place of the relay's: which texts there are, what they may hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from string import Formatter

from daemon.config.catalogue import ENGLISH, catalogue
from daemon.config.problems import Invalid, did_you_mean
from daemon.config.reader import Table
from daemon.core.texts import Texts

_LONGEST = 512
"""Characters. A header shares a message, or a caption of 1024, with what people wrote."""


def read_texts(table: Table, language: str) -> Texts:
    """The texts of that language's catalogue with those of the table in their place."""
    english, defaults = catalogue(ENGLISH), catalogue(language)
    texts = {
        field.name: table.optional(
            field.name, _template_like(english[field.name]), defaults[field.name]
        )
        for field in fields(Texts)
    }
    table.close()
    return Texts(**texts)


def _template_like(english: str) -> Callable[[object], str]:
    """A template that uses no other placeholders than the English one does."""
    known = sorted(set(placeholders(english)))

    def check(value: object) -> str:
        if not isinstance(value, str):
            raise Invalid("must be a text in quotes")
        if not value.strip():
            raise Invalid("must not be empty: Telegram takes no empty message")
        if len(value) > _LONGEST:
            raise Invalid(f"must not be longer than {_LONGEST} characters, not {len(value)}")
        for name in placeholders(value):
            if name not in known:
                listed = ", ".join(f"{{{word}}}" for word in known) or "none"
                raise Invalid(
                    f'has the unknown placeholder "{{{name}}}"{did_you_mean(name, known)}; '
                    f"this text knows: {listed}; a plain brace is written twice"
                )
        return value

    return check


def placeholders(template: str) -> Iterator[str]:
    """What a template has in braces, in its order; raises `Invalid` where the braces are wrong."""
    try:
        for _literal, name, spec, conversion in Formatter().parse(template):
            if name is not None:
                if spec or conversion:
                    raise Invalid(f'must have "{{{name}}}" with nothing behind the name')
                yield name
    except ValueError:
        raise Invalid("has a brace without its partner; a plain brace is written twice") from None
