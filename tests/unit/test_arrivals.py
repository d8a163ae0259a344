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
NOW = int(time.time()) << 32 | 1
UNKNOWN = bytes.fromhex("a1647e7e01000000")
FIRST, LAST = types.UpdatesTooLong(), types.MsgsAck([1])


class Arriving:
    """Packets for one client."""

    def __init__(self) -> None:
        loggers: defaultdict[str, logging.Logger] = defaultdict(
            lambda: logging.getLogger("arrivals")
        )
        self.unknown: list[TypeNotFoundError] = []
        sender = MTProtoSender(AuthKey(KEY), loggers=loggers)
        self.arrivals = Arrivals(sender, loggers, self.unknown.append)

    def read(self, content: bytes, msg_id: int = NOW) -> Any:
        head = bytes(8) + self.arrivals.id.to_bytes(8, "little", signed=True)
        plain = head + HEADER.pack(msg_id, 1, len(content)) + content
        padded = plain + os.urandom(-(len(plain) + 12) % 16 + 12)
        key = encryption.AuthKey(KEY)
        packet = encryption.encrypt(key, padded, encryption.Sender.SERVER)
        return self.arrivals.decrypt_message_data(packet)


def a_container(*contents: bytes) -> bytes:
    return close_container([Message(NOW + 4 * n, n, body) for n, body in enumerate(contents)])


def gzipped(content: bytes) -> bytes:
    return bytes(GzipPacked(content))


@pytest.mark.parametrize("unknown", [UNKNOWN, gzipped(UNKNOWN)], ids=["plain", "gzipped"])
def test_what_is_beside_the_unknown_is_read(unknown: bytes) -> None:
    arriving = Arriving()
    packet = a_container(bytes(FIRST), unknown, bytes(LAST))
    first, nothing, last = arriving.read(packet).obj.messages
    assert (type(first.obj), type(last.obj)) == (type(FIRST), type(LAST))
    assert isinstance(nothing.obj, MessageContainer)  # which acknowledges it
    assert nothing.obj.messages == []
    assert nothing.msg_id == NOW + 4
    assert [error.invalid_constructor_id for error in arriving.unknown] == [0x7E7E64A1]


@pytest.mark.parametrize("unknown", [UNKNOWN, gzipped(UNKNOWN)], ids=["plain", "gzipped"])
def test_the_unknown_alone_is_acknowledged(unknown: bytes) -> None:
    arriving = Arriving()
    message = arriving.read(unknown)
    assert (message.msg_id, message.obj.messages) == (NOW, [])
    assert len(arriving.unknown) == 1


def test_gzipped_updates_beside_the_unknown_are_read() -> None:
    arriving = Arriving()
    packet = a_container(UNKNOWN, gzipped(bytes(FIRST)))
    assert isinstance(arriving.read(packet).obj.messages[1].obj, types.UpdatesTooLong)


def test_what_came_once_is_not_read_again() -> None:
    arriving = Arriving()
    arriving.read(a_container(UNKNOWN, bytes(FIRST)))
    assert arriving.read(a_container(bytes(FIRST))) is None


def test_what_is_known_comes_as_it_is() -> None:
    arriving = Arriving()
    assert isinstance(arriving.read(bytes(FIRST)).obj, types.UpdatesTooLong)
    assert isinstance(arriving.read(gzipped(bytes(FIRST)), NOW + 4).obj, types.UpdatesTooLong)
    assert not arriving.unknown
