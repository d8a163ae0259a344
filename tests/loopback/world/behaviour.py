"""The switches of a world: what Telegram may do one way or the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True)
class Behaviour:
    """Defaults are what the documentation says, or what was seen on Telegram; a test that cares
    about the other way sets it on its world."""

    repeat_answer: Literal["original", "duplicate_error"] = "original"
    """A second send with a random_id that this sender has used: answered with the message of the
    first, or with 500 RANDOM_ID_DUPLICATE. Both have been seen."""

    random_id_memory: float | None = None
    """Seconds after which a random_id is forgotten, so that a repeat sends anew; None: never. How
    long Telegram remembers is not documented."""

    short_sent_answers: bool = False
    """A plain text send is answered with updateShortSentMessage, which has the id alone."""

    channel_over_limit: Literal["too_long", "slice"] = "too_long"
    """More than `limit` events since the caller's pts: channelDifferenceTooLong as old pages of
    the documentation say, or slices without `final` as newer ones do.
    https://core.telegram.org/constructor/updates.channelDifferenceTooLong"""

    channel_history_kept: int = 100_000
    """Events further back than this are forgotten: channelDifferenceTooLong whatever the limit."""

    channel_slice: int | None = None
    """Never more events than this in one channel difference; None: the caller's limit alone."""

    bots_have_read: bool = True
    """Whether channelFull tells bots how far they have read, and so of the last message; else 0.
    Not established."""

    too_long_final: bool = True
    """Whether channelDifferenceTooLong carries `final`."""

    account_slice: int = 1_000
    """Never more events than this in one account difference, the rest in further slices."""

    account_history_kept: int = 100_000
    """Further back than this an account difference is differenceTooLong."""

    account_difference_tells_channels: bool = False
    """Whether an account difference carries updateChannelTooLong for each supergroup with events
    since the caller's date. Not established for bots."""

    differences_tell_message_ids: bool = True
    """Whether differences carry updateMessageID for the caller's own messages."""

    membership_messages: bool = True
    """Whether joining and leaving a group makes a service message; without it only updateChannel
    (of supergroups, as has been seen for bots) or updateChat tells the one concerned."""

    participant_updates: bool = True
    """Whether bots get updateChannelParticipant and updateChatParticipant; without them only
    updateChannel or updateChat tells, which is in no difference."""

    deletions_reach_bots: bool = False
    """Whether bots are told of deletions in groups. In private chats they always are."""

    bots_see_bots: bool = False
    """Whether bots get the messages of other bots.
    https://core.telegram.org/api/bots/bot-to-bot"""

    entity_overflow: Literal["refuse", "clip"] = "refuse"
    """An entity that ends beyond the text: ENTITY_BOUNDS_INVALID, or cut off at its end."""

    replies_across_chats: bool = True
    """Whether a message may reply to one of another chat, as the documentation says; that this is
    so with a basic group that became the chat is not established.
    https://core.telegram.org/constructor/inputReplyToMessage"""

    send_limits: Literal["off", "count", "flood_wait"] = "off"
    """Bots that send too fast: nothing, a note in `violations`, or FLOOD_WAIT_n.
    https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this"""

    file_reference_lifetime: float | None = None
    """Seconds that a file reference is good for; None: for good.
    https://core.telegram.org/api/file-references"""

    protected_files_resent: bool = True
    """Whether a file out of a chat with content protection can be sent again by its reference.
    TDLib lets bots do so; what Telegram says to it is not established.
    https://core.telegram.org/api/content-protection"""

    home_dc: int = 2
    """The data centre that all files are in; others answer FILE_MIGRATE_n to who asks for one.
    https://core.telegram.org/api/files#downloading-files"""
