"""The errors by which Telegram refuses, named as it names them."""

from __future__ import annotations

from tests.loopback.rpc import RpcError

_CODES = {
    "AUTH_KEY_UNREGISTERED": 401,
    "CHAT_FORBIDDEN": 403,
    "CHAT_SEND_AUDIOS_FORBIDDEN": 403,
    "CHAT_SEND_DOCS_FORBIDDEN": 403,
    "CHAT_SEND_GIFS_FORBIDDEN": 403,
    "CHAT_SEND_MEDIA_FORBIDDEN": 403,
    "CHAT_SEND_PHOTOS_FORBIDDEN": 403,
    "CHAT_SEND_PLAIN_FORBIDDEN": 403,
    "CHAT_SEND_POLL_FORBIDDEN": 403,
    "CHAT_SEND_ROUNDVIDEOS_FORBIDDEN": 403,
    "CHAT_SEND_STICKERS_FORBIDDEN": 403,
    "CHAT_SEND_VIDEOS_FORBIDDEN": 403,
    "CHAT_SEND_VOICES_FORBIDDEN": 403,
    "CHAT_WRITE_FORBIDDEN": 403,
    "MESSAGE_AUTHOR_REQUIRED": 403,
    "MESSAGE_DELETE_FORBIDDEN": 403,
    "RANDOM_ID_DUPLICATE": 500,
}
"""What is not here is a plain 400."""


def refusal(name: str) -> RpcError:
    """The error of this name with the code that Telegram gives it
    (https://core.telegram.org/api/errors)."""
    return RpcError(_CODES.get(name, 400), name)


def file_migrate(dc_id: int) -> RpcError:
    """The file is in another data centre."""
    return RpcError(303, f"FILE_MIGRATE_{dc_id}")


def flood_wait(seconds: int) -> RpcError:
    """The caller has to wait this long before it asks again."""
    return RpcError(420, f"FLOOD_WAIT_{seconds}")
