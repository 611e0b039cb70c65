"""Terms and timetables over random calendars: the dates are those of the oracle, and no block ever moves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from reconciler.resources.schedules import OCCURRENCES_PER_SERIES, WEEKDAYS, Series, Timetable
from reconciler.resources.term import Term
from tests.oracle.calendar import blocks

ZONES = ("America/New_York", "Europe/Berlin", "Australia/Sydney", "America/Santiago", "Asia/Kolkata", "UTC")
STARTS = ("00:30", "01:30", "02:30", "10:00", "23:45")
Tree = dict[str, Any]


class Campus(NamedTuple):
    """A term and a timetable in it, as written in YAML, and a moment to look from."""

    term: Tree
    schedule: Tree
    now: datetime

    def series(self) -> Mapping[int, Series]:
        """What we make of it."""
        schedule = {**self.schedule, "days": tuple(self.schedule["days"])}
        term = Term(**self.term)
        return Timetable(**schedule).series(term.calendar(), term.timezone)

    def off(self, section: str, name: str, first: date, last: date) -> Campus:
        """The same with one day off more, or several."""
        span = f"{first}" if first == last else f"{first}/{last}"
        return self._replace(term={**self.term, section: {**self.term.get(section, {}), name: span}})


def spans(draw: st.DrawFn, first: date, last: date, most: int) -> list[tuple[date, date]]:
    """Stretches of up to ten days within two dates."""
    length = (last - first).days
    found = []
    for _ in range(draw(st.integers(0, most))):
        begins = first + timedelta(draw(st.integers(0, length)))
        found.append((begins, min(last, begins + timedelta(draw(st.integers(0, 9))))))
    return found


@st.composite
def campuses(draw: st.DrawFn) -> Campus:
    """A term of up to a year, days off, a timetable that may be narrower, any moment around it."""
    first = draw(st.dates(date(2026, 1, 1), date(2028, 12, 31)))
    last = first + timedelta(draw(st.integers(0, 380)))
    zone = draw(st.sampled_from(ZONES))
    campus = Campus(
        {"from": f"{first}", "until": f"{last}", "timezone": zone},
        {
            "term": "term",
            "days": draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=7, unique=True)),
            "start": draw(st.sampled_from(STARTS)),
            "minutes": draw(st.integers(1, 180)),
            "skip": [f"{day}" for day, _ in spans(draw, first, last, 3)],
        },
        datetime.combine(first, datetime.min.time(), UTC) + timedelta(days=draw(st.integers(-20, 400))),
    )
    for number, (begins, ends) in enumerate(spans(draw, first, last, 4)):
        campus = campus.off(draw(st.sampled_from(["holidays", "breaks"])), f"off {number}", begins, ends)
    if draw(st.booleans()):
        narrow = sorted(first + timedelta(draw(st.integers(0, (last - first).days))) for _ in range(2))
        campus.schedule.update({"from": f"{narrow[0]}", "until": f"{narrow[1]}"})
    if draw(st.booleans()):
        campus.schedule["timezone"] = draw(st.sampled_from(ZONES))
    return campus


def written(found: Mapping[int, Series]) -> dict[int, tuple[str, list[str]]]:
    """Zone and wall-clock starts per block."""
    return {number: (one.timezone, [text[:16] for text in one.occurrences]) for number, one in found.items()}


@given(campuses())
def test_the_dates_are_those_of_the_oracle(campus: Campus) -> None:
    ours, theirs = campus.series(), {b.number: b for b in blocks(campus.schedule, {"term": campus.term})}
    assert written(ours) == {number: (b.zone, list(b.starts)) for number, b in theirs.items()}
    for number, series in ours.items():
        future = [text[:16] for text in series.future(campus.now)]
        assert future == theirs[number].ahead(campus.now)
        assert series.over(campus.now) == (not future)
        assert 0 < len(series.occurrences) + len(series.skipped) <= OCCURRENCES_PER_SERIES
        if future:
            begun = series.begun(campus.now, None)
            assert begun.start == future[0]
            assert begun.future(campus.now) == series.future(campus.now)


@given(campuses(), st.integers(0, 380), st.integers(0, 30))
def test_a_day_off_takes_its_dates_and_moves_no_others(campus: Campus, offset: int, length: int) -> None:
    first, last = (date.fromisoformat(campus.term[name]) for name in ("from", "until"))
    begins = min(last, first + timedelta(offset))
    ends = min(last, begins + timedelta(length))
    before, after = campus.series(), campus.off("breaks", "a new one", begins, ends).series()
    assert written(after) == {
        number: (zone, left)
        for number, (zone, starts) in written(before).items()
        if (left := [text for text in starts if not begins <= date.fromisoformat(text[:10]) <= ends])
    }
    for number, series in after.items():
        assert {*series.occurrences, *series.skipped} == {
            *before[number].occurrences,
            *before[number].skipped,
        }
        new = set(series.skipped) - set(before[number].skipped)
        assert {series.reasons[text] for text in new} <= {"break a new one"}


@given(campuses())
def test_another_name_of_a_day_off_is_no_change(campus: Campus) -> None:
    other = dict(campus.term)
    for section in ("holidays", "breaks"):
        if section in other:
            other[section] = {f"{name} renamed": span for name, span in other[section].items()}
    before, after = campus.series(), campus._replace(term=other).series()
    assert before == after
    assert [one.plain() for one in before.values()] == [one.plain() for one in after.values()]


@given(campuses())
def test_every_date_stands_somewhere_and_says_why(campus: Campus) -> None:
    for series in campus.series().values():
        told = series.stand(campus.now)
        assert [text for text, stands, _ in told if stands != "left out"] == list(series.occurrences)
        assert {text for text, stands, _ in told if stands == "to come"} == set(series.future(campus.now))
        assert all(bool(why) == (stands == "left out") for _, stands, why in told)
        assert [text for text, _, _ in told] == sorted({text for text, _, _ in told})
