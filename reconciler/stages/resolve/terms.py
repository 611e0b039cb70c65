"""When the meetings of a family are: schedules held against the terms that they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from reconciler.errors import Problem
from reconciler.model import NO_TARGET, Address, Finding
from reconciler.resources.schedules import MOST_DAYS, Calendar, Dates, Series, Timetable, Weekly, is_on_clock
from reconciler.resources.term import Term
from reconciler.stages.resolve.drafts import Draft
from reconciler.stages.resolve.names import Dead, Names


@dataclass(slots=True)
class Terms:
    """Expands schedules; what is wrong with one is a problem at its place, and nothing is expanded.

    A meeting of a term all of whose dates are off is no mistake: it has no dates, and `findings` says so.
    """

    names: Names
    drafts: Mapping[Address, Draft]
    problems: list[Problem]
    findings: list[Finding] = field(default_factory=list)
    _calendars: dict[Address, tuple[Calendar, str]] = field(default_factory=dict)

    def add(self, draft: Draft, term: Term) -> None:
        """Take up a term, for its meetings to name; one with faults is none."""
        faults = [Problem(draft.place(path), what, remedy) for path, what, remedy in term.faults()]
        self.problems += faults
        if not faults:
            self._calendars[draft.address] = term.calendar(), term.timezone

    def expand(self, draft: Draft, schedule: object) -> Mapping[int, Series]:
        """The series of each meeting by its number; {} if anything is wrong."""
        found = self._expand(draft, schedule)
        skipped = _find_skipped_hour(found or {})
        if found == {} and isinstance(schedule, Timetable) and self._is_off(schedule):
            text = f"no date of it is left: all of them are days off of the term `{schedule.term}`"
            remedy = f"take it out at {draft.where}, or give it other days"
            self.findings.append(Finding("warning", str(draft.address), text, remedy))
        elif found == {}:
            what, remedy = "no day lies in this schedule", "check its dates, and those it leaves out"
            self.problems.append(Problem(draft.place("schedule"), what, remedy))
        elif skipped:
            what = f"{skipped} is no time on that day: the clocks go forward over it"
            remedy = "write another time, or leave that day out, a rule by `skip`"
            self.problems.append(Problem(draft.place("schedule"), what, remedy))
        return {} if skipped else found or {}

    def _expand(self, draft: Draft, schedule: object) -> Mapping[int, Series] | None:
        """None if something was said already."""
        if isinstance(schedule, Timetable):
            return self._expand_timetable(draft, schedule)
        if isinstance(schedule, Weekly):
            faults = list(_check_weekly(draft, schedule))
            self.problems += faults
            return None if faults else schedule.series()
        return schedule.series() if isinstance(schedule, Dates) else None

    def _is_off(self, schedule: Timetable) -> bool:
        """True if the rule has dates but for the days off."""
        address = self.names.find(schedule.term, NO_TARGET, Term.kind)
        known = None if isinstance(address, Dead) else self._calendars.get(Address.parse(address))
        return known is not None and bool(schedule.series(replace(known[0], off={}), known[1]))

    def _expand_timetable(self, draft: Draft, schedule: Timetable) -> Mapping[int, Series] | None:
        address = self.names.find(schedule.term, NO_TARGET, Term.kind)
        if isinstance(address, Dead):
            where = draft.place("schedule.term")
            self.problems.append(Problem(where, f"`term`: {address.what}", address.remedy))
            return None
        known = self._calendars.get(Address.parse(address))
        if known is None:
            if Address.parse(address) not in self.drafts:
                what = f"the term `{schedule.term}` could not be read, so its dates are not known"
                where = draft.place("schedule.term")
                self.problems.append(Problem(where, what, "see what is said of the terms' source"))
            return None
        faults = list(_check_bounds(draft, schedule, known[0]))
        self.problems += faults
        return None if faults else schedule.series(*known)


def _check_weekly(draft: Draft, schedule: Weekly) -> Iterator[Problem]:
    where = draft.place("schedule.until")
    if schedule.until < schedule.from_:
        yield Problem(where, "`until` lies before `from`", "turn the dates round")
    elif (schedule.until - schedule.from_).days > MOST_DAYS:
        yield Problem(where, "the rule runs for more than 5 years", "check `until`")


def _check_bounds(draft: Draft, schedule: Timetable, term: Calendar) -> Iterator[Problem]:
    """Dates of a meeting's own have to lie in its term."""
    bounds: list[tuple[str, date]] = [
        (name, day) for name, day in (("from", schedule.from_), ("until", schedule.until)) if day
    ]
    for name, day in bounds:
        if not term.first <= day <= term.last:
            what = f"`{name}` does not lie in the term `{schedule.term}`, {term.first} to {term.last}"
            yield Problem(draft.place(f"schedule.{name}"), what, "correct it, or take the line out")
    if len(bounds) == 2 and bounds[1][1] < bounds[0][1]:
        yield Problem(draft.place("schedule.until"), "`until` lies before `from`", "turn the dates round")


def _find_skipped_hour(found: Mapping[int, Series]) -> str:
    """The first date, with its time, that no clock will show; "" if there is none."""
    for series in found.values():
        for item in series.occurrences:
            if not is_on_clock(item[:16], series.timezone):
                return item[:16].replace("T", " ")
    return ""
