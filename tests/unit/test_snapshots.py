"""Snapshots: what is written is read back, only its key opens it, and nothing secret is in it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.errors import NotReady, PlanRefused, ReconcilerError, SecretUnavailable, WriteRefused
from reconciler.ledger import MemoryBudget
from reconciler.model import (
    Absence,
    Account,
    Address,
    Binding,
    Condition,
    CountsRoles,
    Enrolled,
    Evidence,
    Explains,
    Intent,
    LedgerStamp,
    Live,
    Opening,
    Probes,
    Provenance,
    Reading,
    Record,
    Recorded,
    RecordedField,
    Removal,
    Scope,
    Seats,
    State,
    Survey,
    Unread,
    Wanted,
)
from reconciler.model.codec import encode_values
from reconciler.model.snapshot import Book, Snapshot, Sought, read_book, strip, write_book
from reconciler.resources.base import OMITTED, Members, Resource, SecretRef, comparable, unchecked
from reconciler.resources.course import Course
from reconciler.resources.course_meeting import CourseMeeting, Guest
from reconciler.resources.schedules import Series
from reconciler.resources.user import User
from reconciler.run.frozen import FrozenCampus, FrozenDriver, NoSecrets
from reconciler.run.sealing import seal, unseal
from reconciler.secrets import SecretStore, expand
from tests.unit.driver_rig import Safe

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
KEY = bytes(range(32))
BIO = Address("-", "course", "bio")
MEETING = unchecked(
    CourseMeeting,
    {
        "topic": "BIO 101",
        "host": "u1",
        "schedule": Series(("2026-10-01T10:00 50",), 50, "America/New_York"),
        "alternative_hosts": Members(("u2", "x@example.edu")),
        "tracking_fields": {"Department": "Biology"},
        "authentication_exceptions": (Guest("g@example.edu", "Guest"),),
        "passcode": SecretRef("${env:PASSCODE}"),
        "waiting_room": True,
    },
)


def person(remote_id: str, email: str, **values: object) -> Live[Resource]:
    resource = unchecked(User, {"email": email, "first_name": "Ada", "license": "licensed", **values})
    return Live(remote_id, resource, {"email": email}, email)


def snapshot(**values: object) -> Snapshot:
    meeting = Live("81", MEETING, {"meeting": "u1 BIO 101"}, "BIO 101", (), False, NOW)
    pending = Condition("pending", "not accepted yet", blocks=True)
    people = (person("u1", "ada@example.edu"), replace(person("", "p@example.edu"), conditions=(pending,)))
    made = Snapshot(
        environment="default",
        taken=NOW,
        accounts={"zoom-main": Account("zoom", "https://api.zoom.us", "a1")},
        readings=(
            Reading("zoom-main", "user", people, "2 listed, every page read", Seats(1, 5)),
            Reading("zoom-main", "course_meeting", (meeting,), "1 of 1 read one by one"),
        ),
        unread=(
            Unread("zoom-main", "group", "no scope"),
            Unread("zoom-lti", "course_link", "no credential yet", waits_on="zoom-lti/lti_credential/a"),
        ),
        sought=(
            Sought(Address("zoom-main", "course_meeting", "bio/1"), "81", {"meeting": "u1 BIO 101"}),
            Sought(Address("zoom-main", "user", "s9"), "", {"email": "s9@x.edu"}, Absence("expired")),
        ),
        probes=(),
        enrolled=(Enrolled(BIO, "4f2a9c", {"Learner": frozenset({"7", "8"})}),),
        book=write_book(Recorded()),
    )
    return replace(made, **values)  # type: ignore[arg-type]


def read_back(made: Snapshot) -> Snapshot:
    return unseal(seal(made, KEY), KEY, "default", "campus.snapshot")


# ── what is written ──────────────────────────────────────────────────────────────────────────────────────


def test_what_is_sealed_is_read_back() -> None:
    made, back = snapshot(), read_back(snapshot())
    assert replace(back, readings=made.readings) == made
    assert back.readings[0] == made.readings[0]
    (meeting,) = back.readings[1].items
    guests = comparable(MEETING.authentication_exceptions, NOW)
    told = replace(made.readings[1].items[0], resource=meeting.resource)
    assert meeting == told
    assert isinstance(meeting.resource, CourseMeeting)
    assert meeting.resource.schedule == MEETING.schedule
    assert meeting.resource.alternative_hosts == MEETING.alternative_hosts
    assert comparable(meeting.resource.authentication_exceptions, NOW) == guests
    assert meeting.resource.passcode is OMITTED


def test_everything_that_is_recorded_has_its_place() -> None:
    assert [field.name for field in fields(Book)] == [field.name for field in fields(Recorded)]
    assert {field.name for field in fields(Survey)} < {field.name for field in fields(Reading)}
    address = Address("zoom-main", "course_meeting", "bio/1")
    recorded = Recorded(
        stamp=LedgerStamp("l1", {"zoom-main": 3}),
        records=(Record(address, 1, "81", State.CURRENT, Provenance.CREATED, declared=frozenset({"topic"})),),
        bindings={"zoom-main": Binding("zoom-main", "zoom", "https://api.zoom.us", "a1")},
        removals={("zoom-main", "user"): 2},
        waiver_uses={"w": 1},
        contested={(address, "topic"): (NOW, NOW + timedelta(hours=1))},
    )
    assert read_book(read_back(snapshot(book=write_book(recorded))).book) == recorded


def test_no_secret_no_fingerprint_and_no_body_is_written() -> None:
    address = Address("zoom-main", "course_meeting", "bio/1")
    kept = {
        "topic": RecordedField("BIO 101", Evidence.READ, "t"),
        "passcode": RecordedField("f1ngerprint", Evidence.SENT, "t"),
    }
    record = Record(address, 1, "81", State.CURRENT, Provenance.CREATED, kept)
    intent = Intent(
        7,
        "r",
        "zoom-main",
        (address,),
        "create",
        1,
        1,
        "POST",
        {"userId": "u1"},
        {"a": "b0dy"},
        (),
        NOW,
        9,
        "sending",
    )
    made = snapshot(book=write_book(Recorded(records=(record,), intents=(intent,))))
    text = encode_values(book=made.book, readings=made.readings).decode()
    assert "BIO 101" in text
    for hidden in ("f1ngerprint", "b0dy", "PASSCODE"):
        assert hidden not in text
    (written,) = made.book.records
    assert written.fields["passcode"].value is None
    (opened,) = made.book.intents
    assert (opened.addresses, opened.operation, opened.at) == ((address,), "POST", NOW)


def test_of_strangers_only_how_to_recognise_them_is_kept() -> None:
    condition = Condition("pending", "not accepted yet", blocks=True)
    stranger = replace(person("u7", "Eve@example.edu"), label="Eve Evans", conditions=(condition,))
    kept = strip(stranger)
    assert (kept.remote_id, kept.keys, kept.conditions) == ("u7", stranger.keys, (condition,))
    assert (kept.label, kept.resource) == ("Eve@example.edu", unchecked(User, {}))


# ── the seal ─────────────────────────────────────────────────────────────────────────────────────────────


def change_header(text: str, **values: object) -> str:
    first, _, rest = text.partition(".")
    header = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    made = json.dumps({**header, **values}).encode()
    return f"{base64.urlsafe_b64encode(made).decode().rstrip('=')}.{rest}"


def flip(text: str) -> str:
    at = len(text) // 2
    return f"{text[:at]}{'A' if text[at] != 'A' else 'B'}{text[at + 1 :]}"


BROKEN: dict[str, tuple[Callable[[str], str], str]] = {
    "changed": (flip, "does not open"),
    "cut within": (lambda text: text[:-4], "does not open"),
    "cut early": (lambda text: text[: len(text) // 3], "cut short"),
    "empty": (lambda text: "", "is no snapshot"),
    "something else": (lambda text: '{"format": 1}', "is no snapshot"),
    "another format": (
        lambda text: change_header(text, format=2),
        "has format 2, this version reads format 1",
    ),
    "another environment": (
        lambda text: change_header(text, environment="prod"),
        "environment 'prod', not default",
    ),
    "a forged header": (lambda text: change_header(text, more=1), "does not open"),
    "another cipher": (lambda text: change_header(text, enc="A128GCM"), "does not open"),
    "no cipher": (lambda text: change_header(text, alg="none"), "does not open"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_what_is_not_whole_is_refused(how: str) -> None:
    break_it, said = BROKEN[how]
    with pytest.raises(ReconcilerError, match=said):
        unseal(break_it(seal(snapshot(), KEY)), KEY, "default", "campus.snapshot")


def test_another_key_another_environment_and_another_version_are_refused() -> None:
    sealed = seal(snapshot(), KEY)
    with pytest.raises(
        ReconcilerError, match="campus.snapshot does not open: it was sealed with another key"
    ):
        unseal(sealed, bytes(32), "default", "campus.snapshot")
    with pytest.raises(ReconcilerError, match="is of environment 'default', not staging; say which"):
        unseal(sealed, KEY, "staging", "campus.snapshot")
    other = seal(snapshot(taken="yesterday"), KEY)
    with pytest.raises(
        PlanRefused, match="at taken, expected a time .*; another version of reconciler took it"
    ):
        unseal(other, KEY, "default", "campus.snapshot")


def test_keys_are_drawn_as_the_standard_says() -> None:
    drawn = expand(b"\x0b" * 22, b"")  # RFC 5869, test case 3
    assert drawn.hex() == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"


def store(value: str) -> SecretStore:
    return SecretStore(environment={"KEY": value}, root=None, key=None, origins=())


def test_a_key_is_long_and_for_one_purpose() -> None:
    ref, long = SecretRef("${env:KEY}"), store("k" * 32)
    assert len(long.derive(ref, "snapshot")) == 32
    assert long.derive(ref, "snapshot") != long.derive(ref, "pseudonyms")
    with pytest.raises(ReconcilerError, match=r"\$\{env:KEY\} holds fewer than 32 characters") as caught:
        store("k" * 31).derive(ref, "snapshot")
    assert "kkk" not in str(caught.value)
    with pytest.raises(SecretUnavailable, match="is not set"):
        long.derive(SecretRef("${env:NOBODY}"), "snapshot")


# ── drivers that answer from it ──────────────────────────────────────────────────────────────────────────


def open_frozen(
    made: Snapshot, *declared: Address, target: str = "zoom-main", driver: str = "zoom"
) -> FrozenDriver:
    opening = Opening(
        target=target,
        settings={},
        secrets=NoSecrets(Safe()),
        budget=MemoryBudget(lambda: NOW),
        companions={},
        resources=dict.fromkeys(declared, unchecked(User, {})),
        clock=lambda: NOW,
        sleep=lambda _: None,
        planning=True,
    )
    return FrozenCampus(made, opening.budget).open(driver, opening)


def test_what_was_not_read_is_not_read_now_and_says_why() -> None:
    handlers = open_frozen(snapshot()).handlers()
    with pytest.raises(ReconcilerError, match=r"no scope \(in the snapshot of 2026-09-01 12:00 UTC\)"):
        handlers["group"].read(Scope(()))
    with pytest.raises(ReconcilerError, match="it was not asked for"):
        handlers["tracking_field"].read(Scope(()))
    lti = open_frozen(snapshot(), target="zoom-lti", driver="zoom_lti_pro")
    with pytest.raises(NotReady, match="no credential yet") as caught:
        lti.handlers()["course_link"].read(Scope(()))
    assert caught.value.on == "zoom-lti/lti_credential/a"
    with pytest.raises(ReconcilerError, match="no credential yet"):
        lti.whoami()


def test_a_target_is_who_it_was() -> None:
    assert open_frozen(snapshot()).whoami().account == "a1"
    with pytest.raises(ReconcilerError, match="the target is not in it"):
        open_frozen(snapshot(), target="zoom-other").whoami()
    with pytest.raises(ReconcilerError, match="was a target of the driver zoom, not zoom_lti_pro"):
        open_frozen(snapshot(), driver="zoom_lti_pro").whoami()


def test_people_of_a_course_are_those_of_the_same_course() -> None:
    driver: object = open_frozen(read_back(snapshot()), target="canvas-main", driver="canvas")
    assert isinstance(driver, CountsRoles)
    same, other = (Wanted(BIO, "", Course(context_id=text)) for text in ("4f2a9c", "5b"))
    assert driver.roles_in([same]) == [snapshot().enrolled[0]]
    (unknown,) = driver.roles_in([other])
    assert unknown.unknown == "its enrolments were not asked for (in the snapshot of 2026-09-01 12:00 UTC)"
    assert not isinstance(open_frozen(snapshot()), CountsRoles)


def test_a_field_that_is_declared_since_is_said_to_be_unknown() -> None:
    ada, pia = Address("zoom-main", "user", "s1"), Address("zoom-main", "user", "s2")
    handler = open_frozen(snapshot(), ada, pia).handlers()["user"]
    wanted = [
        Wanted(ada, "u1", User(email="ada@example.edu", job_title="Dean", settings={"host_video": True})),
        Wanted(pia, "", User(email="p@example.edu", job_title="Dean")),
    ]
    first, second = handler.read(Scope(tuple(wanted)))
    assert [c.text for c in first.conditions] == [
        "not in the snapshot, and shown as if nothing were set: job_title, settings"
    ]
    assert [c.code for c in second.conditions] == ["pending"]  # nothing is sent to them anyway


def test_a_stranger_is_taken_to_be_as_declared() -> None:
    eve = strip(person("u7", "eve@example.edu", department="Physics"))
    made = snapshot(readings=(Reading("zoom-main", "user", (eve,), "1 listed"),))
    want = Wanted(Address("zoom-main", "user", "s7"), "", User(email="Eve@example.edu", license="basic"))
    (found,) = open_frozen(made, want.address).handlers()["user"].read(Scope((want,)))
    assert found.resource == unchecked(User, {"email": "Eve@example.edu", "license": "basic"})
    assert "its fields are not compared" in found.conditions[0].text
    (left,) = open_frozen(made).handlers()["user"].read(Scope((want,)))
    assert left == eve  # recorded and no longer declared: nothing is claimed


def test_what_was_not_looked_for_is_not_taken_to_be_absent() -> None:
    handler = open_frozen(snapshot()).handlers()["course_meeting"]
    address = Address("zoom-main", "course_meeting", "phy/1")
    want = Wanted(address, "", MEETING)
    assert tuple(handler.read(Scope((want,), whole=False))) == ()
    assert isinstance(handler, Explains)
    (found,) = handler.explain([want]).values()
    assert "made only if it is not there yet" in found.text
    gone = Wanted(Address("zoom-main", "course_meeting", "bio/1"), "81", MEETING)
    assert handler.explain([gone]) == {}
    unborn = Wanted(address, "", unchecked(CourseMeeting, {"topic": "PHY"}))
    assert handler.explain([unborn]) == {}  # its host is not there yet, so neither is it


def test_what_was_known_of_an_absence_holds_for_the_same_keys() -> None:
    handler = open_frozen(snapshot()).handlers()["user"]
    assert isinstance(handler, Explains)
    address = Address("zoom-main", "user", "s9")
    same, other = (Wanted(address, "", User(email=email)) for email in ("s9@x.edu", "s9@y.edu"))
    assert handler.explain([same]) == {address: Absence("expired")}
    assert handler.explain([other]) == {}


def test_nothing_can_be_written_and_no_secret_is_resolved() -> None:
    driver = open_frozen(snapshot())
    handler, live = driver.handlers()["user"], person("u1", "ada@example.edu")
    want = Wanted(Address("zoom-main", "user", "s1"), "u1", live.resource)
    for write in (
        lambda: handler.create(want),
        lambda: handler.update(live, want, ()),
        lambda: handler.remove(live, Removal.DELETE),
    ):
        with pytest.raises(WriteRefused, match="a snapshot cannot be written to"):
            write()
    assert (driver.requests(), isinstance(handler, Probes)) == ({}, False)
    secrets = NoSecrets(Safe({"${env:A}": "value"}))
    assert secrets.fingerprint(SecretRef("${env:A}")) is None
    with pytest.raises(SecretUnavailable):
        secrets.reveal(SecretRef("${env:A}"), "https://api.zoom.us")
