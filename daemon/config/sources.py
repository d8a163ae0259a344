"""Values that may come from outside the config file, and where they are looked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from daemon.config.problems import Invalid

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class Override:
    """A value which the environment, a credential or `.env` may give in place of the file."""

    variable: str
    """In the environment or in `.env`; the credential has the same name in lower case."""
    parse: Callable[[str], object]
    """Turns the text into what TOML would have given, or raises `Invalid`."""
    secret: bool = False
    """Whether the value must not stand in a message."""

    @property
    def credential(self) -> str:
        """The name of the file in $CREDENTIALS_DIRECTORY."""
        return self.variable.lower()


@dataclass(frozen=True, slots=True)
class Found:
    """A text from outside the file, and in words where it was."""

    text: str
    origin: str


class Sources:
    """The environment, then systemd's credentials, then the file `.env`.

    https://systemd.io/CREDENTIALS/
    https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html
    """

    def __init__(self, environ: Mapping[str, str], env_file: Mapping[str, str]) -> None:
        self._environ = environ
        self._env_file = env_file
        directory = environ.get("CREDENTIALS_DIRECTORY")
        self._credentials = Path(directory) if directory else None

    def find(self, override: Override) -> Found | None:
        """The first that is set; an empty one counts as unset. Raises `Invalid` if a credential
        is there but cannot be read."""
        if text := self._environ.get(override.variable, "").strip():
            return Found(text, f"the environment variable {override.variable}")
        if text := self._credential(override.credential).strip():
            return Found(text, f"the credential {override.credential}")
        if text := self._env_file.get(override.variable, "").strip():
            return Found(text, f"{override.variable} in .env")
        return None

    def state_folder(self, default: Path) -> Path:
        """Where files that change belong: the first of systemd's $STATE_DIRECTORY, if set."""
        first = self._environ.get("STATE_DIRECTORY", "").partition(":")[0]
        return Path(first) if first else default

    def _credential(self, name: str) -> str:
        if self._credentials is None:
            return ""
        try:
            return (self._credentials / name).read_text("utf-8")
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise Invalid(f"the credential {name} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise Invalid(f"the credential {name} is not text in UTF-8") from None


def plain(text: str) -> str:
    """The text as it is."""
    return text


def whole_number(text: str) -> int:
    """A whole number in decimal digits."""
    if not _WHOLE_NUMBER.fullmatch(text):
        raise Invalid("must be a whole number")
    return int(text)


def whole_numbers(text: str) -> list[int]:
    """Whole numbers with commas between them."""
    return [whole_number(part.strip()) for part in text.split(",") if part.strip()]
