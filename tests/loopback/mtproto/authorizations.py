"""Authorization keys, who is logged in with them, and the sessions they have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tests.loopback.mtproto.encryption import AuthKey
from tests.loopback.mtproto.salts import Salts

if TYPE_CHECKING:
    from tests.loopback.mtproto.session import Session

MAX_DETACHED = 64
"""Sessions without a line that are remembered per key: Telethon begins a new one each time."""


class Authorization:
    """One authorization key: in Telegram's terms, one logged-in client at one data centre."""

    def __init__(self, auth_key: AuthKey, dc_id: int, first_salt: int) -> None:
        self.auth_key = auth_key
        self.dc_id = dc_id
        self.salts = Salts(auth_key.key, first_salt)
        self.sessions: dict[int, Session] = {}
        self.initialized = False
        """Whether initConnection came with some request of this key."""
        self._user_id: int | None = None

    @property
    def user_id(self) -> int | None:
        return self._user_id

    def detached(self, session: Session) -> None:
        """A session lost its line: keep it for a client that comes back, but not for ever."""
        if self.sessions.pop(session.session_id, None) is not None:
            # The one that was cut off last is forgotten last.
            self.sessions[session.session_id] = session
        idle = [i for i, s in self.sessions.items() if s.line is None and not s.running]
        for session_id in idle[:-MAX_DETACHED]:
            del self.sessions[session_id]


class Authorizations:
    """Every authorization key of a server."""

    def __init__(self, changed: Callable[[], None]) -> None:
        """`changed` is told of each login and logout."""
        self._changed = changed
        self._by_key: dict[bytes, Authorization] = {}
        self._by_user: dict[int, dict[bytes, Authorization]] = {}

    def add(self, authorization: Authorization) -> None:
        self._by_key[authorization.auth_key.key_id] = authorization

    def find(self, key_id: bytes, dc_id: int) -> Authorization | None:
        """The key of this id, if it was made at this data centre: the others do not know it."""
        authorization = self._by_key.get(key_id)
        return authorization if authorization and authorization.dc_id == dc_id else None

    def remove(self, authorization: Authorization) -> None:
        """Destroy a key: whoever still uses it is told that it is unknown."""
        self.bind(authorization, None)
        self._by_key.pop(authorization.auth_key.key_id, None)

    def bind(self, authorization: Authorization, user_id: int | None) -> None:
        """Log a user in with this key, or, with None, out."""
        key_id = authorization.auth_key.key_id
        if authorization.user_id is not None:
            self._by_user[authorization.user_id].pop(key_id, None)
        authorization._user_id = user_id
        if user_id is not None:
            self._by_user.setdefault(user_id, {})[key_id] = authorization
        self._changed()

    def of_user(self, user_id: int) -> list[Authorization]:
        return list(self._by_user.get(user_id, {}).values())

    def __iter__(self) -> Iterator[Authorization]:
        return iter(self._by_key.values())
