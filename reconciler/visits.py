"""One run of one target by the daemon: what it may do now, what it did, and every step as a log line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

import structlog
from structlog.contextvars import bound_contextvars

from reconciler import engine
from reconciler.commands.progress import tell
from reconciler.errors import ConfigError, LedgerLocked, ReconcilerError
from reconciler.ledger import SqliteLedger, new_run_id
from reconciler.model import Ending, Unread
from reconciler.report import summarise
from reconciler.resources.schedules import WEEKDAYS
from reconciler.run.proposal import Proposal, Selection, read_campus
from reconciler.run.workspace import Workspace
from reconciler.settings import Schedule, Settings

log = structlog.get_logger()


class Stopped(Exception):
    """The daemon was told to stop after the plan was made: nothing of it is begun."""


@dataclass(frozen=True, slots=True)
class Visit:
    """How one run of a target ended. `waits_on` are the targets that some of its changes wait for."""

    at: datetime
    run: str
    result: str
    well: bool = True
    status: int = 0
    applied: int = 0
    waits_on: frozenset[str] = frozenset()
    settings: Settings | None = None


def visit(workspace: Workspace, target: str, stopping: Callable[[], bool]) -> Visit:
    """Run a target once. Never raises; whatever went wrong is logged and in the answer."""
    started = workspace.clock()
    made = Visit(started, new_run_id(workspace.clock), "")
    with bound_contextvars(run=made.run, target=target):
        try:
            return _visit(replace(workspace, stopping=stopping), target, made)
        except Stopped:
            return replace(made, result="stopped")
        except LedgerLocked as error:
            log.info("skipped", why=str(error))
            return replace(made, result="skipped: somebody else works on it")
        except ConfigError as error:
            for problem in error.problems:
                log.error("desired files are refused", where=str(problem.where), what=problem.what)
            return replace(made, result="desired files are refused", well=False, status=1)
        except ReconcilerError as error:
            log.error("failed", why=str(error))
            return replace(made, result=f"failed: {error}", well=False, status=1)
        except Exception as error:
            # One run's fault must not end the daemon.
            log.exception("failed by a fault of reconciler itself")
            return replace(made, result=f"failed: {type(error).__name__}", well=False, status=1)


def _visit(workspace: Workspace, target: str, made: Visit) -> Visit:
    settings = read_campus(workspace).settings
    made = replace(made, settings=settings)
    if target not in settings.targets:
        return replace(made, result="no longer configured")
    configured = settings.targets[target]
    closed = why_closed(configured.schedule or settings.schedule, datetime.now().astimezone())
    selection = Selection((target,))
    if configured.policy == "observe" or closed:
        log.info("run started", policy="observe", why=closed or None)
        return _observe(workspace, selection, made)
    log.info("run started", policy=configured.policy)
    with workspace.ledger(create=True) as ledger:
        return _reconcile(workspace, ledger, selection, made)


def _observe(workspace: Workspace, selection: Selection, made: Visit) -> Visit:
    """Plan and log; the ledger is only read."""
    if workspace.ledger_path.exists():
        with workspace.ledger(readonly=True) as ledger:
            proposal = engine.plan(workspace, ledger, selection)
    else:
        proposal = engine.plan(workspace, None, selection)
    _tell_plan(proposal)
    for change in proposal.plan.changes:
        log.info("would " + change.verb, address=str(change.address), why=change.reason.value)
    changes = len(proposal.plan.changes)
    return _judged(proposal, replace(made, result=f"observed: {changes} changes" if changes else "in sync"))


def _reconcile(workspace: Workspace, ledger: SqliteLedger, selection: Selection, made: Visit) -> Visit:
    planned: list[Proposal] = []

    def on_plan(proposal: Proposal) -> None:
        planned.append(proposal)
        _tell_plan(proposal)
        if workspace.stopping():
            raise Stopped

    report, unsettled = engine.reconcile(workspace, ledger, on_plan, tell, selection, run=made.run)
    for note in unsettled:
        log.warning("an earlier write has no known end yet", what=note)
    counts = {ending.value: report.count(ending) for ending in Ending if report.count(ending)}
    status = 4 if unsettled else engine.exit_status(report)
    said = ", ".join(f"{number} {ending}" for ending, number in counts.items()) or "in sync"
    log.info("run ended", status=status, **{name.replace(" ", "_"): n for name, n in counts.items()})
    waits = {wait.on.split("/")[0] for change in report.plan.changes for wait in change.waiting}
    made = replace(
        made, result=said, status=status, applied=report.count(Ending.APPLIED), waits_on=frozenset(waits)
    )
    return _judged(planned[0], made)


def _judged(proposal: Proposal, made: Visit) -> Visit:
    """A target that could not be read, or was refused whole, is not well."""
    unread = [r for r in proposal.seen.readings.values() if isinstance(r, Unread) and not r.waits_on]
    for reading in unread:
        log.error("not read", kind=reading.kind, why=reading.reason)
    if unread:
        return replace(made, result=f"not read: {unread[0].reason}", well=False, status=max(made.status, 1))
    return replace(made, well=made.status not in (1, 4))


def _tell_plan(proposal: Proposal) -> None:
    log.info("planned", summary=summarise(proposal.plan), digest=proposal.plan.digest)
    for item in proposal.plan.drift:
        log.warning("drifted", address=str(item.address), field=item.field)
    for violation in proposal.plan.violations:
        log.error("refused by guard", guard=violation.guard, why=violation.text)


def why_closed(schedule: Schedule, now: datetime) -> str:
    """Why nothing may be written at this local time, "" if it may."""
    for text in schedule.freeze:
        first, last = map(date.fromisoformat, text.split("/"))
        if first <= now.date() <= last:
            return f"frozen {text}"
    if schedule.windows and not any(_is_open(window, now) for window in schedule.windows):
        return f"outside {', '.join(schedule.windows)}"
    return ""


def _is_open(window: str, now: datetime) -> bool:
    """`mon-fri,sun 06:00-22:00`; days may wrap (`sat-mon`), times may not."""
    days, times = window.split(" ")
    start, end = times.split("-")
    return _on_day(days, now.weekday()) and start <= f"{now:%H:%M}" < end


def _on_day(days: str, today: int) -> bool:
    for part in days.split(","):
        first, _, last = part.partition("-")
        low, high = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        if low <= today <= high if low <= high else today >= low or today <= high:
            return True
    return False
