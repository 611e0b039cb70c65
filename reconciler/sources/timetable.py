"""A registrar's timetable as a source of course meetings; a column is read as a whole before a row of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.errors import Problem, Where
from reconciler.model import Entry
from reconciler.model.names import fold_name
from reconciler.resources.schedules import WEEKDAYS
from reconciler.sources.base import NO_MARKS, Files, Rows, Source
from reconciler.sources.clock import Span, find_minutes, has_whole_day, is_no_time, read_span
from reconciler.sources.dates import explain_date, find_order, read_date
from reconciler.sources.tables import Dialect, Table, read_table
from reconciler.sources.weekdays import AUTO, DAY_STYLES, find_style, is_no_meeting, read_days, read_flag

KINDS = frozenset({"course_meeting"})
COLUMNS = (
    *("name", "part", "course", "topic", "host", "days", *WEEKDAYS, "start", "end", "minutes"),
    *("room", "status", "from", "until", "term"),
)
"""What a column of a timetable may be for."""
_CODES = ("name", "part", "course")
_NOBODY = frozenset({"tba", "tbd", "staff"})
_DATE_RANGE = re.compile(r"(\S+)\s+(?:-|–|—|to)\s+(\S+)")
_SQUEEZED = re.compile(r"[\s_.#]+")


def squeeze(column: str) -> str:
    """A column's name without case, blanks, `_`, `.` and `#`, which differ between exports."""
    return _SQUEEZED.sub("", column).casefold() or column


@dataclass(frozen=True, slots=True, kw_only=True)
class TimetableSource(Source):
    """One `- timetable:` of a section; `columns` maps each of COLUMNS that the file has to its column.

    A row is a weekly meeting named by `name`, or `name-part` where it has a part. Rows that differ in nothing
    but instructor or room are one meeting, and `host` may hold several ids separated by `;`: the first hosts.
    Rows without days or time, and those whose status is in `cancelled`, are none. `term` holds where a row
    names no term, `minutes` where it has neither end nor minutes. `days` is AUTO or one of DAY_STYLES. There
    are no zones: the term's holds.
    """

    columns: Mapping[str, str]
    columns_where: Mapping[str, Where] = field(default_factory=dict)
    term: str = ""
    term_where: Where | None = None
    days: str = AUTO
    minutes: int = 0
    cancelled: tuple[str, ...] = ()
    delimiter: str = ","
    encoding: str = "utf-8"

    def read(self, files: Files) -> Rows:
        """The meetings as entries, each placed at its first row; raises nothing."""
        data = files.read(self.file, self.where)
        if isinstance(data, Problem):
            return Rows(problems=(data,), unread=data.what)
        problems = list(_check_columns(self))
        dialect = Dialect(self.delimiter, self.encoding, declared=True, fold=squeeze)
        table = None if problems else read_table(self.file, data, dialect, problems, self.columns.values())
        if table is None:
            return Rows((), tuple(problems), problems[0].what if problems else f"{self.file} is empty")
        rows = list(_read_rows(self, table))
        held = [row for row in rows if _is_held(self, row)]
        entries = tuple(_join(self, _read_meetings(self, held, problems), problems))
        unread = self.distrust(len(entries), problems)
        if rows and not entries and not problems:
            unread = (
                f"none of the {len(rows)} rows of {self.file} has days, a time and a meeting that is held"
            )
        return Rows(entries, tuple(problems), unread)


@dataclass(frozen=True, slots=True)
class _Row:
    """The cells of one row by what they are for; "" for what has no column."""

    where: Where
    cells: Mapping[str, str]

    def __getitem__(self, key: str) -> str:
        return self.cells.get(key, "")


@dataclass(slots=True)
class _Meeting:
    """One weekly meeting; `hosts`, by their folded names, and `rooms` in the order of its rows."""

    row: _Row
    name: str
    schedule: dict[str, Any]
    hosts: dict[str, str]
    rooms: dict[str, None]


def _check_columns(source: TimetableSource) -> Iterator[Problem]:
    """What the columns lack to make a meeting of a row."""
    named, where = source.columns.keys(), source.where
    for key in sorted({"name", "start"} - named):
        yield Problem(where, f"a timetable needs a column for `{key}`", f"add `{key}:` to its columns")
    if ("days" in named) == any(day in named for day in WEEKDAYS):
        what = "a timetable needs a column for `days`, or one for each weekday, and not both"
        yield Problem(
            where, what, "name either in its columns: `days: DAYS`, or `mon: MON, tue: TUE` and so on"
        )
    if "status" in named and not source.cancelled:
        what = "`status` is a column, and nothing says which status means cancelled"
        yield Problem(source.columns_where.get("status", where), what, "add `cancelled: [X]` to the source")


