"""Ticket Relay: joins many customer groups to one staff group on Telegram, losing nothing."""

__version__ = "0.1.0"
