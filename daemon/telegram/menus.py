"""The menu of commands, told to Telegram: https://core.telegram.org/api/bots/commands"""

from __future__ import annotations

from typing import Any

from telethon.tl import functions, types

from daemon.core.menu import Menu, Scope, ScopeKind
from daemon.telegram.calls import Calls

_EVERY_LANGUAGE = ""


class MenuBoard:
    """The bot's menus as Telegram keeps them."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def put_up(self, scope: Scope, menu: Menu | None) -> None:
        """Show this menu from now on; None: take the scope's menu back.

        Raises `RequestFailed` or `SessionRefused`."""
        place = self._scope(scope)
        request: Any
        if menu is None:
            request = functions.bots.ResetBotCommandsRequest(place, _EVERY_LANGUAGE)
        else:
            commands = [types.BotCommand(entry.command, entry.description) for entry in menu]
            request = functions.bots.SetBotCommandsRequest(place, _EVERY_LANGUAGE, commands)
        await self._calls.answer_to(request)

    def _scope(self, scope: Scope) -> Any:
        match scope.kind:
            case ScopeKind.GROUPS:
                return types.BotCommandScopeChats()
            case ScopeKind.PRIVATE:
                return types.BotCommandScopeUsers()
            case ScopeKind.CHAT:
                return types.BotCommandScopePeer(self._calls.input_peer(scope.chat_id))
            case ScopeKind.MEMBER:
                return types.BotCommandScopePeerUser(
                    self._calls.input_peer(scope.chat_id), types.InputUser(scope.user_id, 0)
                )
