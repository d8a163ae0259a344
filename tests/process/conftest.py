"""A scene for each test, and daemons for it."""

from tests.e2e.conftest import scene
from tests.process.daemon_process import daemons
from tests.process.manager import manager

__all__ = ["daemons", "manager", "scene"]
