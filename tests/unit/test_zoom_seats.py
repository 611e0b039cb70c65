"""Who comes in and who gets a seat, against the sandbox: seats, ways to create, refusals known beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.drivers.zoom.api import RATES
from reconciler.drivers.zoom.twins import find_twins
from reconciler.drivers.zoom.user import UserHandler
from reconciler.drivers.zoom.user_creation import LAPSED, OUTSIDE, STUCK, creations_a_day, make_password
from reconciler.errors import Deferred, Refused
from reconciler.model import Absence, Address, Scope, Seats, Twins, Wanted
from reconciler.resources.user import User
from tests.unit.driver_rig import Campus, run_campus

NEW = "new@example.edu"
LISTING = ["user:read:admin", "user:write:admin"]


@pytest.fixture
def campus() -> Iterator[Campus]:
    yield from run_campus(users=4, seats={"licensed": 5})


def people_of(campus: Campus, **settings: Any) -> UserHandler:
    handler = campus.open("zoom", **settings).handlers()["user"]
    assert isinstance(handler, UserHandler)
    return handler


def want(email: str = NEW, remote_id: str = "", **fields: Any) -> Wanted[User]:
    name = email.partition("@")[0]
    return Wanted(Address("main", "user", name), remote_id, User(email=email, **fields))


def explain(people: UserHandler, *wanted: Wanted[User]) -> dict[str, Absence]:
    return {address.name: absence for address, absence in people.explain(wanted).items()}


def passwords(campus: Campus) -> list[Any]:
    bodies: list[Any] = [body for _, _, body, _ in campus.journal.sent]
    return [body["user_info"].get("password") for body in bodies]


def test_seats_come_from_the_plan_with_those_held_for_invited_people(campus: Campus) -> None:
    people = people_of(campus)
    people.create(want("guest@elsewhere.org", license="licensed"))
    list(people.read(Scope(())))
    assert people.survey().seats == Seats(3, 5)
    assert people.client.requests()["GET /accounts/{accountId}/plans/usage"] == 1


def test_without_the_right_to_see_the_plan_the_listing_counts(campus: Campus) -> None:
    campus.control("faults", {"scopes": LISTING})
    people = people_of(campus)
    list(people.read(Scope(())))
    assert people.survey().seats == Seats(2)


@pytest.mark.parametrize("body", [{}, {"plan_base": {}}, {"plan_base": {"hosts": "many"}}, {"plan_base": 7}])
def test_a_plan_of_another_shape_tells_no_total(campus: Campus, body: Any) -> None:
    name = "GET /accounts/{accountId}/plans/usage"
    campus.control("faults", {"status": [{"operation": name, "status": 200, "body": body}]})
    people = people_of(campus)
    list(people.read(Scope(())))
    assert people.survey().seats == Seats(2)


@pytest.mark.parametrize(
    ("action", "features"),
    [
        ("create", []),
        ("autoCreate", ["auto_create"]),
        ("custCreate", ["isv"]),
        ("ssoCreate", ["sso", "pre_provision_sso"]),
    ],
)
def test_each_way_makes_somebody_active_in_a_managed_domain(
    campus: Campus, action: str, features: list[str]
) -> None:
    campus.console("edit_account", features=features)
    people = people_of(campus, create_users=action)
    remote_id = people.create(want())
    (live,) = people.read(Scope((want(),), whole=False))
    assert (live.remote_id, live.blocked) == (remote_id, None)
    assert campus.control("counters")["mails"] == 0
    assert passwords(campus) == (["[redacted]"] if action == "autoCreate" else [None])


def test_a_password_fits_every_time_and_is_never_the_same() -> None:
    made = {make_password() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        assert 8 <= len(password) <= 32
        sorts = (str.islower, str.isupper, str.isdigit)
        assert all(any(sort(sign) for sign in password) for sort in sorts)


def test_whom_auto_create_would_refuse_is_known_beforehand(campus: Campus) -> None:
    campus.console("edit_account", features=["auto_create"])
    people = people_of(campus, create_users="autoCreate")
    told = explain(people, want(), want("guest@elsewhere.org"))
    assert told["guest"] is OUTSIDE
    assert "Forgot password" in told["new"].text and not told["new"].held
    with pytest.raises(Refused) as caught:
        people.create(want("guest@elsewhere.org"))
    assert caught.value.code == "1116"
    assert people.create(want()), "a refusal of one e-mail is nobody else's"


def test_without_the_domain_scope_nobody_is_held_back(campus: Campus) -> None:
    campus.control("faults", {"scopes": LISTING})
    people = people_of(campus, create_users="autoCreate")
    assert not any(absence.held for absence in people.explain([want("guest@elsewhere.org")]).values())


@pytest.mark.parametrize(
    ("action", "features", "code"),
    [
        ("ssoCreate", [], "2002"),
        ("ssoCreate", ["sso"], "2032"),
        ("custCreate", [], "200"),
        ("autoCreate", [], "200"),
    ],
)
def test_a_refusal_of_everybody_is_asked_for_once(
    campus: Campus, action: str, features: list[str], code: str
) -> None:
    campus.console("edit_account", features=features)
    people = people_of(campus, create_users=action)
    for email in (NEW, "other@example.edu"):
        with pytest.raises(Refused) as caught:
            people.create(want(email))
        assert caught.value.code == code
    assert people.client.requests()["POST /users"] == 1


def test_an_account_elsewhere_is_remembered_for_a_day(campus: Campus) -> None:
    campus.console("add_foreign_email", email=NEW)
    people = people_of(campus)
    assert explain(people, want()) == {}
    with pytest.raises(Refused) as caught:
        people.create(want())
    assert caught.value.code == "1009"
    assert explain(people, want("NEW@example.edu"), want("other@example.edu")) == {"NEW": STUCK}
    campus.sleep(86401.0)
    assert explain(people, want()) == {}


def test_an_expired_invitation_of_ours_is_told_from_somebody_gone(campus: Campus) -> None:
    people = people_of(campus)
    guest = people.create(want("guest@elsewhere.org"))
    campus.console("expire_invitation", user="guest@elsewhere.org")
    told = explain(people, want("guest@elsewhere.org", guest), want("gone@example.edu", "no-such-id"))
    assert told == {"guest": LAPSED}
    assert explain(people, want("guest@elsewhere.org")) == {}, "nobody's invitation is just sent"


def test_the_days_invitations_are_counted_and_the_rest_deferred(campus: Campus) -> None:
    assert {plan: creations_a_day(plan) for plan in RATES} == {
        "free": 50,
        "pro": 1_500,
        "business": 10_000,
        "education": 10_000,
        "enterprise": 10_000,
    }
    campus.console("edit_account", plan="free")
    people = people_of(campus, plan="free")
    for number in range(50):
        people.create(want(f"p{number}@example.edu"))
    with pytest.raises(Deferred) as caught:
        people.create(want())
    assert caught.value.until.isoformat() == "2026-09-02T00:00:00+00:00"
    assert people.client.requests()["POST /users"] == 50


def test_a_day_that_others_used_up_stops_invitations_and_nothing_else(campus: Campus) -> None:
    campus.console("edit_quota", counts={"creations": 10_000})
    people = people_of(campus)
    for _ in range(2):
        with pytest.raises(Deferred):
            people.create(want())
    assert people.client.requests()["POST /users"] == 1
    assert list(people.read(Scope((want(),), whole=False))) == []
    campus.sleep(86400.0)
    assert people.create(want())


def user(email: str, first: str = "", last: str = "", **more: Any) -> Any:
    fields = {"id": email.upper(), "email": email, "status": "active", "first_name": first, "last_name": last}
    return fields | more


def test_twins_share_an_employee_id_or_name_and_local_part() -> None:
    listed = [
        user("ada@example.edu", "Ada", "Lee"),
        user("ADA@alumni.example.edu", "ada", "LEE"),
        user("ada.lee@example.edu", "Ada", "Lee"),
        user("x@example.edu", employee_unique_id="E7"),
        user("y@example.edu", employee_unique_id="e7", status="pending"),
        user("z@example.edu", "Zoe", ""),
        user("z@other.org", "Zoe", ""),
    ]
    assert find_twins(listed) == (
        Twins(
            ("ADA@ALUMNI.EXAMPLE.EDU", "ADA@EXAMPLE.EDU"),
            "both have the same name, and e-mails that differ in the domain only",
        ),
        Twins(("X@EXAMPLE.EDU", "y@example.edu"), "both have the same employee id"),
    )
