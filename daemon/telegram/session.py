"""Where the login is kept: one small file with data centre, address and authorization key.

The update state is not kept here but in the database, together with the messages it stands for.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from telethon.crypto import AuthKey
from telethon.sessions import MemorySession

from daemon.core.model import ChatId
from daemon.core.sync import AccountState, KnownChat


class SessionUnreadable(Exception):
    """The session file is damaged; remove it to log in anew."""


_Filled = msgspec.Meta(min_length=1)


class Login(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What it takes to go on with a login. Telethon's own text form of it fills a key up to 256
    bytes, which makes another key of one that Telethon has cut its leading zeros off."""

    format: Literal[1]
    dc_id: int
    address: Annotated[str, _Filled]
    port: int
    auth_key: Annotated[bytes, _Filled]


class SessionFile:
    """The file, as JSON. Whoever logs in with it holds a lock on it: Telegram would revoke a
    login that two processes use."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Login | None:
        """The saved login; None where there is none yet.

        Raises `SessionUnreadable`, or `OSError`."""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            return msgspec.json.decode(content, type=Login)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            # Without what was raised: it could show what the file holds.
            raise SessionUnreadable(str(self.path)) from None

    def write(self, login: Login) -> None:
        """Replace the file as a whole: a crash leaves the old one or the new one."""
        draft = self.path.with_name(self.path.name + ".new")
        handle = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(login) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)


class RelaySession(MemorySession):
    """A session that knows only what is in its file and what the database told it."""

    def __init__(
        self, file: SessionFile, account: AccountState | None, chats: Iterable[KnownChat]
    ) -> None:
        """Raises `SessionUnreadable`, or `OSError`."""
        super().__init__()
        self._file = file
        self._saved = file.read()
        if self._saved is not None:
            self.set_dc(self._saved.dc_id, self._saved.address, self._saved.port)
            self.auth_key = AuthKey(self._saved.auth_key)
        self.account = account
        self.known_chats: dict[ChatId, KnownChat] = {chat.chat_id: chat for chat in chats}

    def save(self) -> None:
        if not self.auth_key:
            return
        login = Login(1, self.dc_id, self.server_address, self.port, self.auth_key.key)
        if login != self._saved:
            self._file.write(login)
            self._saved = login

    def set_update_state(self, entity_id: int, state: Any) -> None:
        """Nothing: Telethon saves its state whatever became of the messages."""

    def process_entities(self, tlo: Any) -> None:
        """Nothing: it is called after a request succeeded and must not make it look failed."""
