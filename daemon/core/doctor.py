"""What `check` says of what it found on Telegram: facts about the bot and its groups, judged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from daemon.core.model import Bot, ChatId, ChatRole
from daemon.core.remark import Mark, Remark
from daemon.core.text import clean


class Right(StrEnum):
    """What the relay must be able to send, by the names of Telegram's denials.

    https://core.telegram.org/constructor/chatBannedRights"""

    MESSAGES = "send_messages"
    PLAIN = "send_plain"
    MEDIA = "send_media"
    PHOTOS = "send_photos"
    VIDEOS = "send_videos"
    ROUND_VIDEOS = "send_roundvideos"
    AUDIOS = "send_audios"
    VOICES = "send_voices"
    DOCUMENTS = "send_docs"
    STICKERS = "send_stickers"
    GIFS = "send_gifs"
    POLLS = "send_polls"


_WORDS = {
    Right.MESSAGES: "messages",
    Right.PLAIN: "texts",
    Right.MEDIA: "media",
    Right.PHOTOS: "photos",
    Right.VIDEOS: "videos",
    Right.ROUND_VIDEOS: "video messages",
    Right.AUDIOS: "music",
    Right.VOICES: "voice messages",
    Right.DOCUMENTS: "files",
    Right.STICKERS: "stickers",
    Right.GIFS: "GIFs",
    Right.POLLS: "polls",
}


class Standing(StrEnum):
    """What the bot is in a group."""

    ADMIN = "admin"
    MEMBER = "member"
    ABSENT = "absent"
    """Not in it, put out of it, or there is no such group."""
    MOVED = "moved"
    """The group became a supergroup, with another id."""
    NO_GROUP = "no_group"
    """It is a channel, where only its admins write."""
    NOT_TOLD = "not_told"
    """Telegram did not answer the question."""


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """A group as the bot finds it."""

    chat_id: ChatId
    title: str
    """Empty where it is not known."""
    standing: Standing
    denied: frozenset[Right] = frozenset()
    moved_to: ChatId | None = None
    error: str = ""
    """Telegram's name of the refusal, where there was one."""
    username: str | None = None
    """That of a public group."""
    has_link: bool = False
    """Whether it is a channel's discussion group: https://core.telegram.org/api/discussion"""


@dataclass(frozen=True, slots=True)
class BotFacts:
    """The bot as Telegram knows it."""

    bot: Bot
    sees_all_messages: bool
    """Whether privacy mode is off: https://core.telegram.org/bots/features#privacy-mode"""
    may_join_groups: bool


_PRESENT = (Standing.ADMIN, Standing.MEMBER)


def on_login(facts: BotFacts) -> Remark:
    return Remark(Mark.GOOD, f"login: Telegram accepts the bot @{facts.bot.username}")


def on_privacy(facts: BotFacts, groups: Iterable[GroupFacts]) -> Remark:
    """In groups where the bot is an admin it sees everything, privacy mode or not."""
    if facts.sees_all_messages:
        return Remark(Mark.GOOD, "privacy mode is off: the bot sees every message of its groups")
    present = [group for group in groups if group.standing in _PRESENT]
    deaf = [group for group in present if group.standing is not Standing.ADMIN]
    if present and not deaf:
        return Remark(
            Mark.NOTE,
            "privacy mode is on. The bot sees every message all the same, being an admin in each"
            " of its groups; make it one in each new group too, or turn privacy mode off:"
            f" {privacy_off(facts.bot)}",
        )
    where = f" in {', '.join(_named(group) for group in deaf)}" if deaf else ""
    return Remark(
        Mark.BAD,
        f"privacy mode is on: the bot sees only commands and replies to it{where}."
        f" {privacy_off(facts.bot)}, then remove the bot from its groups and add it again"
        " (or make it an admin there)",
    )


def privacy_off(bot: Bot) -> str:
    """The way to turn privacy mode off."""
    return f"@BotFather → /mybots → @{bot.username} → Bot Settings → Group Privacy → Turn off"


def on_group(role: ChatRole, facts: GroupFacts, bot: BotFacts) -> Remark:
    """Whether the relay can work in the group: the staff group, a customer group, or any other in
    which tickets are still open."""
    name = "former customer" if role is ChatRole.OTHER else role
    head = f"{name} group {_named(facts)}:"
    if facts.standing in _PRESENT and not facts.denied:
        what = "an admin" if facts.standing is Standing.ADMIN else "a member"
        return Remark(Mark.GOOD, f"{head} the bot is {what} and may send messages and media")
    return Remark(Mark.BAD, f"{head} {_trouble(role, facts, bot)}")


def on_readers(staff: GroupFacts) -> list[Remark]:
    """Whether others than its members can read the staff group."""
    if staff.standing not in _PRESENT:
        return []
    head = f"staff group {_named(staff)}:"
    remarks = []
    if staff.username is not None:
        text = (
            f"it is public (@{clean(staff.username)}), and everybody can read its tickets. Make it"
            " private: the group's settings → Group Type → Private"
        )
        remarks.append(Remark(Mark.NOTE, f"{head} {text}"))
    if staff.has_link:
        text = (
            "it is linked to a channel, whose readers can join it and read its tickets. Unlink it:"
            " the channel's settings → Discussion → Unlink Group"
        )
        remarks.append(Remark(Mark.NOTE, f"{head} {text}"))
    return remarks


def _trouble(role: ChatRole, facts: GroupFacts, bot: BotFacts) -> str:
    match facts.standing:
        case Standing.ABSENT:
            return _absent(role, facts, bot)
        case Standing.MOVED:
            return _moved(role, facts, bot.bot)
        case Standing.NO_GROUP:
            return f"it is a channel, not a group. {_another(role, bot.bot)}"
        case Standing.NOT_TOLD:
            return f"Telegram does not tell about it ({facts.error}). Try again later"
        case _:
            return (
                f"the bot may not send {_denied(facts.denied)} there. Make it an admin of the"
                " group, or allow this in the group's settings → Permissions"
            )


def _moved(role: ChatRole, facts: GroupFacts, bot: Bot) -> str:
    became = f"it became the supergroup {facts.moved_to}."
    if role is ChatRole.STAFF:
        return f"{became} Set relay.staff_group = {facts.moved_to}"
    return f"{became} An admin sends /addgroup@{bot.username} there, if the relay has not followed"


def _absent(role: ChatRole, facts: GroupFacts, bot: BotFacts) -> str:
    error = f" ({facts.error})" if facts.error else ""
    text = f"the bot is not in it, or there is no such group{error}. Add @{bot.bot.username} to it"
    if not bot.may_join_groups:
        text += (
            f" once it may join groups (@BotFather → /mybots → @{bot.bot.username}"
            " → Bot Settings → Allow Groups? → Turn groups on)"
        )
    if role is ChatRole.STAFF:
        text += ", and check relay.staff_group"
    return text


def _another(role: ChatRole, bot: Bot) -> str:
    if role is ChatRole.STAFF:
        return "Set relay.staff_group to the id of a group"
    return f"Let the customer write in a group, and send /addgroup@{bot.username} there"


def _denied(denied: frozenset[Right]) -> str:
    """Where all messages or all media are denied, the kinds of them need no mention."""
    for whole in (Right.MESSAGES, Right.MEDIA):
        if whole in denied:
            also = " and texts" if whole is Right.MEDIA and Right.PLAIN in denied else ""
            return _WORDS[whole] + also
    return ", ".join(_WORDS[right] for right in Right if right in denied)


def _named(facts: GroupFacts) -> str:
    title = clean(facts.title)
    return f"“{title}” ({facts.chat_id})" if title else str(facts.chat_id)
