"""The driver for Kaltura on its sandbox: sessions, refusals inside 200, lists, people, groups, categories."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.drivers.kaltura.integration_wire import find_unmatched
from reconciler.drivers.kaltura.session import AppToken
from reconciler.drivers.kaltura.wire import read_flag, read_lines, write
from reconciler.errors import (
    IncompleteReading,
    OriginRefused,
    Refused,
    RequestError,
    Unauthorized,
    Uncertain,
)
from reconciler.model import (
    Address,
    Driver,
    Exploration,
    Explores,
    LeftAlone,
    Live,
    Removal,
    Scope,
    Wanted,
)
from reconciler.resources.base import OMITTED, Members, Resource, SecretRef, declared
from reconciler.resources.category import Category
from reconciler.resources.group import Group
from reconciler.resources.user import User
from tests.unit.driver_rig import Campus, Safe, change, run_campus, sent_intent

EXCEPTION = {"objectType": "KalturaAPIException", "message": "m", "args": []}


@pytest.fixture
def campus() -> Iterator[Campus]:
    yield from run_campus()


@pytest.fixture
def kaltura(campus: Campus) -> Driver:
    return campus.open("kaltura")


def want(resource: Resource, name: str, remote_id: str = "") -> Wanted[Any]:
    return Wanted(Address("main", type(resource).kind, name), remote_id, resource)


def listed(kaltura: Driver, kind: str, *wanted: Wanted[Any]) -> list[Live[Any]]:
    return list(kaltura.handlers()[kind].read(Scope(wanted)))


def fail(campus: Campus, operation: str, code: str, times: int = 1, **more: Any) -> None:
    entry = {"operation": operation, "status": 200, "body": {**EXCEPTION, "code": code}, "times": times}
    campus.control("faults", {"status": [{**entry, **more}]})


# ── values ───────────────────────────────────────────────────────────────────────────────────────────


def test_values_in_whatever_spelling() -> None:
    assert [read_flag(told) for told in (True, "true", 1, "1", False, "0", 0)] == [True] * 4 + [False] * 3
    with pytest.raises(ValueError, match="no flag"):
        read_flag("-1")
    assert read_lines("a\r\nb\nc\r\n") == ("a", "b", "c")
    made = write("KalturaUser", {"title": None, "company": OMITTED, "status": False, "email": "a@b.c"})
    assert made == {"objectType": "KalturaUser", "title__null": "", "status": 0, "email": "a@b.c"}


@pytest.mark.parametrize("name", ["SHA1", "MD5", "SHA256", "SHA512"])
def test_a_token_is_proven_over_session_and_token(name: str) -> None:
    wanted = hashlib.new(name.lower(), b"sessiontoken").hexdigest()
    assert AppToken("1", "1_a", "token", name, "").prove("session") == wanted


# ── sessions ─────────────────────────────────────────────────────────────────────────────────────────


def test_whose_account_it_is(campus: Campus, kaltura: Driver) -> None:
    account = kaltura.whoami()
    assert (account.account, account.user_id) == ("4830402", "kaltura-admin")
    assert kaltura.requests() == {
        "session.get": 1,
        "session.startWidgetSession": 1,
        "apptoken.startSession": 1,
    }


def test_a_session_that_ended_is_renewed_once(campus: Campus, kaltura: Driver) -> None:
    kaltura.whoami()
    campus.control("faults", {"expire_tokens": True})
    assert listed(kaltura, "user")
    assert kaltura.requests()["apptoken.startSession"] == 2
    campus.sleep(3600)
    assert listed(kaltura, "user"), "and one that is old is not even tried"
    assert kaltura.requests()["user.list"] == 3
    fail(campus, "user.list", "INVALID_KS", times=9)
    with pytest.raises(Unauthorized, match="session is not accepted"):
        listed(kaltura, "user")


def test_a_wrong_token_is_said_without_showing_it(campus: Campus) -> None:
    with pytest.raises(Unauthorized, match="check app_token and hash") as caught:
        campus.open("kaltura", app_token="not-the-one").whoami()
    assert "not-the-one" not in str(caught.value)
    with pytest.raises(Unauthorized, match="check partner_id"):
        campus.open("kaltura", partner_id="7").whoami()


def test_a_session_that_the_vendor_quotes_is_not(campus: Campus, kaltura: Driver) -> None:
    kaltura.whoami()
    quoted = kaltura.handlers()["user"].client.conceal()  # type: ignore[attr-defined]
    message = " and ".join(quoted)
    assert len(message) > 100
    fail(campus, "user.list", "INVALID_FIELD_VALUE", body={**EXCEPTION, "code": "X", "message": message})
    with pytest.raises(Refused, match=r"\[redacted\] and \[redacted\]") as caught:
        listed(kaltura, "user")
    assert not [text for text in quoted if text in str(caught.value)]


def test_no_secret_goes_to_another_origin(campus: Campus) -> None:
    safe = Safe(origins=frozenset({"https://www.kaltura.com"}))
    with pytest.raises(OriginRefused):
        campus.open("kaltura", app_token=SecretRef("${env:T}"), secrets=safe)


# ── refusals inside 200, lists ───────────────────────────────────────────────────────────────────────


def test_a_lock_is_waited_for(campus: Campus, kaltura: Driver) -> None:
    for code in ("CATEGORIES_LOCKED", "ACTION_BLOCKED"):
        fail(campus, "category.list", code, times=2)
        assert listed(kaltura, "category") == []
    fail(campus, "category.list", "CATEGORIES_LOCKED", times=99)
    with pytest.raises(Refused, match="even after waiting"):
        listed(kaltura, "category")
    assert sum(campus.clock.slept) > 5


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 200, "body": ""},
        {"status": 200, "body": "<xml/>"},
        {"status": 200, "body": {**EXCEPTION, "code": "INTERNAL_SERVER_ERROR"}},
    ],
)
def test_an_answer_that_tells_nothing_is_uncertain(campus: Campus, kaltura: Driver, fault: Any) -> None:
    campus.control("faults", {"status": [{"operation": "user.add", **fault}]})
    with pytest.raises(Uncertain):
        kaltura.handlers()["user"].create(want(User(email="ada@example.edu"), "ada"))
    assert campus.journal.states == ["uncertain"]
    campus.control("faults", {"status": [{"operation": "user.list", "times": 99, **fault}]})
    with pytest.raises(RequestError):
        listed(kaltura, "user")


def test_a_list_is_read_in_whatever_pages_or_not_believed(campus: Campus, kaltura: Driver) -> None:
    for number in range(7):
        campus.console("kaltura_add_user", id=f"u{number}")
    campus.console("kaltura_add_group", id="g")
    campus.control("faults", {"page_cap": {"user.list": 3}})
    assert len(listed(kaltura, "user")) == 8, "without the group"
    for plan in (
        {"short_total": {"user.list": 1}},
        {"short_total": {"user.list": -1}},
        {"empty_page": {"user.list": 2}},
    ):
        campus.control("faults", {"page_cap": {"user.list": 3}, **plan})
        with pytest.raises(IncompleteReading, match="contradict the total"):
            listed(kaltura, "user")


# ── people and groups ────────────────────────────────────────────────────────────────────────────────


def test_somebody_comes_changes_is_blocked_and_goes(campus: Campus, kaltura: Driver) -> None:
    users = kaltura.handlers()["user"]
    ada = User(email="ada@example.edu", first_name="Ada", last_name=None, job_title="Lecturer", active=False)
    assert users.create(want(ada, "ada")) == "ada"
    (live,) = users.read(Scope((want(ada, "ada", "ada"),), whole=False))
    assert (live.resource.first_name, live.resource.last_name, live.resource.active) == ("Ada", None, False)
    changed = User(email="ada@example.edu", job_title=None, active=True)
    users.update(live, want(changed, "ada", "ada"), [change("job_title"), change("active")])
    (live,) = (found for found in listed(kaltura, "user") if found.remote_id == "ada")
    assert (live.resource.job_title, live.resource.active, live.resource.first_name) == (None, True, "Ada")
    users.remove(live, Removal.DISABLE)
    assert [user["status"] for user in campus.state()["kaltura"]["users"]] == ["active", "inactive"]
    users.remove(live, Removal.DELETE)
    users.remove(live, Removal.DELETE)
    assert list(users.read(Scope((want(changed, "ada", "ada"),), whole=False))) == []


def test_a_login_of_its_own_is_the_id_and_the_owner_is_known(campus: Campus, kaltura: Driver) -> None:
    users = kaltura.handlers()["user"]
    assert users.create(want(User(email="ada@example.edu", login="Ada.L"), "s1")) == "Ada.L"
    owner, ada = listed(kaltura, "user")
    assert (owner.owner, ada.owner) == (True, False)
    assert ada.keys == {"login": "ada.l", "email": "ada@example.edu"}
    with pytest.raises(Refused, match="owner can neither be blocked nor deleted"):
        users.remove(owner, Removal.DISABLE)


def test_who_was_there_before_is_not_what_an_intent_made(campus: Campus, kaltura: Driver) -> None:
    users: Any = kaltura.handlers()["user"]
    wanted = want(User(email="ada@example.edu"), "ada")
    users.create(wanted)
    assert [live.remote_id for live in users.find(sent_intent(campus, wanted.address))] == ["ada"]
    campus.sleep(600)
    assert users.find(sent_intent(campus, wanted.address)) == []


def test_members_are_added_one_by_one_and_twice_is_once(campus: Campus, kaltura: Driver) -> None:
    for name in ("ada", "bob"):
        campus.console("kaltura_add_user", id=name)
    campus.console("kaltura_add_group", id="faculty", members=["bob"])
    groups = kaltura.handlers()["group"]
    wanted = want(Group(members=Members(("ada",))), "faculty")
    (live,) = groups.read(Scope((wanted,)))
    assert live.resource.members == Members(("bob",))
    groups.update(live, wanted, [change("members", added=("ada", "bob"), removed=("bob", "nobody"))])
    (live,) = groups.read(Scope((wanted,)))
    assert live.resource.members == Members(("ada",))
    assert [elements for _, _, _, elements in campus.journal.sent] == [("ada",), ("bob",), (), ()]


def test_a_group_cannot_have_the_id_of_a_person(campus: Campus) -> None:
    person = Address("main", "user", "s1")
    kaltura = campus.open("kaltura", resources={person: User(email="a@example.edu", login="Faculty")})
    groups: Any = kaltura.handlers()["group"]
    told = groups.explain([want(Group(), "faculty"), want(Group(), "staff")])
    assert [(address.name, absence.held) for address, absence in told.items()] == [("faculty", True)]


def test_what_an_account_holds_is_told_as_it_would_be_declared(campus: Campus, kaltura: Driver) -> None:
    campus.console("kaltura_add_user", id="Ada.L", email="ada@example.edu", lastName="Lovelace")
    campus.console("kaltura_add_group", id="faculty", members=["Ada.L"])
    campus.console("kaltura_add_group", id="zoom_staff")
    users, groups = kaltura.handlers()["user"], kaltura.handlers()["group"]
    assert isinstance(users, Explores)
    assert isinstance(groups, Explores)
    found: Any = list(users.explore(Exploration({})))
    fields = {"login": "Ada.L", "email": "ada@example.edu", "last_name": "Lovelace"}
    assert dict(declared(found[1].resource)) == fields
    told: Any = list(groups.explore(Exploration({})))
    assert dict(declared(told[0].resource)) == {"members": Members(("Ada.L",))}
    assert told[1] == LeftAlone("zoom_staff", "its id is no name a file may have")


# ── categories ───────────────────────────────────────────────────────────────────────────────────────


def test_a_category_moves_by_an_action_of_its_own(campus: Campus, kaltura: Driver) -> None:
    categories = kaltura.handlers()["category"]
    top = categories.create(want(Category(tags=("b", "a")), "zoom"))
    low = categories.create(want(Category(title="Lectures", parent=top, moderated=True), "lectures"))
    live = next(found for found in listed(kaltura, "category") if found.remote_id == low)
    assert (live.label, live.resource.parent, live.resource.moderated) == ("zoom>Lectures", top, True)
    moved = Category(title="All", parent=None)
    categories.update(live, want(moved, "lectures", low), [change("parent"), change("title")])
    assert [operation for operation, *_ in campus.journal.sent[2:]] == ["category.move", "category.update"]
    live = next(found for found in listed(kaltura, "category") if found.remote_id == low)
    assert (live.label, live.resource.parent) == ("All", None)


def test_what_has_others_below_it_is_not_deleted(campus: Campus, kaltura: Driver) -> None:
    categories: Any = kaltura.handlers()["category"]
    top = campus.console("kaltura_add_category", name="Zoom")["id"]
    low = campus.console("kaltura_add_category", name="Lectures", parent=top)["id"]
    campus.console("kaltura_edit_category", category=top, entries=12)
    above, below = listed(kaltura, "category")
    (alone,) = categories.weigh([above])
    assert "Lectures" in alone.held
    assert [loss.held for loss in categories.weigh([above, below])] == ["", ""]
    assert "12 entries" in alone.text
    with pytest.raises(Refused, match="1 categories are below it"):
        categories.remove(above, Removal.DELETE)
    campus.console("kaltura_delete_category", category=low)
    categories.remove(below, Removal.DELETE)
    categories.remove(above, Removal.DELETE)
    assert campus.state()["kaltura"]["categories"] == []


def test_a_category_is_renamed_before_it_moves_to_where_its_old_title_is_taken(
    campus: Campus, kaltura: Driver
) -> None:
    ids = [campus.console("kaltura_add_category", name=name)["id"] for name in ("Law", "Art")]
    mine, _ = [campus.console("kaltura_add_category", name="Basics", parent=above)["id"] for above in ids]
    moved = want(Category(title="Basics of law", parent=str(ids[1])), "law", str(mine))
    (live,) = [live for live in listed(kaltura, "category", moved) if live.remote_id == str(mine)]
    kaltura.handlers()["category"].update(live, moved, [change("title"), change("parent")])
    there = {live.remote_id: live.resource for live in listed(kaltura, "category")}[str(mine)]
    assert (there.title, there.parent) == ("Basics of law", str(ids[1]))
    plain = want(Category(title="Basics", parent=str(ids[1])), "law", str(mine))
    with pytest.raises(Refused) as caught:
        kaltura.handlers()["category"].update(live, plain, [change("title")])
    assert caught.value.code == "DUPLICATE_CATEGORY"


@pytest.mark.parametrize(
    ("told", "unmatched"),
    [
        ("a\r\nb", ()),
        ("\r\na\r\n\r\n", ()),
        ("a\nb", ("a\nb",)),
        ("a\r\n b", (" b",)),
        ("a\r", ("a\r",)),
    ],
)
def test_groups_that_are_divided_otherwise_match_nobody(told: str, unmatched: tuple[str, ...]) -> None:
    assert find_unmatched({"optInGroupNames": told}) == unmatched
