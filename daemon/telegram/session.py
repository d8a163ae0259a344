"""Where the login is kept: one small file with data centre, address and authorization key.

The update state is not kept here but in the database, together with the messages it stands for.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from telethon.sessions import StringSession

from daemon.core.model import ChatId
from daemon.core.sync import AccountState, KnownChat


class SessionUnreadable(Exception):
    """The session file is damaged; remove it to log in anew."""


class SessionFile:
    """The file. Whoever logs in with it holds a lock on it: Telegram would revoke a login that
    two processes use."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> str:
        """The saved session; empty where there is none yet."""
        try:
            return self.path.read_text("ascii").strip()
        except FileNotFoundError:
            return ""
        except UnicodeDecodeError:
            raise SessionUnreadable(str(self.path)) from None

    def write(self, session: str) -> None:
        """Replace the file as a whole: a crash leaves the old one or the new one."""
        draft = self.path.with_name(self.path.name + ".new")
        handle = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(session + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)


class RelaySession(StringSession):
    """A session that knows only what is in its file and what the database told it."""

    def __init__(
        self, file: SessionFile, account: AccountState | None, chats: Iterable[KnownChat]
    ) -> None:
        """Raises `SessionUnreadable`."""
        self._file = file
        self._saved = file.read()
        try:
            super().__init__(self._saved or None)
        except Exception as error:  # Telethon checks nothing, so the damage shows as anything
            raise SessionUnreadable(str(file.path)) from error
        self.account = account
        self.known_chats: dict[ChatId, KnownChat] = {chat.chat_id: chat for chat in chats}

    def save(self) -> str:
        session: str = super().save()
        if session and session != self._saved:
            self._file.write(session)
            self._saved = session
        return session

    def set_update_state(self, entity_id: int, state: Any) -> None:
        """Nothing: Telethon saves its state whatever became of the messages."""

    def process_entities(self, tlo: Any) -> None:
        """Nothing: it is called after a request succeeded and must not make it look failed."""
