"""The file `.env` beside the configuration: variables for where the environment has none.

The aiogram bot kept its token and ids in one. Its values are taken as they stand: `$NAME` in one
means nothing, and nothing in it is run.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dotenv.parser import parse_stream

from daemon.config.files import read_text

NAME = ".env"


@dataclass(frozen=True, slots=True)
class EnvFile:
    """What stands in the file; nothing where there is none."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    mode: int = 0
    """Its permission bits."""
    problems: tuple[str, ...] = ()
    """What is wrong with it as a whole, one line each; no values."""


def read_env_file(folder: Path) -> EnvFile:
    """The file in this folder. A folder of that name, as some keep their Python in, is none."""
    path = folder / NAME
    if not path.exists() or path.is_dir():
        return EnvFile()
    try:
        content, mode = read_text(path)
    except OSError as error:
        return EnvFile(problems=(f"cannot be read: {error.strerror}",))
    except UnicodeDecodeError:
        return EnvFile(problems=("is not text in UTF-8",))
    values: dict[str, str] = {}
    problems = []
    for binding in parse_stream(io.StringIO(content)):
        if binding.error:
            problems.append(f"line {binding.original.line} is not of the form NAME=value")
        elif binding.key is not None:
            values[binding.key] = binding.value or ""
    return EnvFile(values, mode, tuple(problems))
