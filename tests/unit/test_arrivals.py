"""What Telegram sends in one packet, where something in it is not known."""

from __future__ import annotations

import logging
import os
import time
from collections import defaultdict
from typing import Any

import pytest
from telethon.crypto import AuthKey
from telethon.errors import TypeNotFoundError
from telethon.network.mtprotosender import MTProtoSender
from telethon.tl import types
from telethon.tl.core import GzipPacked, MessageContainer

from daemon.telegram.arrivals import Arrivals
from tests.loopback.mtproto import encryption
from tests.loopback.mtproto.containers import HEADER, Message, close_container

KEY = bytes(range(256))
UNKNOWN = bytes.fromhex("a1647e7e01000000")
FIRST, LAST = types.UpdatesTooLong(), types.MsgsAck([1])


class Arriving:
    """Packets for one client. Their ids tell the time, and old ones are not read."""

    def __init__(self) -> None:
        self.now = int(time.time()) << 32 | 1
        loggers: defaultdict[str, logging.Logger] = defaultdict(
            lambda: logging.getLogger("arrivals")
        )
        self.unknown: list[TypeNotFoundError] = []
        sender = MTProtoSender(AuthKey(KEY), loggers=loggers)
        self.arrivals = Arrivals(sender, loggers, self.unknown.append)

    def read(self, content: bytes, later: int = 0) -> Any:
        msg_id = self.now + later
        head = bytes(8) + self.arrivals.id.to_bytes(8, "little", signed=True)
        plain = head + HEADER.pack(msg_id, 1, len(content)) + content
        padded = plain + os.urandom(-(len(plain) + 12) % 16 + 12)
        key = encryption.AuthKey(KEY)
        packet = encryption.encrypt(key, padded, encryption.Sender.SERVER)
        return self.arrivals.decrypt_message_data(packet)

    def container(self, *contents: bytes) -> bytes:
        return close_container(
            [Message(self.now + 4 * n, n, body) for n, body in enumerate(contents)]
        )


def gzipped(content: bytes) -> bytes:
    return bytes(GzipPacked(content))


@pytest.mark.parametrize("unknown", [UNKNOWN, gzipped(UNKNOWN)], ids=["plain", "gzipped"])
def test_what_is_beside_the_unknown_is_read(unknown: bytes) -> None:
    arriving = Arriving()
    packet = arriving.container(bytes(FIRST), unknown, bytes(LAST))
    first, nothing, last = arriving.read(packet).obj.messages
    assert (type(first.obj), type(last.obj)) == (type(FIRST), type(LAST))
    assert isinstance(nothing.obj, MessageContainer)  # which acknowledges it
    assert nothing.obj.messages == []
    assert nothing.msg_id == arriving.now + 4
    assert [error.invalid_constructor_id for error in arriving.unknown] == [0x7E7E64A1]


@pytest.mark.parametrize("unknown", [UNKNOWN, gzipped(UNKNOWN)], ids=["plain", "gzipped"])
def test_the_unknown_alone_is_acknowledged(unknown: bytes) -> None:
    arriving = Arriving()
    message = arriving.read(unknown)
    assert (message.msg_id, message.obj.messages) == (arriving.now, [])
    assert len(arriving.unknown) == 1


def test_gzipped_updates_beside_the_unknown_are_read() -> None:
    arriving = Arriving()
    packet = arriving.container(UNKNOWN, gzipped(bytes(FIRST)))
    assert isinstance(arriving.read(packet).obj.messages[1].obj, types.UpdatesTooLong)


def test_what_came_once_is_not_read_again() -> None:
    arriving = Arriving()
    arriving.read(arriving.container(UNKNOWN, bytes(FIRST)))
    assert arriving.read(arriving.container(bytes(FIRST))) is None


def test_what_is_known_comes_as_it_is() -> None:
    arriving = Arriving()
    assert isinstance(arriving.read(bytes(FIRST)).obj, types.UpdatesTooLong)
    assert isinstance(arriving.read(gzipped(bytes(FIRST)), 4).obj, types.UpdatesTooLong)
    assert not arriving.unknown
