"""The catalogues: every text that people in the groups read, one file for each language."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

import tomli

from daemon.config.problems import Invalid

ENGLISH: Final = "en"
"""The default, and the catalogue which says what each text may hold."""

_FOLDER = files("daemon") / "locales"
_SUFFIX = ".toml"


def languages() -> tuple[str, ...]:
    """The languages that have a catalogue, by the names of their files."""
    names = (file.name for file in _FOLDER.iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)))


@cache
def catalogue(language: str) -> dict[str, str]:
    """The texts of one of the `languages`, by name; not to be changed."""
    return tomli.loads((_FOLDER / f"{language}{_SUFFIX}").read_text("utf-8"))


def language(value: object) -> str:
    """One of the `languages`; raises `Invalid` for anything else."""
    known = languages()
    if isinstance(value, str) and value in known:
        return value
    words = ", ".join(f'"{word}"' for word in known)
    if not isinstance(value, str):
        raise Invalid(f"must be one of {words}, in quotes")
    # "zh-CN", "en_US" and "English" begin with the word that was meant.
    meant = next((word for word in known if value.lower().startswith(word)), None)
    hint = f' (did you mean "{meant}"?)' if meant else ""
    raise Invalid(f'must be one of {words}, not "{value}"{hint}')
