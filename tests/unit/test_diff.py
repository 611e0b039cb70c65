"""What diff concludes from desired, recorded and live, one rule at a time; by the driver in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reconciler.engine import plan, reconcile
from reconciler.model import (
    Access,
    Address,
    Condition,
    Live,
    Match,
    Observation,
    Plan,
    Reading,
    Sync,
    Unread,
)
from reconciler.run import workspace
from reconciler.run.proposal import Proposal
from reconciler.stages.diff import diff
from tests.property.campuses import SETTINGS
from tests.property.diary import BOOKS, Book, Diary

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
ADA, CLUB = Address("main", "user", "ada"), Address("main", "group", "club")
USERS = {"ada": {"email": "ada@x.example"}, "ben": {"email": "ben@x.example"}}


class Site:
    """A book and a folder; `differ` compares again with parts of the observation replaced."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "desired" / "main"
        self.folder.mkdir(parents=True)
        self.book = BOOKS["unit"] = Book()
        (folder / "desired" / "reconciler.yaml").write_text(SETTINGS % "unit", encoding="utf-8")
        self.workspace = workspace.Workspace(
            folder / "desired", state=folder / "state", clock=lambda: NOW, sleep=lambda _: None, environ={}
        )

    def declare(self, **sections: Any) -> None:
        kept = {name: entries for name, entries in sections.items() if entries}
        (self.folder / "all.yaml").write_text(json.dumps(kept), encoding="utf-8")

    def propose(self) -> Proposal:
        with self.workspace.ledger(create=True) as ledger:
            return plan(self.workspace, ledger)

    def plan(self) -> Plan:
        return self.propose().plan

    def apply(self) -> None:
        with self.workspace.ledger(create=True) as ledger:
            report, _ = reconcile(self.workspace, ledger, lambda _: None, lambda _: None)
        assert {outcome.ending.value for outcome in report.outcomes} <= {"applied"}

    def differ(self, seen: Observation) -> Any:
        made = self.propose()
        campus = made.campus
        return diff(campus.desired, made.recorded, seen, campus.settings, campus.capabilities, NOW)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(workspace, "find_drivers", lambda: {"diary": Diary})
    yield Site(tmp_path)
    BOOKS.clear()


def words(made: Plan) -> list[str]:
    return [change.key for change in made.changes]


def test_omitted_is_unmanaged_and_null_clears(site: Site) -> None:
    site.declare(users={"ada": USERS["ada"] | {"first_name": "Ada", "department": "Law"}})
    site.apply()
    site.declare(users={"ada": USERS["ada"] | {"department": None}})
    released, change = site.plan().changes
    assert [(f.field, f.before, f.after) for f in change.fields] == [("department", "Law", None)]
    assert (released.verb, [(f.field, f.after) for f in released.fields]) == (
        "release",
        [("first_name", "Ada")],
    )
    site.apply()
    (page,) = site.book.pages["user"].values()
    assert (page["first_name"], page["department"]) == ("Ada", None)


def test_what_an_unread_source_may_still_declare_is_not_released(site: Site) -> None:
    site.declare(users={"ada": USERS["ada"] | {"first_name": "Ada"}})
    site.apply()
    site.declare(users={"ada": USERS["ada"]})
    made = site.propose()
    assert words(made.plan) == ["release main/user/ada"]
    desired, known = made.campus.desired, made.campus.capabilities
    lost = replace(desired, unread={("main", "user"): "roster.csv is not there"})
    assert diff(lost, made.recorded, made.seen, made.campus.settings, known, NOW).changes == ()


def test_vendor_null_and_empty_are_equal(site: Site) -> None:
    site.declare(users={"ada": USERS["ada"] | {"department": None}})
    site.apply()
    next(iter(site.book.pages["user"].values()))["department"] = ""
    assert site.plan().changes == ()


def test_reasons_tell_git_from_drift(site: Site) -> None:
    site.declare(users={"ada": USERS["ada"] | {"first_name": "Ada"}})
    (change,) = site.plan().changes
    assert change.reason == "declared new"
    site.apply()
    next(iter(site.book.pages["user"].values()))["first_name"] = "Eve"
    (change,) = site.plan().changes
    assert change.reason == change.fields[0].reason == "drifted"
    site.declare(users={"ada": USERS["ada"] | {"first_name": "Augusta"}})
    (change,) = site.plan().changes
    assert change.reason == "changed in Git"
    assert [(d.field, d.recorded, d.live) for d in site.plan().drift] == [("first_name", "Ada", "Eve")]


