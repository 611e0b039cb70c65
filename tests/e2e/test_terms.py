"""A term through the year: planned, begun late, changed half-way, over; what `explain` says of its dates."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from reconciler.model import Change, Record, State
from reconciler.report import Format, Style, render_explain, render_plan
from reconciler.run.proposal import Proposal
from tests.e2e.scenes import COURSE, MANAGED, PEOPLE, rest, rewrite
from tests.oracle import judge
from tests.rig import Rig, address, changes

TERMS = """
    terms:
      fall-2026:
        from: 2026-09-07
        until: 2026-12-11
        timezone: America/New_York
        holidays: {Fall Day: 2026-10-12, Reading Day: 2026-12-09}
        breaks: {Thanksgiving: 2026-11-25/2026-11-29}
"""
MEETING = """
    course_meetings:
      bio101:
        topic: BIO 101
        host: s1
        schedule: {term: fall-2026, days: [mon, tue, wed, thu, fri], start: "10:00", minutes: 50}
"""
ONE, TWO = "zoom-main/course_meeting/bio101/1", "zoom-main/course_meeting/bio101/2"
MID_TERM = datetime(2026, 10, 20, 12, tzinfo=UTC)
FILE = "zoom-main/meetings.yaml"


def begin(rig: Rig, now: datetime | None = None, *, linked: bool = False) -> None:
    """People, a term and a meeting of it, applied on 1 September or later."""
    if now is not None:
        rig.clock.advance((now - rig.clock.now).total_seconds())
    rig.control("reset", {"now": rig.clock.now.isoformat(), **MANAGED})
    rig.write("zoom-main/people.yaml", PEOPLE)
    rig.write("terms.yaml", TERMS)
    if linked:
        rig.write("courses.yaml", COURSE)
        rig.mint()
    rig.write(FILE, MEETING + ("        course: bio101\n" if linked else ""))
    rest(rig)


def move(rig: Rig, now: datetime) -> None:
    """Let time pass, and count from nought."""
    rig.clock.advance((now - rig.clock.now).total_seconds())
    rig.control("counters/reset", {})


def record(rig: Rig, text: str) -> Record:
    """What the ledger holds of an address."""
    return rig.plan().recorded.latest({})[address(text)]


def began(rig: Rig, text: str) -> str:
    value: Any = record(rig, text).fields["schedule"].value
    return str(value["start"])


def lost(change: Change) -> tuple[set[str], set[str]]:
    """The dates that go and those that come."""
    (field,) = change.fields
    before, after = (set(value["occurrences"]) for value in (field.before, field.after))  # type: ignore[index, call-overload, arg-type]
    return before - after, after - before


def explained(proposal: Proposal, text: str, style: Style | None = None) -> str:
    found, records = address(text), proposal.recorded.latest({})
    item = proposal.campus.desired.resources.get(found)
    return render_explain(found, proposal.plan, item, records.get(found), None, style or Style())


def test_before_term_all_of_it_is_planned_and_made(campus: Rig) -> None:
    begin(campus)
    assert judge(campus.desired, campus.world()) == []
    assert began(campus, ONE) == "2026-09-07T10:00"
    assert began(campus, TWO) == "2026-11-30T10:00"


def test_a_series_first_made_in_mid_term_begins_there_for_good(campus: Rig) -> None:
    begin(campus, MID_TERM)
    assert began(campus, ONE) == "2026-10-20T10:00"
    move(campus, datetime(2026, 11, 3, 12, tzinfo=UTC))
    assert campus.plan().plan.changes == ()
    rewrite(campus, FILE, ("topic: BIO 101", "topic: Biology 101"))
    (first, _) = campus.plan().plan.changes
    assert [field.field for field in first.fields] == ["topic"]
    assert "3 dates are taken out again after it: 2026-11-25" in first.note
    rest(campus)
    assert began(campus, ONE) == "2026-10-20T10:00"
    assert judge(campus.desired, campus.world()) == []


def test_a_holiday_added_in_mid_term_takes_its_date_and_nothing_else(campus: Rig) -> None:
    begin(campus)
    move(campus, MID_TERM)
    untouched = [meeting for meeting in campus.world()["meetings"] if "2026-11-30" in str(meeting)]
    rewrite(campus, "terms.yaml", ("Fall Day", "Storm: 2026-10-28, Fall Day"))
    proposal = campus.plan()
    assert changes(proposal) == {ONE: "update"}
    (change,) = proposal.plan.changes
    assert lost(change) == ({"2026-10-28T10:00 50"}, set())
    assert change.note == ""
    assert "-2026-10-28T10:00 50" in render_plan(proposal.plan)
    rest_with(campus, {"DELETE /meetings/{meetingId}": 1})
    assert [meeting for meeting in campus.world()["meetings"] if meeting in untouched] == untouched
    rewrite(campus, "terms.yaml", ("Storm: 2026-10-28, ", ""))
    (change,) = campus.plan().plan.changes
    assert lost(change) == (set(), {"2026-10-28T10:00 50"})
    assert "3 dates are taken out again" in change.note
    rest_with(campus, {"PATCH /meetings/{meetingId}": 1, "DELETE /meetings/{meetingId}": 3})


def rest_with(rig: Rig, writes: dict[str, int]) -> None:
    """Apply; so many writes were needed, all is as declared, and nothing is left to do."""
    report = rig.apply()
    assert {outcome.ending.value for outcome in report.outcomes} == {"applied"}
    assert rig.writes() == writes
    assert judge(rig.desired, rig.world()) == []
    assert rig.plan().plan.changes == ()
    rig.control("counters/reset", {})


def test_another_name_of_a_holiday_is_no_change(campus: Rig) -> None:
    begin(campus)
    rewrite(campus, "terms.yaml", ("Fall Day", "Indigenous Peoples' Day"), ("Thanksgiving", "Fall Recess"))
    assert campus.plan().plan.changes == ()


def test_a_longer_term_takes_the_days_off_out_again(campus: Rig) -> None:
    begin(campus)
    move(campus, MID_TERM)
    rewrite(campus, "terms.yaml", ("until: 2026-12-11", "until: 2026-12-18"))
    (change,) = campus.plan().plan.changes
    assert str(change.address) == TWO
    assert lost(change) == (set(), {f"2026-12-{day}T10:00 50" for day in range(14, 19)})
    assert change.note == "1 date is taken out again after it: 2026-12-09"
    rest_with(campus, {"PATCH /meetings/{meetingId}": 1, "DELETE /meetings/{meetingId}": 1})


def test_another_weekday_takes_the_days_off_out_again(campus: Rig) -> None:
    begin(campus)
    move(campus, MID_TERM)
    rewrite(campus, FILE, ("wed, thu, fri]", "wed, thu]"))
    notes = {str(change.address): change.note for change in campus.plan().plan.changes}
    assert "2026-11-25, 2026-11-26" in notes[ONE], "a block of four days a week holds 15 weeks"
    campus.apply()
    assert judge(campus.desired, campus.world()) == []
    assert campus.plan().plan.changes == ()


def test_a_term_cut_short_to_a_day_gone_by_leaves_no_date_to_come(campus: Rig) -> None:
    begin(campus)
    move(campus, MID_TERM)
    rewrite(
        campus,
        "terms.yaml",
        ("2026-12-11", "2026-10-16"),
        (", Reading Day: 2026-12-09", ""),
        ("    breaks: {Thanksgiving: 2026-11-25/2026-11-29}\n", ""),
    )
    assert changes(campus.plan()) == {ONE: "update", TWO: "remove"}
    campus.apply()
    assert campus.plan().plan.changes == ()
    stored = [item for meeting in campus.world()["meetings"] for item in meeting["occurrences"]]
    left = [item["start_time"] for item in stored if item["status"] == "available"]
    assert max(left) < "2026-10-20"
    campus.apply()
    assert record(campus, ONE).state is State.ENDED


ZONES = [
    ("America/New_York", "2026-11-01", ["14", "15"]),
    ("Europe/Berlin", "2026-10-25", ["08", "09"]),
    ("Australia/Sydney", "2026-10-04", ["00", "23"]),
]


@pytest.mark.parametrize(("zone", "turn", "hours"), ZONES)
def test_ten_o_clock_stays_ten_o_clock_when_the_clocks_change(
    campus: Rig, zone: str, turn: str, hours: list[str]
) -> None:
    campus.write("zoom-main/people.yaml", PEOPLE)
    campus.write("terms.yaml", TERMS.replace("America/New_York", zone))
    campus.write(FILE, MEETING)
    rest(campus)
    assert judge(campus.desired, campus.world()) == []
    stored = sorted(item["start_time"] for m in campus.world()["meetings"] for item in m["occurrences"])
    sides = [{text[11:13] for text in stored if (text < turn) == before} for before in (True, False)]
    assert sides == [{hours[0]}, {hours[1]}]
    turned = datetime.fromisoformat(f"{turn}T12:00:00+00:00")
    assert campus.plan(as_of=turned).plan.changes == ()
    move(campus, turned)
    assert campus.plan().plan.changes == ()


ENDS = [datetime(2026, 12, 12, 6, tzinfo=UTC), datetime(2027, 12, 12, 6, tzinfo=UTC)]


@pytest.mark.parametrize("left", ["all", "no meeting", "no term"])
def test_what_is_over_is_let_alone_the_day_after_and_a_year_later(campus: Rig, left: str) -> None:
    begin(campus, linked=True)
    move(campus, ENDS[0])
    if left != "all":
        (campus.desired / FILE).unlink()
    if left == "no term":
        (campus.desired / "terms.yaml").unlink()
    for now in ENDS:
        quiet(campus, now)
    for now in ENDS:
        move(campus, now)
        campus.apply()
        assert campus.writes() == {}
        quiet(campus, now)
    if left == "all":
        assert record(campus, ONE).state is State.ENDED
        assert record(campus, "zoom-lti/course_link/bio101/2").state is State.ENDED


def quiet(rig: Rig, now: datetime) -> None:
    """Nothing to do for meetings and links, nothing held against it, and none of them read."""
    rig.control("counters/reset", {})
    plan = rig.plan(as_of=now).plan
    kinds = ("course_meeting", "course_link")
    assert [change for change in plan.changes if change.address.kind in kinds] == []
    assert plan.violations == ()
    assert [item for item in plan.drift if item.address.kind in kinds] == []
    reads = rig.control("counters")["reads"]
    assert not {"GET /meetings/{meetingId}", "GET /users/{userId}/meetings"} & reads.keys()


def test_a_block_that_was_over_before_we_came_is_not_made_nor_linked(campus: Rig) -> None:
    begin(campus, datetime(2026, 11, 28, 12, tzinfo=UTC), linked=True)
    assert len(campus.world()["meetings"]) == 1
    assert {status.text for status in campus.plan().plan.statuses if status.address.name.endswith("/1")} == {
        "ended"
    }


def test_explain_lists_every_date_and_why_in_every_format(campus: Rig) -> None:
    begin(campus)
    move(campus, MID_TERM)
    rewrite(campus, "terms.yaml", ("Fall Day", "Storm: 2026-10-28, Fall Day"))
    rewrite(campus, FILE, ("minutes: 50", "minutes: 50, skip: [2026-10-30], until: 2026-12-04"))
    proposal = campus.plan()
    reasons = ("holiday Fall Day", "break Thanksgiving", "holiday Storm", "skip", "still in the live system")
    for format in get_args(Format):
        one, two = (explained(proposal, text, Style(format)) for text in (ONE, TWO))
        for words in ("passed", "to come", "left out", *reasons):
            assert words in one, format
        assert "outside from..until, after 2026-12-04" in two, format
        assert ("2026-12-07T10:00" if format == "json" else "Mon 2026-12-07 10:00 (50 min)") in two, format


def test_explain_of_what_is_no_longer_declared_lists_what_is_recorded(campus: Rig) -> None:
    begin(campus)
    move(campus, MID_TERM)
    (campus.desired / FILE).unlink()
    text = explained(campus.plan(), TWO)
    assert "as recorded, no longer declared" in text
    assert "Thu 2026-12-10 10:00 (50 min)" in text


def test_a_class_with_no_date_left_stops_nobody_else(campus: Rig) -> None:
    """A late holiday takes a short class's only date: it has no meeting any more, and the rest goes on."""
    begin(campus)
    short = (
        MEETING.replace("bio101", "short")
        .replace("BIO 101", "Short")
        .replace("[mon, tue, wed, thu, fri]", "[mon]")
    )
    short = short.replace("minutes: 50", "minutes: 50, from: 2026-10-19, until: 2026-10-21")
    campus.write("zoom-main/short.yaml", short)
    assert changes(campus.plan()) == {"zoom-main/course_meeting/short/1": "create"}
    rest(campus)

    rewrite(campus, "terms.yaml", ("Fall Day: 2026-10-12", "Fall Day: 2026-10-12, Mourning: 2026-10-19"))
    plan = campus.plan().plan
    (found,) = [finding for finding in plan.findings if finding.subject == "zoom-main/course_meeting/short"]
    assert "no date of it is left" in found.text
    assert changes(campus.plan()) == {"zoom-main/course_meeting/short/1": "remove", ONE: "update"}
    rest(campus)
