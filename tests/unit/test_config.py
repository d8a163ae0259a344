"""The config file: what it may hold, and what is said when it holds something else."""

from __future__ import annotations

import dataclasses
import pickle
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.config import (
    Address,
    Config,
    ConfigError,
    LimitsConfig,
    LogConfig,
    LogFormat,
    LogLevel,
    Secret,
)
from daemon.config import load as load_with_environ
from daemon.core.model import TicketNumbers
from tests.unit.conftest import API_HASH, TOKEN, WriteConfig

SHIPPED = Path(__file__).parents[2] / "config.toml"


def load(file: Path) -> Config:
    return load_with_environ(file, {})


def problems_of(file: Path) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load(file)
    return caught.value.problems


def telegram(**changes: str) -> str:
    """The [telegram] table with some values, as TOML, in place of the working ones."""
    values = {"bot_token": f'"{TOKEN}"', "api_id": "4242", "api_hash": f'"{API_HASH}"'} | changes
    return "".join(f"{key} = {value}\n" for key, value in values.items())


def relay(**changes: str) -> str:
    values = {"staff_group": "-1009876543210", "admins": "[77]"} | changes
    return "".join(f"{key} = {value}\n" for key, value in values.items())


def test_a_small_file_gets_every_default(write_config: WriteConfig) -> None:
    file = write_config()
    config = load(file)
    assert config.telegram.bot_token.reveal() == TOKEN
    assert config.telegram.api_id == 4242
    assert config.telegram.api_hash.reveal() == API_HASH
    assert config.telegram.session == file.parent / "state/ticket-relay.session"
    assert config.telegram.server is None
    assert config.relay.staff_group == -1009876543210
    assert config.relay.admins == (77, 78)
    assert config.relay.database == file.parent / "state/tickets.db"
    assert config.log == LogConfig(LogLevel.INFO, LogFormat.AUTO, message_text=False)
    assert config.limits == LimitsConfig(
        1.0, 18.0, 25.0, 30.0, 90.0, 600.0, 8.0, 1.0, 120.0, 30.0, 15, 50
    )
    assert config.warnings == ()


