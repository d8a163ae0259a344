"""The session file: a login outlives the process, whatever its key looks like."""

from __future__ import annotations

from pathlib import Path

import pytest
from telethon.crypto import AuthKey

from daemon.telegram.session import RelaySession, SessionFile, SessionUnreadable


def session_at(path: Path) -> RelaySession:
    return RelaySession(SessionFile(path), None, ())


@pytest.mark.parametrize("key", [b"\1" * 256, b"\1" * 255, b"\1" + b"\0" * 254])
def test_a_key_is_read_as_it_was_written(tmp_path: Path, key: bytes) -> None:
    """Telethon cuts leading zeros off: one key in 256 is shorter than 256 bytes."""
    session = session_at(tmp_path / "relay.session")
    session.set_dc(2, "127.0.0.1", 443)
    session.auth_key = AuthKey(key)
    session.save()
    again = session_at(tmp_path / "relay.session")
    assert (again.auth_key.key, again.auth_key.key_id) == (key, session.auth_key.key_id)
    assert (again.dc_id, again.server_address, again.port) == (2, "127.0.0.1", 443)


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    session = session_at(tmp_path / "relay.session")
    session.set_dc(2, "127.0.0.1", 443)
    session.auth_key = AuthKey(b"\1" * 256)
    session.save()
    assert [path.name for path in tmp_path.iterdir()] == ["relay.session"]
    assert (tmp_path / "relay.session").stat().st_mode & 0o777 == 0o600


def test_before_a_login_there_is_no_key_and_no_file(tmp_path: Path) -> None:
    session = session_at(tmp_path / "relay.session")
    session.set_dc(2, "127.0.0.1", 443)
    session.save()
    assert session.auth_key is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"1AbCdEf",
        bytes(range(256)),
        b'{"dc_id":2,"address":"127.0.0.1","port":443,"auth_key":"AQ==","format":2}',
        b'{"dc_id":2,"address":"127.0.0.1","port":443,"auth_key":"AQ=="}',
        b'{"dc_id":2,"address":"127.0.0.1","port":443,"auth_key":"","format":1}',
        b'{"dc_id":2,"address":"127.0.0.1","port":443,"format":1}',
        b'{"dc_id":2,"address":"127.0.0.1","port":443,"auth_key":"A","format":1}',
    ],
)
def test_a_damaged_file_is_not_taken_for_a_login(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "relay.session"
    path.write_bytes(content)
    with pytest.raises(SessionUnreadable, match=str(path)):
        session_at(path)
