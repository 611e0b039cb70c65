"""What adopt makes of live objects: names, schedules, entries, pages."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.adopting.entries import Before, Entry, Sorted, sort_out
from reconciler.adopting.names import choose, slug
from reconciler.adopting.pages import BULK, MANY, compose
from reconciler.adopting.schedules import MOVED, NOT_WEEKLY, OVER, TOO_LONG, UNEVEN, write_schedule
from reconciler.adopting.text import flow, lay_out, remark
from reconciler.drivers.zoom import Zoom
from reconciler.drivers.zoom.explore import bare, describe_person, explore_meetings
from reconciler.model import Address, Condition, Exploration, LeftAlone, Live
from reconciler.resources.base import Members, declared, unchecked
from reconciler.resources.course_meeting import CourseMeeting
from reconciler.resources.group import Group
from reconciler.resources.schedules import Series, Weekly
from reconciler.resources.user import User

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
KINDS = Zoom.capabilities
ZONE = "America/New_York"


def person(mail: str, *, blocked: bool = False, owner: bool = False, **fields: Any) -> Live[User]:
    conditions = (Condition("pending", "invited", blocks=True),) if blocked else ()
    made = unchecked(User, {"email": mail, "license": "basic", **fields})
    return Live("" if blocked else f"id-{mail}", made, {"email": mail.casefold()}, mail, conditions, owner)


def group(title: str, *members: str, remote_id: str = "") -> Live[Group]:
    made = unchecked(Group, {"title": title, "members": Members(members)})
    return Live(remote_id or f"g-{title}", made, {"title": title.casefold()}, title)


def meeting(number: int, topic: str, host: str, day: int = 7, **fields: Any) -> Live[CourseMeeting]:
    start = f"2026-09-{day:02}T10:00"
    series = Series((f"{start} 50",), 50, ZONE, start=start)
    values = {"topic": topic, "host": f"id-{host}", "schedule": series, **fields}
    made = unchecked(CourseMeeting, values)
    return Live(str(number), made, {"meeting": f"{host}|{topic}|{start}"}, topic)


def sort(before: Before | None = None, rule: Any = "email", **found: Any) -> Sorted:
    return sort_out(found, before or Before(NOW), KINDS, rule)


def by_name(made: Sorted, kind: str) -> Mapping[str, Mapping[str, Any]]:
    return {entry.name: entry.values for entry in made.entries[kind]}


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "keep", "made"),
    [
        ("BIO 101: Lecture", "", "bio-101-lecture"),
        ("  Über–Größe  ", "", "uber-grosse"),
        ("法学", "", ""),
        ("-._x", "", "x"),
        ("O'Brien@Example.EDU", "._@+-", "o-brien@example.edu"),
        ("a" * 80, "", "a" * 60),
    ],
)
def test_a_slug_is_a_name_or_nothing(text: str, keep: str, made: str) -> None:
    assert slug(text, keep) == made


def test_names_do_not_depend_on_order_and_those_alike_are_all_told_apart() -> None:
    wished = [
        (("bio", "bio-ada"), "1"),
        (("bio", "bio-ben"), "2"),
        (("bio", "bio-ben"), "3"),
        (("law",), "4"),
    ]
    wished += [(("taken",), "5"), (("",), "6")]
    told = dict(zip((mark for _, mark in wished), choose(wished, {"taken"}), strict=True))
    assert list(told.values()) == ["bio-ada", "bio-2", "bio-3", "law", "taken-5", "6"]
    random.Random(1).shuffle(wished)
    assert dict(zip((mark for _, mark in wished), choose(wished, {"taken"}), strict=True)) == told
    assert choose([(("x",), "m"), (("x",), "m")], ()) == ["x-m-2", "x-m-3"]


def test_people_are_named_by_rule() -> None:
    people = [person("Ada@one.edu"), person("ada@two.edu"), person("ben@one.edu")]
    assert set(by_name(sort(user=people), "user")) == {"ada@one.edu", "ada@two.edu", "ben@one.edu"}
    local = sort(rule="local-part", user=people)
    assert set(by_name(local, "user")) == {"ada@one.edu", "ada@two.edu", "ben"}
    assert [entry.remark for entry in local.entries["user"]].count("ada would be the name of several") == 2


# ── entries ──────────────────────────────────────────────────────────────────────────────────────────────


def test_references_become_names_and_who_does_not_count_is_left_out() -> None:
    people = [
        person("ada@x.edu", license="licensed", owner=True),
        person("ben@x.edu"),
        person("cleo@x.edu", blocked=True),
    ]
    groups = [group("Law", "id-ada@x.edu", "ben@x.edu", "cleo@x.edu", "stranger")]
    others = Members(("ada@x.edu", "id-ben@x.edu"))
    talks = [meeting(1, "A", "ada@x.edu", alternative_hosts=others), meeting(2, "B", "cleo@x.edu")]
    made = sort(user=people, group=groups, course_meeting=talks)
    assert by_name(made, "group")["law"] == {"title": "Law", "members": ["ada@x.edu", "ben@x.edu"]}
    assert sum(made.gaps["group"].values()) == 2
    assert "alternative_hosts" not in by_name(made, "course_meeting")["a"], (
        "a host is none, nor is a basic one"
    )
    assert [item.label for item in made.left["course_meeting"]] == ["B"]
    assert [entry.protect for entry in made.entries["user"]] == [True, False, False]


def test_what_is_declared_or_recorded_is_not_written_again() -> None:
    known = Address("zoom-main", "user", "s1"), Address("zoom-main", "user", "s2")
    before = Before(
        NOW,
        known={("user", "id-ada@x.edu"): known[0], ("user", "id-ben@x.edu"): known[1]},
        declared={known[0]: unchecked(User, {"license": "basic"})},
        used={"group": frozenset({"law"})},
    )
    made = sort(before, user=[person("ada@x.edu"), person("ben@x.edu")], group=[group("Law", "id-ada@x.edu")])
    assert made.entries["user"] == () and made.declared["user"] == 1
    assert "recorded as zoom-main/user/s2" in made.left["user"][0].why
    ((name, values),) = by_name(made, "group").items()
    assert name.startswith("law-") and values["members"] == ["s1"]


def test_what_cannot_be_told_apart_or_declared_is_left_alone() -> None:
    host = person("ada@x.edu")
    twins = [meeting(1, "Same", "ada@x.edu"), meeting(2, "Same", "ada@x.edu")]
    odd = [group("x" * 200), group("a${env:X}"), group("Fine", "id-ada@x.edu")]
    both = person("ben@x.edu", license="licensed", active=False)
    made = sort(user=[host, both, person("not an address")], group=odd, course_meeting=twins)
    assert len(made.left["course_meeting"]) == 2 and made.entries["course_meeting"] == ()
    assert [item.label for item in made.left["group"]] == ["a${env:X}", "x" * 200][::-1]
    assert {item.label for item in made.left["user"]} == {"ben@x.edu", "not an address"}
    long = sort(user=[person("ada@x.edu", first_name="y" * 65)])
    assert "first_name" not in by_name(long, "user")["ada@x.edu"] and sum(long.gaps["user"].values()) == 1


# ── schedules ────────────────────────────────────────────────────────────────────────────────────────────


def weekly(**rule: Any) -> Series:
    usual = {"days": ["mon", "wed"], "start": "10:00", "minutes": 50, "from": "2026-09-07", "timezone": ZONE}
    (first, *_) = Weekly(**{**usual, "until": "2026-10-30", **rule}).series().values()
    return first


@pytest.mark.parametrize(
    ("series", "why"),
    [
        (Series(("2026-08-01T10:00 50",), 50, ZONE), OVER),
        (Series((), 60, ZONE), OVER),
        (replace(weekly(), days=()), NOT_WEEKLY),
        (replace(weekly(), occurrences=(*weekly().occurrences[:-1], "2026-10-28T11:00 50")), UNEVEN),
        (replace(weekly(), occurrences=(*weekly().occurrences[:-1], "2026-10-29T10:00 50")), MOVED),
        (
            replace(
                weekly(**{"from": "2026-09-09"}, until="2027-12-31"),
                occurrences=weekly(until="2027-12-31").occurrences[1:] + ("2027-04-05T10:00 50",),
            ),
            TOO_LONG,
        ),
    ],
)
def test_dates_no_rule_gives_are_left_alone(series: Series, why: str) -> None:
    assert write_schedule(series, NOW) == why


def test_a_rule_begins_with_the_first_date_to_come_and_skips_what_was_taken_out() -> None:
    live = weekly(skip=["2026-09-14"])
    made = write_schedule(live, datetime(2026, 9, 8, tzinfo=UTC))
    assert isinstance(made, dict)
    assert (str(made["from"]), str(made["until"])) == ("2026-09-09", "2026-10-28")
    assert list(map(str, made["skip"])) == ["2026-09-14"]


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────


def entry(name: str, live: Live[Any], **values: Any) -> Entry:
    return Entry(live, {**dict(declared(bare(live).resource)), **values}, name)


def test_people_in_bulk_are_rows_and_what_a_cell_cannot_hold_is_an_entry() -> None:
    people = [entry(f"p{n}", person(f"p{n}@x.edu"), timezone="UTC") for n in range(BULK)]
    people += [entry("odd", person("odd@x.edu"), timezone="UTC", first_name=" =1\n")]
    table, page = compose("zoom-main", {"user": people}, {}, lambda path: False)
    assert (table.path, page.path) == ("zoom-main/people.csv", "zoom-main/people.yaml")
    assert table.text.startswith("name,email\np0,p0@x.edu\n") and "odd" not in table.text
    assert "defaults: {license: basic, timezone: UTC}" in page.text
    assert 'odd: {email: odd@x.edu, first_name: " =1\\x0a"}' in page.text


def test_many_meetings_are_split_by_department_and_no_file_is_touched() -> None:
    talks = [
        entry(f"t{n}", meeting(n, "T", "a"), host="ada" if n % 2 else "ben", schedule={}) for n in range(MANY)
    ]
    there = {"zoom-main/meetings/law.yaml", "zoom-main/groups.yaml", "zoom-main/groups-adopted.yaml"}
    groups = [entry("defaults", group("defaults"))]
    made = compose(
        "zoom-main", {"group": groups, "course_meeting": talks}, {"ada": "Law"}, there.__contains__
    )
    assert [page.path for page in made] == [
        "zoom-main/groups-adopted-2.yaml",
        "zoom-main/meetings/law-adopted.yaml",
        "zoom-main/meetings/other.yaml",
    ]
    assert "  entries:\n    defaults: {title: defaults}" in made[0].text


def test_what_names_a_meeting_is_no_default() -> None:
    """A new entry without a topic is a mistake, and does not get the topic of the others."""
    talks = [
        entry(f"t{n}", meeting(n, "T", "a"), host="ada", schedule={}, mute_upon_entry=True) for n in range(4)
    ]
    (page,) = compose("zoom-main", {"course_meeting": talks}, {}, lambda path: False)
    assert "defaults: {mute_upon_entry: true}" in page.text and page.text.count("topic: T") == 4


def test_no_text_gets_out_of_its_quotes_or_its_comment() -> None:
    assert remark("a\nusers: {}\u2028b") == "# a\\x0ausers: {}\\u2028b"
    assert (
        flow(["no", "a b", "0123", "a: b", 'q"', True, 5]) == '["no", a b, "0123", "a: b", "q\\"", true, 5]'
    )
    assert list(lay_out("k", ["x" * 70, "y" * 70], "")) == ["k:", f"  - {'x' * 70}", f"  - {'y' * 70}"]


# ── the Zoom driver ──────────────────────────────────────────────────────────────────────────────────────


def test_what_zoom_sets_by_itself_is_left_out() -> None:
    live = meeting(1, "A", "ada", waiting_room=False, audio="both", agenda="", auto_recording="cloud")
    assert set(dict(declared(bare(live).resource))) == {"topic", "host", "schedule", "auto_recording"}
    ada = describe_person(
        {
            "id": "1",
            "email": "Ada@x.edu",
            "type": 2,
            "status": "active",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "display_name": "Ada Lovelace",
            "employee_unique_id": "E1",
        }
    )
    assert dict(declared(ada.resource)) == {
        "email": "Ada@x.edu",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "license": "licensed",
    }
    assert ada.keys == {"email": "ada@x.edu", "employee_id": "E1"}


def test_meetings_are_looked_for_where_somebody_may_host() -> None:
    people = [
        person("a"),
        person("b", license="licensed"),
        person("c", license="none"),
        person("d", blocked=True),
    ]
    asked: list[str] = []

    def list_of(host: str) -> list[Any]:
        asked.append(host)
        wires = {"id-a": [(1, 2, "2026-09-09T10:00:00Z"), (2, 2, "2026-08-09T10:00:00Z"), (3, 3, "")]}
        return [
            {"id": n, "type": kind, "start_time": start, "topic": f"t{n}"}
            for n, kind, start in wires.get(host, ())
        ]

    def look(hosts: Any) -> list[Any]:
        asked.clear()
        found = Exploration({"user": people}, frozenset({"9"}), hosts=hosts)
        each = lambda function, items: [function(item) for item in items]  # noqa: E731
        return list(
            explore_meetings(list_of, lambda number: meeting(int(number), "T", "a"), each, found, NOW)
        )

    left = [item for item in look("all") if isinstance(item, LeftAlone)]
    assert asked == ["id-a", "id-b"] and [item.label for item in left] == ["t2", "t3"]
    look("licensed")
    assert asked == ["id-b"]
