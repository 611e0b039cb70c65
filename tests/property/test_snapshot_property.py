"""Whatever is written in the files, a plan from a snapshot is the plan of the systems as they were then."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler import engine
from reconciler.model import Adopt, Change, Plan
from reconciler.run.sealing import seal
from reconciler.run.snapshots import read_key, take, thaw
from reconciler.sandbox import Sandbox
from tests.e2e.scenes import MANAGED
from tests.rig import TARGETS, Rig

HANDLES = ("s1", "s2", "s3", "s4", "s5")
STRANGERS = ("t1", "t2")
NEW = ("n1", "n2")
NAMES, LEVELS = ("Ada", "Ben", None), ("licensed", "basic")


@dataclass(frozen=True)
class Files:
    """The sections of the desired files."""

    users: dict[str, Any]
    groups: dict[str, Any]
    course_meetings: dict[str, Any]

    def write(self, rig: Rig) -> None:
        sections = {name: section for name, section in vars(self).items() if section}
        rig.write("zoom-main/campus.yaml", json.dumps(sections))


def person(handle: str, **values: Any) -> dict[str, Any]:
    plain = {"email": f"{handle}@example.edu", "first_name": handle.upper(), "license": "licensed"}
    return {**plain, **values}


def meeting(host: str, topic: str, days: list[str]) -> dict[str, Any]:
    times = {"start": "10:00", "minutes": 50, "from": "2026-09-07", "until": "2026-10-30"}
    return {"topic": topic, "host": host, "schedule": {"days": days, **times, "timezone": "America/New_York"}}


BASE = Files(
    {handle: person(handle, last_name="L", department="D") for handle in HANDLES},
    {"faculty": {"members": ["s1", "s2"]}, "club": {"members": {"exactly": ["s3"]}}},
    {name: meeting(host, name.upper(), ["mon"]) for name, host in (("bio", "s1"), ("phy", "s2"))},
)


@st.composite
def edited(draw: st.DrawFn) -> Files:
    """The same campus after somebody's work on it: people come, go, change; so do groups and meetings."""
    gone = draw(st.sets(st.sampled_from(HANDLES[2:]), max_size=2))
    here = [handle for handle in HANDLES if handle not in gone]
    users = {handle: dict(BASE.users[handle]) for handle in here}
    for handle in draw(st.sets(st.sampled_from(here))):
        users[handle]["first_name"] = draw(st.sampled_from(NAMES))
        users[handle]["email"] = f"{handle}@{draw(st.sampled_from(('new.example.edu', 'example.edu')))}"
        if handle not in ("s1", "s2"):
            users[handle]["license"] = draw(st.sampled_from(LEVELS))
        if draw(st.booleans()):
            del users[handle]["department"]
    users |= {handle: person(handle) for handle in draw(st.sets(st.sampled_from(NEW + STRANGERS)))}
    members = st.lists(st.sampled_from(sorted(users)), unique=True)
    groups: dict[str, Any] = {}
    for name in draw(st.sets(st.sampled_from(("faculty", "club", "band")))):
        chosen = draw(members)
        groups[name] = {"members": {"exactly": chosen} if draw(st.booleans()) else chosen}
    days = st.sampled_from((["mon"], ["mon", "wed"], ["fri"]))
    meetings = {
        name: meeting(host, draw(st.sampled_from((name.upper(), "Seminar of " + name))), draw(days))
        for name, host in (("bio", "s1"), ("phy", "s2"), ("art", "s1"))
        if draw(st.booleans())
    }
    return Files(users, groups, meetings)


def told(plan: Plan) -> tuple[list[Change], set[str]]:
    """The changes in order, and who is taken over: of strangers a snapshot knows nothing but that."""
    ours: list[Change] = [change for change in plan.changes if not isinstance(change, Adopt)]
    return ours, {change.key for change in plan.changes if isinstance(change, Adopt)}


def test_a_plan_from_a_snapshot_is_the_plan(tmp_path: Path) -> None:
    with Sandbox() as sandbox:
        rig = Rig(tmp_path, sandbox, **MANAGED)
        rig.environ["KEY"] = "k" * 40
        rig.write("reconciler.yaml", TARGETS % {"origin": sandbox.origin} + "    snapshot_key: ${env:KEY}\n")
        BASE.write(rig)
        for handle in STRANGERS:
            rig.console("add_user", email=f"{handle}@example.edu", first_name="T")
        assert {outcome.ending for outcome in rig.apply().outcomes} == {"applied"}
        file = tmp_path / "campus.snapshot"
        file.write_text(seal(take(rig.plan()), read_key(rig.workspace)))

        @settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
        @given(edited())
        def compare(files: Files) -> None:
            files.write(rig)
            here, there = engine.plan(thaw(rig.workspace, file), None).plan, rig.plan().plan
            assert told(here) == told(there)
            assert here.violations == there.violations
            assert here.statuses == there.statuses

        compare()
        assert engine.plan(thaw(rig.workspace, file), None).requests["zoom-main"] == {}
