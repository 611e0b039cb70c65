"""Random campuses: what is declared, what is live already, and what people do behind our back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from reconciler.resources.base import Members
from tests.property.diary import Book

HANDLES = tuple(f"p{number}" for number in range(5))
TITLES = ("red", "green", "blue")
TALKS = ("algebra", "botany")
ZONE = "America/New_York"

SETTINGS = """
version: 1
targets:
  main:
    driver: diary
    book: %s
    policy: auto
    prune: [user, group, course_meeting]
    defaults:
      user: {lifecycle: {on_gone: recreate}}
      course_meeting: {lifecycle: {on_gone: recreate, allow_replace: true}}
guards:
  removals: {floor: 1000, percent: 100, cap: 1000}
  updates: {floor: 1000, percent: 100}
"""
WAIVERS = """
waivers:
  - {guard: emptied, addresses: "main/*/*", until: 2030-01-01, why: a random campus may lose everything}
"""

Sections = Mapping[str, Mapping[str, Mapping[str, Any]]]


def _sometimes(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A value, or a field that is not written down."""
    return st.one_of(st.none(), values.map(lambda value: (value,)))


def _fields(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    kept = {name: _sometimes(values) for name, values in fields.items()}
    return st.fixed_dictionaries(kept).map(
        lambda found: {name: value[0] for name, value in found.items() if value is not None}
    )


def people() -> st.SearchStrategy[dict[str, dict[str, Any]]]:
    """Some people; everybody has two e-mails to change between."""

    def person(handle: str) -> st.SearchStrategy[dict[str, Any]]:
        mail = st.sampled_from([f"{handle}@one.example", f"{handle}@two.example"])
        more = _fields(
            first_name=st.sampled_from(["Ada", "Ben", None]),
            department=st.sampled_from(["Law", "Music"]),
            license=st.sampled_from(["basic", "licensed"]),
            active=st.booleans(),
        )
        return st.builds(lambda email, rest: {"email": email, **rest}, mail, more)

    return st.fixed_dictionaries({}, optional={handle: person(handle) for handle in HANDLES})


@st.composite
def desired(draw: st.DrawFn) -> Sections:
    """What somebody declares: people, groups of them, meetings they host."""
    users = draw(people())
    some = st.lists(st.sampled_from(sorted(users)), unique=True) if users else st.just([])
    members = st.one_of(some, some.map(lambda names: {"exactly": names}))
    groups = draw(
        st.dictionaries(
            st.sampled_from(TITLES),
            _fields(members=members, title=st.sampled_from(["same", "other"])),
            max_size=3,
        )
    )
    taken: set[str] = set()
    for name, group in groups.items():
        group["title"] = f"{group.get('title', name)}-{name}"
        taken.add(name)
    talks = {}
    if users:
        talk = st.builds(
            lambda host, start, minutes, others, agenda: {
                "host": host,
                "schedule": {"dates": [start], "minutes": minutes, "timezone": ZONE},
                "alternative_hosts": _without(others, host),
                **agenda,
            },
            st.sampled_from(sorted(users)),
            st.sampled_from(["2027-03-01T10:00", "2027-03-14T03:00", "2027-11-07T01:30"]),
            st.sampled_from([30, 50]),
            members,
            _fields(agenda=st.sampled_from(["Introduction", None])),
        )
        talks = draw(st.dictionaries(st.sampled_from(TALKS), talk, max_size=2))
        talks = {name: {"topic": name.title(), **fields} for name, fields in talks.items()}
        for planned in talks.values():
            _make_fit(users, planned)
    return {"users": users, "groups": groups, "course_meetings": talks}


def _make_fit(users: dict[str, dict[str, Any]], talk: Mapping[str, Any]) -> None:
    """Nobody hosts who is not active, and nobody stands in for a host without a licence."""
    others = talk["alternative_hosts"]
    for name in others["exactly"] if isinstance(others, dict) else others:
        users[name] |= {"license": "licensed", "active": True}
    users[talk["host"]]["active"] = True


def _without(members: Any, name: str) -> Any:
    """The same collection without somebody: a host is no alternative host."""
    if isinstance(members, dict):
        return {"exactly": _without(members["exactly"], name)}
    return [one for one in members if one != name]


@dataclass(frozen=True)
class Deed:
    """Something a person does behind our back; `nth` picks the object."""

    what: str
    nth: int
    value: str


def deeds() -> st.SearchStrategy[list[Deed]]:
    """A few of them."""
    what = st.sampled_from(
        ["rename", "disable", "remove", "join", "leave", "drop group", "drop talk", "agenda"]
    )
    return st.lists(
        st.builds(Deed, what, st.integers(0, 9), st.sampled_from(["Zoe", "Law", "Art"])), max_size=5
    )


def carry_out(book: Book, deed: Deed) -> None:
    """Change the book as a person would."""
    people, groups, talks = (list(book.pages[kind]) for kind in ("user", "group", "course_meeting"))
    person = people[deed.nth % len(people)] if people else ""
    group = groups[deed.nth % len(groups)] if groups else ""
    talk = talks[deed.nth % len(talks)] if talks else ""
    if deed.what in ("rename", "disable") and person:
        changed = {"first_name": deed.value} if deed.what == "rename" else {"active": False}
        book.pages["user"][person].update(changed)
    elif deed.what == "remove" and person:
        book.remove("user", person)
    elif deed.what in ("join", "leave") and person and group:
        page = book.pages["group"][group]
        others = tuple(one for one in page["members"].elements if one != person)
        page["members"] = Members((*others, person) if deed.what == "join" else others)
    elif deed.what == "drop group" and group:
        book.remove("group", group)
    elif deed.what == "drop talk" and talk:
        book.remove("course_meeting", talk)
    elif deed.what == "agenda" and talk:
        book.pages["course_meeting"][talk]["agenda"] = deed.value


def written(sections: Sections) -> str:
    """A desired file; JSON is YAML."""
    return json.dumps(sections)
