"""Zoom LTI Pro's own API: signatures to the letter, batches, associations nobody can read back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from reconciler.sandbox.lti_pro.signature import sign
from tests.unit.sandbox_rig import LTI_KEY, LTI_SECRET, NOW, Rig

DOMAIN = "https://canvas.example.edu"
IMPORT, REMOVE = "POST /meeting/bulkImport", "PUT /meeting/bulkDisassociate"
CREATE, LIST = "POST /meeting/createAndAssociate", "GET /open/meeting/list"


@pytest.fixture
def lti(rig: Rig) -> Rig:
    rig.console("create_credential", key=LTI_KEY, secret=LTI_SECRET)
    rig.console("add_domain", key=LTI_KEY, domain=DOMAIN)
    return rig


@pytest.fixture
def meeting(lti: Rig) -> Any:
    return lti.add_meeting(lti.add_user("host@example.edu", type=2), start_time="2026-09-07T14:00:00Z")


def row(meeting: Any, **changed: str) -> dict[str, str]:
    return {"meetingId": str(meeting["id"]), "contextId": "4f2a9c", "domain": DOMAIN} | changed


def failed(answer: httpx.Response) -> str:
    """The errorCode, which is text, of an answer that says no."""
    body = answer.json()
    assert body["status"] is False
    assert isinstance(body["errorCode"], str)
    assert body["errorMessage"]
    return str(body["errorCode"])


def links(rig: Rig) -> list[Any]:
    found: list[Any] = rig.show("state")["lti"]["associations"]
    return found


@pytest.mark.parametrize(
    ("pairs", "signature"),
    [
        ({"timestamp": "1634769623355", "key": "KLAIJC9OTI2Hm-vxn3UVHK"}, "L9fzC281pq2xXEoLkKW122ltWfY"),
        (
            {"key": "KLAIJC9OTI2Hm-vxn3UVHK", "timestamp": "1634769623355", "userId": "12dd589465Z="},
            "zGVZR0LJTfIwbJsRMaQSyq7rqug",
        ),
        (
            {
                "userId": "_vIWeZ76TtuFceCKHkVk4Q",
                "pageNum": "1",
                "timestamp": "1661494048201",
                "isUpComing": "true",
                "pageSize": "20",
                "key": "qAnfmSQeSeKWHOE19lwMYg",
            },
            "xfw_z3aSdUgIDTtS1J-r3zVXu4Q",
        ),
    ],
)
def test_signatures_are_the_known_ones(pairs: dict[str, str], signature: str) -> None:
    assert sign(LTI_SECRET, pairs.items()) == signature


def test_a_known_signature_is_let_in_at_its_time(lti: Rig, meeting: Any) -> None:
    lti.control("clock", {"now": datetime.fromtimestamp(1634769623.355).astimezone().isoformat()})
    answer = lti.client.post(
        lti.sandbox.settings()["zoom_lti_pro"]["base_url"] + "/meeting/bulkImport",
        params={"key": LTI_KEY, "timestamp": "1634769623355"},
        headers={"X-Lti-Signature": "L9fzC281pq2xXEoLkKW122ltWfY"},
        json=[row(meeting)],
    )
    assert answer.json() == {"status": True, "result": {}}


@pytest.mark.parametrize(
    ("minutes", "accepted"), [(0, True), (-60, True), (60, True), (-61, False), (61, False)]
)
def test_a_signature_lives_an_hour(lti: Rig, minutes: int, accepted: bool) -> None:
    moment = datetime.fromisoformat(NOW) + timedelta(minutes=minutes)
    answer = lti.lti(LIST, timestamp=str(int(moment.timestamp() * 1000)))
    assert (answer.json()["errorCode"] != "401") is accepted


@pytest.mark.parametrize(
    "told",
    [
        {"secret": "wrong"},
        {"key": "unknown"},
        {"timestamp": "yesterday"},
        {"timestamp": ""},
    ],
)
def test_bad_signatures_are_refused_alike(lti: Rig, told: dict[str, str]) -> None:
    answer = lti.lti(IMPORT, [], **told)
    assert (answer.status_code, failed(answer)) == (401, "401")
    assert "(2203)" in answer.json()["errorMessage"]


def test_every_parameter_is_signed(lti: Rig) -> None:
    url = lti.sandbox.settings()["zoom_lti_pro"]["base_url"] + "/meeting/bulkImport"
    params = {"key": LTI_KEY, "timestamp": str(int(datetime.fromisoformat(NOW).timestamp() * 1000))}
    good = sign(LTI_SECRET, params.items())
    for extra, signature in (({"userId": "x"}, good), ({}, ""), ({}, good + "="), ({}, good.swapcase())):
        answer = lti.client.post(url, params=params | extra, headers={"X-Lti-Signature": signature}, json=[])
        assert failed(answer) == "401"


def test_the_code_stays_in_french(lti: Rig) -> None:
    lti.faults(language="fr")
    answer = lti.lti(IMPORT, [], secret="wrong")
    assert (failed(answer), "(2203)" in answer.json()["errorMessage"]) == ("401", True)


def test_both_forms_of_a_batch_store_the_same(lti: Rig, meeting: Any) -> None:
    owner = lti.user("owner@example.edu")["id"]
    for body in (
        [row(meeting)],
        {"userId": owner, "meetingList": [row(meeting)]},
        {"meetingList": [row(meeting)]},
    ):
        assert lti.lti(IMPORT, body).json() == {"status": True, "result": {}}
        link = {"key": LTI_KEY, "meeting_id": meeting["id"], "context_id": "4f2a9c", "domain": DOMAIN}
        assert links(lti) == [link | {"course_id": ""}]
        assert lti.lti(REMOVE, body).json()["status"] is True
        assert links(lti) == []


def test_importing_again_stores_nothing_twice(lti: Rig, meeting: Any) -> None:
    for course in ("1041", "1042"):
        assert lti.lti(IMPORT, [row(meeting, courseId=course)]).json()["status"] is True
    assert [link["course_id"] for link in links(lti)] == ["1042"]
    for _ in range(2):
        assert lti.lti(REMOVE, [row(meeting)]).json()["status"] is True


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"meetingId": 80_000_000_000}, "400"),
        ({"meetingId": "abc"}, "400"),
        ({"contextId": ""}, "400"),
        ({"contextId": None}, "400"),
        ({"extra": "x"}, "400"),
        ({"meetingId": "99999999999"}, "404"),
        ({"domain": DOMAIN + "/"}, "403"),
        ({"domain": "https://moodle.example.edu"}, "403"),
    ],
)
@pytest.mark.parametrize("call", [IMPORT, REMOVE])
def test_one_bad_row_refuses_the_batch(
    lti: Rig, meeting: Any, call: str, changed: dict[str, Any], code: str
) -> None:
    answer = lti.lti(call, [row(meeting), row(meeting) | changed])
    assert (answer.status_code, failed(answer)) == (200, code)
    assert links(lti) == []


@pytest.mark.parametrize("field", ["meetingId", "contextId", "domain"])
def test_three_fields_are_required(lti: Rig, meeting: Any, field: str) -> None:
    body = row(meeting)
    del body[field]
    assert failed(lti.lti(IMPORT, [body])) == "400"


@pytest.mark.parametrize("call", [IMPORT, REMOVE])
def test_a_batch_has_at_most_400_rows(lti: Rig, meeting: Any, call: str) -> None:
    assert failed(lti.lti(call, [row(meeting, contextId=f"c{n}") for n in range(401)])) == "400"
    assert failed(lti.lti(call, [])) == "400"
    assert lti.lti(call, [row(meeting, contextId=f"c{n}") for n in range(400)]).json()["status"] is True


def test_the_acting_user_of_a_batch_must_be_an_admin(lti: Rig, meeting: Any) -> None:
    host, owner = meeting["host_id"], lti.user("owner@example.edu")["id"]
    assert failed(lti.lti(IMPORT, [row(meeting)], userId=host)) == "403"
    assert failed(lti.lti(IMPORT, {"userId": host, "meetingList": [row(meeting)]})) == "403"
    assert failed(lti.lti(IMPORT, [row(meeting)], userId="nobody")) == "404"
    assert lti.lti(IMPORT, [row(meeting)], userId=owner).json()["status"] is True


def test_domains_belong_to_a_credential(lti: Rig, meeting: Any) -> None:
    minted = lti.console("create_credential", name="lti-2027")
    told = {"key": minted["key"], "secret": minted["secret"]}
    assert failed(lti.lti(IMPORT, [row(meeting)], **told)) == "403"
    lti.console("add_domain", key=minted["key"], domain=DOMAIN)
    assert lti.lti(IMPORT, [row(meeting)], **told).json()["status"] is True


def listed(
    rig: Rig, host: str, upcoming: str = "true", page: str = "1", size: str = "20", **more: Any
) -> Any:
    answer = rig.lti(LIST, isUpComing=upcoming, pageNum=page, pageSize=size, userId=host, **more).json()
    assert answer["status"] is True
    return answer["result"]


def test_the_list_shows_associated_meetings_only_and_no_course(lti: Rig, meeting: Any) -> None:
    lti.add_meeting(meeting["host_id"])
    assert listed(lti, meeting["host_id"])["list"] == []
    lti.lti(IMPORT, [row(meeting)])
    result = listed(lti, meeting["host_id"])
    assert (result["pageNum"], result["pageSize"], result["total"]) == (1, 20, 1)
    assert result["list"] == [
        {
            "meetingId": meeting["uuid"],
            "meetingNumber": str(meeting["id"]),
            "hostId": meeting["host_id"],
            "topic": "Zoom Meeting",
            "startTime": "2026-09-07 10:00:00",
            "duration": 60,
            "timezone": "America/New_York",
            "pmi": "",
            "type": 2,
            "status": 0,
        }
    ]
    lti.zoom(f"DELETE /meetings/{meeting['id']}", schedule_for_reminder="false")
    assert listed(lti, meeting["host_id"])["total"] == 0
    assert links(lti) == []


def test_upcoming_ascends_and_history_descends_over_pages(lti: Rig, meeting: Any) -> None:
    host = meeting["host_id"]
    days = [10, 8, 9]
    numbers = {day: lti.add_meeting(host, start_time=f"2026-09-{day:02}T10:00:00Z")["id"] for day in days}
    lti.lti(IMPORT, [row({"id": number}) for number in numbers.values()])
    order = [str(numbers[day]) for day in sorted(days)]
    pages = [listed(lti, host, page=page, size="2")["list"] for page in ("1", "2", "3")]
    assert [[item["meetingNumber"] for item in page] for page in pages] == [order[:2], order[2:], []]
    lti.control("clock", {"now": "2026-09-20T00:00:00Z"})
    assert listed(lti, host)["total"] == 0
    assert [item["meetingNumber"] for item in listed(lti, host, "false")["list"]] == order[::-1]


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"pageNum": "0"}, "400"),
        ({"pageSize": "0"}, "400"),
        ({"pageSize": "1001"}, "400"),
        ({"isUpComing": "yes"}, "400"),
        ({"userId": "nobody"}, "404"),
    ],
)
def test_a_list_asks_properly(lti: Rig, told: dict[str, str], code: str) -> None:
    query = {"isUpComing": "true", "pageNum": "1", "pageSize": "20", "userId": "x"}
    assert failed(lti.lti(LIST, **(query | told))) == code


def creation(rig: Rig, **changed: Any) -> Any:
    info = {"topic": "BIO 101", "type": 2, "start_time": "2026-09-07T14:00:00Z"}
    host = rig.add_user("h@example.edu", type=2)
    return {"userId": host, "contextId": "c", "domain": DOMAIN, "meetingInfo": info} | changed


def test_create_and_associate_makes_a_meeting_each_time(lti: Rig) -> None:
    body = creation(lti)
    numbers = [lti.lti(CREATE, body).json()["result"]["id"] for _ in range(2)]
    assert [str(link["meeting_id"]) for link in links(lti)] == numbers
    assert lti.zoom(f"GET /meetings/{numbers[0]}").json()["topic"] == "BIO 101"


def test_a_failed_association_names_the_meeting_it_left_behind(lti: Rig) -> None:
    answer = lti.lti(CREATE, creation(lti, domain="https://other.example.edu"))
    assert failed(answer) == "403"
    assert lti.zoom(f"GET /meetings/{answer.json()['result']['id']}").status_code == 200
    assert links(lti) == []


@pytest.mark.parametrize(
    "info", [{"type": 2}, {"topic": "x"}, {"topic": "x", "type": 10}, {"topic": "x", "type": 2, "title": "y"}]
)
def test_create_and_associate_is_typed(lti: Rig, info: dict[str, Any]) -> None:
    assert failed(lti.lti(CREATE, creation(lti, meetingInfo=info))) == "400"
    assert lti.show("state")["meetings"] == []


def test_unknown_paths_and_methods(lti: Rig) -> None:
    assert lti.lti("POST /meeting/bulkImports", []).status_code == 404
    assert lti.lti("POST /meeting/bulkDisassociate", []).status_code == 405
    assert lti.show("counters")["writes"] == {"unknown": 2}