def test_drift_of_a_field_no_longer_declared_is_shown_and_not_changed(site: Site) -> None:
    site.declare(users={"ada": USERS["ada"] | {"first_name": "Ada"}})
    site.apply()
    site.declare(users=USERS | {"ada": USERS["ada"]})
    next(iter(site.book.pages["user"].values()))["first_name"] = "Eve"
    made = site.plan()
    assert "update main/user/ada" not in words(made)
    assert [drift.field for drift in made.drift] == ["first_name"]


def test_a_place_is_given_for_every_difference(site: Site) -> None:
    site.declare(users=USERS)
    for change in site.plan().changes:
        assert change.where is not None
        assert all(f.where and f.where.file == "main/all.yaml" for f in change.fields)


def test_a_member_of_this_plan_is_added_once_it_is_made(site: Site) -> None:
    site.declare(users=USERS)
    site.apply()
    site.declare(users=USERS, groups={"club": {"members": ["ada"]}})
    site.apply()
    site.declare(
        users=USERS | {"cleo": {"email": "cleo@x.example"}}, groups={"club": {"members": ["ada", "cleo"]}}
    )
    made = site.plan()
    update = next(change for change in made.changes if change.address == CLUB)
    assert update.fields[0].added == ("main/user/cleo",)
    assert update.after == (Address("main", "user", "cleo"),)
    assert words(made) == ["create main/user/cleo", "update main/group/club"]


def test_two_addresses_of_one_object_block_both(site: Site) -> None:
    site.declare(users=USERS)
    made = site.propose()
    live = Live("user-1", made.campus.desired.resources[ADA].resource, {"email": "ada@x.example"}, "ada")
    both = {
        ADA: Match(live, "email", ("main/user/ben",)),
        Address("main", "user", "ben"): Match(live, "email"),
    }
    seen = replace(
        made.seen, matches=both, readings={("main", "user"): Reading("main", "user", (live,), "whole")}
    )
    found = site.differ(seen)
    assert [finding.guard for finding in found.findings if finding.guard] == ["identity"]
    assert ADA not in [change.address for change in found.changes]


def test_an_unread_kind_changes_nothing_and_says_so(site: Site) -> None:
    site.declare(users=USERS, groups={"club": {"members": ["ada"]}})
    site.apply()
    site.declare(groups={"club": {}}, users={"eve": {"email": "eve@x.example"}})
    made = site.propose()
    seen = replace(
        made.seen, readings={**made.seen.readings, ("main", "user"): Unread("main", "user", "500")}
    )
    found = site.differ(seen)
    assert [change.address.kind for change in found.changes if change.address.kind == "user"] == []
    assert {s.sync for s in found.statuses if s.address.kind == "user"} == {Sync.UNKNOWN}
    texts = [finding.text for finding in found.findings]
    assert any("not read: 500" in text for text in texts)
    assert any("2 no longer declared and kept (ada, ben): it was not read" in text for text in texts)


def test_a_pending_object_waits_whole_and_holds_up_its_element(site: Site) -> None:
    site.declare(users=USERS, groups={"club": {"members": ["ben"]}})
    site.apply()
    site.declare(
        users=USERS | {"ada": USERS["ada"] | {"department": "Law"}},
        groups={"club": {"members": ["ada", "ben"]}},
    )
    made = site.propose()
    pending = Condition("pending", "not accepted", blocks=True)
    match = made.seen.matches[ADA]
    assert match.live is not None
    live = replace(match.live, conditions=(pending,))
    found = site.differ(replace(made.seen, matches={**made.seen.matches, ADA: replace(match, live=live)}))
    update = next(change for change in found.changes if change.address == ADA)
    assert [wait.why for wait in update.waiting] == ["not accepted"]
    club = next(change for change in found.changes if change.address == CLUB)
    assert [wait.element for wait in club.fields[0].waiting] == [str(ADA)]
    assert club.fields[0].added == ()


