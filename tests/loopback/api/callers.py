"""Who is asking."""

from __future__ import annotations

from tests.loopback.rpc import Context
from tests.loopback.world.person import Person
from tests.loopback.world.refusals import refusal
from tests.loopback.world.view import View


def account(context: Context) -> Person:
    """The account that the caller is logged in to. Raises AUTH_KEY_UNREGISTERED without one."""
    user_id = context.caller.user_id
    if user_id is None:
        raise refusal("AUTH_KEY_UNREGISTERED")
    return context.world.people[user_id]


def human(context: Context) -> Person:
    """The same for requests that bots may not make: they get BOT_METHOD_INVALID."""
    person = account(context)
    if person.is_bot:
        raise refusal("BOT_METHOD_INVALID")
    return person


def view_of(context: Context) -> View:
    return View(context.world, account(context))
