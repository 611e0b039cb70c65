"""A term: the days between two dates on which there are classes, and those off in between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import combinations
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, StringConstraints

from reconciler.resources.base import OMITTED, Maybe, Resource, Text, kind_dataclass
from reconciler.resources.schedules import MOST_DAYS, Calendar, Zone, check_date, check_span

DateText = Annotated[str, AfterValidator(check_date)]
SpanText = Annotated[str, AfterValidator(check_span)]
DaysOff = Mapping[Annotated[str, StringConstraints(min_length=1, max_length=200)], SpanText]


@kind_dataclass
class Term(Resource):
    """What meetings name in `schedule: {term: ...}`; `from` and `until` are its first and last day.

    `holidays` and `breaks` give by name a day off, or a first and a last one with a slash between. What an
    institution calls which is its own affair: both leave the dates out that fall on them.
    """

    kind: ClassVar[str] = "term"
    plural: ClassVar[str] = "terms"
    live: ClassVar[bool] = False

    title: Maybe[Text] = OMITTED
    from_: Annotated[DateText, Field(alias="from")]
    until: DateText
    timezone: Zone
    holidays: Maybe[DaysOff] = OMITTED
    breaks: Maybe[DaysOff] = OMITTED

    def calendar(self) -> Calendar:
        """Its days; one that is off by a holiday and a break bears the holiday's name."""
        off: dict[date, str] = {}
        for path, (first, last) in self._spans():
            word, _, name = path.partition(".")
            days = ((first + timedelta(days=number)) for number in range((last - first).days + 1))
            off |= {day: f"{word.removesuffix('s')} {name}" for day in days}
        return Calendar(date.fromisoformat(self.from_), date.fromisoformat(self.until), off)

    def faults(self) -> Iterator[tuple[str, str, str]]:
        """What cannot be meant, though each field is valid: its path, what is wrong, the remedy."""
        first, last = date.fromisoformat(self.from_), date.fromisoformat(self.until)
        if last < first:
            yield "until", "`until` lies before `from`", "turn the dates round"
            return
        if (last - first).days > MOST_DAYS:
            yield "until", "the term runs for more than 5 years", "check `until`"
            return
        spans = list(self._spans())
        for path, (begins, ends) in spans:
            if begins < first or ends > last:
                what = f"{_name(path)} does not lie in the term, {first} to {last}"
                yield path, what, "take it out, or check its dates and the term's"
        for (one, (begins, ends)), (other, (starts, stops)) in combinations(spans, 2):
            if one.split(".")[0] == other.split(".")[0] and begins <= stops and starts <= ends:
                yield other, f"{_name(other)} overlaps {_name(one)}", "give each day off to one of them"

    def _spans(self) -> Iterator[tuple[str, tuple[date, date]]]:
        """Breaks, then holidays, by the path at which they are written, with first and last day."""
        for word, written in (("breaks", self.breaks), ("holidays", self.holidays)):
            for name, text in written.items() if isinstance(written, Mapping) else ():
                days = [date.fromisoformat(part) for part in text.split("/")]
                yield f"{word}.{name}", (days[0], days[-1])


def _name(path: str) -> str:
    return f"`{path.partition('.')[2]}`"
