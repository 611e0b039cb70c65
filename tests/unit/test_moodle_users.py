"""People of a Moodle site, against the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.drivers.moodle.api import CHUNK
from reconciler.drivers.moodle.user import CAPABILITY, FEW, UserHandler
from reconciler.errors import IncompleteReading, Refused, Unauthorized, Uncertain
from reconciler.model import Address, Exploration, Live, Removal, Scope, Wanted
from reconciler.resources.base import declared
from reconciler.resources.user import User
from tests.unit.driver_rig import Campus, change, run_campus, sent_intent

ADA: dict[str, Any] = {"email": "ada@example.edu", "first_name": "Ada", "last_name": "Lovelace"}


@pytest.fixture
def campus() -> Iterator[Campus]:
    yield from run_campus()


@pytest.fixture
def users(campus: Campus) -> UserHandler:
    return open_users(campus)


def open_users(campus: Campus, **settings: Any) -> UserHandler:
    handler = campus.open("moodle", **settings).handlers()["user"]
    assert isinstance(handler, UserHandler)
    return handler


def want(name: str = "ada", remote_id: str = "", **fields: Any) -> Wanted[User]:
    return Wanted(Address("main", "user", name), remote_id, User(**fields))


def read(users: UserHandler, *wanted: Wanted[User]) -> list[Live[User]]:
    return list(users.read(Scope(wanted, whole=False)))


def add(campus: Campus, username: str, email: str, **more: Any) -> str:
    return str(campus.console("moodle_add_user", username=username, email=email, **more)["id"])


def stored(campus: Campus, remote_id: str) -> Any:
    return next(user for user in campus.state()["moodle"]["users"] if str(user["id"]) == remote_id)


def test_somebody_is_made_with_a_mailed_password_and_read_back(campus: Campus, users: UserHandler) -> None:
    wanted = want(**ADA, login="ada.l", sis_id="E100", timezone="Europe/Oslo", language="de", company="U")
    remote_id = users.create(wanted)
    (live,) = read(users, wanted)
    assert live.remote_id == remote_id
    fields = dict(declared(live.resource))
    assert fields["login"] == "ada.l"
    assert (fields["sis_id"], fields["timezone"], fields["company"]) == ("E100", "Europe/Oslo", "U")
    assert (fields["active"], fields["department"]) == (True, None)
    assert live.keys == {"login": "ada.l", "email": "ada@example.edu", "sis_id": "e100"}
    assert [mail["to"] for mail in campus.state()["mails"]] == ["ada@example.edu"]


def test_nobody_gets_a_password_where_they_sign_in_elsewhere(campus: Campus) -> None:
    users = open_users(campus, auth="saml2")
    remote_id = users.create(want(**ADA))
    assert (stored(campus, remote_id)["auth"], stored(campus, remote_id)["username"]) == ("saml2", "ada")
    assert campus.state()["mails"] == []


@pytest.mark.parametrize(
    ("account", "fields"),
    [
        ({"username": "x", "email": "x@example.edu", "idnumber": "E100"}, {"sis_id": "E100"}),
        ({"username": "ada", "email": "x@example.edu"}, {}),
        ({"username": "ada.l", "email": "x@example.edu"}, {"login": "Ada.L"}),
        ({"username": "x", "email": "ADA@Example.edu"}, {}),
    ],
)
def test_people_are_found_by_each_key_whatever_its_case(
    campus: Campus, users: UserHandler, account: dict[str, str], fields: dict[str, Any]
) -> None:
    remote_id = add(campus, **account)
    (live,) = read(users, want(**ADA, **fields))
    assert live.remote_id == remote_id
    (key,) = [
        k for k in CAPABILITY.natural_keys if k.of("ada", User(**ADA, **fields)) == live.keys.get(k.name)
    ]
    assert key


def test_an_underscore_in_an_email_is_no_wildcard(campus: Campus, users: UserHandler) -> None:
    add(campus, "axb", "axb@example.edu")
    assert read(users, want("a-b", **{**ADA, "email": "a_b@example.edu"})) == []


def test_many_are_looked_up_some_at_a_time_and_by_one_listing(campus: Campus, users: UserHandler) -> None:
    ids = [str(number) for number in campus.console("moodle_add_people", number=CHUNK + 5)["ids"]]
    wanted = [want(f"p{n}", remote_id, email=f"p{n}@example.edu") for n, remote_id in enumerate(ids, 1)]
    missing = [want(f"new{n}", **{**ADA, "email": f"new{n}@example.edu"}) for n in range(FEW + 1)]
    found = read(users, *wanted, *missing)
    assert sorted(live.remote_id for live in found) == sorted(ids)
    asked = users.site.client.requests()
    assert asked["core_user_get_users_by_field"] == 3  # two by id, one by login
    assert asked["core_user_get_users"] == 1


def test_a_form_that_is_cut_loses_its_token_and_nobody_is_absent(campus: Campus, users: UserHandler) -> None:
    assert users.site.info["username"] == "admin"
    campus.console("moodle_edit_site", most_variables=60)
    wanted = [want(f"u{n}", **{**ADA, "email": f"u{n}@example.edu"}) for n in range(80)]
    with pytest.raises(Unauthorized, match="max_input_vars"):
        read(users, *wanted)


def test_a_reader_who_sees_no_logins_concludes_nothing(campus: Campus) -> None:
    denied = {"user_id": 2, "denied": ["core_user_update_users"]}
    campus.console("moodle_edit_site", tokens={"few": denied})
    add(campus, "ada", "ada@example.edu")
    with pytest.raises(IncompleteReading, match="moodle/user:update"):
        read(open_users(campus, token="few"), want(**ADA))


def test_a_tombstone_is_nobody(campus: Campus, users: UserHandler) -> None:
    remote_id = add(campus, "ada", "ada@example.edu")
    campus.console("moodle_delete_user", user=int(remote_id))
    assert read(users, want("ada", remote_id, **ADA)) == []


def test_only_what_differs_is_sent_and_clearing_is_empty(campus: Campus, users: UserHandler) -> None:
    remote_id = add(campus, "ada", "ada@example.edu", department="Maths", timezone="Europe/Oslo")
    wanted = want("ada", remote_id, **ADA, department=None, timezone="Europe/Rome", active=False)
    (live,) = read(users, wanted)
    users.update(live, wanted, [change("department"), change("timezone"), change("active")])
    (_, _, body, _) = campus.journal.sent[-1]
    assert isinstance(body, dict)
    assert {name for name in body if name.startswith("users")} == {
        f"users[0][{name}]" for name in ("id", "department", "timezone", "suspended")
    }
    (after,) = read(users, wanted)
    assert (after.resource.department, after.resource.timezone, after.resource.active) == (
        None,
        "Europe/Rome",
        False,
    )
    before = len(campus.journal.sent)
    users.update(live, wanted, [])
    assert len(campus.journal.sent) == before


def test_leaving_is_suspending_or_deleting_and_gone_is_gone(campus: Campus, users: UserHandler) -> None:
    remote_id = add(campus, "ada", "ada@example.edu")
    (live,) = read(users, want("ada", remote_id, **ADA))
    users.remove(live, Removal.DISABLE)
    assert stored(campus, remote_id)["suspended"] is True
    for _ in range(2):
        users.remove(live, Removal.DELETE)
    users.remove(live, Removal.DISABLE)
    assert len(campus.state()["moodle"]["users"]) == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"email": "BOB@example.edu"}, "the email belongs to bob"),
        ({"login": "bob"}, "the username belongs to bob"),
        ({"login": "Ada L"}, "may hold only lower-case"),
        ({"first_name": "<b>Ada</b>"}, "firstname holds a `<`"),
        ({"language": "xx"}, "perhaps language"),
    ],
)
def test_a_refusal_says_what_moodle_does_not(
    campus: Campus, users: UserHandler, fields: dict[str, str], words: str
) -> None:
    add(campus, "bob", "bob@example.edu")
    with pytest.raises(Refused, match=words) as caught:
        users.create(want(**{**ADA, **fields}))
    assert caught.value.code == "invalidparameter"


def test_a_taken_email_is_told_on_update_too(campus: Campus, users: UserHandler) -> None:
    add(campus, "bob", "bob@example.edu")
    remote_id = add(campus, "ada", "ada@example.edu")
    (live,) = read(users, want("ada", remote_id, **ADA))
    with pytest.raises(Refused, match="another account has this e-mail"):
        users.update(live, want("ada", remote_id, **{**ADA, "email": "bob@example.edu"}), [change("email")])
    with pytest.raises(Refused, match="the username belongs to bob"):
        users.update(live, want("ada", remote_id, **ADA, login="bob"), [change("login")])


def test_an_account_whose_making_was_not_answered_is_found(campus: Campus, users: UserHandler) -> None:
    fault = {"operation": "core_user_create_users", "ending": "drop_reply", "act": True}
    campus.control("faults", {"status": [fault]})
    with pytest.raises(Uncertain):
        users.create(want(**ADA, login="ada.l"))
    intent = sent_intent(campus, Address("main", "user", "ada"))
    assert [live.keys["login"] for live in users.find(intent)] == ["ada.l"]


def test_everybody_can_be_told_bare(campus: Campus, users: UserHandler) -> None:
    add(campus, "ada", "ada@example.edu", suspended=True)
    add(campus, "guest", "guest@example.edu")
    admin, ada = users.explore(Exploration({}))
    assert admin.owner
    assert dict(declared(admin.resource)) == {
        "login": "admin",
        "email": "owner@example.edu",
        "first_name": "Admin",
        "last_name": "User",
        "language": "en",
    }
    assert ada.resource.active is False
