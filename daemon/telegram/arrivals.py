"""What Telegram sends, read as far as it can be.

Telethon throws away all that came in one packet where it does not know one constructor in it:
other updates, and answers that somebody waits for. And everything, for good, where its clock was
put back a little.

https://core.telegram.org/mtproto/service_messages#containers
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any

from telethon.crypto import AES
from telethon.errors import TypeNotFoundError
from telethon.extensions import BinaryReader
from telethon.network.mtprotosender import MTProtoSender
from telethon.network.mtprotostate import MSG_TOO_NEW_DELTA, MTProtoState
from telethon.tl.core import GzipPacked, MessageContainer, TLMessage

_KEY_ID_AND_MSG_KEY = 24
"""Bytes before what is encrypted."""
_SALT_AND_SESSION = 16
"""Bytes before the message itself."""
_HEADER = struct.Struct("<qii")
"""msg_id, seqno, length in bytes."""
_HEAD_OF_CONTAINER = struct.Struct("<Ii")
"""The constructor, how many messages."""

OnUnknown = Callable[[TypeNotFoundError], None]


class Arrivals(MTProtoState):
    """`on_unknown` is called for each message that cannot be read; it is acknowledged all the
    same, as nothing, since Telegram would send it again and again."""

    time_offset: int
    _last_msg_id: int

    def __init__(self, sender: MTProtoSender, loggers: Any, on_unknown: OnUnknown) -> None:
        super().__init__(sender.auth_key, loggers)
        self._on_unknown = on_unknown

    def decrypt_message_data(self, body: Any) -> Any:
        try:
            message = super().decrypt_message_data(body)
        except TypeNotFoundError:
            return self._readable_part(body)  # the packet is authentic: that is checked before
        if message is None and self._clock_was_behind(body):
            message = super().decrypt_message_data(body)
        if message is not None:
            self._unpack(message)
        return message

    def _clock_was_behind(self, body: bytes) -> bool:
        """Whether Telethon has thrown a message away because it seems to be from the future; the
        time is then taken from it. A clock that was put back by up to five minutes Telegram does
        not complain about, and Telethon would hear nothing any more, on new lines neither. What
        seems old is left alone: Telegram may be repeating itself.

        https://core.telegram.org/mtproto/security_guidelines#checking-msg-id"""
        (msg_id, *_) = _HEADER.unpack_from(self._plain(body))
        before = self.time_offset, self._last_msg_id
        if self.update_time_offset(msg_id) - before[0] > MSG_TOO_NEW_DELTA:
            return True
        self.time_offset, self._last_msg_id = before
        return False

    def _unpack(self, message: Any) -> None:
        """Telethon would do so itself, later, and pass over what follows one that it cannot."""
        inner = message.obj.messages if isinstance(message.obj, MessageContainer) else [message]
        for one in inner:
            if isinstance(one.obj, GzipPacked):
                one.obj = self._read(one.obj.data)

    def _readable_part(self, body: bytes) -> Any:
        plain = self._plain(body)
        msg_id, seqno, length = _HEADER.unpack_from(plain)
        self._recent_remote_ids.append(msg_id)
        self._highest_remote_id = msg_id
        content = plain[_HEADER.size : _HEADER.size + length]
        messages = [
            TLMessage(inner_id, inner_seqno, self._read(inner))
            for inner_id, inner_seqno, inner in _messages_in(content)
        ]
        if not messages:
            self._read(content)
        whole = TLMessage(msg_id, seqno, MessageContainer(messages))
        self._unpack(whole)
        return whole

    def _plain(self, body: bytes) -> bytes:
        """The message with its header, out of a packet that was found to be authentic."""
        key, iv = self._calc_key(self.auth_key.key, body[8:_KEY_ID_AND_MSG_KEY], False)
        return AES.decrypt_ige(body[_KEY_ID_AND_MSG_KEY:], key, iv)[_SALT_AND_SESSION:]  # type: ignore[no-any-return]

    def _read(self, content: bytes) -> Any:
        try:
            return BinaryReader(content).tgread_object()
        except TypeNotFoundError as error:
            self._on_unknown(error)
            return MessageContainer([])


def _messages_in(content: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Each message of a container: its msg_id, its seqno and its content."""
    constructor, count = _HEAD_OF_CONTAINER.unpack_from(content)
    if constructor != MessageContainer.CONSTRUCTOR_ID:
        return
    position = _HEAD_OF_CONTAINER.size
    for _ in range(count):
        msg_id, seqno, length = _HEADER.unpack_from(content, position)
        position += _HEADER.size
        yield msg_id, seqno, content[position : position + length]
        position += length
