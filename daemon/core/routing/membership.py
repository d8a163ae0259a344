"""Who comes and goes: what is remembered of it, and what the admins are told.

Of one change Telegram tells in several ways, or in none. Whatever is told or found is compared
with what is known, so that each change is told to people once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from daemon.core import notices
from daemon.core.membership import GroupSeen, Known, Look, Membership, MemberStatus
from daemon.core.model import Bot, ChatId, ChatRole
from daemon.core.routing.actions import Action, LookAt, NoteLook, Remember, TellAdmins
from daemon.core.texts import Texts


@dataclass(frozen=True, slots=True)
class GroupSnapshot:
    """What the relay knows of a group at the moment of routing what happened there."""

    bot: Bot
    texts: Texts
    role: ChatRole
    """For a supergroup that was a basic group, what either is to the relay."""
    known: Mapping[ChatId, Known]
    """Of the bot, and in the staff group of everybody; from the time before a group moved too."""
    last_look: Look | None = None
    has_moved: bool = False
    """Whether it is a supergroup that was a basic group of ours."""


def route_membership(snapshot: GroupSnapshot, membership: Membership) -> list[Action]:
    """The actions that follow from what Telegram tells of somebody in a group."""
    known = snapshot.known.get(membership.person.id)
    if known is not None and membership.date < known.date:
        return []  # told a second time, and something else happened since
    if membership.person.id == snapshot.bot.id:
        return list(_of_bot(snapshot, membership, known))
    if snapshot.role is ChatRole.STAFF:
        return list(_of_colleague(snapshot, membership, known))
    return []


def route_seen(snapshot: GroupSnapshot, seen: GroupSeen) -> list[Action]:
    """The actions that follow from a look at a group."""
    actions = list(_bot_seen(snapshot, seen))
    if snapshot.role is ChatRole.STAFF:
        actions += _colleagues_seen(snapshot, seen)
        actions += _exposure_seen(snapshot, seen)
    return actions


# --- the bot itself ---


def _of_bot(
    snapshot: GroupSnapshot, membership: Membership, known: Known | None
) -> Iterator[Action]:
    before, after = _taken_for_granted(snapshot), membership.after
    if known is not None:
        before = known.status
    elif membership.before is not None and not snapshot.has_moved:
        before = membership.before
    if after.is_in and not before.is_in and snapshot.role is ChatRole.OTHER:
        # A supergroup that was a group of ours a moment ago is told of in the same way:
        # https://github.com/tdlib/telegram-bot-api/issues/266
        yield LookAt(membership.chat_id, membership.actor)
        return
    yield _remember(membership)
    template = _change(snapshot, before, after)
    if template is not None:
        yield TellAdmins(
            notices.of_bot(
                template,
                snapshot.texts,
                membership.chat_id,
                membership.chat_title,
                membership.actor,
            )
        )


def _bot_seen(snapshot: GroupSnapshot, seen: GroupSeen) -> Iterator[Action]:
    known = snapshot.known.get(snapshot.bot.id)
    if known is not None and known.status is seen.status:
        return
    yield Remember(seen.chat_id, snapshot.bot.id, _found(seen.status, known))
    before = known.status if known else _taken_for_granted(snapshot)
    if known is None and before.is_in and seen.status is MemberStatus.ADMIN:
        return  # as it was when the relay came to know the group
    if seen.status.is_in and not before.is_in and snapshot.role is ChatRole.OTHER:
        yield TellAdmins(notices.bot_in_other_group(snapshot.texts, seen, snapshot.bot))
        return
    template = _change(snapshot, before, seen.status)
    if template is not None:
        yield TellAdmins(
            notices.of_bot(template, snapshot.texts, seen.chat_id, seen.chat_title, seen.actor)
        )


def _taken_for_granted(snapshot: GroupSnapshot) -> MemberStatus:
    """Where nothing is known of the bot: it was in the groups it works for."""
    ours = snapshot.role is not ChatRole.OTHER
    return MemberStatus.MEMBER if ours else MemberStatus.LEFT


def _change(snapshot: GroupSnapshot, before: MemberStatus, after: MemberStatus) -> str | None:
    """The template that tells of a change; None where there is nothing to tell."""
    texts = snapshot.texts
    if before is after:
        return None
    if after is MemberStatus.LEFT:
        out_of_staff = snapshot.role is ChatRole.STAFF
        return texts.bot_removed_from_staff_group if out_of_staff else texts.bot_removed
    if after is MemberStatus.MUTED:
        return texts.bot_muted
    if not before.is_in:
        return texts.bot_added
    if after is MemberStatus.ADMIN:
        return texts.bot_promoted
    return texts.bot_unmuted if before is MemberStatus.MUTED else texts.bot_demoted


# --- the staff ---


def _of_colleague(
    snapshot: GroupSnapshot, membership: Membership, known: Known | None
) -> Iterator[Action]:
    before = known.status if known else membership.before or MemberStatus.LEFT
    yield _remember(membership)
    if membership.after.is_in and not before.is_in:
        yield TellAdmins(
            notices.new_in_staff(
                snapshot.texts,
                membership.chat_id,
                membership.chat_title,
                [membership.person],
                membership.actor,
            )
        )


def _colleagues_seen(snapshot: GroupSnapshot, seen: GroupSeen) -> Iterator[Action]:
    if seen.members is None:
        return
    people = [person for person in seen.members if person.id != snapshot.bot.id]
    new = [person for person in people if not _is_known_in(snapshot, person.id)]
    for person in new:
        known = snapshot.known.get(person.id)
        yield Remember(seen.chat_id, person.id, _found(MemberStatus.MEMBER, known))
    here = {snapshot.bot.id, *(person.id for person in people)}
    for person_id, known in snapshot.known.items():
        if known.status.is_in and person_id not in here:
            yield Remember(seen.chat_id, person_id, _found(MemberStatus.LEFT, known))
    is_first = snapshot.last_look is None or not snapshot.last_look.members_told
    if new and not is_first:
        yield TellAdmins(
            notices.new_in_staff(snapshot.texts, seen.chat_id, seen.chat_title, new, None)
        )


def _is_known_in(snapshot: GroupSnapshot, person_id: ChatId) -> bool:
    known = snapshot.known.get(person_id)
    return known is not None and known.status.is_in


def _exposure_seen(snapshot: GroupSnapshot, seen: GroupSeen) -> Iterator[Action]:
    """A staff group that others can read. Whoever is put out of it sees nothing of this."""
    if not seen.status.is_in:
        return
    last = snapshot.last_look or Look()
    members_told = last.members_told or seen.members is not None
    look = Look(seen.username, seen.linked_channel, members_told)
    if look != snapshot.last_look:
        yield NoteLook(seen.chat_id, look)
    if look.username is not None and look.username != last.username:
        yield TellAdmins(notices.staff_group_public(snapshot.texts, seen))
    if look.linked_channel is not None and look.linked_channel != last.linked_channel:
        yield TellAdmins(notices.staff_group_linked(snapshot.texts, seen))


def _remember(membership: Membership) -> Remember:
    known = Known(membership.after, membership.date)
    return Remember(membership.chat_id, membership.person.id, known)


def _found(status: MemberStatus, known: Known | None) -> Known:
    """What a look found. It does not tell since when, so that it makes nothing outdated."""
    return Known(status, known.date if known else 0)
