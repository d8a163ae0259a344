"""The configuration as the daemon sees it: every value checked, every path absolute."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from daemon.config.secret import Secret
from daemon.core.model import ChatId, TicketNumbers
from daemon.core.texts import Texts


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """Another Telegram than the public one: a test server, or the one the tests run."""

    host: str
    port: int
    dc_id: int
    public_key: Path
    """A PEM file with the server's RSA public key, in the PKCS#1 form."""


@dataclass(frozen=True, slots=True)
class TelegramConfig:
    """Who the relay is on Telegram."""

    bot_token: Secret
    api_id: int = field(repr=False)
    api_hash: Secret
    session: Path
    """Telethon's session file: the login. As secret as the token."""
    server: ServerConfig | None
    """None: Telegram itself."""


@dataclass(frozen=True, slots=True)
class RelayConfig:
    """Between whom the relay stands."""

    staff_group: ChatId
    admins: tuple[ChatId, ...]
    """Users who may enrol customer groups; at least one, none twice."""
    language: str
    """Whose catalogue the relay speaks from: "en", "zh"."""
    database: Path
    ticket_numbers: TicketNumbers = TicketNumbers.TIMESTAMP
    follow_up_seconds: int = 0
    """How long what a customer writes after a question belongs to it; 0: not at all."""
    staff_allowlist: tuple[ChatId, ...] = ()
    """Who in the staff group may answer and command; empty: all of them."""


class LogLevel(StrEnum):
    """The least severe level that is written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """How a log line looks."""

    AUTO = "auto"
    """`console` on a terminal, `json` elsewhere."""
    JSON = "json"
    CONSOLE = "console"


@dataclass(frozen=True, slots=True)
class LogConfig:
    """What is written to the log."""

    level: LogLevel = LogLevel.INFO
    format: LogFormat = LogFormat.AUTO
    message_text: bool = False
    """Whether the words of customers and staff may stand in the log."""


@dataclass(frozen=True, slots=True)
class LimitsConfig:
    """How fast, how long, how big. All are positive."""

    per_chat_per_second: float = 1.0
    per_group_per_minute: float = 18.0
    """Telegram's own limit for a group is 20; some air is left for what it counts otherwise."""
    per_second: float = 25.0
    """Over all chats together; Telegram's own limit is 30."""
    send_timeout_s: float = 30.0
    """Seconds without an answer to a send after which the connection is made anew."""
    sync_interval_s: float = 90.0
    """Seconds between two checks for updates that Telegram never announced."""
    stall_s: float = 600.0
    """Seconds that Telegram may have something new and not tell it, until the relay ends to be
    started anew."""
    shutdown_s: float = 8.0
    """Seconds for sends under way to end after SIGTERM."""
    album_quiet_s: float = 1.0
    """Seconds without a further part after which an album is taken for complete."""
    backlog_notice_s: float = 120.0
    """Seconds that a message may wait to be sent before the staff are told of it."""
    merge_after_s: float = 30.0
    """Seconds that the oldest message for the staff may wait until fewer are made of them."""
    merge_from_messages: int = 15
    """Likewise the number of messages that may wait."""
    media_cap_mb: int = 50
    """Largest file, in MB (1 MB = 1,000,000 bytes), that is downloaded and uploaded again where
    Telegram does not let it be forwarded."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class MetricsConfig:
    """What Prometheus is told."""

    listen: Address | None = None
    """None: nothing is told, and nothing for it is loaded."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the relay keeps what it must not lose."""

    session: Path
    database: Path


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the operator decides."""

    file: Path
    telegram: TelegramConfig
    relay: RelayConfig
    log: LogConfig
    limits: LimitsConfig
    texts: Texts
    metrics: MetricsConfig = MetricsConfig()
    warnings: tuple[str, ...] = ()
    """What works but should be put right, one line each."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown; for the log's redaction."""
        return (self.telegram.bot_token.reveal(), self.telegram.api_hash.reveal())
