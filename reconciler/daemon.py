"""Runs every target on its schedule: observes, or reconciles where its policy, window and freeze allow.

The only place that knows APScheduler. One run of a target at a time, by lease.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from reconciler.errors import ReconcilerError
from reconciler.run.workspace import Workspace, companion_settings
from reconciler.settings import Schedule, Settings
from reconciler.visits import Visit, visit
from reconciler.web.health import TargetHealth

log = structlog.get_logger()

WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
"""As cron numbers them; APScheduler would take 0 for Monday."""
MOST_AT_ONCE = 16
DROPPING = "drop history"
"""No target is called so: names have no spaces."""


@dataclass
class Daemon:
    """Every target of one desired folder on its schedule; `stopping` ends it after the change under way."""

    workspace: Workspace
    settings: Settings
    stopping: threading.Event
    last: dict[str, Visit] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: dict[str, Schedule] = {}
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(MOST_AT_ONCE)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def run(self) -> None:
        """Run until `stopping` is set; every target at once at the start, and old history dropped daily."""
        self._follow(self.settings)
        self._scheduler.add_job(
            self.drop_history,
            IntervalTrigger(days=1),
            id=DROPPING,
            next_run_time=datetime.now().astimezone(),
        )
        self._scheduler.start()
        self.stopping.wait()
        self._scheduler.shutdown(wait=True)

    def run_once(self) -> int:
        """Run every target once, one after another; the worst exit status."""
        worst = 0
        for target in _companions_first(self.settings):
            if not self.stopping.is_set():
                self._visit(target)
                worst = max(worst, self.last[target].status)
        self.drop_history()
        return worst

    def drop_history(self) -> None:
        """Let the ledger drop what is older than it keeps; a fault is logged, and tried again next time."""
        if not self.workspace.ledger_path.exists():
            return
        try:
            with self.workspace.ledger() as ledger:
                dropped = ledger.prune_history()
        except ReconcilerError as error:
            log.warning("old history is not dropped", why=str(error))
            return
        if dropped:
            log.info("dropped old history", changes=dropped)

    def look(self) -> Mapping[str, TargetHealth]:
        """How every target stands; one that never ran yet is well."""
        with self._lock:
            return {
                target: _health(self.last.get(target), self._next_run(target)) for target in self._planned
            }

    def _visit(self, target: str) -> None:
        done = visit(self.workspace, target, self.stopping.is_set)
        with self._lock:
            self.last[target] = done
        if self._scheduler.running and not self.stopping.is_set():
            if done.settings is not None:
                self._follow(done.settings)
            if done.applied:
                self._wake(target)

    def _follow(self, settings: Settings) -> None:
        """Keep the jobs as the desired files have them now."""
        with self._lock:
            for name in self._planned.keys() - settings.targets.keys():
                del self._planned[name]
                self._remove(name)
                log.info("target is no longer configured", target=name)
            for name, target in settings.targets.items():
                schedule = target.schedule or settings.schedule
                if self._planned.get(name) != schedule:
                    self._plan(name, schedule)

    def _plan(self, name: str, schedule: Schedule) -> None:
        trigger = make_trigger(schedule)
        if name in self._planned:
            self._scheduler.reschedule_job(name, trigger=trigger)
        else:
            self._scheduler.add_job(
                self._visit, trigger, [name], id=name, next_run_time=datetime.now().astimezone()
            )
        self._planned[name] = schedule
        log.info("scheduled", target=name, every=schedule.every, cron=schedule.cron or None)

    def _remove(self, name: str) -> None:
        try:
            self._scheduler.remove_job(name)
        except JobLookupError:
            # It ran out by itself, as a cron line without a further date does.
            return

    def _wake(self, target: str) -> None:
        """What waited for this target goes on now instead of at its next turn."""
        with self._lock:
            waiting = [name for name, past in self.last.items() if target in past.waits_on - {name}]
            for name in waiting:
                if name in self._planned:
                    self._scheduler.modify_job(name, next_run_time=datetime.now().astimezone())

    def _next_run(self, target: str) -> datetime | None:
        job = self._scheduler.get_job(target)
        return None if job is None else getattr(job, "next_run_time", None)


def make_trigger(schedule: Schedule) -> BaseTrigger:
    """Every so many seconds, or a cron line in the machine's time zone, with jitter either way."""
    jitter = schedule.jitter or None
    if not schedule.cron:
        return IntervalTrigger(seconds=schedule.every or 900, jitter=jitter)
    minute, hour, day, month, weekday = schedule.cron.split()
    return CronTrigger(
        minute=minute, hour=hour, day=day, month=month, day_of_week=name_weekdays(weekday), jitter=jitter
    )


def name_weekdays(text: str) -> str:
    """Cron's weekday numbers (0 is Sunday) as names: `1-5` is mon,tue,wed,thu,fri."""
    return ",".join(map(_name_weekday, text.split(",")))


def _name_weekday(part: str) -> str:
    span, _, step = part.partition("/")
    first, _, last = span.partition("-")
    if not first.isdecimal():
        return part
    until = int(last) if last.isdecimal() else 6 if step else int(first)
    return ",".join(WEEKDAYS[number] for number in range(int(first), until + 1, int(step or 1)))


def _companions_first(settings: Settings) -> list[str]:
    """Targets that others share an account with before those others."""
    companions = companion_settings(settings)
    return sorted(settings.targets, key=lambda n: (companions.get(n, "") in settings.targets[n].values, n))


def _health(last: Visit | None, next_run: datetime | None) -> TargetHealth:
    if last is None:
        return TargetHealth(None, "", "not run yet", well=True, next_run=next_run)
    return TargetHealth(last.at, last.run, last.result, last.well, next_run)


def check_targets(settings: Settings) -> None:
    """Raise ReconcilerError where there is nothing to keep."""
    if not settings.targets:
        raise ReconcilerError("reconciler.yaml names no target; there is nothing to serve")
