"""What becomes of a message that Telegram refused as it was: another way, or less of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from daemon.core.media import size, way_after
from daemon.core.model import ChatId, Media
from daemon.core.retry import ErrorKind, Failure, SendOtherwise, Ways
from daemon.core.text import CAPTION_LIMIT, Text, fill, joined, utf16_len
from daemon.core.wrapper import Missing, media_notice
from daemon.relay.desk import Desk
from daemon.relay.whereabouts import Whereabouts
from daemon.storage.outbox_row import OutboxRow
from daemon.telegram.calls import RequestFailed
from daemon.telegram.fetcher import Fetcher

_NOT_THERE = {
    "CHANNEL_INVALID",
    "CHANNEL_PRIVATE",
    "CHAT_FORBIDDEN",
    "CHAT_ID_INVALID",
    "PEER_ID_INVALID",
    "USER_NOT_PARTICIPANT",
}
"""Telegram's names for: not a member, or no such chat."""

_MOST_LOOKS = 12
"""Claims of a message after which one whose media Telegram would never show takes another way."""

_MENTION_REFUSED = "ENTITY_MENTION_USER_INVALID"


class Alternatives:
    """`media_cap_bytes`: the largest file that is downloaded and uploaded again."""

    def __init__(
        self, fetcher: Fetcher, whereabouts: Whereabouts, desk: Desk, media_cap_bytes: int
    ) -> None:
        self._fetcher = fetcher
        self._whereabouts = whereabouts
        self._desk = desk
        self._media_cap_bytes = media_cap_bytes

    async def now_at(self, row: OutboxRow, failure: Failure) -> ChatId | None:
        """What the destination became, where that is why the message was refused: Telegram has no
        error of its own for it.

        Raises `SessionRefused`."""
        could_be = failure.kind in (ErrorKind.FORBIDDEN, ErrorKind.REFUSED)
        return await self._whereabouts.now_at(row.destination) if could_be else None

    def open_to(self, row: OutboxRow, refreshed: bool) -> Ways:
        """What can still be changed; `refreshed`: its media were looked up again already."""
        return Ways(
            reply=row.reply_to is not None,
            reply_elsewhere=row.reply_to is not None and row.reply_to.chat_id != row.destination,
            formatting=bool(row.text.entities),
            media_refreshable=bool(row.media) and not refreshed,
            media_way=way_after(row.media, row.way) if row.way else None,
            media_droppable=bool(row.media) and self._is_for_staff(row),
            must_arrive=self._is_for_staff(row),
        )

    async def taken(self, row: OutboxRow, way: SendOtherwise, failure: Failure) -> OutboxRow | None:
        """The row as it is to be sent next; None where nothing is left of it.

        Raises `RequestFailed` where its media cannot be looked up for now, `SessionRefused`."""
        if way.fresh_media:
            return await self._with_fresh_media(row)
        if way.without_media:
            return await self._without_media(row, failure)
        if way.media_way is not None:
            return replace(row, way=way.media_way)
        if way.without_formatting:
            return replace(row, text=_plainer(row.text, failure))
        return replace(row, reply_to=None)

    def explain(self, row: OutboxRow, failure: Failure) -> str:
        """Why a message was not sent, for the staff; what was to go to one person, for the log."""
        texts = self._desk.texts
        if row.destination > 0:
            return failure.reason
        match failure.kind:
            case ErrorKind.FORBIDDEN if failure.reason in _NOT_THERE:
                return fill(texts.not_there, error=failure.reason).text
            case ErrorKind.FORBIDDEN:
                return fill(texts.cannot_write, error=failure.reason).text
            case ErrorKind.TOO_LARGE:
                return fill(texts.too_large, cap=size(self._media_cap_bytes)).text
            case _:
                return fill(texts.not_taken, error=failure.reason).text

    def _is_for_staff(self, row: OutboxRow) -> bool:
        """The staff can follow a link to the original; a customer cannot, and must not."""
        return self._desk.is_staff(row.destination)

    async def _with_fresh_media(self, row: OutboxRow) -> OutboxRow | None:
        """What was deleted meanwhile is left out: the rest of an album must not be lost by it. The
        staff read of it in the ticket; of their own once the rest is sent.

        Raises `RequestFailed` where the look is for later, `SessionRefused`."""
        fresh, gone = [], []
        for item in row.media:
            try:
                found = await self._fetcher.fresh_media(item)
            except RequestFailed as error:
                if self._is_for_later(row, item, error.failure):
                    raise
                found = item
            if found is None:
                gone.append(item)
            else:
                fresh.append(found)
        if not self._is_for_staff(row):
            left_out = row.left_out + len(gone)
            return replace(row, media=tuple(fresh), left_out=left_out) if fresh else None
        return self._with_notices(row, fresh, [(item, Missing.DELETED) for item in gone])

    def _is_for_later(self, row: OutboxRow, media: Media, failure: Failure) -> bool:
        """Whether a look that was refused may be answered later. The staff group, without which
        nothing goes, will let the bot in again; of another chat that is not known."""
        if failure.kind in (ErrorKind.FORBIDDEN, ErrorKind.REFUSED):
            return self._desk.is_staff(media.source.chat_id)
        return row.attempts < _MOST_LOOKS

    async def _without_media(self, row: OutboxRow, failure: Failure) -> OutboxRow:
        """Of an album with files that are too large, the other parts stay."""
        kept: list[Media] = []
        if failure.kind is ErrorKind.TOO_LARGE:
            kept = [item for item in row.media if item.size_bytes <= self._media_cap_bytes]
        if len(kept) == len(row.media):
            kept = []
        missing = [(item, await self._why(item, failure)) for item in row.media if item not in kept]
        return self._with_notices(row, kept, missing)

    async def _why(self, media: Media, failure: Failure) -> Missing:
        if failure.kind is ErrorKind.TOO_LARGE:
            return Missing.TOO_LARGE
        try:
            is_there = await self._fetcher.fresh_media(media) is not None
        except RequestFailed:
            is_there = True
        return Missing.NOT_COPYABLE if is_there else Missing.DELETED

    def _with_notices(
        self, row: OutboxRow, kept: Sequence[Media], missing: Sequence[tuple[Media, Missing]]
    ) -> OutboxRow:
        text = row.text
        if self._is_for_staff(row):
            cap = size(self._media_cap_bytes)
            notices = [media_notice(self._desk.texts, item, why, cap) for item, why in missing]
            text = joined((text, *notices))
            if kept and utf16_len(text.text) > CAPTION_LIMIT:
                text = row.text  # what people wrote comes first
        return replace(row, text=text, media=tuple(kept), way=row.way if kept else None)


def _plainer(text: Text, failure: Failure) -> Text:
    """With fewer entities: without the mentions where those are refused, else with them alone, so
    that the customer is still notified; without any where there is nothing else to leave out."""
    is_mention_refused = failure.reason == _MENTION_REFUSED
    kept = [e for e in text.entities if (e.type == "MentionName") is not is_mention_refused]
    return Text(text.text, tuple(kept) if len(kept) < len(text.entities) else ())
