"""Which Telegram the relay speaks to.

https://core.telegram.org/mtproto/auth_key
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from telethon.crypto import rsa


class ServerKeyInvalid(Exception):
    """The configured public key of the server is no RSA key in the PKCS#1 form."""


@dataclass(frozen=True, slots=True)
class Server:
    """Another MTProto server than Telegram's own."""

    host: str
    port: int
    dc_id: int
    public_key_pem: str

    def introduce_to(self, session: Any) -> None:
        """Make the session begin here, and trust this server's key. A session that was sent to
        another data centre stays there.

        Raises `ServerKeyInvalid`."""
        try:
            rsa.add_key(self.public_key_pem, old=False)
        except Exception as error:  # the decoder below raises whatever the bytes lead it to
            raise ServerKeyInvalid(str(error)) from error
        if not session.server_address or session.dc_id == self.dc_id:
            session.set_dc(self.dc_id, self.host, self.port)
