"""Factories for the unit tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

TOKEN = "7000000001:AAtest-token_of_nobody_0123456789abc"
API_HASH = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"

WORKING = {
    "telegram": f'bot_token = "{TOKEN}"\napi_id = 4242\napi_hash = "{API_HASH}"\n',
    "relay": "staff_group = -1009876543210\nadmins = [77, 78]\n",
}
"""The least that a config file must hold, table by table."""

WriteConfig = Callable[..., Path]


@pytest.fixture
def write_config(tmp_path: Path) -> WriteConfig:
    """Writes a private config file: the working tables, with those given in their place (or added).

    `write_config(log='level = "debug"', telegram__server="port = 1")`
    """

    def write(**tables: str) -> Path:
        text = "".join(
            f"[{name.replace('__', '.')}]\n{body}\n" for name, body in (WORKING | tables).items()
        )
        file = tmp_path / "config.toml"
        file.write_text(text, "utf-8")
        file.chmod(0o600)
        return file

    return write
