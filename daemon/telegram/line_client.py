"""The Telethon client as far as its line goes: how it is made, kept, cut and used.

https://core.telegram.org/mtproto
"""

from __future__ import annotations

from importlib import metadata
from typing import Any

from telethon import TelegramClient, errors
from telethon.network import MTProtoSender
from telethon.tl import functions
from telethon.tl.alltlobjects import LAYER

from daemon.telegram.departures import MOST_UNACKNOWLEDGED
from daemon.telegram.line import Line
from daemon.telegram.pending_updates import PendingUpdates
from daemon.telegram.server import Server
from daemon.telegram.session import RelaySession

_START_CONNECTION_TRIES = 3


class _NoMemory(dict[int, float]):
    """Telethon remembers a flood wait for a whole class of requests, so that one chat's wait
    would stall every other; the relay keeps its own waits, chat by chat."""

    def __setitem__(self, constructor_id: int, due: float) -> None:
        pass


class LineClient(TelegramClient):
    """Where Telethon would wait, repeat or give up by itself, the relay decides."""

    def __init__(
        self, session: RelaySession, api_id: int, api_hash: str, server: Server | None
    ) -> None:
        if server is not None:
            server.introduce_to(session)
        super().__init__(
            session,
            api_id,
            api_hash,
            connection=Line,
            connection_retries=_START_CONNECTION_TRIES,
            request_retries=1,  # two attempts: the second at the data centre a login is sent to
            flood_sleep_threshold=0,
            raise_last_call_error=True,
            device_model="Ticket Relay",
            app_version=metadata.version("telethon"),
        )
        type(self)._config = None  # kept on the class: another server's must not stay
        self._flood_waited_requests = _NoMemory()
        self._updates_queue = self._sender._updates_queue = PendingUpdates()

    async def connect(self) -> None:
        await super().connect()
        # Not `self.line`, which is None while Telethon makes this very object connect again
        # because it broke behind the last answer awaited above.
        line: Line | None = self._sender._connection
        if line is not None:
            line.before_reading = self._before_reading

    async def _before_reading(self) -> None:
        self._acknowledge()
        await self._updates_queue.room()

    def _acknowledge(self) -> None:
        """Tell Telegram what came. Telethon does so only along with its next request: a group that
        talks and asks nothing piles up what is to be told, and Telegram, untold, sends it again.

        https://core.telegram.org/mtproto/service_messages_about_messages#acknowledgment-of-receipt
        """
        if len(self._sender._pending_ack) >= MOST_UNACKNOWLEDGED:
            self._sender._send_queue.acknowledge()

    def never_give_up(self) -> None:
        """Once a first connection stood: reconnect for as long as it takes, and leave the
        retrying of requests to the relay."""
        self._connection_retries = None
        self._sender._retries = None
        self._request_retries = 0

    @property
    def line(self) -> Line | None:
        """The line to Telegram; None while there is none."""
        line: Line = self._sender._connection
        return line if self._sender._transport_connected() else None

    def force_reconnect(self) -> None:
        """Cut a line that gives no answers; Telethon then repeats what it has not got answers
        to, each request unchanged, and the same futures get the answers."""
        self._sender._start_reconnect(None)

    def take_back(self, request: Any) -> None:
        """Do not make a request again whose answer nobody waits for any more. Telethon would,
        with the next line, however much later that is."""
        sender = self._sender
        for msg_id, state in list(sender._pending_state.items()):
            if state.request is request:
                del sender._pending_state[msg_id]
        waiting = sender._send_queue._deque
        for state in [state for state in waiting if state.request is request]:
            waiting.remove(state)

    async def at_data_center(self, dc_id: int, request: Any) -> Any:
        """The answer of another data centre than ours, such as one that keeps a file. It has a
        line of its own, which is made anew after any trouble: Telethon would keep a dead one.

        Raises what the request raises."""
        sender = await self._borrow_exported_sender(dc_id)
        try:
            result = await self._call(sender, request)
        except errors.RPCError:
            await self._return_exported_sender(sender)
            raise
        except BaseException:
            self._borrowed_senders.pop(dc_id, None)
            await sender.disconnect()
            raise
        await self._return_exported_sender(sender)
        return result

    async def _create_exported_sender(self, dc_id: int) -> Any:
        """As Telethon does it, which leaves the line open where the login over there fails."""
        dc = await self._get_dc(dc_id)
        sender = MTProtoSender(None, loggers=self._log)
        line = Line(dc.ip_address, dc.port, dc.id, loggers=self._log)
        try:
            await sender.connect(line)
            exported = await self(functions.auth.ExportAuthorizationRequest(dc_id))
            self._init_request.query = functions.auth.ImportAuthorizationRequest(
                id=exported.id, bytes=exported.bytes
            )
            await sender.send(functions.InvokeWithLayerRequest(LAYER, self._init_request))
        except BaseException:
            await sender.disconnect()
            raise
        return sender

    def server_time_ms(self, local_ms: int) -> int:
        """Telegram's time for a local time; they differ by what the key exchange found."""
        return local_ms + int(self._sender._state.time_offset) * 1000
