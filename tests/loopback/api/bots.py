"""bots.*: https://core.telegram.org/api/bots/commands"""

from __future__ import annotations

from telethon.tl import functions

from tests.loopback.api.callers import account
from tests.loopback.rpc import Context, TlObject, handles
from tests.loopback.world.person import Person
from tests.loopback.world.refusals import refusal


@handles(functions.bots.SetBotCommandsRequest)
async def set_bot_commands(context: Context, request: TlObject) -> bool:
    _bot(context).commands[_key(request)] = list(request.commands)
    return True


@handles(functions.bots.ResetBotCommandsRequest)
async def reset_bot_commands(context: Context, request: TlObject) -> bool:
    _bot(context).commands.pop(_key(request), None)
    return True


@handles(functions.bots.GetBotCommandsRequest)
async def get_bot_commands(context: Context, request: TlObject) -> list[TlObject]:
    return _bot(context).commands.get(_key(request), [])


def _bot(context: Context) -> Person:
    bot = account(context)
    if not bot.is_bot:
        raise refusal("USER_BOT_REQUIRED")
    return bot


def _key(request: TlObject) -> tuple[bytes, str]:
    return bytes(request.scope), request.lang_code
