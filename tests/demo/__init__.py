"""The demo behind scripts/demo.sh: a ticket from question to close, with nothing but this checkout.

A Telegram on loopback, the daemon as its own process against it, and three people with a Telethon
client each, over TCP. What is checked and what is shown is what those clients received.

    python -m tests.demo [--keep]
"""
