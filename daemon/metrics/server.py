"""Serves the figures over HTTP, or does nothing and loads nothing."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from daemon import logs
from daemon.core.condition import Condition


class CannotListen(Exception):
    """The address of `metrics.listen` cannot be had. Tells the address and why."""


class ListeningForbidden(CannotListen):
    """It may be free, but the system does not let the relay have it."""


@contextmanager
def serving(host: str, port: int, look: Callable[[], Condition]) -> Iterator[None]:
    """Within the block whoever connects gets the figures. `look` tells the relay's condition; it
    is called on a thread of the server, at each scrape.

    Raises `CannotListen`."""
    # Not at the top: a relay that serves no figures does not load what it takes.
    from prometheus_client import start_http_server  # noqa: PLC0415

    from daemon.metrics.figures import Figures  # noqa: PLC0415

    figures = Figures(look)
    try:
        server, thread = start_http_server(port, host, figures.registry)
    except OSError as error:
        raise refused(host, port, error) from error
    try:
        with logs.observed(figures.note):
            yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def refused(host: str, port: int, error: OSError) -> CannotListen:
    """What it means that the system refuses to listen there."""
    kind = ListeningForbidden if error.errno in (errno.EACCES, errno.EPERM) else CannotListen
    return kind(f"{host}:{port}: {error.strerror or error}")
