"""Secrets and ids from the environment and from systemd's credentials."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.config import ConfigError, load
from tests.unit.conftest import TOKEN, WriteConfig

OTHER = "7000000002:BBtest-token_of_nobody_0123456789abc"
THIRD = "7000000003:CCtest-token_of_nobody_0123456789abc"


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    folder = tmp_path / "credentials"
    folder.mkdir()
    return folder


def problems_of(file: Path, environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load(file, environ)
    return caught.value.problems


def test_the_environment_wins_over_a_credential_and_that_over_the_file(
    write_config: WriteConfig, credentials: Path
) -> None:
    file = write_config()
    (credentials / "telegram_bot_token").write_text(f"{OTHER}\n")
    environ = {"CREDENTIALS_DIRECTORY": str(credentials)}
    assert load(file, {}).telegram.bot_token.reveal() == TOKEN
    assert load(file, environ).telegram.bot_token.reveal() == OTHER
    environ["TELEGRAM_BOT_TOKEN"] = THIRD
    assert load(file, environ).telegram.bot_token.reveal() == THIRD


def test_everything_that_must_be_there_can_come_from_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.touch()
    config = load(
        file,
        {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_ID": " 4242 ",
            "TELEGRAM_API_HASH": "0F1E2D3C4B5A69788796A5B4C3D2E1F0",
            "STAFF_GROUP_ID": "-1001234567899",
            "ADMIN_USER_ID": "5, 6,",
        },
    )
    assert config.telegram.api_id == 4242
    assert config.telegram.api_hash.reveal() == "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    assert config.relay.staff_group == -1001234567899
    assert config.relay.admins == (5, 6)


def test_everything_that_must_be_there_can_come_from_credentials(
    tmp_path: Path, credentials: Path
) -> None:
    file = tmp_path / "config.toml"
    file.touch()
    for name, content in {
        "telegram_bot_token": TOKEN,
        "telegram_api_id": "4242",
        "telegram_api_hash": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        "staff_group_id": "-5",
        "admin_user_id": "5",
    }.items():
        (credentials / name).write_text(content + "\n")
    config = load(file, {"CREDENTIALS_DIRECTORY": str(credentials)})
    assert config.relay.staff_group == -5
    assert config.relay.admins == (5,)


@pytest.mark.parametrize("empty", ["", "  ", "\n"])
def test_an_empty_variable_or_credential_counts_as_unset(
    write_config: WriteConfig, credentials: Path, empty: str
) -> None:
    (credentials / "telegram_bot_token").write_text(empty)
    environ = {"TELEGRAM_BOT_TOKEN": empty, "CREDENTIALS_DIRECTORY": str(credentials)}
    assert load(write_config(), environ).telegram.bot_token.reveal() == TOKEN
    assert load(write_config(), {"CREDENTIALS_DIRECTORY": ""}).telegram.api_id == 4242


@pytest.mark.parametrize(
    "variable, text, problem",
    [
        (
            "TELEGRAM_API_ID",
            "12x",
            "telegram.api_id (from the environment variable TELEGRAM_API_ID): must",
        ),
        ("TELEGRAM_API_ID", "9" * 5000, "telegram.api_id (from the environment variable TELE"),
        (
            "TELEGRAM_API_ID",
            "٣",
            "telegram.api_id (from the environment variable TELEGRAM_API_ID): m",
        ),
        (
            "STAFF_GROUP_ID",
            "12",
            "relay.staff_group (from the environment variable STAFF_GROUP_ID):",
        ),
        (
            "ADMIN_USER_ID",
            "1;2",
            "relay.admins (from the environment variable ADMIN_USER_ID): must",
        ),
        ("ADMIN_USER_ID", ",", "relay.admins (from the environment variable ADMIN_USER_ID): needs"),
    ],
)
def test_a_wrong_variable_is_named(
    write_config: WriteConfig, variable: str, text: str, problem: str
) -> None:
    (told,) = problems_of(write_config(), {variable: text})
    assert told.startswith(problem)


def test_a_wrong_secret_is_named_but_not_shown(
    write_config: WriteConfig, credentials: Path
) -> None:
    (credentials / "telegram_api_hash").write_text("not-hex-but-secret")
    environ = {
        "TELEGRAM_BOT_TOKEN": "12345:almost-a-token",
        "CREDENTIALS_DIRECTORY": str(credentials),
        "STAFF_GROUP_ID": "12345:almost-a-token",
    }
    problems = problems_of(write_config(), environ)
    assert "TELEGRAM_BOT_TOKEN" in problems[0]
    assert "(from the credential telegram_api_hash)" in problems[1]
    for problem in problems:
        assert "almost-a-token" not in problem
        assert "not-hex-but-secret" not in problem


def test_an_unreadable_credential_is_told(write_config: WriteConfig, credentials: Path) -> None:
    (credentials / "telegram_bot_token").mkdir()
    (credentials / "telegram_api_hash").write_bytes(b"\xff\xff")
    problems = problems_of(write_config(), {"CREDENTIALS_DIRECTORY": str(credentials)})
    assert problems == (
        "telegram.bot_token: the credential telegram_bot_token cannot be read: Is a directory",
        "telegram.api_hash: the credential telegram_api_hash is not text in UTF-8",
    )


def test_the_state_directory_holds_what_the_file_does_not_place(write_config: WriteConfig) -> None:
    environ = {"STATE_DIRECTORY": "/var/lib/a:/var/lib/b"}
    config = load(write_config(), environ)
    assert config.telegram.session == Path("/var/lib/a/ticket-relay.session")
    assert config.relay.database == Path("/var/lib/a/tickets.db")
    file = write_config(relay='staff_group = -5\nadmins = [1]\ndatabase = "t.db"')
    assert load(file, environ).relay.database == file.parent / "t.db"


def env_file(config: Path, content: str | bytes, mode: int = 0o600) -> Path:
    file = config.parent / ".env"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    file.chmod(mode)
    return file


def test_the_env_file_wins_over_the_file_alone(
    write_config: WriteConfig, credentials: Path
) -> None:
    file = write_config()
    env_file(file, f"TELEGRAM_BOT_TOKEN={OTHER}\n")
    assert load(file, {}).telegram.bot_token.reveal() == OTHER
    assert load(file, {"TELEGRAM_BOT_TOKEN": THIRD}).telegram.bot_token.reveal() == THIRD
    (credentials / "telegram_bot_token").write_text(THIRD)
    environ = {"CREDENTIALS_DIRECTORY": str(credentials)}
    assert load(file, environ).telegram.bot_token.reveal() == THIRD


def test_everything_that_must_be_there_can_come_from_the_env_file(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.touch()
    env_file(
        file,
        "\ufeff# Telegram Bot Configuration\r\n"
        f"TELEGRAM_BOT_TOKEN={TOKEN}\r\n"
        "export TELEGRAM_API_ID=4242   # from my.telegram.org\r\n"
        "TELEGRAM_API_HASH='0F1E2D3C4B5A69788796A5B4C3D2E1F0'\r\n"
        "\r\n"
        'STAFF_GROUP_ID = "-1001234567890"\r\n'
        "ADMIN_USER_ID=123456789, 5\r\n"
        "SOMETHING_ELSE\r\n"
        "ANOTHER=thing",
    )
    config = load(file, {})
    assert config.telegram.bot_token.reveal() == TOKEN
    assert config.telegram.api_id == 4242
    assert config.telegram.api_hash.reveal() == "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    assert config.relay.staff_group == -1001234567890
    assert config.relay.admins == (123456789, 5)
    assert config.warnings == ()


@pytest.mark.parametrize("empty", ["TELEGRAM_BOT_TOKEN=", "TELEGRAM_BOT_TOKEN=' '", ""])
def test_an_empty_value_in_the_env_file_counts_as_unset(
    write_config: WriteConfig, empty: str
) -> None:
    file = write_config()
    env_file(file, empty)
    assert load(file, {}).telegram.bot_token.reveal() == TOKEN


def test_an_empty_variable_lets_the_env_file_speak(write_config: WriteConfig) -> None:
    file = write_config()
    env_file(file, "STAFF_GROUP_ID=-5")
    assert load(file, {"STAFF_GROUP_ID": ""}).relay.staff_group == -5


def test_only_the_values_named_come_from_the_env_file(write_config: WriteConfig) -> None:
    file = write_config()
    env_file(file, "STATE_DIRECTORY=/elsewhere\nCREDENTIALS_DIRECTORY=/elsewhere\n")
    assert load(file, {}).relay.database == file.parent / "state" / "tickets.db"


@pytest.mark.parametrize("text", ["$HOME", "${HOME}", "`id`", "$(id)"])
def test_nothing_in_the_env_file_is_put_in_or_run(write_config: WriteConfig, text: str) -> None:
    file = write_config()
    env_file(file, f"HOME=-5\nSTAFF_GROUP_ID={text}")
    (told,) = problems_of(file, {"HOME": "-6"})
    assert told == "relay.staff_group (from STAFF_GROUP_ID in .env): must be a whole number"


@pytest.mark.parametrize(
    "content,told",
    [
        ("A=1\nSTAFF_GROUP_ID='-5\nB=2", ".env: line 2 is not of the form NAME=value"),
        ("=5", ".env: line 1 is not of the form NAME=value"),
        (b"A=\xff\xff", ".env: is not text in UTF-8"),
    ],
)
def test_an_env_file_that_cannot_be_read(
    write_config: WriteConfig, content: str | bytes, told: str
) -> None:
    file = write_config()
    env_file(file, content)
    assert problems_of(file, {}) == (told,)


def test_a_wrong_secret_in_the_env_file_is_named_but_not_shown(write_config: WriteConfig) -> None:
    file = write_config()
    env_file(file, "TELEGRAM_BOT_TOKEN=12345:almost-a-token\nSTAFF_GROUP_ID=12345:almost-a-token")
    problems = problems_of(file, {})
    assert [problem.partition(":")[0] for problem in problems] == [
        "telegram.bot_token (from TELEGRAM_BOT_TOKEN in .env)",
        "relay.staff_group (from STAFF_GROUP_ID in .env)",
    ]
    assert "almost-a-token" not in str(problems)


def test_a_folder_of_that_name_is_no_env_file(write_config: WriteConfig) -> None:
    file = write_config()
    (file.parent / ".env").mkdir()
    assert load(file, {}).warnings == ()


@pytest.mark.parametrize(
    "content,mode,warned",
    [
        (f"TELEGRAM_BOT_TOKEN={TOKEN}", 0o644, True),
        (f"TELEGRAM_BOT_TOKEN={TOKEN}", 0o640, True),
        (f"TELEGRAM_BOT_TOKEN={TOKEN}", 0o600, False),
        ("TELEGRAM_BOT_TOKEN=\nSTAFF_GROUP_ID=-5", 0o644, False),
    ],
)
def test_an_env_file_with_secrets_should_be_private(
    write_config: WriteConfig, content: str, mode: int, *, warned: bool
) -> None:
    file = write_config()
    env_file(file, content, mode)
    assert load(file, {}).warnings == (
        (
            "the file .env beside it holds TELEGRAM_BOT_TOKEN and others on this system may read"
            " it; make it private: chmod 600 .env",
        )
        if warned
        else ()
    )
