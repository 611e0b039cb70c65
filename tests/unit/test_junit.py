"""JUnit: every address, violation, unread kind and outcome is one case, and hostile text stays text."""

from __future__ import annotations

from collections import Counter
from xml.etree import ElementTree

import pytest

from reconciler.errors import ConfigError, Problem, Where
from reconciler.model import Ending, Plan
from reconciler.report import Style, render_drift, render_plan, render_problems, render_report, render_status
from tests.snapshot import samples

JUNIT = Style("junit")


def verdicts(text: str) -> dict[str, str]:
    """By case name: passed, or the element that says otherwise."""
    root = ElementTree.fromstring(text)  # noqa: S314 - our own output
    cases = list(root.iter("testcase"))
    assert len({case.get("name") for case in cases}) == len(cases) == int(root.get("tests", ""))
    counted = Counter(child.tag for case in cases for child in case)
    assert {name: int(root.get(name, "")) for name in ("failures", "errors", "skipped")} == {
        "failures": counted["failure"],
        "errors": counted["error"],
        "skipped": counted["skipped"],
    }
    return {str(case.get("name")): case[0].tag if len(case) else "passed" for case in cases}


def test_a_plan_lists_every_address_as_it_stands() -> None:
    plan = samples.refused()
    found = verdicts(render_plan(plan, JUNIT))
    expected = {"drifted": "failure", "unknown": "error", "pending": "skipped", "waiting": "skipped"}
    assert {
        str(s.address): expected.get(s.sync.value, "passed") for s in plan.statuses
    }.items() <= found.items()
    refused = [
        name for violation in plan.violations for name in found if name.startswith(f"{violation.guard}: ")
    ]
    assert refused
    assert {found[name] for name in refused} == {"failure"}


def test_what_was_not_read_is_an_error() -> None:
    found = verdicts(render_plan(samples.rich(), JUNIT))
    assert found["zoom-lti/course_link was read"] == "error"


@pytest.mark.parametrize("render", [render_status, render_drift])
def test_status_and_drift_are_the_same_cases(render: object) -> None:
    assert callable(render)
    assert render(samples.rich(), JUNIT) == render_plan(samples.rich(), JUNIT)


def test_a_report_lists_every_change_as_it_ended() -> None:
    report = samples.report()
    found = verdicts(render_report(report, JUNIT))
    good = {Ending.APPLIED: "passed", Ending.WAITING: "skipped", Ending.DEFERRED: "skipped"}
    good[Ending.HANDED_OFF] = "skipped"
    for outcome in report.outcomes:
        name = f"{outcome.change.verb} {outcome.change.address}"
        assert found[name] == good.get(outcome.ending, "failure"), name


def test_problems_name_their_places() -> None:
    error = ConfigError((Problem(Where("people.yaml", 3, 5), "`emial` is not known here", "email?"),))
    assert verdicts(render_problems(error, JUNIT)) == {
        "people.yaml:3:5: `emial` is not known here": "failure"
    }
    assert verdicts(render_problems(ConfigError(()), JUNIT)) == {"well written": "passed"}


def test_hostile_text_breaks_out_of_nothing() -> None:
    plan: Plan = samples.hostile()
    text = render_plan(plan, JUNIT)
    assert "\x1b" not in text
    assert len(verdicts(text)) >= len(plan.statuses)
