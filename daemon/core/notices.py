"""What the admins are told of groups and of the people in them.

Names are shown as plain text beside their ids: nobody is notified, and nobody can pose as another.
"""

from __future__ import annotations

from collections.abc import Sequence

from daemon.core.membership import GroupSeen
from daemon.core.model import Bot, ChatId, Sender
from daemon.core.text import Text, clean, fill, without_at
from daemon.core.texts import Texts

_MOST_NAMED = 20
"""People that one notice names."""


def group_named(chat_id: ChatId, title: str) -> str:
    title = clean(title)
    return f"“{title}” ({chat_id})" if title and title != str(chat_id) else str(chat_id)


def person_named(person: Sender) -> str:
    name = without_at(person.name)
    parts = [f"@{clean(person.username)}"] if person.username else []
    if name and name != str(person.id):
        parts.insert(0, name)
    return f"{' '.join(parts)} ({person.id})" if parts else str(person.id)


def _by(texts: Texts, actor: Sender | None) -> str:
    return person_named(actor) if actor else texts.somebody


def bot_in_other_group(texts: Texts, seen: GroupSeen, bot: Bot) -> Text:
    return fill(
        texts.bot_in_other_group,
        group=group_named(seen.chat_id, seen.chat_title),
        actor=_by(texts, seen.actor),
        bot=bot.username,
    )


def of_bot(template: str, texts: Texts, chat_id: ChatId, title: str, actor: Sender | None) -> Text:
    """One of the templates of what became of the bot in a group."""
    return fill(template, group=group_named(chat_id, title), actor=_by(texts, actor))


def new_in_staff(
    texts: Texts, chat_id: ChatId, title: str, people: Sequence[Sender], actor: Sender | None
) -> Text:
    named = [person_named(person) for person in people[:_MOST_NAMED]]
    if len(people) > _MOST_NAMED:
        named.append("…")
    return fill(
        texts.new_in_staff_group,
        group=group_named(chat_id, title),
        people=", ".join(named),
        actor=_by(texts, actor),
    )


def staff_group_public(texts: Texts, seen: GroupSeen) -> Text:
    group = group_named(seen.chat_id, seen.chat_title)
    return fill(texts.staff_group_public, group=group, username=clean(seen.username or ""))


def staff_group_linked(texts: Texts, seen: GroupSeen) -> Text:
    group = group_named(seen.chat_id, seen.chat_title)
    return fill(texts.staff_group_linked, group=group, channel=clean(seen.linked_channel or ""))


def in_place_of_private(texts: Texts, notice: Text, bot: Bot) -> Text:
    """A notice for admins as the staff group reads it, since an admin cannot be told in private:
    a bot cannot begin a chat."""
    return fill(texts.notice_for_admins, notice=notice, bot=bot.username)