def test_every_value_can_be_set(write_config: WriteConfig, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("-----BEGIN RSA PUBLIC KEY-----\nAA==\n")
    file = write_config(
        telegram=telegram(session='"s.session"'),
        telegram__server='host = "127.0.0.1"\nport = 4430\ndc_id = 2\npublic_key = "key.pem"',
        relay=relay(database='"/var/lib/t.db"'),
        log='level = "warning"\nformat = "json"\nmessage_text = true',
        limits="per_chat_per_second = 2\nper_group_per_minute = 10.5\nper_second = 5.0\n"
        "send_timeout_s = 1.5\nsync_interval_s = 60\nstall_s = 90\nshutdown_s = 3\n"
        "album_quiet_s = 0.5\nbacklog_notice_s = 20\n"
        "merge_after_s = 5\nmerge_from_messages = 9\nmedia_cap_mb = 7",
        metrics='listen = "[::1]:9464"',
    )
    config = load(file)
    assert config.telegram.session == tmp_path / "s.session"
    assert config.telegram.server is not None
    assert config.telegram.server.host == "127.0.0.1"
    assert config.telegram.server.port == 4430
    assert config.telegram.server.dc_id == 2
    assert config.telegram.server.public_key == tmp_path / "key.pem"
    assert config.relay.database == Path("/var/lib/t.db")
    assert config.log == LogConfig(LogLevel.WARNING, LogFormat.JSON, message_text=True)
    assert config.limits == LimitsConfig(2.0, 10.5, 5.0, 1.5, 60.0, 90.0, 3.0, 0.5, 20.0, 5.0, 9, 7)
    assert config.metrics.listen == Address("::1", 9464)
    assert str(config.metrics.listen) == "[::1]:9464"


@pytest.mark.parametrize(
    "tables, problem",
    [
        ({"telegram": telegram(bot_token="5")}, "telegram.bot_token: must be a text"),
        ({"telegram": telegram(bot_token='"5:short"')}, "telegram.bot_token: does not look like"),
        ({"telegram": telegram(api_id='"7"')}, "telegram.api_id: must be a whole number, not a te"),
        ({"telegram": telegram(api_id="true")}, "telegram.api_id: must be a whole number, not tru"),
        ({"telegram": telegram(api_id="-1")}, "telegram.api_id: must be the positive number"),
        ({"telegram": telegram(api_hash='"abc"')}, "telegram.api_hash: must be the 32 hexadecimal"),
        ({"telegram": telegram(session='""')}, "telegram.session: must be the path of a file"),
        ({"telegram": telegram(session='"~/s"')}, 'telegram.session: "~" is not expanded'),
        ({"metrics": "listen = 9464"}, "metrics.listen: must be a text"),
        ({"metrics": 'listen = "localhost"'}, "metrics.listen: must be a host and a port"),
        ({"metrics": 'listen = "::1:9464"'}, "metrics.listen: must be a host and a port"),
        ({"metrics": 'listen = ":9464"'}, "metrics.listen: must be a host name"),
        ({"metrics": 'listen = "127.0.0.1:0"'}, "metrics.listen: must have a port between 1 and"),
        ({"relay": relay(staff_group="123")}, "relay.staff_group: must be negative"),
        ({"relay": relay(staff_group='"-123"')}, "relay.staff_group: must be a whole number, not"),
        ({"relay": relay(staff_group="-1000000000000")}, "relay.staff_group: is not the id of any"),
        ({"relay": relay(admins="[]")}, "relay.admins: needs at least one user id"),
        ({"relay": relay(admins="5")}, "relay.admins: must be a list"),
        ({"relay": relay(admins="[-5]")}, "relay.admins: must hold ids of users"),
        ({"relay": relay(admins='["5"]')}, "relay.admins: must be a whole number, not a text"),
        ({"relay": relay(staff_allowlist="5")}, "relay.staff_allowlist: must be a list of ids"),
        ({"relay": relay(staff_allowlist="[0]")}, "relay.staff_allowlist: holds a placeholder"),
        ({"relay": relay(staff_allowlist='["5"]')}, "relay.staff_allowlist: must be a whole numb"),
        ({"relay": relay(staff_allowlist=f"[{2**53}]")}, "relay.staff_allowlist: holds what is n"),
        ({"relay": relay(follow_up_seconds="-1")}, "relay.follow_up_seconds: must be from 0 to 3"),
        ({"relay": relay(follow_up_seconds="0.5")}, "relay.follow_up_seconds: must be a whole nu"),
        (
            {"relay": relay(ticket_numbers='"short"')},
            'relay.ticket_numbers: must be one of "timestamp", "sequential", not "short"',
        ),
        ({"log": 'level = "loud"'}, 'log.level: must be one of "debug", "info", "warning", "erro'),
        (
            {"relay": relay(language='"zh-CN"')},
            'relay.language: must be one of "en", "zh", not "zh-CN" (did you mean "zh"?)',
        ),
        ({"relay": relay(language='"de"')}, 'relay.language: must be one of "en", "zh", not "de"'),
        ({"relay": relay(language="1")}, 'relay.language: must be one of "en", "zh", in quotes'),
        ({"log": 'format = "xml"'}, 'log.format: must be one of "auto", "json", "console"'),
        ({"log": "message_text = 1"}, "log.message_text: must be true or false, not a whole numb"),
        ({"limits": "per_second = 0"}, "limits.per_second: must be a number above zero, not 0"),
        ({"limits": "per_second = nan"}, "limits.per_second: must be a number above zero"),
        ({"limits": "shutdown_s = inf"}, "limits.shutdown_s: must be a number above zero"),
        ({"limits": f"shutdown_s = 1{'0' * 400}"}, "limits.shutdown_s: must be a number above zer"),
        ({"limits": 'shutdown_s = "8"'}, "limits.shutdown_s: must be a number above zero, not a t"),
        ({"limits": "shutdown_s = true"}, "limits.shutdown_s: must be a number above zero, not tr"),
        ({"limits": "media_cap_mb = 0"}, "limits.media_cap_mb: must be from 1 to 2000, not 0"),
        ({"limits": "media_cap_mb = 1.5"}, "limits.media_cap_mb: must be a whole number, not a n"),
        ({"limits": "send_timeout_s = 2020-01-01"}, "limits.send_timeout_s: must be a number abo"),
        (
            {"telegram__server": 'port = 1\ndc_id = 1\npublic_key = "k"'},
            "telegram.server.host: is m",
        ),
    ],
)
def test_a_wrong_value_is_named_with_its_path(
    write_config: WriteConfig, tables: dict[str, str], problem: str
) -> None:
    assert problems_of(write_config(**tables))[0].startswith(problem)


def test_who_may_answer_and_how_tickets_are_numbered(write_config: WriteConfig) -> None:
    plain = load(write_config()).relay
    assert (plain.staff_allowlist, plain.ticket_numbers) == ((), TicketNumbers.TIMESTAMP)
    listed = relay(
        staff_allowlist="[5, -1009876543210, 5]",
        ticket_numbers='"sequential"',
        follow_up_seconds="90",
    )
    changed = load(write_config(relay=listed)).relay
    assert (plain.follow_up_seconds, changed.follow_up_seconds) == (0, 90)
    assert changed.staff_allowlist == (5, -1009876543210)
    assert changed.ticket_numbers is TicketNumbers.SEQUENTIAL


@pytest.mark.parametrize(
    "token",
    ["your_bot_token_here", "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11", "changeme", "<token>"],
)
def test_a_placeholder_token_is_refused(write_config: WriteConfig, token: str) -> None:
    (problem,) = problems_of(write_config(telegram=telegram(bot_token=f'"{token}"')))
    assert problem.startswith("telegram.bot_token: is still a placeholder")


@pytest.mark.parametrize(
    "api_hash", ["your_api_hash_here", "0" * 32, "x" * 32, "0123456789abcdef0123456789abcdef"]
)
def test_a_placeholder_api_hash_is_refused(write_config: WriteConfig, api_hash: str) -> None:
    (problem,) = problems_of(write_config(telegram=telegram(api_hash=f'"{api_hash}"')))
    assert problem.startswith("telegram.api_hash: is still a placeholder")


def test_a_placeholder_id_is_refused(write_config: WriteConfig) -> None:
    file = write_config(telegram=telegram(api_id="0"), relay="staff_group = 0\nadmins = [0]")
    assert [problem.partition(":")[0] for problem in problems_of(file)] == [
        "telegram.api_id",
        "relay.staff_group",
        "relay.admins",
    ]


def test_all_problems_are_told_at_once(write_config: WriteConfig) -> None:
    file = write_config(telegram="", relay="admins = [1]", log='level = "x"', limits="x = 1")
    problems = problems_of(file)
    assert [problem.partition(":")[0] for problem in problems] == [
        "telegram.bot_token",
        "telegram.api_id",
        "telegram.api_hash",
        "relay.staff_group",
        "log.level",
        "limits.x",
    ]
    assert problems[0] == (
        "telegram.bot_token: is missing; add it to the file, or set TELEGRAM_BOT_TOKEN in the "
        "environment or in .env, or the credential telegram_bot_token"
    )
    with pytest.raises(ConfigError, match=r"config\.toml: 6 problems\n  - telegram\.bot_token: is"):
        load(file)


def test_an_unknown_key_comes_with_a_hint(write_config: WriteConfig) -> None:
    file = write_config(
        relay=relay(admin="[1]"),
        limits="Shutdown_S = 3\nstaff_group = -5\nzzz = 1",
        loging='level = "info"',
    )
    assert problems_of(file) == (
        'relay.admin: is not a known key (did you mean "admins"?)',
        'limits.Shutdown_S: is not a known key (did you mean "shutdown_s"?)',
        'limits.staff_group: is not a known key (it belongs in the table: "relay.staff_group")',
        "limits.zzz: is not a known key",
        'loging: is not a known key (did you mean "log"?)',
    )


def test_a_value_in_place_of_a_table_is_told(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("telegram = 5\nrelay = []\n")
    problems = problems_of(file)
    assert "telegram: must be a table: write [telegram] on a line of its own" in problems
    assert "relay: must be a table: write [relay] on a line of its own" in problems


def test_the_database_may_not_be_the_session(write_config: WriteConfig) -> None:
    file = write_config(telegram=telegram(session='"a.db"'), relay=relay(database='"a.db"'))
    assert problems_of(file) == ("relay.database: must not be the same file as telegram.session",)


def test_the_public_key_must_be_readable_and_of_the_right_form(
    write_config: WriteConfig, tmp_path: Path
) -> None:
    server = 'host = "h"\nport = 1\ndc_id = 1\npublic_key = "key.pem"'
    file = write_config(telegram__server=server)
    assert problems_of(file) == (
        f'telegram.server.public_key: cannot be read: "{tmp_path}/key.pem": '
        "No such file or directory",
    )
    (tmp_path / "key.pem").write_text("-----BEGIN PUBLIC KEY-----\n")
    assert "BEGIN RSA PUBLIC KEY" in problems_of(file)[0]


def test_an_admin_named_twice_counts_once(write_config: WriteConfig) -> None:
    assert load(write_config(relay=relay(admins="[5, 6, 5]"))).relay.admins == (5, 6)


@pytest.mark.parametrize(
    "content, problem",
    [
        (b"[telegram\n", "is not valid TOML: "),
        (b"a = 1\na = 2\n", "is not valid TOML: "),
        (b"a = 1" + b"0" * 5000, "is not valid TOML: "),
        (b"\xff\xfe", "is not text in UTF-8"),
    ],
)
def test_a_file_that_is_not_toml_is_told(tmp_path: Path, content: bytes, problem: str) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(content)
    assert problems_of(file)[0].startswith(problem)


def test_a_byte_order_mark_is_no_problem(write_config: WriteConfig) -> None:
    file = write_config()
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert load(file).telegram.api_id == 4242


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert problems_of(tmp_path / "none.toml") == (
        "cannot be read: No such file or directory; name another one with --config",
    )


@pytest.mark.parametrize("mode, warned", [(0o600, False), (0o640, True), (0o604, True)])
def test_a_readable_file_with_secrets_gives_a_warning(
    write_config: WriteConfig, mode: int, warned: bool
) -> None:
    file = write_config()
    file.chmod(mode)
    warnings = load(file).warnings
    assert bool(warnings) == warned
    assert all("telegram.bot_token and telegram.api_hash" in warning for warning in warnings)


def test_a_secret_is_not_shown_by_the_config(write_config: WriteConfig) -> None:
    config = load(write_config())
    for shown in (repr(config), str(config), f"{config.telegram.bot_token}"):
        assert TOKEN not in shown
        assert API_HASH not in shown
        assert "4242" not in shown
    assert config.secrets == (TOKEN, API_HASH)


def test_a_secret_cannot_be_serialised() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret("hidden"))
    assert Secret("a") == Secret("a") != Secret("b")
    assert len({Secret("a"), Secret("a")}) == 1


def test_a_problem_is_one_line_whatever_the_file_holds(write_config: WriteConfig) -> None:
    file = write_config(log='level = "a\\nb\\u001b[31m"', limits='"x\\ny\\u202e" = 1')
    level, key = problems_of(file)
    assert level.endswith('not "a\\nb\\x1b[31m"')
    assert key == "limits.x\\ny\\u202e: is not a known key"


@given(value=st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=6))
def test_a_problem_never_shows_the_token_wherever_it_was_pasted(
    tmp_path_factory: pytest.TempPathFactory, value: str
) -> None:
    """The token, in a form that may be wrong, also stands as a level and as a key."""
    quoted = _toml_text(value)
    file = tmp_path_factory.mktemp("config") / "config.toml"
    secret = f"12345678:{value}"
    file.write_text(
        f"[telegram]\nbot_token = {_toml_text(secret)}\n"
        f"[relay]\nstaff_group = {_toml_text(secret)}\n[log]\nlevel = {_toml_text(secret)}\n"
        f"[limits]\nper_second = {quoted}\n",
        "utf-8",
    )
    for problem in problems_of(file):
        assert secret not in problem


