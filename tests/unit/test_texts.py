"""Each text is everywhere it has to be: in `Texts`, in both catalogues and in config.toml.

Whoever adds one adds its field, then lets these tests print the lines that are missing (they work
where nothing else does for want of a text).
"""

from __future__ import annotations

import ast
import inspect
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest

from daemon.config import load
from daemon.config.catalogue import ENGLISH, catalogue, languages
from daemon.config.templates import placeholders
from daemon.core.texts import Texts
from tests.unit.conftest import WORKING, WriteConfig

ROOT = Path(__file__).parents[2]
TEXTS = catalogue(ENGLISH)
OTHERS = [language for language in languages() if language != ENGLISH]
NAMES = list(Texts.__dataclass_fields__)

_EMOJI = re.compile(r"(?m)^[^A-Za-z\u4e00-\u9fff{/─]+ ")
"""What a line begins with before its words."""


def toml_line(name: str, text: str) -> str:
    return f"{name} = {json.dumps(text, ensure_ascii=False)}\n"


def declared() -> dict[str, list[str]]:
    """What each field's docstring begins with in braces; no entry where there is no docstring."""
    (of_class,) = ast.parse(inspect.getsource(Texts)).body
    body = cast("ast.ClassDef", of_class).body
    found = {}
    for field, doc in pairwise(body):
        match field, doc:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                (head,) = re.findall(r"^(?:\{\w+\} ?)*", text)
                found[name] = re.findall(r"\w+", head)
    return found


def test_the_languages_are_those_that_were_promised() -> None:
    assert languages() == ("en", "zh")


@pytest.mark.parametrize("name", NAMES)
def test_a_field_tells_who_reads_it_and_what_it_may_hold(name: str) -> None:
    assert name in declared(), f'{name}: give it a docstring: """{{placeholder}}: who reads it."""'
    used = set(placeholders(TEXTS.get(name, "")))
    assert set(declared()[name]) == used, (
        f"{name}: its docstring must begin with what en.toml has in braces: "
        + " ".join(f"{{{word}}}" for word in sorted(used))
    )


@pytest.mark.parametrize("language", [ENGLISH, *OTHERS])
def test_a_catalogue_has_every_text_in_its_order(language: str) -> None:
    texts = catalogue(language)
    missing = [name for name in NAMES if name not in texts]
    block = "".join(toml_line(name, texts.get(name) or TEXTS.get(name, "?")) for name in NAMES)
    assert list(texts) == NAMES, (
        f"daemon/locales/{language}.toml lacks {missing}, "
        f"has too much {sorted(set(texts) - set(NAMES))}, or has another order than Texts. "
        f"Below its first comment it must hold (put in the words of what is missing):\n{block}"
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_same_placeholders_and_emoji(language: str, name: str) -> None:
    english, translated = TEXTS[name], catalogue(language)[name]
    assert sorted(placeholders(translated)) == sorted(placeholders(english))
    assert _EMOJI.findall(translated) == _EMOJI.findall(english)
    assert translated.count("\n") == english.count("\n")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", OTHERS)
def test_a_text_was_translated(language: str, name: str) -> None:
    """Without its placeholders and signs, something of it differs from the English one."""
    words = re.compile(r"\{\w+\}|\W")
    english, translated = TEXTS[name], catalogue(language)[name]
    assert words.sub("", translated) != words.sub("", english) or not words.sub("", english)


@pytest.mark.parametrize("name", NAMES)
def test_the_english_texts_are_english_alone(name: str) -> None:
    assert not re.search(r"[\u3000-\u9fff\uff00-\uffef]", TEXTS[name])


def test_the_shipped_configuration_ends_with_every_text() -> None:
    block = "".join(f"# {toml_line(name, TEXTS.get(name, '?'))}" for name in NAMES)
    assert (ROOT / "config.toml").read_text("utf-8").endswith(f"\n{block}"), (
        f"config.toml must end with these lines:\n{block}"
    )


@pytest.mark.parametrize("language", languages())
def test_the_configured_language_speaks(write_config: WriteConfig, language: str) -> None:
    config = load(write_config(relay=f'{WORKING["relay"]}language = "{language}"\n'), {})
    assert config.texts == Texts(**catalogue(language))
    assert config.relay.language == language


def test_a_text_of_the_configuration_goes_before_that_of_the_language(
    write_config: WriteConfig,
) -> None:
    relay = f'{WORKING["relay"]}language = "zh"\n'
    texts = load(write_config(relay=relay, texts='closed = "好了 #{ticket}"'), {}).texts
    assert texts.closed == "好了 #{ticket}"
    assert texts.reopened == catalogue("zh")["reopened"]
