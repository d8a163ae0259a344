"""bots.*: https://core.telegram.org/api/bots/commands"""

from __future__ import annotations

import re

from telethon.tl import functions

from tests.loopback.api.callers import account
from tests.loopback.api.peers import chat_of, person_of
from tests.loopback.rpc import Context, TlObject, handles
from tests.loopback.world.group import Group
from tests.loopback.world.person import Person, Scope
from tests.loopback.world.refusals import refusal

MOST_COMMANDS = 100
"""https://core.telegram.org/bots/api#setmycommands"""

_COMMAND = re.compile(r"[a-z0-9_]{1,32}", re.ASCII)


@handles(functions.bots.SetBotCommandsRequest)
async def set_bot_commands(context: Context, request: TlObject) -> bool:
    bot = _bot(context)
    scope = _scope(context, bot, request.scope)
    if len(request.commands) > MOST_COMMANDS:
        raise refusal("BOT_COMMANDS_TOO_MUCH")
    for command in request.commands:
        if not _COMMAND.fullmatch(command.command):
            raise refusal("BOT_COMMAND_INVALID")
        if not 1 <= len(command.description) <= 256:
            raise refusal("BOT_COMMAND_DESCRIPTION_INVALID")
    bot.commands[scope, request.lang_code] = list(request.commands)
    return True


@handles(functions.bots.ResetBotCommandsRequest)
async def reset_bot_commands(context: Context, request: TlObject) -> bool:
    bot = _bot(context)
    bot.commands.pop((_scope(context, bot, request.scope), request.lang_code), None)
    return True


@handles(functions.bots.GetBotCommandsRequest)
async def get_bot_commands(context: Context, request: TlObject) -> list[TlObject]:
    bot = _bot(context)
    return bot.commands.get((_scope(context, bot, request.scope), request.lang_code), [])


def _bot(context: Context) -> Person:
    bot = account(context)
    if not bot.is_bot:
        raise refusal("USER_BOT_REQUIRED")
    return bot


def _scope(context: Context, bot: Person, scope: TlObject) -> Scope:
    """Raises what the peers in it are refused with; PEER_ID_INVALID for a person in private who
    never wrote to the bot."""
    chat_id = user_id = 0
    if hasattr(scope, "peer"):
        chat = chat_of(context.world, bot, scope.peer)
        if not isinstance(chat, Group) and not any(m.sender is not bot for m in chat.history):
            raise refusal("PEER_ID_INVALID")
        chat_id = chat.marked_id
    if hasattr(scope, "user_id"):
        user_id = person_of(context.world, bot, scope.user_id).id
    return type(scope).__name__, chat_id, user_id
