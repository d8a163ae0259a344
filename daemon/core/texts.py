"""Every word that people in the groups read, each replaceable in the configuration."""

from __future__ import annotations

from dataclasses import dataclass

_LINE = "─" * 30
_SHORT_LINE = "─" * 20


@dataclass(frozen=True, slots=True)
class Texts:
    """Templates; what stands in braces is filled in. A replacement may use the same names."""

    wrapper_header: str = (
        f"🎫 Ticket #{{ticket}}\n📍 From group: {{group}}\n👤 User: {{user}}\n{_LINE}\n"
    )
    continuation_header: str = (
        f"💬 Continued message (Ticket #{{ticket}})\n👤 {{user}}\n{_SHORT_LINE}\n"
    )
    answer_header: str = f"💬 Staff reply (Ticket #{{ticket}})\n📢 {{user}}\n{_LINE}\n"

    reply_sent: str = "✅ Reply sent to customer group"
    send_failed: str = "❌ Send failed: {reason}"
    cannot_write: str = "the bot cannot write in that group ({error})"
    closed: str = "✅ Ticket #{ticket} closed"
    reopened: str = "✅ Ticket #{ticket} reopened"
    already_closed: str = "⚠️ Ticket #{ticket} is closed already."
    already_open: str = "⚠️ Ticket #{ticket} is open already."
    closed_for_customer: str = (
        "⚠️ This ticket is closed. Please @bot or /ask to create a new ticket."
    )
    closed_for_staff: str = (
        "⚠️ Not sent: ticket #{ticket} is closed. Reply /reopen here, then send it again."
    )
    reply_to_a_ticket: str = "⚠️ Reply to a message of the ticket with {command}."
    command_not_sent: str = (
        "⚠️ Not sent: {command} is not a command here, and commands never go to a customer."
    )
    ask_usage: str = "ℹ️ Write your question behind the command: /ask How do I reset my password?"
    staff_group_is_not_a_customer: str = (
        "⚠️ This is the staff group; it cannot be a customer group as well."
    )
    media_not_sent: str = (
        "⚠️ Not sent: {kind} cannot be copied. Send it as a text, a photo or a file."
    )
    media_not_copied: str = "⚠️ {kind}: cannot be copied. See the original message: {link}"
    dead_letter: str = (
        "⚠️ A message could not be handled and is kept as dead letter {number}: {link}"
    )
