"""Logging in with a bot token, or with the session of an earlier login.

https://core.telegram.org/method/auth.importBotAuthorization
"""

from __future__ import annotations

import asyncio

from telethon import errors

from daemon.core.model import Bot
from daemon.telegram.client import RelayClient
from daemon.telegram.errors import SessionRefused, TelegramUnreachable, name_of

_CONNECT_LIMIT_S = 60.0


async def log_in(client: RelayClient, bot_token: str) -> Bot:
    """Connect, log in where the session is not logged in already, and tell who we are.

    Raises `TelegramUnreachable` or `SessionRefused`."""
    try:
        async with asyncio.timeout(_CONNECT_LIMIT_S):
            await client.connect()
            if not await client.is_user_authorized():
                await client.sign_in(bot_token=bot_token)
            user = await client.get_me()
    except TimeoutError:
        raise TelegramUnreachable(f"no answer within {_CONNECT_LIMIT_S:.0f} s") from None
    except errors.FloodWaitError as error:
        reason = f"Telegram asks to wait {error.seconds} s before the next login"
        raise TelegramUnreachable(reason) from error
    except (errors.ServerError, OSError) as error:
        raise TelegramUnreachable(str(error)) from error
    except errors.AuthKeyNotFound as error:
        raise SessionRefused("the session's key is not known to Telegram") from error
    except errors.RPCError as error:
        raise SessionRefused(name_of(error)) from error
    if user is None:
        raise SessionRefused("the login is not accepted")
    client.never_give_up()
    return client.note_bot(user)
