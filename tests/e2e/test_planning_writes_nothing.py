"""Planning cannot write: not a request, not a row, not even while it settles or meets a fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler import engine
from tests.e2e.scenes import COURSE, GROUPS, MANAGED, MEETINGS, PEOPLE, rewrite, settle
from tests.rig import Rig


def everything_new(campus: Rig) -> None:
    campus.control("reset", {"now": campus.clock.now.isoformat(), **MANAGED})
    campus.write("zoom-main/people.yaml", PEOPLE)
    campus.write("zoom-main/groups.yaml", GROUPS)
    campus.write("courses.yaml", COURSE)
    campus.mint()
    campus.write("zoom-main/meetings.yaml", MEETINGS + "        course: bio101\n")


def at_rest(campus: Rig) -> None:
    settle(campus, linked=True)


def everything_changed(campus: Rig) -> None:
    settle(campus, linked=True)
    rewrite(campus, "zoom-main/people.yaml", ("Lovelace, license: licensed", "Lovelace, license: basic"))
    rewrite(campus, "zoom-main/groups.yaml", ("[s1, s3]", "{exactly: [s2]}"))
    rewrite(campus, "zoom-main/meetings.yaml", ("minutes: 50", "minutes: 45"), ("BIO 101", "Biology"))


def everything_gone(campus: Rig) -> None:
    settle(campus, linked=True)
    for name in ("zoom-main/people.yaml", "zoom-main/groups.yaml", "zoom-main/meetings.yaml"):
        (campus.desired / name).unlink()


def another_host(campus: Rig) -> None:
    settle(campus, linked=True)
    rewrite(
        campus,
        "zoom-main/meetings.yaml",
        ("host: s1", "host: s2\n    lifecycle: {allow_replace: true}"),
        ("[s2]", "[s1]"),
    )


def a_write_without_a_known_end(campus: Rig) -> None:
    everything_new(campus)
    campus.control(
        "faults",
        {"status": [{"operation": "POST /users/{userId}/meetings", "ending": "drop_reply", "times": 2}]},
    )
    campus.apply()
    campus.control("faults", {})


SCENES: dict[str, Callable[[Rig], None]] = {
    scene.__name__: scene
    for scene in (
        everything_new,
        at_rest,
        everything_changed,
        everything_gone,
        another_host,
        a_write_without_a_known_end,
    )
}
FAULTS: dict[str, dict[str, Any]] = {
    "none": {},
    "errors": {"status": [{"operation": "*", "status": 500, "nth": 7, "times": 5}]},
    "an expired token": {"expire_tokens": True},
}


def kept(campus: Rig) -> dict[str, Any]:
    """The sandbox's store, without its clock and its count of calls, which readings raise too."""
    world: dict[str, Any] = campus.world()
    world["quota"]["counts"] = {
        k: v for k, v in world["quota"]["counts"].items() if not k.startswith("label:")
    }
    return {name: value for name, value in world.items() if name != "now"}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("scene", SCENES)
def test_no_plan_writes_anything(campus: Rig, scene: str, fault: str) -> None:
    SCENES[scene](campus)
    campus.control("counters/reset", {})
    campus.control("faults", FAULTS[fault])
    before = campus.workspace.ledger_path.read_bytes() if campus.workspace.ledger_path.exists() else b""
    world = kept(campus)
    with campus.workspace.ledger(readonly=True) as ledger:
        proposal = engine.plan(campus.workspace, ledger)
    counters = campus.control("counters")
    assert counters["writes"] == {}
    assert sum(counters["reads"].values()) > 0
    assert counters["tokens"] > 0, "token requests are counted apart"
    assert kept(campus) == world
    assert campus.workspace.ledger_path.read_bytes() == before
    asked = sum(proposal.requests["zoom-main"].values()) + sum(proposal.requests["zoom-lti"].values())
    assert asked >= sum(counters["reads"].values())


def test_a_preview_needs_no_ledger_and_makes_none(campus: Rig) -> None:
    everything_gone(campus)
    campus.write("zoom-main/groups.yaml", "groups:\n  late: {}\n")
    campus.control("counters/reset", {})
    plan = engine.plan(campus.workspace, None).plan
    assert plan.ledger is None
    assert {change.verb for change in plan.changes} == {"create"}, "a preview says nothing of removals"
    assert campus.control("counters")["writes"] == {}
