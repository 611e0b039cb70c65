"""Whatever an account holds: adopt writes files that read back as just that, and the next writes none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler import engine
from reconciler.adopting.names import RULES
from reconciler.adopting.schedules import write_schedule
from reconciler.adopting.text import flow, remark
from reconciler.model import Exploration, Handler, Live, Scope
from reconciler.model.names import fold_name
from reconciler.resources.base import Members, Resource, declared, unchecked
from reconciler.resources.course_meeting import tidy
from reconciler.resources.schedules import Dates, Series, Weekly
from reconciler.run import workspace
from reconciler.run.adopting import Adoption, Wish
from reconciler.yamlio import parse
from tests.property.diary import CAPABILITIES, Book, Diary, Pages
from tests.property.test_convergence import NOW, Site, site

ODD = st.sampled_from(
    [
        "null",
        "~",
        "=1+1",
        "a: b",
        "# x",
        "- x",
        "yes",
        "0123",
        "1e3",
        "${env:A}",
        "\n",
        " x ",
        "'",
        '"',
        "\\",
        "{a}",
        "*a",
    ]
    + [
        "&a",
        "!t",
        "@a",
        "%a",
        "`",
        "\u2028",
        "\x00",
        "a\r\nb",
        "\ufeff",
        "\x85",
        "<<",
        "2026-09-01",
        "10:00",
        ",",
        "é",
    ]
)
TEXTS = st.one_of(ODD, st.text(st.characters(codec="utf-8"), max_size=12))
ZONE = "America/New_York"


@dataclass
class Explorer(Pages):
    """Pages that tell all they hold."""

    def explore(self, asked: Exploration) -> Iterable[Live[Resource]]:
        """Everything, without what is not set."""
        for live in self.read(Scope(())):
            kept = {
                name: value for name, value in declared(live.resource) if value not in (None, "", Members())
            }
            label = str(kept.get("title") or kept.get("topic") or live.label)
            yield replace(live, resource=unchecked(type(live.resource), kept), label=label)


class Atlas(Diary):
    """A diary that can be explored."""

    def handlers(self) -> Mapping[str, Handler[Any]]:
        """One per kind."""
        return {kind: Explorer(self.book, capability, self) for kind, capability in CAPABILITIES.items()}


@pytest.fixture(autouse=True, scope="module")
def atlas_only() -> Iterator[None]:
    """The atlas is the only driver there is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workspace, "find_drivers", lambda: {"diary": Atlas})
        yield


@st.composite
def dates(draw: st.DrawFn) -> Series:
    """Times as a live meeting may have them: a rule's, with dates taken out, moved, or of other lengths."""
    first = date(2026, 9, 2) + timedelta(days=draw(st.integers(0, 20)))
    days = draw(st.lists(st.sampled_from(["mon", "tue", "thu", "fri"]), min_size=1, max_size=3, unique=True))
    rule: dict[str, Any] = {"days": days, "start": "10:00", "minutes": 50, "from": first, "timezone": ZONE}
    made = list(Weekly(**rule, until=first + timedelta(days=draw(st.integers(0, 200)))).series().values())
    if not made:
        return Series((f"{first}T10:00 50",), 50, ZONE)
    whole = made[0]
    out = draw(st.sets(st.sampled_from(whole.occurrences), max_size=len(whole.occurrences) - 1))
    kept = [item for item in whole.occurrences if item not in out]
    if draw(st.integers(0, 9)) == 0:
        kept[-1] = draw(
            st.sampled_from([kept[-1][:-2] + "55", "2027-12-01T10:00 50", kept[-1].replace("T10", "T11")])
        )
    return replace(whole, occurrences=tuple(kept), days=whole.days if draw(st.integers(0, 9)) else ())


@st.composite
def campuses(draw: st.DrawFn) -> Book:
    """A few people, groups and meetings, with the names people give them."""
    book = Book()
    locals_ = st.from_regex(r"[a-zA-Z0-9][a-zA-Z0-9.'/+_-]{0,8}", fullmatch=True)
    for local in draw(st.lists(locals_, max_size=5, unique_by=str.casefold)):
        book.add(
            "user",
            email=f"{local}@one.example",
            first_name=draw(st.none() | TEXTS),
            department=draw(st.none() | TEXTS),
            license=draw(st.sampled_from(["basic", "basic", "licensed", "type 7"])),
            active=draw(st.booleans()),
        )
    people = [*book.pages["user"], "user-of-elsewhere"]
    some = st.lists(st.sampled_from(people), unique=True, max_size=4).map(lambda ids: Members(tuple(ids)))
    for title in draw(st.lists(TEXTS, max_size=4)):
        book.add("group", title=title or "-", members=draw(some))
    for topic in draw(st.lists(TEXTS, max_size=4)):
        host = draw(st.sampled_from(people))
        others = Members(tuple(one for one in draw(some).elements if one != host))
        agenda = tidy(draw(st.none() | TEXTS))
        times = draw(dates())
        book.add(
            "course_meeting",
            topic=tidy(topic),
            host=host,
            schedule=times,
            agenda=agenda,
            alternative_hosts=others,
        )
    return book


def adopt(made: Site, wish: Wish) -> Adoption:
    with made.workspace.ledger(create=True) as ledger:
        return engine.adopt(made.workspace, ledger, wish)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(campuses(), st.sampled_from(RULES), st.booleans(), st.integers())
def test_what_adopt_writes_is_what_is_live(book: Book, rule: Any, mine: bool, luck: int) -> None:
    with site() as made:
        made.book.pages, made.book.luck = book.pages, luck
        people = book.pages["user"].values()
        first = next((page for page in people if mine and page["email"].partition("@")[0].isalnum()), None)
        if first:
            made.declare({"users": {"Mine": {"email": first["email"]}}})
        done = adopt(made, Wish("main", rule))
        plan = made.plan().plan
        assert (plan.changes, plan.drift, done.differing, made.book.writes) == ((), (), (), 0)
        assert not [item.text for item in plan.findings if item.severity == "error"]
        for kind, pages in book.pages.items():
            told = len(done.sorted.entries[kind]) + len(done.sorted.left[kind])
            assert told + (first is not None and kind == "user") == len(pages), "each is told of once"
        names = [entry.name for kind in done.sorted.entries.values() for entry in kind]
        assert names == list(map(fold_name, names))
        before = {path: path.read_bytes() for path in made.workspace.desired.rglob("*.*")}
        made.book.luck = luck + 1
        assert adopt(made, Wish("main", rule)).pages == ()
        assert {path: path.read_bytes() for path in made.workspace.desired.rglob("*.*")} == before


@given(
    st.recursive(
        TEXTS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS.filter(bool), inner, max_size=3),
    )
)
def test_every_text_reads_back_literally(value: Any) -> None:
    found = parse(f"{remark(str(value))}\nkey: {flow(value)}\n".encode(), "file.yaml")
    assert not found.problems and found.value["key"] == value


@given(dates())
def test_a_schedule_is_written_only_if_it_expands_to_the_very_dates(series: Series) -> None:
    written = write_schedule(series, NOW)
    if isinstance(written, str):
        return
    (again,) = (Dates(**written) if "dates" in written else Weekly(**written)).series().values()
    assert again.comparable(NOW) == series.comparable(NOW) and again.days == series.days
