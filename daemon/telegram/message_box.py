"""Telethon's keeper of the update sequences, kept from losing anything.

What stock Telethon 1.45 drops, and this does not:

- messages behind a `differenceTooLong`: they are noted as a gap, to be fetched by their ids;
- edits, deletions and changes of members that came within a difference: they are passed on behind
  its messages;
- a difference that Telegram would not tell for the moment: it is noted, to be asked for again;
- the pts of a channel that it was put out of: once let in again, the difference from there brings
  what was missed;
- channels of which nothing is known, be it that we were put into them while away: they are followed
  from then on.

https://core.telegram.org/api/updates#recovering-gaps
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from telethon import utils
from telethon._updates import MessageBox
from telethon._updates.messagebox import ENTRY_ACCOUNT, ENTRY_SECRET, PrematureEndReason
from telethon.tl import types

from daemon.core.model import ChatId
from daemon.core.sync import ACCOUNT, FIRST_PTS, FROM_ENROLMENT, NO_END, AccountState, Gap

_CHANGES = (
    types.UpdateEditMessage,
    types.UpdateEditChannelMessage,
    types.UpdateDeleteMessages,
    types.UpdateDeleteChannelMessages,
    types.UpdateChannelParticipant,
    types.UpdateChatParticipant,
)

_NEW = (types.UpdateNewMessage, types.UpdateNewChannelMessage)

_NEWEST = 100
"""So many messages are asked for at most in a group that is new to the relay."""


class RelayMessageBox(MessageBox):
    """`read_to` tells up to which message id a supergroup is read, or the account; 0 if none of its
    messages was ever seen. `on_idle` is called while no difference is asked for, `on_refused` when
    Telegram would not tell one, `on_changed` with the id of a channel that does not let us read any
    more, or does again, or of which not all is told."""

    __slots__ = (
        "_away_since",
        "_held_chats",
        "_held_users",
        "_met",
        "_on_changed",
        "_on_idle",
        "_on_refused",
        "_read_to",
        "_shut",
        "gaps",
        "moved",
        "refused",
        "sent",
    )

    def __init__(
        self,
        log: Any,
        read_to: Callable[[ChatId], int],
        on_idle: Callable[[], None],
        on_refused: Callable[[], None],
        on_changed: Callable[[int], None],
    ):
        super().__init__(log)
        self._read_to = read_to
        self._on_idle = on_idle
        self._on_refused = on_refused
        self._on_changed = on_changed
        self._met: dict[int, int] = {}
        """Channels of which nothing was known, and since when (seconds, Telegram's clock) what is
        said there concerns us."""
        self._away_since = 0
        """The date of the state before the account difference that is taken in."""
        self._held_users: list[Any] = []
        self._held_chats: list[Any] = []
        """Those of the updates that are held."""
        self._shut: set[int] = set()
        """Ids of the channels that did not let us read when they were last asked."""
        self.refused: set[Any] = set()
        """Telethon's entries whose last difference Telegram would not tell."""
        self.gaps: list[Gap] = []
        """Gaps found since they were last taken."""
        self.moved: set[int] = set()
        """Channel ids whose pts may have moved since they were last taken."""
        self.sent: list[Any] = []
        """Our own messages that the sequences moved past since they were last taken: Telethon does
        not hand them over."""

    def _trace(self, *_told: Any) -> None:
        """Nothing: Telethon would put the whole state into words several times for each update."""

    def account_state(self) -> AccountState | None:
        if ENTRY_ACCOUNT not in self.map:
            return None
        return AccountState(
            pts=self.map[ENTRY_ACCOUNT].pts,
            qts=self.map[ENTRY_SECRET].pts if ENTRY_SECRET in self.map else 0,
            date=int(self.date.timestamp()),
            seq=self.seq,
        )

    def take_moved(self) -> dict[ChatId, int]:
        """The channels' sequences that moved, each with its pts."""
        moved = {_chat_id(entry): self.map[entry].pts for entry in self.moved if entry in self.map}
        self.moved.clear()
        return moved

    def take_sent(self) -> list[Any]:
        sent, self.sent = self.sent, []
        return sent

    def take_gaps(self) -> list[Gap]:
        gaps, self.gaps = self.gaps, []
        return gaps

    def pts_of(self, sequence: ChatId) -> int | None:
        """How far a supergroup is read, or the account; None where that is not known."""
        entry = ENTRY_ACCOUNT if sequence == ACCOUNT else utils.resolve_id(sequence)[0]
        return self.map[entry].pts if entry in self.map else None

    def owed(self) -> set[ChatId]:
        """The supergroups whose difference is asked for and not answered yet."""
        return {_chat_id(entry) for entry in self.getting_diff_for if isinstance(entry, int)}

    def ask_for_refused(self) -> None:
        refused, self.refused = self.refused, set()
        for entry in refused:
            self.try_begin_get_diff(entry, "Telegram would not tell it before")

    def read_from(self, channel_id: int, pts: int) -> None:
        """Ask a channel for what it has behind this pts, whatever came of it already. Not while
        its difference is under way, whose end would set the pts again."""
        self.map.pop(channel_id, None)
        self.try_set_channel_state(channel_id, pts)
        self.try_begin_get_diff(channel_id, "it is new to the relay")

    def meet(self, channel_id: int, since: int) -> None:
        """Follow a channel of which nothing is known yet, from what was said there since then."""
        if channel_id not in self.map:
            self._met[channel_id] = since
            self.read_from(channel_id, FIRST_PTS)

    def get_channel_difference(self, chat_hashes: Any) -> Any:
        request = super().get_channel_difference(chat_hashes)
        if request is not None and request.channel.channel_id in self._met:
            request.limit = _NEWEST  # the whole history may be long, and is none of ours
        return request

    def is_met(self, chat: Any) -> bool:
        """Whether a chat is a channel that is being met."""
        return isinstance(chat, types.Channel) and chat.id in self._met

    def forget_beyond(self, most: int, is_watched: Callable[[int], bool]) -> None:
        """Where more than `most` sequences are followed, forget those of channels that are not
        watched: what is pushed from there is taken as it comes, as at first."""
        if len(self.map) <= most:
            return
        for entry in [entry for entry in self.map if isinstance(entry, int)]:
            if entry not in self.getting_diff_for and not is_watched(entry):
                del self.map[entry]
                self.possible_gaps.pop(entry, None)

    def check_deadlines(self) -> Any:
        if not self.getting_diff_for:
            self._on_idle()
        return super().check_deadlines()

    def process_updates(self, updates: Any, chat_hashes: Any, result: list[Any]) -> Any:
        """Updates that came too early are held until those before them are there; Telethon then
        hands them over with the people and chats of the latter alone."""
        users, chats = super().process_updates(updates, chat_hashes, result)
        users, chats = [*self._held_users, *users], [*self._held_chats, *chats]
        if self.possible_gaps:
            self._held_users, self._held_chats = users, chats
        else:
            self._held_users, self._held_chats = [], []
        return users, chats

    def apply_pts_info(self, update: Any, *, reset_deadlines: Any) -> Any:
        if isinstance(update, types.UpdateChannelTooLong):
            self.meet(update.channel_id, self._away_since)
        applied = super().apply_pts_info(update, reset_deadlines=reset_deadlines)
        if applied is not None:
            channel_id = _channel_of(update)
            if channel_id is not None:
                self.moved.add(channel_id)
            if isinstance(update, _NEW) and update.message.out:
                self.sent.append(update.message)
        return applied

    def end_get_diff(self, entry: Any) -> None:
        super().end_get_diff(entry)
        self.refused.discard(entry)

    def end_difference(self) -> None:
        refused = self.getting_diff_for & {ENTRY_ACCOUNT, ENTRY_SECRET}
        super().end_difference()
        self.refused |= refused
        self._on_refused()

    def end_channel_difference(self, request: Any, reason: Any, chat_hashes: Any) -> None:
        channel_id = request.channel.channel_id
        # The reason that keeps the pts, which Telethon would forget of a channel that shuts us out.
        keeping = PrematureEndReason.TEMPORARY_SERVER_ISSUES
        super().end_channel_difference(request, keeping, chat_hashes)
        if reason is keeping:
            self.refused.add(channel_id)
            self._on_refused()
        elif channel_id not in self._shut:
            self._shut.add(channel_id)
            self._on_changed(channel_id)

    def apply_difference(self, diff: Any, chat_hashes: Any) -> Any:
        if isinstance(diff, types.updates.DifferenceTooLong):
            self.note_account_gap()
        self._away_since = int(self.date.timestamp())
        updates, users, chats = super().apply_difference(diff, chat_hashes)
        return _with_changes(updates, diff), users, chats

    def note_account_gap(self) -> None:
        """What came since the last message of the account is to be fetched by its ids."""
        top = self._read_to(ACCOUNT)
        if top:
            self.gaps.append(Gap(ACCOUNT, top + 1, NO_END))

    def apply_channel_difference(self, request: Any, diff: Any, chat_hashes: Any) -> Any:
        channel_id = request.channel.channel_id
        if isinstance(diff, types.updates.ChannelDifferenceTooLong):
            self._note_gap(channel_id, diff.dialog.top_message)
            # Telegram does not promise `final` here, but Telethon asserts it and would die.
            diff.final = True
        updates, users, chats = super().apply_channel_difference(request, diff, chat_hashes)
        since = self._met.get(channel_id, 0)
        if channel_id not in self.getting_diff_for:
            self._met.pop(channel_id, None)
        self.moved.add(channel_id)
        if channel_id in self._shut:
            self._shut.discard(channel_id)
            self._on_changed(channel_id)
        told = _with_changes(updates, diff)
        return [update for update in told if _date_of(update) >= since], users, chats

    def _note_gap(self, channel_id: int, top_message: int) -> None:
        chat_id = _chat_id(channel_id)
        top = self._read_to(chat_id)
        if channel_id in self._met:
            first = max(top, top_message - _NEWEST) + 1
            self.gaps.append(Gap(chat_id, first, top_message, self._met[channel_id]))
        elif top < top_message:
            since = 0 if top else FROM_ENROLMENT
            self.gaps.append(Gap(chat_id, top + 1, top_message, since))
        self._on_changed(channel_id)


def _chat_id(channel_id: int) -> ChatId:
    """A channel as bots name it. https://core.telegram.org/api/bots/ids"""
    return ChatId(-(10**12) - channel_id)


def beyond_account(state: Any) -> Any:
    """A difference that brings nothing and leads to this state."""
    return types.updates.Difference([], [], [], [], [], state)


def beyond_channel(full: Any) -> Any:
    """A difference that tells nothing but how the channel is now: the answer to
    channels.getFullChannel. Which message is its last, that does not say."""
    channel = full.full_chat
    dialog = types.Dialog(
        types.PeerChannel(channel.id),
        top_message=NO_END,
        read_inbox_max_id=0,
        read_outbox_max_id=0,
        unread_count=0,
        unread_mentions_count=0,
        unread_reactions_count=0,
        unread_poll_votes_count=0,
        notify_settings=types.PeerNotifySettings(),
        pts=channel.pts,
    )
    return types.updates.ChannelDifferenceTooLong(
        dialog, messages=[], chats=full.chats, users=full.users, final=True
    )


def _channel_of(update: Any) -> int | None:
    message = getattr(update, "message", None)
    peer = getattr(message, "peer_id", None)
    channel_id = getattr(peer, "channel_id", None) or getattr(update, "channel_id", None)
    return channel_id if isinstance(channel_id, int) else None


def _date_of(update: Any) -> float:
    """When the message was written that an update is about; endless where it is about none."""
    date = getattr(getattr(update, "message", None), "date", None)
    return math.inf if date is None else float(date.timestamp())


def _with_changes(updates: list[Any], diff: Any) -> list[Any]:
    """The updates of a difference, new messages before what changed them. Telethon drops most
    of the changes, since the pts has moved past them when it comes to look at them."""
    changes = [u for u in getattr(diff, "other_updates", ()) if isinstance(u, _CHANGES)]
    return [u for u in updates if not isinstance(u, _CHANGES)] + changes