def test_a_hidden_field_is_compared_with_what_was_sent(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    capability = Diary.capabilities["user"]
    hidden = replace(capability, fields={**capability.fields, "department": Access.HIDDEN})
    monkeypatch.setattr(Diary, "capabilities", {**Diary.capabilities, "user": hidden})
    site.declare(users={"ada": USERS["ada"] | {"department": "Law"}})
    site.apply()
    made = site.plan()
    assert made.changes == ()
    (status,) = made.statuses
    assert (status.sync, status.text) == (Sync.UNVERIFIED, "cannot be read back: department")
    site.declare(users={"ada": USERS["ada"] | {"department": "Music"}})
    (change,) = site.plan().changes
    assert [(f.before, f.after) for f in change.fields] == [("Law", "Music")]


def test_an_e_mail_handed_on_blocks_the_newcomer_only_until_it_is_free(site: Site) -> None:
    """Ada is known by her id, so that her new address is no question; Eve gets the old one a run later."""
    site.declare(users=USERS)
    site.apply()
    site.declare(users=USERS | {"ada": {"email": "ada.k@x.example"}, "eve": USERS["ada"]})
    made = site.plan()
    assert words(made) == ["update main/user/ada"]
    (refusal,) = made.violations
    assert (refusal.guard, [a.name for a in refusal.addresses]) == ("identity", ["eve"])
    assert "previously: [ada]" in refusal.text
    site.apply()
    assert words(site.plan()) == ["create main/user/eve"]


def test_nobody_unclear_gets_into_a_group(site: Site) -> None:
    site.declare(users=USERS)
    site.apply()
    changed = USERS | {"ada": {"email": "ada.k@x.example"}, "eve": USERS["ada"]}
    site.declare(users=changed, groups={"club": {"members": ["eve"]}})
    club = next(change for change in site.plan().changes if change.address == CLUB)
    assert club.fields[0].added == ()
    assert "cannot be told" in club.fields[0].waiting[0].why
    site.apply()
    assert all(page["members"].elements == () for page in site.book.pages["group"].values())


def test_exactly_takes_nobody_out_while_who_is_meant_is_unread(site: Site) -> None:
    site.declare(users=USERS, groups={"club": {"members": {"exactly": ["ada"]}}})
    site.apply()
    stranger = site.book.add("user", email="eve@x.example")
    (group,) = site.book.pages["group"].values()
    group["members"] = replace(group["members"], elements=(*group["members"].elements, stranger))
    people = USERS | {"eve": {"email": "eve@x.example"}}
    site.declare(users=people, groups={"club": {"members": {"exactly": ["ada", "eve"]}}})
    made = site.propose()
    matches = {a: m for a, m in made.seen.matches.items() if a.kind != "user"}
    unread = {**made.seen.readings, ("main", "user"): Unread("main", "user", "500")}
    found = site.differ(replace(made.seen, readings=unread, matches=matches))
    club = next(change for change in found.changes if change.address == CLUB)
    assert club.fields[0].removed == ()


def test_somebody_added_to_an_exact_collection_is_drift(site: Site) -> None:
    site.declare(users=USERS, groups={"club": {"members": {"exactly": ["ada"]}}})
    site.apply()
    (group,) = site.book.pages["group"].values()
    group["members"] = replace(group["members"], elements=(*group["members"].elements, "user-2"))
    made = site.plan()
    assert [(d.field, d.recorded, d.live) for d in made.drift] == [("members", None, "main/user/ben")]
    (change,) = made.changes
    assert change.reason == "drifted"
    assert change.fields[0].removed == ("main/user/ben",)


def test_a_disabled_person_enabled_by_hand_is_ours_again_when_declared(site: Site) -> None:
    site.declare(users=USERS)
    site.apply()
    site.declare(users={"ben": USERS["ben"]})
    site.apply()
    next(iter(site.book.pages["user"].values()))["active"] = True
    site.declare(users=USERS)
    assert site.plan().changes == ()
    site.apply()
    site.declare(users={"ben": USERS["ben"]})
    assert words(site.plan()) == ["remove main/user/ada"], "it is removed as often as it goes"
