"""A scene for each test."""

from tests.e2e.conftest import scene

__all__ = ["scene"]
