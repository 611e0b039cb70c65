"""`reconciler serve`: every target kept on its schedule, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from reconciler.commands.options import Place, framed, placed

if TYPE_CHECKING:
    from reconciler.daemon import Daemon


@framed("serve", log="json")
@placed()
@click.option(
    "--health-port",
    type=click.IntRange(0, 65535),
    metavar="N",
    help="Serve /healthz there, on loopback; 0: any.",
)
@click.option("--once", is_flag=True, help="Run every target once and end.")
def command(place: Place, health_port: int | None, once: bool) -> int:
    """Keep the desired state on a schedule, until told to stop.

    reconciler.yaml says when (`schedule`, per target or for all) and what may be done by itself (`policy`:
    observe or auto). Outside a window and in a freeze targets are observed only. The files are read anew for
    every run. SIGTERM or Ctrl-C finishes the change under way and ends with status 0.
    """
    from reconciler.commands.opening import open_place
    from reconciler.daemon import Daemon, check_targets
    from reconciler.run.proposal import read_campus

    stopping = threading.Event()
    with open_place(place) as workspace, _stopped_by_signals(stopping):
        settings = read_campus(workspace).settings
        check_targets(settings)
        daemon = Daemon(workspace, settings, stopping)
        if once:
            return daemon.run_once()
        with _health_page(daemon, health_port):
            daemon.run()
    return 0


@contextmanager
def _stopped_by_signals(stopping: threading.Event) -> Iterator[None]:
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, lambda *_: stopping.set()) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


@contextmanager
def _health_page(daemon: Daemon, port: int | None) -> Iterator[None]:
    import structlog

    from reconciler.errors import ReconcilerError
    from reconciler.web.health import HealthPage

    if port is None:
        yield
        return
    try:
        page = HealthPage(port, daemon.look)
    except OSError as error:
        raise ReconcilerError(
            f"port {port} is taken ({error.strerror}); name another --health-port"
        ) from error
    structlog.get_logger().info("health", url=page.url)
    try:
        yield
    finally:
        page.close()