def _read_rows(source: TimetableSource, table: Table) -> Iterator[_Row]:
    places = table.find(source.columns, source.columns_where, source.where)
    if places:
        codes = {places[key] for key in _CODES if key in places}
        for line, row in table.rows(set(places.values()), codes):
            yield _Row(Where(source.file, line), {key: row[at] for key, at in places.items()})


def _is_held(source: TimetableSource, row: _Row) -> bool:
    """Whether a row has days and a time and is not cancelled."""
    if row["status"].casefold() in {status.casefold() for status in source.cancelled}:
        return False
    days = row["days"] if "days" in source.columns else "".join(row[day] for day in WEEKDAYS)
    return not (is_no_meeting(days) or is_no_meeting(row["start"]) or is_no_time(row["start"]))


def _read_meetings(source: TimetableSource, rows: list[_Row], problems: list[Problem]) -> Iterator[_Meeting]:
    style = _choose_style(source, rows, problems)
    times = _read_times(source, rows, problems)
    dates = _read_dates(rows, problems)
    for row in rows:
        said = len(problems)
        days = _read_days(source, row, style, problems) if style else ()
        name, hosts = _read_name(source, row, problems), _read_hosts(row, problems)
        if len(problems) > said or row.where not in times or row.where not in dates or not days:
            continue
        start, minutes = times[row.where]
        schedule = {
            "term": _refer(row["term"] or source.term),
            "days": list(days),
            "start": f"{start // 60:02}:{start % 60:02}",
            "minutes": f"{minutes}",
            **dates[row.where],
        }
        schedule = {key: value for key, value in schedule.items() if value}
        yield _Meeting(row, name, schedule, hosts, dict.fromkeys([row["room"]] if row["room"] else []))


def _refer(text: str) -> str:
    """A reference by a name; one with a slash in it (`2025/FA`) would lead into another target."""
    return fold_name(text) if "/" in text else text


def _choose_style(source: TimetableSource, rows: list[_Row], problems: list[Problem]) -> str:
    """The style of the column of days, "" if it could be several."""
    if "days" not in source.columns or source.days != AUTO:
        return source.days
    style, cell, readings = find_style([row["days"] for row in rows])
    if not readings:
        return style
    where = next(row.where for row in rows if row["days"] == cell)
    what = (
        f"nothing in the column `{source.columns['days']}` tells how it writes days: `{cell}` is {readings}"
    )
    problems.append(Problem(where, what, "say which by `days:` in the source"))
    return ""


def _read_days(source: TimetableSource, row: _Row, style: str, problems: list[Problem]) -> tuple[str, ...]:
    if "days" in source.columns:
        days = read_days(row["days"], style)
        if not days:
            what = f"`{row['days']}` cannot be read as days (`{style}`)"
            remedy = f"mend it, or say how days are written: `days:` {', '.join(DAY_STYLES)}"
            problems.append(Problem(row.where, what, remedy))
        return days
    flags = {day: read_flag(row[day], day) for day in WEEKDAYS if day in source.columns}
    for day, flag in flags.items():
        if flag is None:
            what = f"`{row[day]}` in the column `{source.columns[day]}` says neither yes nor no"
            problems.append(Problem(row.where, what, "write Y or N"))
    return tuple(day for day, flag in flags.items() if flag)


def _read_times(
    source: TimetableSource, rows: list[_Row], problems: list[Problem]
) -> dict[Where, tuple[int, int]]:
    """Each row's start in minutes from midnight and its length in minutes."""
    spans: dict[Where, Span] = {}
    for row in rows:
        end = "" if is_no_time(row["end"]) or is_no_meeting(row["end"]) else row["end"]
        if span := read_span(row["start"], end):
            spans[row.where] = span
        else:
            what = f"`{' '.join(filter(None, (row['start'], end)))}` is no time of day"
            problems.append(Problem(row.where, what, "write times as 13:30, or 1:30 PM"))
    whole_day, made = has_whole_day(spans.values()), {}
    for row in rows:
        if span := spans.get(row.where):
            found = find_minutes(span, whole_day)
            if isinstance(found, str):
                what = f"`{' to '.join(filter(None, (row['start'], row['end'])))}` {found}"
                problems.append(Problem(row.where, what, "write times as 13:30, or 1:30 PM"))
            elif minutes := _read_length(source, row, found[1] - found[0] if found[1] else 0, problems):
                made[row.where] = (found[0], minutes)
    return made