def _toml_text(value: str) -> str:
    escaped = "".join(
        f"\\U{ord(character):08x}"
        if character in '"\\' or not character.isprintable()
        else character
        for character in value
    )
    return f'"{escaped}"'


def test_the_shipped_file_has_placeholders_only() -> None:
    assert [problem.partition(":")[0] for problem in problems_of(SHIPPED)] == [
        "telegram.bot_token",
        "telegram.api_id",
        "telegram.api_hash",
        "relay.staff_group",
        "relay.admins",
    ]


def test_the_shipped_file_shows_every_key_with_its_default(tmp_path: Path) -> None:
    """With its comments opened it says what an empty file means."""
    opened = re.sub(r"(?m)^# (?=[a-z_]+ = |\[)", "", SHIPPED.read_text("utf-8"))
    shown = tomllib.loads(opened)
    (tmp_path / "server.pem").write_text("-----BEGIN RSA PUBLIC KEY-----\n")
    environ = {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_API_ID": "4242",
        "TELEGRAM_API_HASH": API_HASH,
        "STAFF_GROUP_ID": "-1009876543210",
        "ADMIN_USER_ID": "77",
    }
    file = tmp_path / "config.toml"
    file.write_text(opened, "utf-8")
    from_shown = load_with_environ(file, environ)
    file.write_text("", "utf-8")
    from_nothing = load_with_environ(file, environ)
    assert from_shown.telegram.server is not None
    telegram_table = dataclasses.replace(from_shown.telegram, server=None)
    assert from_shown.metrics.listen is not None
    as_without = dataclasses.replace(
        from_shown, telegram=telegram_table, metrics=from_nothing.metrics
    )
    assert as_without == from_nothing
    for name in ("log", "limits"):
        keys = {field.name for field in dataclasses.fields(getattr(from_nothing, name))}
        assert keys == set(shown[name]), f"config.toml and [{name}] differ"
    assert set(shown["telegram"]) == {"bot_token", "api_id", "api_hash", "session", "server"}
    assert set(shown["telegram"]["server"]) == {"host", "port", "dc_id", "public_key"}
    relay = {field.name for field in dataclasses.fields(from_nothing.relay)}
    assert set(shown["relay"]) == relay
