"""The configuration: a TOML file, with secrets and ids also from the environment.

`load` is the way in. A value that is a secret or an id is taken from the first of these that has
it: its environment variable, a file in systemd's $CREDENTIALS_DIRECTORY, the file `.env` beside the
config file, the config file.
"""

from daemon.config.changes import Changes, changes
from daemon.config.loader import load, places
from daemon.config.problems import ConfigError
from daemon.config.schema import (
    Address,
    Config,
    LimitsConfig,
    LogConfig,
    LogFormat,
    LogLevel,
    Places,
    RelayConfig,
    ServerConfig,
    TelegramConfig,
)
from daemon.config.secret import Secret

__all__ = [
    "Address",
    "Changes",
    "Config",
    "ConfigError",
    "LimitsConfig",
    "LogConfig",
    "LogFormat",
    "LogLevel",
    "Places",
    "RelayConfig",
    "Secret",
    "ServerConfig",
    "TelegramConfig",
    "changes",
    "load",
    "places",
]
