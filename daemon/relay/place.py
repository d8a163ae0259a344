"""Which bot and which staff group the database belongs to, found out before anything is done."""

from __future__ import annotations

from daemon.core.model import Bot
from daemon.core.sync import KnownChat
from daemon.relay.store import Store
from daemon.relay.whereabouts import Whereabouts
from daemon.storage import sync_state
from daemon.storage.sync_state import Identity
from daemon.telegram.gateway import ChatUnavailable


class WrongDatabase(Exception):
    """The database belongs to another bot or staff group."""

    def __init__(self, theirs: Identity) -> None:
        super().__init__(
            f"it was made for bot {theirs.bot_id} and staff group {theirs.staff_group}"
        )


class NotInStaffGroup(Exception):
    """The bot is not a member of the staff group, or there is no such group."""


async def take_place(store: Store, whereabouts: Whereabouts, bot: Bot) -> KnownChat:
    """Make sure the database is ours, or make it so. The staff group, as it is now.

    Raises `WrongDatabase`, `NotInStaffGroup`."""
    theirs = await store("identity", sync_state.identity)
    if theirs is not None and theirs.bot_id != bot.id:
        raise WrongDatabase(theirs)
    try:
        staff_group = await whereabouts.staff_group(theirs.staff_group if theirs else None)
    except ChatUnavailable as error:
        raise NotInStaffGroup(str(error)) from error
    ours = Identity(bot.id, staff_group.chat_id)
    if theirs is None:
        await store("identity", lambda tx: sync_state.set_identity(tx, ours))
    elif await store("identity", sync_state.identity) != ours:
        raise WrongDatabase(theirs)
    return staff_group