def _read_length(source: TimetableSource, row: _Row, length: int, problems: list[Problem]) -> int:
    """A row's minutes: from start to end, as written, or as the source says; 0 if none or they differ."""
    written = row["minutes"]
    if written and not re.fullmatch("[0-9]{1,4}", written):
        problems.append(Problem(row.where, f"`{written}` is no number of minutes", "write it as 50"))
        return 0
    if written and length and int(written) != length:
        what = f"from start to end are {length} minutes, and the row says {written}"
        problems.append(Problem(row.where, what, "mend one, or take the column out of `columns`"))
        return 0
    minutes = length or int(written or 0) or source.minutes
    if not minutes:
        what = "nothing tells how long the meeting is"
        remedy = "name a column for `end` or `minutes`, or say `minutes:` in the source"
        problems.append(Problem(row.where, what, remedy))
    return minutes


def _read_dates(rows: list[_Row], problems: list[Problem]) -> dict[Where, dict[str, str]]:
    """Each row's first and last date, where it has them; a cell may hold both."""
    written: dict[Where, dict[str, str]] = {}
    for row in rows:
        span = None if row["until"] else _DATE_RANGE.fullmatch(row["from"])
        first, last = (span[1], span[2]) if span else (row["from"], row["until"])
        written[row.where] = {key: cell for key, cell in (("from", first), ("until", last)) if cell}
    order = find_order(cell for cells in written.values() for cell in cells.values())
    made = {}
    for where, cells in written.items():
        dates = {key: read_date(cell, order) for key, cell in cells.items()}
        for key, found in dates.items():
            if found is None:
                problems.append(Problem(where, *explain_date(cells[key], order)))
        if None not in dates.values():
            made[where] = {key: f"{found}" for key, found in dates.items()}
    return made


def _read_name(source: TimetableSource, row: _Row, problems: list[Problem]) -> str:
    if not row["name"]:
        what = f"the column `{source.columns['name']}` is empty: the row has no name"
        problems.append(Problem(row.where, what, "fill it in"))
    return fold_name("-".join(filter(None, (row["name"], row["part"]))))


def _read_hosts(row: _Row, problems: list[Problem]) -> dict[str, str]:
    """Those who teach, in order, by their folded names."""
    hosts = [host for host in map(str.strip, row["host"].split(";")) if host]
    for host in hosts:
        if "," in host:
            what = f"`{host}` looks like a name, or several ids; people are named by their ids"
            problems.append(Problem(row.where, what, "choose the column that holds ids, separated by `;`"))
    return {fold_name(host): _refer(host) for host in hosts if host.casefold() not in _NOBODY}


def _join(source: TimetableSource, meetings: Iterator[_Meeting], problems: list[Problem]) -> Iterator[Entry]:
    """One entry a name: rows that differ in the instructor or the room alone are one meeting."""
    found: dict[str, _Meeting] = {}
    for meeting in meetings:
        first = found.setdefault(meeting.name, meeting)
        said = meeting.row["topic"] == first.row["topic"] and meeting.row["course"] == first.row["course"]
        if meeting.schedule == first.schedule and said:
            for host, written in meeting.hosts.items():
                first.hosts.setdefault(host, written)
            first.rooms |= meeting.rooms
        else:
            what = (
                f"`{meeting.name}` meets at other times, or as something else, at line {first.row.where.line}"
            )
            remedy = "name the column that tells them apart as `part:` in `columns`"
            if "part" in source.columns:
                remedy = f"give each its own `{source.columns['part']}`, or a name of its own"
            problems.append(Problem(meeting.row.where, what, remedy))
    for name, meeting in found.items():
        values = _make_values(meeting)
        marks = NO_MARKS
        if source.term_where and not meeting.row["term"]:
            marks = {"schedule.term": source.term_where}
        yield Entry(
            source.target, source.kind, name, values, meeting.row.where, marks, source.file, source.base
        )


def _make_values(meeting: _Meeting) -> dict[str, Any]:
    row, hosts = meeting.row, list(meeting.hosts.values())
    course, named = row["course"], "-".join(filter(None, (row["name"], row["part"])))
    values = {
        "topic": row["topic"] or " ".join(filter(None, (course, named))),
        "host": hosts[0] if hosts else "",
        "alternative_hosts": hosts[1:],
        "course": _refer(course),
        "agenda": f"Room {', '.join(meeting.rooms)}" if meeting.rooms else "",
        "schedule": meeting.schedule,
    }
    return {key: value for key, value in values.items() if value}
