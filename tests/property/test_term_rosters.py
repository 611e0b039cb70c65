"""Random calendars and rosters converge whenever one begins, so does an edit, and the end is quiet."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from reconciler.sandbox import Sandbox
from tests.oracle import judge, read_declared
from tests.property.academic import ENVIRONMENT, Year, edits, years
from tests.rig import TARGETS, Clock, Rig

POINTS = int(os.environ.get("RECONCILER_FAULT_POINTS", "12"))
SOME = settings(
    max_examples=POINTS // 2,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a year takes too long to be shrunk
)
GUARDS = """
    guards:
      removals: {floor: 1000, percent: 100, cap: 1000}
      updates: {floor: 1000, percent: 100}
"""


class Site:
    """A campus at a moment, with what it held before we came."""

    def __init__(self, folder: Path, sandbox: Sandbox, now: datetime) -> None:
        self.rig = Rig(folder, sandbox, clock=Clock(now))
        self.rig.workspace = replace(self.rig.workspace, environment=ENVIRONMENT)
        self.rig.write("reconciler.yaml", TARGETS % {"origin": sandbox.origin} + GUARDS)
        for email, attributes in {
            "s1@example.edu": {"first_name": "Known", "dept": "Elsewhere"},
            "stranger@example.edu": {"first_name": "Sam"},
        }.items():
            self.rig.console("add_user", email=email, **attributes)
        self.rig.console("add_group", name="Strangers", members=["stranger@example.edu", "s1@example.edu"])
        self.before = self.rig.world()
        self.was: Any = None

    def declare(self, year: Year) -> None:
        desired = self.rig.desired
        if (desired / "terms.yaml").exists():
            self.was = read_declared(desired, ENVIRONMENT)
        for name, text in year.files().items():
            path = desired / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def apply(self) -> None:
        """Apply, let those who were invited come, and apply what waited for them."""
        for waits in (("waiting",), ()):
            report = self.rig.apply()
            left = {o.change.key: f"{o.ending}: {o.text}" for o in report.outcomes}
            assert [
                f"{key} {how}" for key, how in left.items() if how.split(":")[0] not in ("applied", *waits)
            ] == []
            pending = [user["email"] for user in self.rig.world()["users"] if user["status"] == "pending"]
            if not pending:
                return
            for email in pending:
                self.rig.console("accept_invitation", user=email)

    def check(self) -> None:
        """The oracle agrees, and nothing is left to do."""
        more = {"was": self.was} if self.was else {}
        found = judge(self.rig.desired, self.rig.world(), self.before, environment=ENVIRONMENT, **more)
        assert found == []
        self.quiet()

    def quiet(self) -> None:
        """Nothing to do."""
        plan = self.rig.plan().plan
        assert [(change.key, change.fields) for change in plan.changes] == []
        assert plan.drift == ()
        assert [item.text for item in plan.findings if item.severity == "error"] == []

    def move(self, now: datetime) -> None:
        self.rig.clock.advance((now - self.rig.clock.now).total_seconds())


@contextmanager
def site(sandbox: Sandbox, now: datetime) -> Iterator[Site]:
    with tempfile.TemporaryDirectory() as folder:
        yield Site(Path(folder), sandbox, now)


@SOME
@given(st.data())
def test_a_year_converges_and_ends_quietly(shared_sandbox: Sandbox, data: st.DataObject) -> None:
    year = data.draw(years())
    first = min(date.fromisoformat(term["from"]) for term in year.terms.values())
    days = (year.last_day().date() - first).days
    start = datetime.combine(first, datetime.min.time(), UTC)
    now = start + timedelta(
        days=data.draw(st.integers(-20, days + 5)), minutes=data.draw(st.integers(0, 1439))
    )
    with site(shared_sandbox, now) as made:
        made.declare(year)
        made.apply()
        made.check()
        made.move(now + timedelta(days=data.draw(st.integers(0, 60)), minutes=data.draw(st.integers(0, 600))))
        made.quiet()
        what, other = data.draw(edits(year))
        made.declare(other)
        made.rig.control("counters/reset", {})
        made.apply()
        if what == "holiday":
            assert made.rig.writes().keys() <= {"DELETE /meetings/{meetingId}"}
        made.check()
        made.move(max(other.last_day(), made.rig.clock.now))
        made.check()
