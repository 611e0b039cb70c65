"""Registrars' timetables: days, times and dates as they write them, and what is asked instead of guessed."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.sources.base import Rows
from reconciler.sources.timetable import TimetableSource
from tests.unit.roster_samples import HERE, read_from, tell

COLUMNS = {"name": "CRN", "days": "Days", "start": "Begin", "end": "End", "host": "Instructor"}
HEADER = "CRN,Days,Begin,End,Instructor"


def read(data: str, columns: dict[str, str] | None = None, **changes: Any) -> Rows:
    """What a timetable yields."""
    source = TimetableSource(
        target="zoom-main",
        kind="course_meeting",
        file="t.csv",
        where=HERE,
        columns={**COLUMNS, **(columns or {})},
        **changes,
    )
    return read_from(source, {"t.csv": data})


def read_days_and_times(*pairs: str, **changes: Any) -> list[tuple[str, str, str]]:
    """Days, start and minutes of rows whose days, start and end are given."""
    lines = [f"{number},{cells},s1" for number, cells in enumerate(pairs)]
    rows = read("\n".join([HEADER, *lines, ""]), **changes)
    assert rows.problems == (), tell(rows)
    found = [entry.values["schedule"] for entry in rows.entries]
    return [(" ".join(item["days"]), item["start"], item["minutes"]) for item in found]


def test_a_banner_export_becomes_meetings() -> None:
    rows = read(
        "Term_Code,crn,Subj Crse,Title,DAYS,BEGIN.TIME,END_TIME,Instructor,Room,Status\n"
        "202610,10001,BIO 101,Biology,MWF,0930,1020,s1;s2,SEC 104,A\n"
        "202610,10001,BIO 101,Biology,MWF,0930,1020,s3; S2,SEC 105,A\n"
        "202610,10002,ART 1,,TR,1300,1415,s4,,A\n"
        "202610,10003,X,,TBA,,,s4,,A\n"
        "202610,10004,X,,M,0000,0001,s4,,A\n"
        "202610,10005,X,,M,0900,0950,Staff,,x\n",
        {
            "course": "SUBJ_CRSE",
            "topic": "Title",
            "start": "Begin Time",
            "end": "End Time",
            "room": "Room",
            "status": "Status",
            "term": "TERM CODE",
        },
        cancelled=("X",),
    )
    assert rows.problems == () and rows.unread == ""
    assert {entry.name: entry.values for entry in rows.entries} == {
        "10001": {
            "topic": "Biology",
            "host": "s1",
            "alternative_hosts": ["s2", "s3"],
            "course": "BIO 101",
            "agenda": "Room SEC 104, SEC 105",
            "schedule": {
                "term": "202610",
                "days": ["mon", "wed", "fri"],
                "start": "09:30",
                "minutes": "50",
            },
        },
        "10002": {
            "topic": "ART 1 10002",
            "host": "s4",
            "course": "ART 1",
            "schedule": {"term": "202610", "days": ["tue", "thu"], "start": "13:00", "minutes": "75"},
        },
    }
    assert [entry.where.line for entry in rows.entries] == [2, 4]


def test_a_peoplesoft_export_becomes_meetings() -> None:
    week = {day: day.upper() for day in ("mon", "tue", "wed", "thu", "fri")}
    columns = {"name": "Class Nbr", "part": "Section", "start": "Times", "from": "Dates", **week}
    source = TimetableSource(
        target="z", kind="course_meeting", file="t.csv", where=HERE, columns=columns, term="2025/FA"
    )
    data = (
        "Class_Nbr,Section,MON,TUE,WED,THU,FRI,Times,Dates\n"
        '1234,"01-LEC\nRegular",Y,N,Y,N,N,4:00PM-5:30PM,01/13/2026 - 05/06/2026\n'
        "1234,02-LAB,,,,R,,11:30-12:45 PM,01/13/2026 - 03/06/2026\n"
        "1235,,N,N,N,N,N,,\n"
    )
    rows = read_from(source, {"t.csv": data})
    assert rows.problems == ()
    lecture, lab = rows.entries
    assert (lecture.name, lab.name) == ("1234-01-lec%0aregular", "1234-02-lab")
    assert lecture.values["schedule"] == {
        "term": "2025%2ffa",
        "days": ["mon", "wed"],
        "start": "16:00",
        "minutes": "90",
        "from": "2026-01-13",
        "until": "2026-05-06",
    }
    assert lab.values["schedule"]["days"] == ["thu"]
    assert (lab.values["schedule"]["start"], lab.values["schedule"]["minutes"]) == ("11:30", "75")


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        (["MWF", "TR", "U"], ["mon wed fri", "tue thu", "sun"]),
        (["MWF", "TTH", "TH"], ["mon wed fri", "tue thu", "thu"]),
        (["M W F", "T TH"], ["mon wed fri", "tue thu"]),
        (["MTWHF", "TH"], ["mon tue wed thu fri", "tue thu"]),
        (["MoWe", "TuTh", "Sa"], ["mon wed", "tue thu", "sat"]),
        (['"Mon, Wed"', "Thurs"], ["mon wed", "thu"]),
        (["MWTh", "T"], ["mon wed thu", "tue"]),
        (["__W_F_", "mw"], ["wed fri", "mon wed"]),
    ],
)
def test_the_column_tells_how_days_are_written(cells: list[str], days: list[str]) -> None:
    found = read_days_and_times(*(f"{cell},0930,1020" for cell in cells))
    assert [item[0] for item in found] == days


def test_days_that_could_be_others_are_asked_for() -> None:
    rows = read(f"{HEADER}\n1,MWF,0930,1020,s1\n2,TH,0930,1020,s1\n")
    (told,) = tell(rows)
    assert told.startswith("t.csv:3:1: nothing in the column `Days` tells how it writes days: `TH` is thu")
    assert "days: h" in told
    assert [item[0] for item in read_days_and_times("TH,0930,1020", days="h")] == ["tue thu"]


@pytest.mark.parametrize(
    ("cells", "times"),
    [
        (["0930,1045", "1300,1350"], [("09:30", "75"), ("13:00", "50")]),
        (["930,1045"], [("09:30", "75")]),
        (["09:30AM,10:45AM", "1:00 p.m.,2 PM"], [("09:30", "75"), ("13:00", "60")]),
        (["4:00PM-5:30PM,", "11:30-12:45 PM,"], [("16:00", "90"), ("11:30", "75")]),
        (["1:00-2:15PM,", "10:00PM,12:00AM"], [("13:00", "75"), ("22:00", "120")]),
        (["0.395833,0.447917"], [("09:30", "75")]),
        (["0715,0805", "1900,2000"], [("07:15", "50"), ("19:00", "60")]),
        (["13:00:00,14:15:00"], [("13:00", "75")]),
    ],
)
def test_times_are_read_as_their_column_writes_them(cells: list[str], times: list[tuple[str, str]]) -> None:
    assert [item[1:] for item in read_days_and_times(*(f"MW,{cell}" for cell in cells))] == times


@pytest.mark.parametrize(
    ("cells", "dates"),
    [
        (["2026-09-07,2026-12-18"], [("2026-09-07", "2026-12-18")]),
        (["9/7/2026,12/18/2026"], [("2026-09-07", "2026-12-18")]),
        (["7/9/2026,18/12/2026"], [("2026-09-07", "2026-12-18")]),
        (["7.9.2026,18.12.2026"], [("2026-09-07", "2026-12-18")]),
        (["07-SEP-2026,18-DEC-2026"], [("2026-09-07", "2026-12-18")]),
        (["46272,"], [("2026-09-07", None)]),
        ([",", "01/13/2026 - 05/06/2026,"], [(None, None), ("2026-01-13", "2026-05-06")]),
    ],
)
def test_dates_are_read_as_their_columns_write_them(
    cells: list[str], dates: list[tuple[str | None, str | None]]
) -> None:
    lines = [f"{number},MW,0930,1020,s1,{cell}" for number, cell in enumerate(cells)]
    rows = read("\n".join([f"{HEADER},First,Last", *lines]), {"from": "First", "until": "Last"})
    assert rows.problems == ()
    found = [entry.values["schedule"] for entry in rows.entries]
    assert [(item.get("from"), item.get("until")) for item in found] == dates


WRONG = [
    ("1,MWF,0930,1020,s1\n1,TR,0930,1020,s1\n", "t.csv:3:1: `1` meets at other times, or as something else"),
    ("1,MWX,0930,1020,s1\n", "t.csv:2:1: `MWX` cannot be read as days"),
    ("1,TR,0930,1020,s1\n2,TTH,0930,1020,s1\n", "t.csv:3:1: `TTH` cannot be read as days"),
    ("1,MW,1:00,1:50,s1\n", "t.csv:2:1: `1:00 to 1:50` does not say whether it is in the morning"),
    ("1,MW,0930,0920,s1\n", "t.csv:2:1: `0930 to 0920` does not end after it begins"),
    ("1,MW,noon,0920,s1\n", "t.csv:2:1: `noon 0920` is no time of day"),
    ("1,MW,9,1020,s1\n", "t.csv:2:1: `9 1020` is no time of day"),
    ("1,MW,0930,,s1\n", "t.csv:2:1: nothing tells how long the meeting is"),
    ('1,MW,0930,1020,"Lee, A; Ruiz, B"\n', "t.csv:2:1: `Lee, A` looks like a name"),
    (",MW,0930,1020,s1\n", "t.csv:2:1: the column `CRN` is empty"),
    ("3-Jan,MW,0930,1020,s1\n", "t.csv:2:1: `3-Jan` in the column `CRN` is a date"),
    ("1,MW,0930,s1\n", "t.csv:2:1: this row has 4 cells, the header 5"),
]


@pytest.mark.parametrize(("data", "told"), WRONG)
def test_what_cannot_be_meant_is_refused_at_its_row(data: str, told: str) -> None:
    rows = read(f"{HEADER}\n{data}")
    assert tell(rows)[0].startswith(told), tell(rows)
    assert rows.problems[0].remedy and rows.unread


def test_dates_whose_order_nothing_tells_are_asked_for() -> None:
    rows = read(f"{HEADER},First\n1,MW,0930,1020,s1,9/7/2026\n", {"from": "First"})
    assert "no date in the file tells whether `9/7/2026` has the day or the month first" in tell(rows)[0]
    both = "1,MW,0930,1020,s1,13/7/2026\n2,MW,0930,1020,s1,7/13/2026\n"
    rows = read(f"{HEADER},First\n{both}", {"from": "First"})
    assert all("dates in the file disagree" in line for line in tell(rows)) and len(rows.problems) == 2


def test_the_length_is_told_once() -> None:
    columns = {"name": "CRN", "days": "Days", "start": "Begin"}
    data = "CRN,Days,Begin,Min\n1,MW,0930,80\n2,MW,0930,\n"

    def lengths(**changes: Any) -> list[str]:
        source = TimetableSource(
            target="z", kind="course_meeting", file="t.csv", where=HERE, **{"columns": columns, **changes}
        )
        return [entry.values["schedule"]["minutes"] for entry in read_from(source, {"t.csv": data}).entries]

    assert lengths(minutes=50) == ["50", "50"]
    assert lengths(minutes=50, columns={**columns, "minutes": "MIN"}) == ["80", "50"]
    rows = read(f"{HEADER},Min\n1,MW,0930,1020,s1,60\n", {"minutes": "Min"})
    assert "from start to end are 50 minutes, and the row says 60" in tell(rows)[0]


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"room": "Room"}, f"{HERE}: t.csv has no column `Room`"),
        ({"mon": "MON"}, f"{HERE}: a timetable needs a column for `days`, or one for each weekday"),
        ({"status": "CRN"}, f"{HERE}: `status` is a column, and nothing says which"),
    ],
)
def test_columns_that_make_no_timetable_are_refused(columns: dict[str, str], told: str) -> None:
    rows = read(f"{HEADER}\n1,MW,0930,1020,s1\n", columns)
    assert [line.startswith(told) for line in tell(rows)] == [True]


def test_a_timetable_of_no_meetings_takes_nothing_away() -> None:
    rows = read(f"{HEADER}\n1,TBA,,,s1\n2,,0930,1020,s1\n")
    assert rows.problems == () and "none of the 2 rows" in rows.unread
    assert "a header and no rows" in read(f"{HEADER}\n").unread
    assert "is empty" in read("").unread


def test_a_term_stands_where_it_is_named() -> None:
    """In the source for rows that name none, so that a misspelt one is told there, once."""
    there = HERE._replace(line=HERE.line + 1)
    rows = read(
        f"{HEADER},Term\n1,MW,0930,1020,s1,\n2,MW,0930,1020,s1,fall\n", {"term": "Term"}, term_where=there
    )
    assert [entry.marks.get("schedule.term") for entry in rows.entries] == [there, None]
