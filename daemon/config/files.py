"""Files that an operator writes with an editor."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def read_text(file: Path) -> tuple[str, int]:
    """The file's text and its permission bits. Raises `OSError`, `UnicodeDecodeError`."""
    with file.open("rb") as stream:
        mode = os.fstat(stream.fileno()).st_mode
        # An editor on Windows may begin the file with a byte order mark.
        return stream.read().decode("utf-8-sig"), mode


def others_may_read(mode: int) -> bool:
    """Whether not the owner alone may read a file with these permission bits."""
    return bool(mode & (stat.S_IRGRP | stat.S_IROTH))
