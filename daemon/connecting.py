"""The client for the Telegram that the configuration names."""

from __future__ import annotations

from daemon.config import Config, TelegramConfig
from daemon.telegram.client import OnBatch, RelayClient
from daemon.telegram.server import Server
from daemon.telegram.session import RelaySession


def make_client(config: Config, session: RelaySession, on_batch: OnBatch) -> RelayClient:
    """Raises `ServerKeyInvalid`, or `OSError` where the key's file cannot be read."""
    telegram = config.telegram
    return RelayClient(
        session,
        telegram.api_id,
        telegram.api_hash.reveal(),
        on_batch,
        server_of(telegram),
        follow_ups=config.relay.follow_up_seconds > 0,
    )


def server_of(config: TelegramConfig) -> Server | None:
    """The configured server, None for Telegram itself. Raises `OSError` where the file with its
    public key cannot be read."""
    if config.server is None:
        return None
    key = config.server.public_key.read_text("ascii", "replace")
    return Server(config.server.host, config.server.port, config.server.dc_id, key)
