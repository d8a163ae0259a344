"""Secrets are taken out of whatever is about to be shown."""

from __future__ import annotations

import base64
import json
import string
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.redaction import MASK, Redactor

TOKEN = "7000000001:AAtest-token_of_nobody_0123456789abc"
API_HASH = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"


@dataclass
class Holder:
    """An object that shows what it holds."""

    held: object


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no repr today")


def nested(leaf: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Values of every kind that a log call may be given, with the leaf somewhere inside."""
    wrapped = st.one_of(
        leaf,
        leaf.map(str.encode),
        leaf.map(PurePosixPath),
        leaf.map(ValueError),
        leaf.map(Holder),
    )
    return st.recursive(
        wrapped,
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3),
            st.tuples(inner),
            st.dictionaries(st.text(max_size=3), inner, min_size=1, max_size=3),
            inner.map(Holder),
        ),
        max_leaves=5,
    )


secrets = st.text(alphabet=string.ascii_letters + string.digits + "_-", min_size=6, max_size=40)
around = st.text(max_size=8)


@given(data=st.data(), secret=secrets)
def test_a_known_secret_never_appears(data: st.DataObject, secret: str) -> None:
    leaf = st.tuples(around, around).map(lambda ends: f"{ends[0]}{secret}{ends[1]}")
    value = data.draw(nested(leaf) | st.dictionaries(leaf, nested(leaf), min_size=1))
    shown = json.dumps(Redactor([secret]).value(value))
    assert secret not in shown


@given(
    data=st.data(),
    digits=st.text(alphabet=string.digits, min_size=6, max_size=12),
    rest=st.text(alphabet=string.ascii_letters + string.digits + "_-", min_size=30, max_size=40),
)
def test_what_looks_like_a_token_never_appears(data: st.DataObject, digits: str, rest: str) -> None:
    colon = data.draw(st.sampled_from([":", "%3A", "%3a"]))
    before = data.draw(st.text(max_size=8).filter(lambda text: not text[-1:].isdigit()))
    value = data.draw(nested(st.just(f"{before}{digits}{colon}{rest}")))
    assert rest not in json.dumps(Redactor().value(value))


AUTH_KEYS = st.integers(0, 2**32).map(lambda seed: Random(seed).randbytes(256))

SHAPES: dict[str, Callable[[bytes], str]] = {
    "base64": lambda key: base64.b64encode(key).decode(),
    "for addresses": lambda key: base64.urlsafe_b64encode(key).decode().rstrip("="),
    "hexadecimal": bytes.hex,
    "repr": repr,
    "in an object": lambda key: f"AuthKey(data={key!r}, key_id=1)",
}


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=30)
@given(data=st.data(), key=AUTH_KEYS)
def test_what_may_be_an_authorization_key_never_appears(
    data: st.DataObject, key: bytes, shape: str
) -> None:
    shown = SHAPES[shape](key)
    before = data.draw(st.sampled_from(["", "key ", "(", "ключ: "]))
    outcome = json.dumps(Redactor().value(data.draw(nested(st.just(f"{before}{shown} end")))))
    for at in range(0, len(shown) - 20, 20):
        assert shown[at : at + 20] not in outcome.replace("\\\\", "\\")
    assert Redactor().text(f"{before}{shown} end").endswith(("end", "b'***'"))


@given(key=AUTH_KEYS)
def test_bytes_are_not_shown(key: bytes) -> None:
    assert Redactor().value({"reference": key}) == {"reference": "b'***'"}


@given(
    data=st.data(),
    digits=st.text(alphabet=string.digits, min_size=9, max_size=15),
    gap=st.sampled_from(["", " ", "-", ".", " (", ") "]),
)
def test_phone_numbers_never_appear(data: st.DataObject, digits: str, gap: str) -> None:
    at = data.draw(st.integers(2, 5))
    looks = [f"+{digits[:at]}{gap}{digits[at:]}", f"phone={digits}", f"phone: {digits}"]
    number = data.draw(st.sampled_from(looks))
    outcome = json.dumps(Redactor().value(data.draw(nested(st.just(f"call {number} now")))))
    assert digits[at:] not in outcome


@given(
    data=st.data(),
    value=st.text(alphabet="0123456789abcdef", min_size=32, max_size=32),
    name=st.sampled_from(["api_hash", "API_HASH", "apiHash", "api-hash"]),
    gap=st.sampled_from(["=", ": ", "='", '": "', " = "]),
)
def test_an_api_hash_beside_its_name_never_appears(
    data: st.DataObject, value: str, name: str, gap: str
) -> None:
    shown = data.draw(nested(st.just(f"with {name}{gap}{value} here")))
    assert value not in json.dumps(Redactor().value(shown))


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_the_outcome_is_always_plain_json(value: object) -> None:
    json.dumps(Redactor(["secret"]).value(value), allow_nan=False)


@pytest.mark.parametrize(
    "text, shown",
    [
        (f"https://host/bot{TOKEN}/getMe", "https://host/bot***/getMe"),
        (f"token={TOKEN}!", "token=***!"),
        (f"api_hash={API_HASH}", "api_hash=***"),
        (f"ApiHash: '{API_HASH.upper()}'", "ApiHash: '***'"),
        (f'{{"api_hash": "{API_HASH}"}}', '{"api_hash": "***"}'),
        ("call +1 (555) 123-4567 now", "call *** now"),
        ("SendCode(phone_number='15551234567')", "SendCode(phone_number='***')"),
        ("phone: +4915112345678", "phone: ***"),
        ("Phone: 49 170 1234567", "Phone: ***"),
        ("user_phone: 491701234567", "user_phone: ***"),
        ("mobile number: 0170 123-4567.", "mobile number: ***."),
    ],
)
def test_the_looks_of_secrets(text: str, shown: str) -> None:
    assert Redactor().text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "ticket 1737456789000 of chat -1001234567890",
        "2026-01-02T03:04:05.678+00:00",
        "2026-01-02T03:04:05+0000",
        f"sha {API_HASH}",
        "a+b 1+1",
        "10:20:30",
        "phone of chat -1001234567890, ticket 1737456789000",
        "no phone: ticket 1737456789000",
        "file reference 0123456789:short",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert Redactor().text(text) == text


class OtherText(str):
    """Whatever is no plain `str` is searched for each secret, however short it is."""

    __slots__ = ()


SHORT_LOOKS = {
    "token": r"[0-9]{3}:[A-Za-z0-9_-]{30}",
    "api_hash": r"(?i)api[_-]?hash\W{1,2}[0-9a-f]{32}",
    "bytes": r"""b['"][^'"\\]{32}""",
    "named phone": r"(?i)(phone|mobile|msisdn)([ _-]?(number|no))?\W{1,6}\d([ ().-]{0,2}\d){6}",
    "phone": r"\+\d([ ().-]{0,2}\d){7}",
    "known": r"Swordfish|7 sins|0F1E2d3c4b5a69788796a5b4c3d2e1f0",
}

EDGES = st.text(alphabet=".:-+ TZ09e\u0661'", max_size=3)


@pytest.mark.parametrize("look", SHORT_LOOKS)
@given(data=st.data(), before=EDGES, after=EDGES, known=st.booleans())
def test_no_secret_is_too_short_to_be_searched_for(
    data: st.DataObject, look: str, before: str, after: str, known: bool
) -> None:
    """And none is cut so short, or stands among such words, that the outcome differs."""
    shortest = data.draw(st.from_regex(SHORT_LOOKS[look], fullmatch=True))
    redactor = Redactor(["Swordfish", "7 sins", API_HASH] if known else [])
    cut = data.draw(st.integers(0, 3))
    for text in (shortest, before + shortest + after, before + shortest[cut:] + after):
        assert redactor.text(text) == redactor.text(OtherText(text))
    assert (MASK in redactor.text(shortest)) is (known or look != "known")


@given(text=st.text(max_size=40), time=st.datetimes(), secret=st.text(min_size=6, max_size=9))
def test_the_length_of_a_text_makes_no_difference(text: str, time: datetime, secret: str) -> None:
    redactor = Redactor([secret])
    for each in (text, time.isoformat(), secret, f"{text}{secret}"):
        assert redactor.text(each) == redactor.text(OtherText(each))
    assert redactor.text(secret) == MASK


KEYS = st.one_of(
    st.sampled_from(["phone", "token", "chat", "Swordfish", "phone: 12345678"]),
    st.sampled_from([0, 1, False, True, None, 1.0, (1,), (True,), OtherText("chat")]),
    st.text(),
)


@given(values=st.lists(st.dictionaries(KEYS, st.none() | st.integers() | st.text()), max_size=5))
def test_what_was_shown_before_makes_no_difference(values: list[dict[object, object]]) -> None:
    redactor = Redactor(["Swordfish"])
    for value in values:
        assert redactor.value(value) == Redactor(["Swordfish"]).value(value)


def test_the_part_of_a_known_token_behind_the_colon_counts_too() -> None:
    assert Redactor([TOKEN]).text(f"…{TOKEN.partition(':')[2]}…") == "…***…"


def test_a_known_hash_counts_in_either_case_and_a_word_in_its_own() -> None:
    redactor = Redactor([API_HASH, "Swordfish"])
    assert redactor.text(f"{API_HASH.upper()} {API_HASH.title()}") == "*** ***"
    assert redactor.text("Swordfish swordfish") == "*** swordfish"


@pytest.mark.parametrize(
    "key", ["user_phone", "contactPhone", "PhoneNumber", "mobile_no", "msisdn"]
)
def test_the_value_of_a_key_for_phones_is_masked(key: str) -> None:
    assert Redactor().value({key: 491701234567}) == {key: "***"}


@pytest.mark.parametrize("key", ["chat", "chat_id", "ticket", "group", "message", "phones_seen"])
def test_the_value_of_a_key_for_ids_stays(key: str) -> None:
    assert Redactor().value({key: -1001234567890}) == {key: -1001234567890}


def test_a_secret_within_another_leaves_nothing_of_the_longer() -> None:
    assert Redactor(["abcdef", "abcdefghij"]).text("abcdefghij") == "***"


def test_a_very_short_secret_is_not_replaced_in_every_word() -> None:
    assert Redactor(["a", ""]).text("a banana") == "a banana"


@pytest.mark.parametrize("key", ["token", "bot_token", "api_hash", "password", "phone", "auth_key"])
def test_the_value_of_a_key_that_names_a_secret_is_masked(key: str) -> None:
    outcome = Redactor().value({key: 15551234567, "other": {key: ["x"]}, "none": None})
    assert outcome == {key: "***", "other": {key: "***"}, "none": None}
    assert Redactor().value({key: None}) == {key: None}


def test_a_broken_repr_does_not_cost_the_line() -> None:
    assert Redactor().value([Broken()]) == ["<Broken whose repr raised RuntimeError>"]


def test_a_cycle_comes_to_an_end() -> None:
    cycle: list[object] = ["hidden-secret"]
    cycle.append(cycle)
    assert "hidden-secret" not in json.dumps(Redactor(["hidden-secret"]).value(cycle))
