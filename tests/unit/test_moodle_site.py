"""Moodle's ways to say no, its forms, and what its token may do, against the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.drivers.moodle.api import (
    ADD_MEMBERS,
    CREATE_TOOL,
    LIST_COHORTS,
    MOST_VARIABLES,
    OPERATIONS,
    UPDATE_COHORTS,
    Dialect,
    chunks,
    flatten,
)
from reconciler.drivers.operations import Answer, Operation, Refusal
from reconciler.errors import (
    Absent,
    ReconcilerError,
    Refused,
    RequestError,
    Unauthorized,
    Uncertain,
)
from reconciler.model import Address, Admits, ChecksCourses, Driver, Lacks, Wanted
from reconciler.model.ports import Scope
from reconciler.resources.course import Course
from tests.unit.driver_rig import Campus, run_campus


@pytest.fixture
def campus() -> Iterator[Campus]:
    yield from run_campus()


def judge(body: Any, status: int = 200, operation: Operation = UPDATE_COHORTS) -> Refusal | None:
    return Dialect().refusal(operation, Answer(status, {}, body))


def exception(code: str, name: str = "core\\exception\\moodle_exception") -> dict[str, str]:
    return {"exception": name, "errorcode": code, "message": "Words."}


@pytest.mark.parametrize(
    ("body", "error", "code"),
    [
        (exception("invalidtoken"), Unauthorized, "invalidtoken"),
        (exception("accessexception", "webservice_access_exception"), Unauthorized, "accessexception"),
        (exception("invalidrecordunknown", "dml_missing_record_exception"), Absent, "invalidrecordunknown"),
        (exception("nopermissions"), Refused, "nopermissions"),
        (exception("invalidparameter"), Refused, "invalidparameter"),
        (exception("dmlwriteexception", "dml_write_exception"), Refused, "dmlwriteexception"),
        (exception("sitemaintenance"), Refused, "sitemaintenance"),
        (exception("<div>Passwords must be long.</div>"), Refused, "<div>Passwords must be long.</div>"),
        ({"warnings": [{"warningcode": "2", "message": "user not exists"}]}, Refused, "2"),
        (
            {"warnings": [{"item": "user", "warningcode": "invaliduserid", "message": "x"}]},
            Absent,
            "invaliduserid",
        ),
    ],
)
def test_a_no_within_200_is_a_no(body: Any, error: type[Refused], code: str) -> None:
    refusal = judge(body)
    assert refusal is not None
    assert (refusal.error, refusal.code, refusal.uncertain) == (error, code, False)


@pytest.mark.parametrize(
    "body", [None, [], {}, {"warnings": []}, {"id": 3}, {"warnings": [{"warningcode": "3"}]}]
)
def test_null_and_empty_answers_are_successes(body: Any) -> None:
    assert judge(body) is None


def test_what_does_not_tell_is_uncertain() -> None:
    crash = {"exception": "TypeError", "message": "lti_get_instance_type(): Return value"}
    for refusal in (
        judge(exception("dbconnectionfailed", "dml_connection_exception")),
        judge(crash),
        judge(None, 503),
        Dialect().refusal(UPDATE_COHORTS, Answer(200, {}, None, empty=True)),
    ):
        assert refusal is not None
        assert refusal.uncertain
    read = judge(crash, operation=LIST_COHORTS)
    assert read is not None
    assert (read.uncertain, read.code) == (False, "TypeError")


@pytest.mark.parametrize(
    ("down", "error", "words"),
    [
        ("services", Unauthorized, "web services or the REST protocol are off"),
        ("cli", Uncertain, "maintenance"),
        ("database", Uncertain, "database did not answer"),
    ],
)
def test_a_site_that_is_down_says_why(
    campus: Campus, down: str, error: type[RequestError], words: str
) -> None:
    campus.console("moodle_edit_site", down=down)
    with pytest.raises(error, match=words):
        campus.open("moodle").whoami()


def test_a_wrong_address_is_told_as_such(campus: Campus) -> None:
    elsewhere = campus.open("moodle", base_url=f"{campus.sandbox.origin}/moodle/lms")
    with pytest.raises(Unauthorized, match="no Moodle at this address"):
        elsewhere.whoami()


def test_an_expired_token_asks_for_a_new_one(campus: Campus) -> None:
    campus.console("moodle_edit_site", tokens={"old": {"user_id": 2, "expires_at": 1}})
    for _ in range(2):
        with pytest.raises(Unauthorized, match="make a new one"):
            campus.open("moodle", token="old").whoami()


def test_the_site_tells_whose_it_is(campus: Campus) -> None:
    account = campus.open("moodle").whoami()
    assert (account.account, account.label, account.user_id) == (
        "https://moodle.sandbox.example",
        "Example Campus",
        "2",
    )


def few(campus: Campus, *missing: str) -> Driver:
    held = [operation.name for operation in OPERATIONS if operation.name not in missing]
    own = {"sandbox-moodle-token": {"user_id": 2}}
    campus.console("moodle_edit_site", tokens=own | {"few": {"user_id": 2, "functions": held}})
    return campus.open("moodle", token="few")


def test_what_the_service_lacks_is_known_before_any_call(campus: Campus) -> None:
    driver: object = few(campus, CREATE_TOOL.name, LIST_COHORTS.name)
    assert isinstance(driver, Admits)
    assert set(driver.lacking()) == {CREATE_TOOL.name, LIST_COHORTS.name}
    whole: object = campus.open("moodle")
    assert isinstance(whole, Admits)
    assert whole.lacking() == {}


def test_a_function_that_is_not_held_is_never_called(campus: Campus) -> None:
    driver = few(campus, LIST_COHORTS.name, ADD_MEMBERS.name)
    handler = driver.handlers()["group"]
    lacking: object = handler
    assert isinstance(lacking, Lacks)
    assert lacking.lacks("create") == ADD_MEMBERS.name
    assert lacking.lacks("delete") == ""
    with pytest.raises(Refused, match="not in the service"):
        list(handler.read(Scope(())))
    assert set(driver.requests()) == {"core_webservice_get_site_info"}


def test_parameters_are_written_as_php_reads_them() -> None:
    told = {"users": [{"id": 4, "suspended": True, "email": None}, {"names": ["a", "b"]}], "x": False}
    assert dict(flatten(told)) == {
        "users[0][id]": "4",
        "users[0][suspended]": "1",
        "users[0][email]": "",
        "users[1][names][0]": "a",
        "users[1][names][1]": "b",
        "x": "0",
    }


def test_no_form_exceeds_what_a_site_surely_reads(campus: Campus) -> None:
    rows = [
        {"cohorttype": {"type": "id", "value": 1}, "usertype": {"type": "id", "value": n}} for n in range(500)
    ]
    for some in chunks(rows):
        assert len(list(flatten({"members": some}))) < MOST_VARIABLES
    handler: Any = campus.open("moodle").handlers()["group"]
    with pytest.raises(ReconcilerError, match="nothing was sent"):
        handler.site.ask(ADD_MEMBERS, {"members": rows})


def test_the_token_travels_in_the_body_and_nothing_of_it_is_journalled(campus: Campus) -> None:
    driver = campus.open("moodle")
    site: Any = driver.handlers()["group"]
    with pytest.raises(Absent):
        site.site.ask(
            UPDATE_COHORTS,
            {
                "cohorts": [
                    {"id": 9, "categorytype": {"type": "system", "value": ""}, "name": "x", "idnumber": "x"}
                ]
            },
        )
    assert "sandbox-moodle-token" not in repr((campus.journal.sent, driver, vars(driver)["_site"]))
    assert campus.journal.states == ["refused"]


def test_courses_are_looked_for_by_their_number(campus: Campus) -> None:
    driver: object = campus.open("moodle")
    assert isinstance(driver, ChecksCourses)
    there = str(campus.console("moodle_add_course", shortname="BIO101")["id"])
    wanted = {"there": there, "gone": "77", "front": "1", "other": "4f2a9c"}
    found = driver.check_courses(
        [Wanted(Address("-", "course", name), "", Course(context_id=text)) for name, text in wanted.items()]
    )
    assert {address.name: text.partition(",")[0] for address, text in found.items()} == {
        "gone": "main has no course with the context_id 77",
        "front": "context_id 1 is the front page of main",
        "other": "context_id 4f2a9c is not the number that a course of main has",
    }
