"""Every report in every format, to be read by a person whenever it changes (`make snapshots` rewrites)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import pytest
from syrupy.assertion import SnapshotAssertion

from reconciler.errors import ConfigError, Problem, Where
from reconciler.model import (
    Attestation,
    Desired,
    Evidence,
    Plan,
    Provenance,
    Record,
    RecordedField,
    State,
)
from reconciler.model.codec import encode_change
from reconciler.report import (
    Format,
    Style,
    redact,
    render_drift,
    render_explain,
    render_history,
    render_plan,
    render_problems,
    render_report,
    render_status,
)
from reconciler.resources.base import Lifecycle, Resource, evolve, kinds
from tests.snapshot import samples
from tests.snapshot.campus import DOMAIN, MEETINGS, OCCURRENCES, PAGE, group, meeting, user
from tests.snapshot.past import OnePast

FORMATS = tuple(shape for shape in get_args(Format) if shape != "junit")
"""What every report can be; cases are looked at in tests/unit/test_junit.py."""
PLANS: dict[str, Callable[[], Plan]] = {
    "rich": samples.rich,
    "empty": samples.empty,
    "preview": samples.preview,
    "refused": samples.refused,
    "hostile": samples.hostile,
    "redacted": lambda: redact(samples.rich()),
}


def readable(text: str, style: Style) -> str:
    """JSON as a person would read it, HTML without its style sheet, the other formats as they are."""
    if style.format == "html":
        return re.sub(r"(?s)<style>.*</style>|sha256-[^']*", "", text)
    return json.dumps(json.loads(text), indent=1) if style.format == "json" else text


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", PLANS)
def test_a_plan(name: str, format: Format, snapshot: SnapshotAssertion) -> None:
    style = Style(format)
    assert readable(render_plan(PLANS[name](), style), style) == snapshot


@pytest.mark.parametrize("full", [False, True], ids=["folded", "full"])
def test_a_large_plan_folds_plain_creates_and_never_removals(full: bool, snapshot: SnapshotAssertion) -> None:
    text = render_plan(samples.large(), Style(full=full))
    assert text == snapshot
    assert text.count("remove (delete)") == 30
    assert text.count("@example.edu") == (60 + 25 if full else 3 + 25)


def test_a_large_plan_in_a_comment(snapshot: SnapshotAssertion) -> None:
    assert render_plan(samples.large(), Style("markdown")) == snapshot


@pytest.mark.parametrize("format", FORMATS)
def test_a_report(format: Format, snapshot: SnapshotAssertion) -> None:
    style = Style(format)
    assert readable(render_report(samples.report(), style), style) == snapshot


def test_in_colour_on_a_narrow_terminal(snapshot: SnapshotAssertion) -> None:
    assert render_plan(samples.rich(), Style(width=72, colour=True)) == snapshot


@pytest.mark.parametrize("format", FORMATS)
def test_statuses(format: Format, snapshot: SnapshotAssertion) -> None:
    style = Style(format)
    assert readable(render_status(samples.rich(), style), style) == snapshot


def test_drift(snapshot: SnapshotAssertion) -> None:
    quiet = replace(samples.rich(), drift=())
    assert render_drift(samples.rich()) + render_drift(quiet) == snapshot


def declared_meeting() -> Desired[Resource]:
    """The first meeting of a weekly rule, as resolve leaves it."""
    kind: Any = kinds()["course_meeting"]
    family = kind(
        topic="BIO 101 Lecture",
        host=str(user("s123456")),
        alternative_hosts=[str(user("s100007"))],
        schedule={
            "days": ["mon", "wed"],
            "start": "10:00",
            "minutes": 50,
            "from": "2026-08-24",
            "until": "2026-10-02",
            "timezone": "America/New_York",
            "skip": ["2026-09-07"],
        },
    )
    places = {"topic": Where(MEETINGS, 5, 5), "host": Where("timetable.csv", 7, 2)}
    first = evolve(family, schedule=family.schedule.series()[1])
    return Desired(meeting("chem200/1"), first, Lifecycle(), Where(MEETINGS, 4, 3), places, family="chem200")


def recorded_meeting() -> Record:
    """The same meeting as the ledger holds it."""
    at = "2026-08-25T06:00:00+00:00"
    return Record(
        meeting("chem200/1"),
        1,
        "84310022711",
        State.CURRENT,
        Provenance.CREATED,
        fields={
            "topic": RecordedField("BIO 101 Lecture", Evidence.READ, at),
            "schedule": RecordedField(
                {"occurrences": OCCURRENCES, "timezone": "America/New_York"}, Evidence.READ, at
            ),
            "password": RecordedField("hmac:5f1c", Evidence.SENT, at),
        },
        elements={"alternative_hosts": ("Kx7aQ",)},
        keys={"host and start": "zq81m 2026-08-24T10:00"},
        label="BIO 101 Lecture",
    )


@pytest.mark.parametrize("format", FORMATS)
def test_one_address(format: Format, snapshot: SnapshotAssertion) -> None:
    style = Style(format)
    desired, record = declared_meeting(), recorded_meeting()
    text = render_explain(desired.address, samples.rich(), desired, record, style=style)
    assert readable(text, style) == snapshot


def test_an_address_that_a_person_attested_and_one_that_nobody_knows(snapshot: SnapshotAssertion) -> None:
    by = Attestation(DOMAIN, PAGE, "d1", "Dana", samples.AS_OF, samples.AS_OF.replace(year=2027))
    attested = render_explain(DOMAIN, samples.rich(), None, None, by)
    assert attested + render_explain(group("nobody"), samples.rich(), None, None) == snapshot


@pytest.mark.parametrize("format", FORMATS)
def test_history(format: Format, snapshot: SnapshotAssertion) -> None:
    style = Style(format)
    rows = [
        OnePast("run-2", samples.AS_OF, change.address, change.verb, "applied", "", encode_change(change))
        for change in samples.rich().changes[3:5]
    ]
    rows.append(
        OnePast("run-1", samples.AS_OF, user("s1"), "create", "failed", "code 1108", "from elsewhere")
    )
    assert readable(render_history(rows, style), style) == snapshot


@pytest.mark.parametrize("format", FORMATS)
def test_problems(format: Format, snapshot: SnapshotAssertion) -> None:
    style = Style(format)
    error = ConfigError(
        [
            Problem(Where("waivers.yaml", 2, 5), "unknown guard `removal`", "did you mean `removals`?"),
            Problem(Where("people.yaml", 31, 7), 'a field "\x1b[31m" nobody knows'),
        ]
    )
    assert readable(render_problems(error, style), style) == snapshot


def test_a_plan_that_is_old_says_so() -> None:
    plan: Plan = samples.rich()
    text = render_plan(plan, Style(now=plan.created.replace(hour=11, minute=30)))
    assert "Read and planned 2026-09-01 08:00 UTC, 3 hours ago" in text
