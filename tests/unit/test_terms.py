"""Terms: what is refused of them at its place, how timetables are cut into blocks, and what clocks do."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reconciler.model import Address, Declared
from reconciler.model.ended import find_ended
from reconciler.resources.base import comparable, declared
from reconciler.resources.course_meeting import CourseMeeting
from reconciler.resources.schedules import Series, is_on_clock
from reconciler.resources.term import Term
from tests.unit.desired_samples import declare, problems

TERMS, MEETINGS = "terms.yaml", "zoom-main/meetings.yaml"
FALL = """\
terms:
  fall-2026:
    title: Fall 2026
    from: 2026-08-26
    until: 2026-12-11
    timezone: America/New_York
    holidays: {Labor Day: 2026-09-07}
    breaks: {Thanksgiving: 2026-11-25/2026-11-29}
"""
DAILY = "{term: fall-2026, days: [mon, tue, wed, thu, fri], start: '10:00', minutes: 50%s}"


def files(schedule: str = DAILY % "", terms: str = FALL, *more: str) -> dict[str, str | bytes]:
    meeting = f"  bio:\n    topic: Biology\n    host: s1\n    schedule: {schedule}\n"
    return {
        TERMS: terms,
        MEETINGS: "course_meetings:\n" + meeting + "".join(f"    {line}\n" for line in more),
    }


def series(found: Declared) -> dict[str, Series]:
    """The series of each meeting by its name."""
    members = {address.name: item.resource for address, item in found.resources.items()}
    return {
        name: made.schedule
        for name, made in members.items()
        if isinstance(made, CourseMeeting) and isinstance(made.schedule, Series)
    }


def told(root: Path, found: dict[str, str | bytes]) -> list[str]:
    return [str(problem).replace("\n    ", " | ") for problem in problems(root, found)]


def test_a_term_is_declared_by_a_name_of_its_own(tmp_path: Path) -> None:
    item = declare(tmp_path, files()).resources[Address("-", "term", "fall-2026")]
    term = item.resource
    assert isinstance(term, Term)
    written = dict(declared(term))
    assert list(written) == ["title", "from", "until", "timezone", "holidays", "breaks"]
    shown = {name: comparable(value, datetime.now(UTC)) for name, value in written.items()}
    assert shown["from"] == "2026-08-26"
    assert shown["breaks"] == {"Thanksgiving": "2026-11-25/2026-11-29"}
    assert str(item.place("holidays.Labor Day")) == "terms.yaml:7:16"


def test_a_meeting_of_a_term_is_cut_into_blocks_of_term_weeks_without_days_off(tmp_path: Path) -> None:
    found = series(declare(tmp_path, files()))
    first, second = found["bio/1"], found["bio/2"]
    assert (first.timezone, first.days) == ("America/New_York", (1, 2, 3, 4, 5))
    assert (first.occurrences[0], first.occurrences[-1]) == ("2026-08-26T10:00 50", "2026-11-13T10:00 50")
    assert first.reasons == {"2026-09-07T10:00 50": "holiday Labor Day"}
    assert second.skipped == tuple(f"2026-11-{day}T10:00 50" for day in (25, 26, 27))
    assert set(second.reasons.values()) == {"break Thanksgiving"}
    assert list(found) == ["bio/1", "bio/2"]


NARROW = ", from: 2026-11-18, until: 2026-12-04, timezone: Europe/Berlin, skip: [2026-12-02]"


def test_narrower_dates_move_and_renumber_no_block(tmp_path: Path) -> None:
    found = series(declare(tmp_path, files(DAILY % NARROW, FALL, "course: bio101")))
    assert list(found) == ["bio/2"]
    second = found["bio/2"]
    assert second.timezone == "Europe/Berlin"
    assert [text[5:10] for text in second.occurrences] == [
        *("11-18", "11-19", "11-20", "11-23", "11-24", "11-30", "12-01", "12-03", "12-04")
    ]
    assert second.reasons["2026-11-16T10:00 50"] == "outside from..until, before 2026-11-18"
    assert second.reasons["2026-12-02T10:00 50"] == "skip"
    links = [str(address) for address in declare(tmp_path, {}).resources if address.kind == "course_link"]
    assert links == ["zoom-lti/course_link/bio/2"], "a link has the number of its meeting"


def test_a_block_that_is_off_as_a_whole_does_not_exist_and_the_next_keeps_its_number(tmp_path: Path) -> None:
    year = FALL.replace("2026-12-11", "2027-05-28").replace("2026-11-25/2026-11-29", "2026-11-16/2027-02-05")
    assert list(series(declare(tmp_path, files(terms=year)))) == ["bio/1", "bio/3", "bio/4"]


REFUSED_TERMS = [
    (("2026-12-11", "2026-08-11"), "5:5: `until` lies before `from` | turn the dates round"),
    (("2026-12-11", "2062-12-11"), "5:5: the term runs for more than 5 years | check `until`"),
    (("2026-12-11", "2026-12-32"), "5:5: `until`: day is out of range for month"),
    (("2026-12-11", "20261211"), "5:5: `until`: expected a date such as 2026-09-07, got '20261211'"),
    (("    from: 2026-08-26\n", ""), "2:3: `from` is missing | add `from:`"),
    (("America", "America/"), "6:5: `timezone`: no such time zone: 'America//New_York' | write a name"),
    (("2026-09-07", "2026-07-04"), "7:16: `Labor Day` does not lie in the term, 2026-08-26 to 2026-12-11 |"),
    (("2026-11-29", "2026-12-12"), "8:14: `Thanksgiving` does not lie in the term, 2026-08-26 to"),
    (("2026-11-29", "2026-11-20"), "8:14: `Thanksgiving`: it ends before it starts | turn the dates"),
    (("11-29}", "11-29, Fall: 2026-11-29}"), "8:51: `Fall` overlaps `Thanksgiving` | give each day off"),
    (("2026-09-07}", "Monday}"), "7:16: `Labor Day`: expected a date such as 2026-09-07, got 'Monday'"),
    (("07}", "07/2026-09-08/2026-09-09}"), "7:16: `Labor Day`: expected one date or two, got"),
    (("holidays:", "holiday:"), "7:5: terms have no field `holiday` | did you mean `holidays`?"),
    (("{Labor Day: 2026-09-07}", "[2026-09-07]"), "7:5: `holidays` is a mapping"),
]


@pytest.mark.parametrize(("change", "what"), REFUSED_TERMS)
def test_terms_are_refused_at_their_place(tmp_path: Path, change: tuple[str, str], what: str) -> None:
    assert change[0] in FALL
    found = told(tmp_path, files(terms=FALL.replace(*change)))
    assert [text.startswith(f"{TERMS}:{what}") for text in found] == [True], found


def test_a_holiday_may_lie_in_a_break_and_gives_its_name(tmp_path: Path) -> None:
    both = FALL.replace("2026-09-07}", "2026-09-07, Thanksgiving Day: 2026-11-26}")
    reasons = series(declare(tmp_path, files(terms=both)))["bio/2"].reasons
    assert [why for _, why in sorted(reasons.items())] == [
        *("break Thanksgiving", "holiday Thanksgiving Day", "break Thanksgiving")
    ]


REFUSED_MEETINGS = [
    (DAILY.replace("2026", "2025") % "", "term", "there is no term `fall-2025` | did you mean `fall-2026`?"),
    (DAILY % ", from: 2026-08-25", "from", "`from` does not lie in the term `fall-2026`, 2026-08-26 to"),
    (DAILY % ", until: 2027-01-01", "until", "`until` does not lie in the term `fall-2026`, 2026-08-26"),
    (DAILY % ", from: 2026-10-02, until: 2026-10-01", "until: 2026-10", "`until` lies before `from`"),
    (DAILY % ", from: 2026-09-05, until: 2026-09-06", "schedule", "no day lies in this schedule | check"),
    ("{term: fall-2026, days: [mon], start: '10:00'}", "schedule", "`minutes` is missing"),
    ("{term: fall-2026, days: [], start: '10:00', minutes: 5}", "days", "`days` is empty"),
    (DAILY % ", weeks: 3", "weeks", "`weeks` is not known here"),
]


@pytest.mark.parametrize(("schedule", "at", "what"), REFUSED_MEETINGS)
def test_timetables_are_refused_at_their_place(tmp_path: Path, schedule: str, at: str, what: str) -> None:
    given = files(schedule)
    line = str(given[MEETINGS]).splitlines()[4]
    found = told(tmp_path, given)
    assert len(found) == 1, found
    assert found[0].startswith(f"{MEETINGS}:5:{line.index(at) + 1}: "), found
    assert what in found[0]


def test_a_term_with_mistakes_is_all_that_is_said_of_its_meetings(tmp_path: Path) -> None:
    given = files(DAILY % "", FALL.replace("2026-12-11", "soon"), "course: bio101")
    assert [text.split(":")[0] for text in told(tmp_path, given)] == [TERMS]


CLOCKS = [
    ("America/New_York", "2026-03-08", "2026-11-01"),
    ("Europe/Berlin", "2026-03-29", "2026-10-25"),
    ("Australia/Sydney", "2026-10-04", "2026-04-05"),
]


@pytest.mark.parametrize(("zone", "forward", "back"), CLOCKS)
def test_an_hour_that_the_clocks_skip_is_refused_and_one_shown_twice_is_the_first(
    tmp_path: Path, zone: str, forward: str, back: str
) -> None:
    schedule = "{days: [sun], start: '02:30', minutes: 50, from: %s, until: %s, timezone: %s%s}"
    month = forward[:8]
    whole = (f"{month}01", f"{month}30", zone)
    (problem,) = told(tmp_path, files(schedule % (*whole, "")))
    assert f"{forward} 02:30 is no time on that day: the clocks go forward over it | write another" in problem
    kept = series(declare(tmp_path, files(schedule % (*whole, f", skip: [{forward}]"))))["bio/1"]
    assert forward not in [text[:10] for text in kept.occurrences]
    assert not is_on_clock(f"{forward}T02:30", zone)
    assert is_on_clock(f"{forward}T03:00", zone)
    twice = Series((f"{back}T02:30 50", f"{back}T01:30 50"), 50, zone)
    hours = {str(twice.instant(text).hour) for text in twice.occurrences}
    assert hours == {"America/New_York": {"7", "5"}, "Europe/Berlin": {"0", "23"}}.get(zone, {"15", "14"})


@pytest.mark.parametrize(("zone", "forward", "back"), CLOCKS)
def test_a_lecture_at_ten_stays_at_ten(tmp_path: Path, zone: str, forward: str, back: str) -> None:
    first, last = sorted((forward, back))
    schedule = f"{{days: [mon], start: '10:00', minutes: 50, from: {first}, until: {last}, timezone: {zone}}}"
    found = series(declare(tmp_path, files(schedule)))["bio/1"]
    assert {text[11:16] for text in found.occurrences} == {"10:00"}
    begins = datetime.fromisoformat(first).replace(tzinfo=UTC)
    assert len({found.instant(text).hour for text in found.occurrences}) in (1, 2)
    assert len(found.future(begins)) == len(found.occurrences)


def begun(start: str, *dates: str) -> tuple[str, int]:
    made = Series(tuple(f"{day}T10:00 50" for day in dates), 50, "UTC", (1,))
    found = made.begun(datetime(2026, 9, 1, tzinfo=UTC), {"start": start} if start else None)
    return found.start[:10], len(found.occurrences)


def test_where_a_series_began_holds_unless_a_date_to_come_lies_before_it() -> None:
    days = ("2026-08-24", "2026-08-31", "2026-09-07", "2026-09-14")
    assert begun("", *days) == ("2026-09-07", 2)
    assert begun("2026-08-31T10:00", *days) == ("2026-08-31", 3)
    assert begun("2026-09-14T10:00", *days) == ("2026-09-07", 2), "a holiday before it was taken back"
    assert begun("2026-08-26T10:00", *days) == ("2026-09-07", 2), "it is no date of the rule any more"


def test_what_has_ended_takes_its_links_along(tmp_path: Path) -> None:
    found: Any = declare(tmp_path, files(DAILY % "", FALL, "course: bio101"))
    names = [*("zoom-main/course_meeting/bio/", "zoom-lti/course_link/bio/")]
    for day, numbers in {"2026-11-13": (), "2026-11-14": (1,), "2026-12-12": (1, 2)}.items():
        ended = find_ended(found, {}, datetime.fromisoformat(f"{day}T12:00:00+00:00"))
        assert {str(address) for address in ended} == {f"{name}{n}" for name in names for n in numbers}
