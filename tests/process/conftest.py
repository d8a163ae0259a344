"""A scene for each test, and daemons for it."""

from tests.e2e.conftest import scene
from tests.process.daemon_process import daemons

__all__ = ["daemons", "scene"]
