"""People, against the sandbox: every status, pending ones, licences, e-mails, the ways to take them away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconciler.drivers.zoom.user import CAPABILITY, UserHandler
from reconciler.drivers.zoom.user_removal import COUNTED
from reconciler.errors import IncompleteReading, NeedsPerson, ReconcilerError, Refused, Uncertain
from reconciler.model import Address, Intent, Live, Removal, Scope, Seats, Survey, Wanted
from reconciler.resources.base import OMITTED, Plain
from reconciler.resources.user import User
from tests.unit.driver_rig import Campus, change, run_campus

ANN = "ann@example.edu"


@pytest.fixture
def campus() -> Iterator[Campus]:
    yield from run_campus(users=4)


@pytest.fixture
def people(campus: Campus) -> UserHandler:
    handler = campus.open("zoom").handlers()["user"]
    assert isinstance(handler, UserHandler)
    return handler


def want(remote_id: str = "", **fields: Any) -> Wanted[User]:
    return Wanted(Address("main", "user", "s1"), remote_id, User(**fields))


def read(people: UserHandler, wanted: Wanted[User], *, whole: bool = False) -> Live[User] | None:
    found = people.read(Scope((wanted,), whole=whole))
    email = str(wanted.resource.email).casefold()
    return next(
        (live for live in found if wanted.remote_id in (live.remote_id, "") and live.keys["email"] == email),
        None,
    )


def make(campus: Campus, people: UserHandler, **fields: Any) -> tuple[Wanted[User], Live[User]]:
    """An active person with these fields, made in the console."""
    made = campus.console("add_user", email=fields["email"], status="active", type=1, **fields.pop("has", {}))
    wanted = want(made["id"], **fields)
    live = read(people, wanted)
    assert live is not None
    return wanted, live


def stored(campus: Campus, email: str = ANN) -> Any:
    return next(user for user in campus.state()["users"] if user["email"] == email)


def test_everybody_is_listed_whatever_their_status(campus: Campus, people: UserHandler) -> None:
    campus.console("add_user", email="gone@example.edu", status="inactive")
    campus.console("add_user", email="new@elsewhere.org", status="pending")
    found = {live.label: live for live in people.read(Scope(()))}
    assert len(found) == 7
    assert found["gone@example.edu"].resource.active is False
    pending = found["new@elsewhere.org"]
    assert (pending.remote_id, pending.resource.active) == ("", True)
    assert pending.blocked is not None and pending.blocked.code == "pending"
    assert [live.label for live in found.values() if live.owner] == ["owner@example.edu"]
    licensed = sum(1 for user in campus.state()["users"] if user["type"] == 2)
    survey = people.survey()
    assert survey.seats == Seats(licensed, 100_000)
    rules = [(rule.field, rule.domains) for rule in survey.by_hand]
    assert rules == [("email", frozenset({"example.edu"}))]
    assert survey.creates_a_day == 10_000


def test_without_the_scopes_neither_rule_nor_seats_are_known(campus: Campus, people: UserHandler) -> None:
    campus.control("faults", {"scopes": ["user:read:admin"]})
    assert people.survey() == Survey(creates_a_day=10_000)


def test_details_are_read_only_for_whom_declares_them(campus: Campus, people: UserHandler) -> None:
    made = campus.console("add_user", email=ANN, status="active", job_title="Dean", dept="Law")
    plain = read(people, want(made["id"], email=ANN, department="Law"), whole=True)
    assert plain is not None
    assert (plain.resource.department, plain.resource.job_title) == ("Law", OMITTED)
    assert people.client.requests().get("GET /users/{userId}", 0) == 0
    deep = read(people, want("", email="ANN@example.edu", job_title="Dean"), whole=True)
    assert deep is not None
    assert (deep.resource.job_title, deep.resource.email) == ("Dean", "ANN@example.edu")
    assert people.client.requests()["GET /users/{userId}"] == 1


def test_few_are_read_one_by_one_by_id_then_by_mail(campus: Campus, people: UserHandler) -> None:
    made = campus.console("add_user", email=ANN, status="active")
    found = list(
        people.read(Scope((want("no-such-id", email=ANN), want(made["id"], email=ANN)), whole=False))
    )
    assert [live.remote_id for live in found] == [made["id"]]
    assert list(people.read(Scope((want(email="nobody@example.edu"),), whole=False))) == []
    many = tuple(want(email=f"p{n}@example.edu") for n in range(30))
    assert [live.label for live in people.read(Scope((*many, want(email=ANN)), whole=False))] == [ANN]


def test_a_created_person_is_invited_once_and_pending(campus: Campus, people: UserHandler) -> None:
    wanted = want(email="new@elsewhere.org", first_name="Ann", license="licensed", department="Law")
    remote_id = people.create(wanted)
    assert remote_id
    live = read(people, wanted)
    assert live is not None and live.blocked is not None
    assert (live.resource.first_name, live.resource.license) == ("Ann", "licensed")
    assert campus.control("counters")["mails"] == 1
    assert campus.journal.sent[0][2] == {
        "action": "create",
        "user_info": {"email": "new@elsewhere.org", "type": 2, "first_name": "Ann"},
    }
    with pytest.raises(Refused) as caught:
        people.create(wanted)
    assert caught.value.code == "1005"


@pytest.mark.parametrize(
    ("fields", "follows"),
    [
        ({"email": ANN, "license": "licensed", "first_name": "A", "active": True}, set()),
        ({"email": ANN, "department": "Law", "job_title": None}, {"department"}),
        ({"email": ANN, "active": False, "license": "on_prem"}, {"active", "license"}),
        ({"email": ANN, "settings": {"waiting_room": True}}, {"settings"}),
    ],
)
def test_what_a_create_cannot_carry_follows(fields: Any, follows: set[str]) -> None:
    assert CAPABILITY.follows(User(**fields)) == follows


def test_profile_and_licence_change_in_calls_of_their_own(campus: Campus, people: UserHandler) -> None:
    wanted, live = make(
        campus,
        people,
        email=ANN,
        department="Law",
        job_title=None,
        license="licensed",
        has={"job_title": "Dean"},
    )
    people.update(live, wanted, [change("department"), change("job_title"), change("license")])
    user = stored(campus)
    assert (user["dept"], user["job_title"], user["type"]) == ("Law", "", 2)
    assert [body for _, _, body, _ in campus.journal.sent] == [{"dept": "Law", "job_title": ""}, {"type": 2}]


def test_a_refused_licence_costs_no_other_field(campus: Campus, people: UserHandler) -> None:
    campus.console("edit_account", seats={"licensed": 0})
    wanted, live = make(campus, people, email=ANN, department="Law", license="licensed")
    with pytest.raises(Refused, match="seat|limit"):
        people.update(live, wanted, [change("license"), change("department")])
    assert stored(campus)["dept"] == "Law"


def test_an_email_changes_within_managed_domains_else_a_person_is_needed(
    campus: Campus, people: UserHandler
) -> None:
    wanted, live = make(campus, people, email=ANN)
    people.update(live, want(wanted.remote_id, email="anna@example.edu"), [change("email")])
    assert stored(campus, "anna@example.edu")["id"] == wanted.remote_id
    elsewhere = want(wanted.remote_id, email="ann@elsewhere.org", department="Law")
    with pytest.raises(NeedsPerson) as caught:
        people.update(live, elsewhere, [change("email"), change("department")])
    assert caught.value.page == CAPABILITY.page.id if CAPABILITY.page else False
    assert stored(campus, "anna@example.edu")["dept"] == "Law"


def test_deactivated_and_activated_again(campus: Campus, people: UserHandler) -> None:
    wanted, live = make(campus, people, email=ANN, active=True)
    people.remove(live, Removal.DISABLE)
    gone = read(people, wanted)
    assert gone is not None and gone.resource.active is False
    people.update(gone, wanted, [change("active")])
    assert stored(campus)["status"] == "active"
    people.update(live, want(wanted.remote_id, email=ANN, active=False), [change("active")])
    assert stored(campus)["status"] == "inactive"


def test_managed_people_are_deleted_and_others_unlinked(campus: Campus, people: UserHandler) -> None:
    _, managed = make(campus, people, email=ANN)
    _, foreign = make(campus, people, email="bo@elsewhere.org")
    for live in (managed, foreign):
        for _ in range(2):
            people.remove(live, Removal.DELETE)
    assert {(item["name"], item["how"]) for item in campus.state()["deleted"]} == {
        (ANN, "delete"),
        ("bo@elsewhere.org", "disassociate"),
    }


@pytest.mark.parametrize("how", list(Removal))
def test_pending_people_are_unlinked_either_way(campus: Campus, people: UserHandler, how: Removal) -> None:
    wanted = want(email="new@elsewhere.org")
    people.create(wanted)
    live = read(people, wanted)
    assert live is not None
    people.remove(live, how)
    assert read(people, wanted) is None


def test_an_expired_invitation_is_absent(campus: Campus, people: UserHandler) -> None:
    people.create(want(email="new@elsewhere.org"))
    campus.console("expire_invitation", user="new@elsewhere.org")
    assert read(people, want(email="new@elsewhere.org")) is None


def test_an_uncertain_invitation_is_found_by_its_mail(campus: Campus, people: UserHandler) -> None:
    campus.control("faults", {"status": [{"operation": "POST /users", "ending": "drop_reply", "act": True}]})
    with pytest.raises(Uncertain):
        people.create(want(email="new@elsewhere.org"))
    operation, parameters, body, elements = campus.journal.sent[0]
    address = Address("main", "user", "s1")
    intent = Intent(
        1,
        "r",
        "main",
        (address,),
        "create",
        1,
        1,
        operation,
        parameters,
        body,
        elements,
        campus.clock(),
        1,
        "x",
    )
    assert [live.label for live in people.find(intent)] == ["new@elsewhere.org"]


def test_somebody_older_than_the_intent_is_not_what_it_made(campus: Campus, people: UserHandler) -> None:
    campus.console("add_user", email=ANN, status="active")
    later = campus.clock() + timedelta(hours=1)
    body: Plain = {"action": "create", "user_info": {"email": ANN, "type": 1}}
    address = Address("main", "user", "s1")
    intent = Intent(
        1, "r", "main", (address,), "create", 1, 1, "POST /users", {}, body, (), later, 1, "uncertain"
    )
    assert people.find(intent) == ()


@pytest.mark.parametrize(
    "fault",
    [
        {"short_total": {"GET /users": 2}},
        {"empty_page": {"GET /users": 2}, "page_cap": {"GET /users": 2}},
        {"cut_pages": {"GET /users": 1}, "page_cap": {"GET /users": 2}},
    ],
)
def test_a_listing_that_contradicts_itself_is_not_believed(
    campus: Campus, people: UserHandler, fault: Any
) -> None:
    campus.control("faults", fault)
    with pytest.raises(IncompleteReading):
        list(people.read(Scope(())))


def test_short_pages_are_read_to_the_end(campus: Campus, people: UserHandler) -> None:
    campus.control("faults", {"page_cap": {"GET /users": 2}})
    assert len(list(people.read(Scope(())))) == 5


def test_a_name_zoom_derives_is_as_good_as_none(campus: Campus, people: UserHandler) -> None:
    campus.console("add_user", email=ANN, status="active", first_name="Ann", last_name="Lee")
    live = read(people, want(email=ANN, display_name=None))
    assert live is not None and live.resource.display_name is None


def test_only_declared_settings_are_read_and_only_differing_ones_are_written(
    campus: Campus, people: UserHandler
) -> None:
    asked: Any = {"waiting_room": True, "auto_recording": "cloud", "meeting_authentication": True}
    wanted, live = make(campus, people, email=ANN, settings=asked)
    assert live.resource.settings == {
        "waiting_room": False,
        "auto_recording": "none",
        "meeting_authentication": False,
    }
    people.update(live, wanted, [change("settings")])
    assert stored(campus)["settings"] == {
        "in_meeting": {"waiting_room": True},
        "recording": {"auto_recording": "cloud"},
        "meeting_authentication": True,
    }
    again = read(people, wanted, whole=True)
    assert again is not None and again.resource.settings == asked
    people.update(
        again,
        want(wanted.remote_id, email=ANN, settings=asked | {"waiting_room": False}),
        [change("settings")],
    )
    assert campus.journal.sent[-1][2] == {"in_meeting": {"waiting_room": False}}


def test_settings_of_pending_people_are_not_asked_for(campus: Campus, people: UserHandler) -> None:
    campus.console("add_user", email="new@elsewhere.org", status="pending")
    for whole in (True, False):
        live = read(people, want(email="new@elsewhere.org", settings={"waiting_room": True}), whole=whole)
        assert live is not None and live.blocked is not None
        assert live.resource.settings is OMITTED
    assert people.client.requests().get("GET /users/{userId}/settings", 0) == 0


def test_a_setting_nobody_knows_is_refused_with_the_one_meant() -> None:
    with pytest.raises(ValueError, match="did you mean `waiting_room`"):
        want(email=ANN, settings={"wating_room": True})


def test_what_a_person_holds_goes_to_the_heir(campus: Campus) -> None:
    heir = campus.console("add_user", email="heir@example.edu", status="active", type=2)["id"]
    people = campus.open("zoom", transfer_to="Heir@example.edu").handlers()["user"]
    assert isinstance(people, UserHandler)
    wanted, live = make(campus, people, email=ANN)
    campus.console("add_meeting", host=wanted.remote_id, topic="Soon", start_time="2026-09-10T10:00:00Z")
    campus.console("add_meeting", host=wanted.remote_id, topic="Gone", start_time="2026-09-02T10:00:00Z")
    campus.sleep(3 * 86400.0)
    (loss,) = people.weigh([live])
    assert not loss.held
    assert loss.text.startswith(
        "the account, for good; 2 meetings, 1 still to come, and the cloud recordings"
    )
    assert loss.text.endswith("go to heir@example.edu")
    people.remove(live, Removal.DELETE)
    assert {meeting["host_id"] for meeting in campus.state()["meetings"]} == {heir}
    assert campus.journal.sent[-1][1]["transfer_recording"] == "true"


def test_without_an_heir_what_is_lost_is_said(campus: Campus, people: UserHandler) -> None:
    _, ann = make(campus, people, email=ANN)
    _, guest = make(campus, people, email="bo@elsewhere.org")
    people.create(want(email="new@elsewhere.org"))
    pending = read(people, want(email="new@elsewhere.org"))
    assert pending is not None
    losses = [loss.text for loss in people.weigh([ann, guest, pending])]
    assert losses[0].startswith("the account, for good; 0 meetings, 0 still to come, the cloud recordings")
    assert "which cannot be counted" in losses[0] and losses[0].endswith("transfer_to would hand them over")
    assert losses[1].startswith("the membership; the person keeps an account elsewhere; 0 meetings")
    assert losses[2] == "the open invitation"


@pytest.mark.parametrize(
    ("heir", "has", "why"),
    [
        ("nobody@example.edu", None, "is not in this account"),
        ("heir@example.edu", {"type": 1, "status": "active"}, "has no licence"),
        ("heir@example.edu", {"type": 2, "status": "inactive"}, "is not active"),
        (ANN, None, "this very person"),
    ],
)
def test_an_unfit_heir_holds_up_the_delete(campus: Campus, heir: str, has: Any, why: str) -> None:
    if has:
        campus.console("add_user", email=heir, **has)
    people = campus.open("zoom", transfer_to=heir).handlers()["user"]
    assert isinstance(people, UserHandler)
    _, live = make(campus, people, email=ANN)
    (loss,) = people.weigh([live])
    assert why in loss.held and "transfer_to in reconciler.yaml" in loss.remedy
    with pytest.raises(Refused):
        people.remove(live, Removal.DELETE)
    assert stored(campus)


def test_an_heir_is_an_e_mail(campus: Campus) -> None:
    with pytest.raises(ReconcilerError, match="main: the setting transfer_to is not an e-mail address"):
        campus.open("zoom", transfer_to="s100001")


def test_only_the_first_people_are_counted(campus: Campus, people: UserHandler) -> None:
    _, live = make(campus, people, email=ANN)
    losses = people.weigh([replace(live, remote_id=live.remote_id) for _ in range(COUNTED + 1)])
    assert people.client.requests()["GET /users/{userId}/meetings"] == 2 * COUNTED
    assert "; the meetings, the cloud recordings" in losses[-1].text
