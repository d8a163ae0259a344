"""What the relay says of itself once it runs: what it works with, and what is easily forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from daemon.core.doctor import privacy_off
from daemon.core.model import Bot, ChatId


@dataclass(frozen=True, slots=True)
class Greeting:
    bot: Bot
    staff_group: ChatId
    admins: tuple[ChatId, ...]
    customer_groups: int
    sees_all_messages: bool
    """Whether privacy mode is off: https://core.telegram.org/bots/features#privacy-mode"""

    def facts(self) -> dict[str, object]:
        """For the log. Of the token no more is told than that there is one."""
        return {
            "bot": f"@{self.bot.username}",
            "token_set": "yes",
            "staff_group": self.staff_group,
            "admins": list(self.admins),
            "customer_groups": self.customer_groups,
            "privacy_mode": self._privacy_mode(),
        }

    def reminders(self) -> tuple[str, ...]:
        """One line each."""
        name = f"@{self.bot.username}"
        privacy = "Privacy mode must be off, or the bot sees only commands and replies to it:"
        now = "it is off" if self.sees_all_messages else f"it is ON. {privacy_off(self.bot)}"
        return (
            f"Ensure that {name} is in the staff group and in the customer groups, and may write",
            f"{privacy} {now}",
            f"An admin sends /addgroup in each customer group; {self.customer_groups} so far."
            " Nothing is said there, the log has group.added",
        )

    def lines(self) -> Iterator[str]:
        """All of it, for a person to read."""
        yield f"Bot starting: @{self.bot.username}"
        yield "Token is set: yes"
        yield f"Staff group ID: {self.staff_group}"
        yield f"Admin user ID: {', '.join(map(str, self.admins))}"
        yield f"Privacy mode: {self._privacy_mode()}"
        yield "⚠️ Important reminders:"
        for number, reminder in enumerate(self.reminders(), start=1):
            yield f"{number}. {reminder}"

    def _privacy_mode(self) -> str:
        return "off" if self.sees_all_messages else "on"
