"""How a run gets on, on stderr: a bar for a person at a terminal, a line now and then for a log."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import structlog

from reconciler.model import Ending, Outcome
from reconciler.model.meter import Meter, Pace, Stretch, limit_of
from reconciler.report import summarise
from reconciler.report.values import count
from reconciler.run.proposal import Proposal

log = structlog.get_logger()

QUIET = frozenset({Ending.APPLIED, Ending.WAITING, Ending.HANDED_OFF, Ending.DEFERRED})
"""Endings that need nobody's attention now."""
NEXT_LOOK = 0.2
"""Seconds between two looks at the meter."""
NEXT_LINE = 10.0
"""Seconds between two lines in a log."""


def announce(proposal: Proposal) -> None:
    """The plan in a sentence or two, and the sources that are not trusted."""
    log.info(summarise(proposal.plan))
    for (target, kind), why in sorted(proposal.campus.desired.unread.items()):
        log.warning("a source is not trusted; nothing of it is removed", kind=f"{target}/{kind}", why=why)


def tell(outcome: Outcome) -> None:
    """One change's end; a warning where somebody should look."""
    change = outcome.change
    say = log.info if outcome.ending in QUIET else log.warning
    said = {"why": outcome.text} if outcome.text else {}
    say(outcome.ending.value, verb=change.verb, address=str(change.address), **said)


@contextmanager
def shown(meter: Meter) -> Iterator[None]:
    """Show how far `meter` has come until the end: as a bar, or where nobody watches as lines in the log."""
    ended = threading.Event()
    watch = _draw if sys.stderr.isatty() else _log
    thread = threading.Thread(target=watch, args=(meter, ended), daemon=True, name="progress")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def describe(stretch: Stretch, paces: Mapping[str, Pace], now: float) -> tuple[str, str]:
    """What is under way and how far it is; and what limits it with the time left, once that can be told."""
    what = f"{stretch.target}/{stretch.what}" if stretch.target else stretch.what
    if not stretch.total:
        asked = sum(pace.requests for pace in paces.values())
        before = sum(pace.requests for pace in stretch.before.values())
        return what, count(asked - before, "request")
    told = f"{stretch.done} of {stretch.total}"
    spent = now - stretch.began
    if stretch.done and spent > 1:
        left = spent / stretch.done * (stretch.total - stretch.done)
        told += f", {_duration(left)} left, limited by {limit_of(paces, stretch.before)}"
    return what, told


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _paces(meter: Meter, stretch: Stretch) -> Mapping[str, Pace]:
    known = meter.paces()
    if stretch.target:
        return known.get(stretch.target, {})
    return {f"{target} {name}": pace for target, paces in known.items() for name, pace in paces.items()}


def _log(meter: Meter, ended: threading.Event) -> None:
    while not ended.wait(NEXT_LINE):
        stretch = meter.stretch()
        if stretch is not None:
            what, told = describe(stretch, _paces(meter, stretch), meter.clock())
            log.info(f"{what}: {told}")


def _draw(meter: Meter, ended: threading.Event) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), TextColumn("{task.fields[told]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", told="", total=None)
        while not ended.wait(NEXT_LOOK):
            stretch = meter.stretch()
            if stretch is not None:
                what, told = describe(stretch, _paces(meter, stretch), meter.clock())
                total = stretch.total or None
                progress.update(task, description=what, total=total, completed=stretch.done, told=told)
