"""A random desired and live world converge in one apply; nothing depends on the order of anything."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler import engine
from reconciler.model import Change, Report
from reconciler.model.codec import decode_plan, encode_plan
from reconciler.resources.base import Members
from reconciler.run import workspace
from reconciler.run.proposal import Proposal
from tests.property.campuses import SETTINGS, WAIVERS, Deed, Sections, carry_out, deeds, desired, written
from tests.property.diary import BOOKS, Book, Diary

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
FEW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


class Site:
    """A book, a desired folder and a ledger."""

    def __init__(self, folder: Path) -> None:
        self.book = BOOKS[folder.name] = Book()
        self.workspace = workspace.Workspace(
            folder / "desired", state=folder / "state", clock=lambda: NOW, sleep=lambda _: None, environ={}
        )
        (folder / "desired" / "main").mkdir(parents=True)
        (folder / "desired" / "reconciler.yaml").write_text(SETTINGS % folder.name, encoding="utf-8")
        (folder / "desired" / "waivers.yaml").write_text(WAIVERS, encoding="utf-8")

    def declare(self, sections: Sections, *, files: int = 1) -> None:
        folder = self.workspace.desired / "main"
        for old in folder.iterdir():
            old.unlink()
        for number in range(files):
            part = {
                section: {
                    name: item for at, (name, item) in enumerate(entries.items()) if at % files == number
                }
                for section, entries in sections.items()
            }
            kept = {section: entries for section, entries in part.items() if entries}
            if kept:
                (folder / f"part{number}.yaml").write_text(written(kept), encoding="utf-8")

    def plan(self) -> Proposal:
        with self.workspace.ledger(create=True) as ledger:
            return engine.plan(self.workspace, ledger)

    def apply(self) -> Report:
        with self.workspace.ledger(create=True) as ledger:
            return engine.reconcile(self.workspace, ledger, lambda _: None, lambda _: None)[0]


@contextmanager
def site() -> Iterator[Site]:
    with tempfile.TemporaryDirectory() as folder:
        made = Site(Path(folder))
        yield made
        del BOOKS[Path(folder).name]


@pytest.fixture(autouse=True, scope="module")
def diary_only() -> Iterator[None]:
    """The diary is the only driver there is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workspace, "find_drivers", lambda: {"diary": Diary})
        yield


def check(site: Site, sections: Sections) -> None:
    """What is declared is live, told from the book alone."""
    people = {page["email"]: (key, page) for key, page in site.book.pages["user"].items()}
    ids = {}
    for handle, wanted in sections["users"].items():
        ids[handle], page = people[wanted["email"]]
        assert {name: page[name] or None for name in wanted} == {n: v or None for n, v in wanted.items()}
    groups = {page["title"]: page for page in site.book.pages["group"].values()}
    for wanted in sections["groups"].values():
        if "members" in wanted:
            check_elements(wanted["members"], set(groups[wanted["title"]]["members"].elements), ids)
    talks = {(page["topic"], page["host"]): page for page in site.book.pages["course_meeting"].values()}
    for wanted in sections["course_meetings"].values():
        page = talks[wanted["topic"], ids[wanted["host"]]]
        (date,) = wanted["schedule"]["dates"]
        assert page["schedule"].occurrences == (f"{date} {wanted['schedule']['minutes']}",)
        check_elements(wanted["alternative_hosts"], set(page["alternative_hosts"].elements), ids)
    assert len(talks) == len(site.book.pages["course_meeting"]), "no meeting stands twice"


def check_elements(wanted: Any, present: set[str], ids: dict[str, str]) -> None:
    exactly = isinstance(wanted, dict)
    expected = {ids[name] for name in (wanted["exactly"] if exactly else wanted)}
    assert present == expected if exactly else present >= expected


@FEW
@given(desired(), deeds(), desired(), st.integers(1, 3))
def test_one_apply_converges_and_the_second_plan_is_empty(
    first: Sections, behind: list[Deed], second: Sections, files: int
) -> None:
    with site() as made:
        made.book.add("user", email="p0@one.example", first_name="Someone")
        made.book.add("group", title="same-red")
        stranger = made.book.add("group", title="theirs")
        for sections in (first, second):
            theirs = stranger in made.book.pages["group"]
            made.declare(sections, files=files)
            report = made.apply()
            assert [(o.change.key, o.text) for o in report.outcomes if o.ending != "applied"] == []
            check(made, sections)
            again = made.plan().plan
            assert [change.key for change in again.changes] == []
            assert again.drift == ()
            writes = made.book.writes
            made.apply()
            assert made.book.writes == writes, "nothing changed, nothing is written"
            assert theirs == (stranger in made.book.pages["group"]), "nobody declared it: nobody's business"
            for deed in behind if sections is first else ():
                carry_out(made.book, deed)


def test_a_stranger_who_joined_is_taken_out_again() -> None:
    """Nobody declared the person, so the plan shows them as the vendor calls them; the id is found again."""
    group = {"red": {"title": "red-red", "members": {"exactly": []}}}
    with site() as made:
        stranger = made.book.add("user", email="zoe@one.example", first_name="Zoe")
        made.declare({"users": {}, "groups": group, "course_meetings": {}}, files=1)
        made.apply()
        (page,) = made.book.pages["group"].values()
        page["members"] = Members((stranger,))
        made.apply()
        assert page["members"].elements == ()


def bare(change: Change) -> Change:
    """A change without where it was written."""
    fields = tuple(replace(item, where=None) for item in change.fields)
    return replace(change, where=None, fields=fields)


@FEW
@given(desired(), deeds(), desired(), st.integers())
def test_the_order_of_input_is_irrelevant(
    first: Sections, behind: list[Deed], second: Sections, luck: int
) -> None:
    with site() as made:
        made.declare(first)
        made.apply()
        for deed in behind:
            carry_out(made.book, deed)
        made.declare(second)
        plan = made.plan().plan
        made.book.luck = luck
        again = made.plan().plan
        assert again == plan, "the vendor's order shows"
        assert again.digest == plan.digest
        assert encode_plan(again) == encode_plan(plan)
        assert decode_plan(encode_plan(plan)) == plan
        shuffled = {
            section: dict(random.Random(luck).sample(list(entries.items()), len(entries)))
            for section, entries in second.items()
        }
        made.declare(shuffled, files=3)
        other = made.plan().plan
        assert list(map(bare, other.changes)) == list(map(bare, plan.changes))
        assert {s.address: s.sync for s in other.statuses} == {s.address: s.sync for s in plan.statuses}


@FEW
@given(desired(), desired())
def test_the_plan_places_everything_after_what_it_needs(first: Sections, second: Sections) -> None:
    with site() as made:
        made.declare(first)
        made.apply()
        made.declare(second)
        changes = made.plan().plan.changes
        placed = {change.address: index for index, change in enumerate(changes) if change.verb != "remove"}
        for index, change in enumerate(changes):
            assert all(
                placed.get(address, -1) < index or address == change.address for address in change.after
            )
        verbs = [change.verb == "remove" for change in changes if change.verb != "forget"]
        assert verbs == sorted(verbs), "removals come last"
