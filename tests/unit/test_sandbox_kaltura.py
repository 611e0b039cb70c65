"""The simulated Kaltura: how it is asked, how it answers, and what it does to a Zoom integration."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest

from tests.unit.sandbox_rig import Rig
from tests.unit.sandbox_rig import rig as rig
from tests.unit.sandbox_rig import running_rig as running_rig

SETTING = "KalturaZoomIntegrationSetting"
JSON = {"Content-Type": "application/json"}
Refused = tuple[str, Any]


def post(rig: Rig, name: str, *, ct: str = "application/json", **body: Any) -> httpx.Response:
    """`service.action` with a JSON body that asks for JSON."""
    service, action = name.split(".")
    url = f"{rig.sandbox.settings()['kaltura']['base_url']}/service/{service}/action/{action}"
    sent = {"format": 1, **body}
    return rig.client.post(url, json=sent, headers={"Content-Type": ct})


def start(rig: Rig, privileges: str = "disableentitlement", **changed: Any) -> Any:
    known = rig.sandbox.settings()["kaltura"]
    widget = post(rig, "session.startWidgetSession", widgetId=f"_{known['partner_id']}").json()["ks"]
    proof = hashlib.sha1((widget + known["app_token"]).encode()).hexdigest()  # noqa: S324 - the vendor's hash
    told = {"ks": widget, "id": known["app_token_id"], "tokenHash": proof, "sessionPrivileges": privileges}
    return post(rig, "apptoken.startSession", **(told | changed)).json()


@pytest.fixture
def ks(rig: Rig) -> str:
    return str(start(rig)["ks"])


def ask(rig: Rig, ks: str, name: str, **body: Any) -> Any:
    return post(rig, name, ks=ks, **body).json()


def refused(answer: Any) -> Refused:
    assert answer["objectType"] == "KalturaAPIException", answer
    return answer["code"], answer["args"]


def install(rig: Rig, account: str = "zoom-1") -> int:
    rig.console("kaltura_install_app", code=rig.console("kaltura_get_code")["code"], account=account)
    found = next(i for i in rig.show("state")["kaltura"]["integrations"] if i["account"] == account)
    return int(found["id"])


def set_up(rig: Rig, ks: str, key: int, **setting: Any) -> Any:
    body = {"id": key, "integrationSetting": {"objectType": SETTING, **setting}}
    return ask(rig, ks, "vendor_vendorintegration.update", **body)


def listed(rig: Rig, ks: str) -> Any:
    return ask(rig, ks, "vendor_zoomvendor.list")["objects"]


# ── asking and answering ─────────────────────────────────────────────────────────────────────────────


def test_everything_is_200_and_a_no_tells_its_arguments(rig: Rig, ks: str) -> None:
    absent = post(rig, "user.get", ks=ks, userId="nobody")
    assert (absent.status_code, refused(absent.json())) == (200, ("INVALID_USER_ID", []))
    assert refused(ask(rig, ks, "category.get", id=7)) == ("CATEGORY_NOT_FOUND", {"ID": "7"})
    assert refused(ask(rig, ks, "users.get")) == ("SERVICE_DOES_NOT_EXISTS", {"SRV_NAME": "users"})
    assert refused(ask(rig, ks, "user.fetch"))[0] == "ACTION_DOES_NOT_EXISTS"
    assert refused(ask(rig, "", "user.list"))[0] == "MISSING_KS"
    assert refused(ask(rig, "", "user.add")) == ("MISSING_MANDATORY_PARAMETER", {"PARAM_NAME": "user"})
    assert ask(rig, ks, "USER.LIST")["totalCount"] == 1


def test_a_body_counts_only_with_the_exact_content_type(rig: Rig, ks: str) -> None:
    answer = post(rig, "user.list", ks=ks, ct="application/json; charset=utf-8")
    assert answer.headers["content-type"] == "text/xml", "not even the format was read"
    assert "MISSING_KS" in answer.text


def test_forms_paths_and_queries_say_the_same(rig: Rig, ks: str) -> None:
    ask(rig, ks, "user.add", user={"id": "ada", "email": "ada@example.edu"})
    base = rig.sandbox.settings()["kaltura"]["base_url"]
    form = {"ks": ks, "filter:idEqual": "ada", "format": "2"}
    by_form = rig.client.post(f"{base}/service/user/action/list/format/1", data=form)
    assert [user["id"] for user in by_form.json()["objects"]] == ["ada"], "the path wins over the body"
    query = {"service": "user", "action": "get", "userId": "ada", "ks": ks, "format": "1"}
    assert rig.client.post(base, params=query).json()["email"] == "ada@example.edu"


def test_xml_turns_line_ends_and_json_does_not(rig: Rig, ks: str) -> None:
    key = install(rig)
    set_up(rig, ks, key, groupParticipationType=1, optInGroupNames="a\r\nb", enableRecordingUpload=1)
    assert listed(rig, ks)[0]["optInGroupNames"] == "a\r\nb"
    xml = post(rig, "vendor_zoomvendor.list", ks=ks, format=2)
    tree = ElementTree.fromstring(xml.content)  # noqa: S314 - our own answer
    assert tree.findtext("result/objects/item/optInGroupNames") == "a\nb"
    assert tree.findtext("result/totalCount") == "1"
    error = ElementTree.fromstring(post(rig, "category.get", ks=ks, id=7, format=2).content)  # noqa: S314
    assert error.findtext("result/error/code") == "CATEGORY_NOT_FOUND"
    assert error.findtext("result/error/args/item/value") == "7"


def test_absent_stays_null_is_cast_and_a_marked_key_clears(rig: Rig, ks: str) -> None:
    key = ask(rig, ks, "category.add", category={"name": "A", "description": "d", "tags": "t"})["id"]
    after = ask(rig, ks, "category.update", id=key, category={"description__null": ""})
    assert "description" not in after
    assert after["tags"] == "t"
    assert ask(rig, ks, "category.update", id=key, category={"tags": None})["tags"] == ""


def test_what_the_server_owns_is_refused_unless_it_is_what_is_stored(rig: Rig, ks: str) -> None:
    key = ask(rig, ks, "category.add", category={"name": "A"})["id"]
    wanted = ("PROPERTY_VALIDATION_NOT_UPDATABLE", {"PROP_NAME": "KalturaCategory::fullName"})
    assert refused(ask(rig, ks, "category.add", category={"name": "B", "fullName": "B"})) == wanted
    assert refused(ask(rig, ks, "category.update", id=key, category={"fullName": "B"})) == wanted
    assert ask(rig, ks, "category.update", id=key, category={"fullName": "A", "status": 2})["id"] == key
    assert (
        refused(ask(rig, ks, "category.update", id=key, category={"privacy": 9}))[0] == "INVALID_ENUM_VALUE"
    )
    assert ask(rig, ks, "category.update", id=key, category={"nobody": "knows", "tags": "x"})["tags"] == "x"


@pytest.mark.parametrize("first", [0, 1])
def test_several_calls_in_one_request(rig: Rig, ks: str, first: int) -> None:
    add = {"service": "category", "action": "add", "ks": ks}
    calls: dict[str, Any] = {
        str(first): {**add, "category": {"name": "A"}},
        str(first + 1): {**add, "category": {"name": "B", "parentId": "{1:result:id}"}},
        str(first + 2): {"service": "user", "action": "get", "userId": "nobody"},
        str(first + 3): {**add, "category": {"name": "C", "description": "{3:result:id}"}},
        str(first + 9): {**add, "category": {"name": "beyond the gap"}},
    }
    rig.control("counters/reset")
    answer = post(rig, "multirequest.null", ks=ks, **calls).json()
    assert [item.get("fullName", item.get("code")) for item in answer] == ["A", "A>B", "INVALID_USER_ID", "C"]
    assert answer[3]["description"] == "", "what failed gives nothing, and the call is made all the same"
    assert rig.show("counters")["writes"] == {"category.add": 3}


def test_the_sandbox_counts_by_a_list_of_its_own(rig: Rig, ks: str) -> None:
    rig.control("counters/reset")
    for name in ("user.list", "category.list", "vendor_zoomvendor.list", "session.get"):
        ask(rig, ks, name)
    assert rig.show("counters")["writes"] == {}
    start(rig)
    assert rig.show("counters")["tokens"] == 2


# ── sessions ─────────────────────────────────────────────────────────────────────────────────────────


def test_an_app_token_is_proven_by_a_hash(rig: Rig) -> None:
    told = start(rig)
    assert (told["partnerId"], told["sessionType"], told["userId"]) == (4830402, 2, "kaltura-admin")
    assert refused(start(rig, tokenHash="0" * 40)) == ("INVALID_APP_TOKEN_HASH", [])
    assert refused(start(rig, id="1_other"))[0] == "APP_TOKEN_ID_NOT_FOUND"
    anybody = post(rig, "session.startWidgetSession", widgetId="_4830402").json()["ks"]
    assert refused(ask(rig, anybody, "user.list"))[0] == "SERVICE_FORBIDDEN"
    assert refused(post(rig, "session.startWidgetSession", widgetId="_1").json())[0] == "INVALID_OBJECT_ID"


def test_a_session_ends_by_time_by_word_and_by_forgery(rig: Rig, ks: str) -> None:
    assert ask(rig, ks, "session.get")["privileges"] == "disableentitlement"
    assert refused(ask(rig, ks[:-8] + "AAAAAAA=", "session.get"))[0] == "INVALID_KS"
    rig.control("clock", {"advance_s": 90_000})
    code, args = refused(ask(rig, ks, "user.list"))
    assert (code, args["ERR_CODE"]) == ("INVALID_KS", "-5")
    assert args["KSID"] == ks, "the vendor quotes the session"
    fresh = start(rig)["ks"]
    assert ask(rig, fresh, "session.end") is None
    assert refused(ask(rig, fresh, "user.list"))[1]["ERR_CODE"] == "-6"


def test_a_session_minted_offline_is_taken(rig: Rig) -> None:
    info = "4830402;4830402;1999999999;2;17;kaltura-admin;disableentitlement"
    seal = hashlib.sha1(b"sandbox-kaltura-admin-secret" + info.encode()).hexdigest()  # noqa: S324
    ks = base64.b64encode(f"{seal}|{info}".encode()).decode()
    assert ask(rig, ks, "user.list")["totalCount"] == 1
    told = post(rig, "session.start", secret="sandbox-kaltura-admin-secret", type=2, partnerId=4830402).json()
    assert ask(rig, told, "user.list")["totalCount"] == 1
    assert (
        refused(post(rig, "session.start", secret="x", partnerId=4830402).json())[0] == "START_SESSION_ERROR"
    )


# ── lists, people, groups, categories ────────────────────────────────────────────────────────────────


def test_a_list_is_clamped_and_groups_are_users(rig: Rig, ks: str) -> None:
    for number in range(3):
        rig.console("kaltura_add_user", id=f"u{number}")
    rig.console("kaltura_add_group", id="g", members=["u1"])
    everybody = ask(rig, ks, "user.list", pager={"pageSize": 9999})
    assert everybody["totalCount"] == len(everybody["objects"]) == 5
    people = ask(rig, ks, "user.list", filter={"typeEqual": 0}, pager={"pageSize": 3, "pageIndex": 2})
    assert ([user["id"] for user in people["objects"]], people["totalCount"]) == (["u2"], 4)
    rig.faults(page_cap={"user.list": 2})
    assert len(ask(rig, ks, "user.list", pager={"pageSize": 500})["objects"]) == 2


def test_people_and_groups_share_their_ids_and_long_names_are_cut(rig: Rig, ks: str) -> None:
    made = ask(rig, ks, "user.add", user={"id": "ada", "firstName": "A" * 50})
    assert (made["screenName"], made["firstName"], made["status"]) == ("ada", "A" * 40, 1)
    assert refused(ask(rig, ks, "group_group.add", group={"id": "ada"})) == (
        "DUPLICATE_USER_BY_ID",
        {"UID": "ada"},
    )
    assert refused(ask(rig, ks, "user.add", user={"id": "a b"}))[0] == "INVALID_FIELD_VALUE"
    both = {"id": "x", "externalId": "y"}
    assert refused(ask(rig, ks, "user.add", user=both))[0] == "ID_AND_EXTERNAL_ID_ARE_MUTUALLY_EXCLUSIVE"
    assert ask(rig, ks, "user.delete", userId="ada")["status"] == 2
    assert ask(rig, ks, "user.add", user={"id": "ada"})["id"] == "ada", "the id is free again"
    owner = ask(rig, ks, "user.update", userId="kaltura-admin", user={"status": 0})
    assert refused(owner)[0] == "CANNOT_DELETE_OR_BLOCK_ROOT_ADMIN_USER"


def test_members_are_listed_for_somebody_only(rig: Rig, ks: str) -> None:
    rig.console("kaltura_add_user", id="ada")
    ask(rig, ks, "group_group.add", group={"id": "g"})
    pair = {"userId": "ada", "groupId": "g"}
    assert ask(rig, ks, "groupuser.add", groupUser=pair)["userId"] == "ada"
    assert refused(ask(rig, ks, "groupuser.add", groupUser=pair)) == ("GROUP_USER_ALREADY_EXISTS", [])
    assert refused(ask(rig, ks, "groupuser.list"))[0] == "MUST_FILTER_USERS_OR_CATEGORY"
    assert ask(rig, ks, "groupuser.list", filter={"groupIdEqual": "nobody"})["totalCount"] == 0
    assert ask(rig, ks, "groupuser.delete", **pair) is None
    assert refused(ask(rig, ks, "groupuser.delete", **pair))[0] == "GROUP_USER_DOES_NOT_EXISTS"


def test_privacy_needs_a_context_and_without_entitlement_nothing_hides(rig: Rig, ks: str) -> None:
    plain = {"name": "A", "privacy": 3}
    wanted = "CANNOT_SET_PRIVACY_FIELD_WITH_NO_PRIVACY_CONTEXT"
    assert refused(ask(rig, ks, "category.add", category=plain))[0] == wanted
    key = ask(rig, ks, "category.add", category={**plain, "privacyContext": "mediaspace"})["id"]
    below = ask(rig, ks, "category.add", category={"name": "B", "parentId": key, "privacy": 2})
    assert (below["fullName"], below["privacyContexts"]) == ("A>B", "mediaspace")
    held = start(rig, privileges="")["ks"]
    assert ask(rig, held, "category.list")["totalCount"] == 0
    assert refused(ask(rig, held, "category.get", id=key))[0] == "CATEGORY_NOT_FOUND"
    assert ask(rig, ks, "category.get", id=key)["owner"] == "kaltura-admin"


def test_a_tree_keeps_its_names_apart(rig: Rig, ks: str) -> None:
    top = ask(rig, ks, "category.add", category={"name": "A"})["id"]
    low = ask(rig, ks, "category.add", category={"name": "B", "parentId": top})["id"]
    again = ask(rig, ks, "category.add", category={"name": "b", "parentId": top})
    assert refused(again) == ("DUPLICATE_CATEGORY", {"CATEGORY": "A>B"})
    assert refused(ask(rig, ks, "category.add", category={"name": "x,y"}))[0] == "INVALID_FIELD_VALUE"
    moved = ask(rig, ks, "category.move", categoryIds=str(top), targetCategoryParentId=low)
    assert refused(moved)[0] == "CANNOT_MOVE_CATEGORY_TO_ITSELF"
    assert ask(rig, ks, "category.move", categoryIds=str(low), targetCategoryParentId=0) is True
    assert ask(rig, ks, "category.get", id=low)["fullName"] == "B"
    moved = ask(rig, ks, "category.update", id=low, category={"parentId": top})
    assert refused(moved)[0] == "PROPERTY_VALIDATION_NOT_UPDATABLE"


# ── the Zoom integration ─────────────────────────────────────────────────────────────────────────────


def test_a_code_installs_once_and_leaves_placeholders(rig: Rig, ks: str) -> None:
    code = rig.console("kaltura_get_code")["code"]
    rig.console("kaltura_install_app", code=code)
    one = listed(rig, ks)[0]
    assert (one["accountId"], one["status"]) == ("sandbox-account", 1)
    assert (one["zoomCategory"], one["defaultUserId"]) == ("@zoomCategory@", "@defaultUserID@")
    used = rig.client.post(
        f"{rig.sandbox.origin}/_control/console", json={"do": "kaltura_install_app", "code": code}
    )
    assert used.status_code == 400


def test_an_update_without_the_switch_switches_off(rig: Rig, ks: str) -> None:
    key = install(rig)
    on = set_up(rig, ks, key, enableRecordingUpload=1)
    assert (on["status"], on["enableZoomTranscription"], on["deletionPolicy"]) == (2, 1, "0"), (
        "nulls are filled"
    )
    off = set_up(rig, ks, key, zoomUserPostfix="@example.edu")
    assert (off["status"], off["zoomUserPostfix"]) == (1, "@example.edu")
    assert not {"enableZoomTranscription", "deletionPolicy", "enableMeetingUpload"} & off.keys()


def test_another_mode_clears_both_lists_and_the_other_list_is_not_kept(rig: Rig, ks: str) -> None:
    key = install(rig)
    both = {"optInGroupNames": "in", "optOutGroupNames": "out", "enableRecordingUpload": 1}
    kept = set_up(rig, ks, key, groupParticipationType=1, **both)
    assert (kept["optInGroupNames"], kept.get("optOutGroupNames")) == ("in", None)
    cleared = set_up(rig, ks, key, groupParticipationType=2, enableRecordingUpload=1)
    assert not {"optInGroupNames", "optOutGroupNames"} & cleared.keys()


def test_a_registration_clears_categories_and_makes_what_is_missing(rig: Rig, ks: str) -> None:
    install(rig)
    told = {"zoomCategory": "Zoom", "defaultUserId": "ops", "enableRecordingUpload": 1}
    body: dict[str, Any] = {"accountId": "zoom-1", "integrationSetting": {"objectType": SETTING, **told}}
    assert ask(rig, ks, "vendor_zoomvendor.submitRegistration", **body) is True
    one = listed(rig, ks)[0]
    assert (one["zoomCategory"], one.get("zoomWebinarCategory")) == ("Zoom", None)
    assert ask(rig, ks, "user.get", userId="ops")["id"] == "ops"
    assert ask(rig, ks, "category.list", filter={"fullNameEqual": "Zoom"})["totalCount"] == 1
    body["integrationSetting"] = {"zoomCategory": "No>Such", "enableRecordingUpload": 1}
    silent = post(rig, "vendor_zoomvendor.submitRegistration", ks=ks, **body)
    assert (silent.status_code, silent.content) == (200, b"")
    body["accountId"] = "nobody"
    assert refused(ask(rig, ks, "vendor_zoomvendor.submitRegistration", **body)) == (
        "NO_INTEGRATION_DATA",
        [],
    )


def test_deleted_ones_are_hidden_and_the_eighth_is_too_many(rig: Rig, ks: str) -> None:
    keys = [install(rig, f"zoom-{number}") for number in range(8)]
    for key in keys[:7]:
        assert set_up(rig, ks, key, enableRecordingUpload=1)["status"] == 2
    assert refused(set_up(rig, ks, keys[7], enableRecordingUpload=1))[0] == "EXCEEDED_MAX_ZOOM_DROP_FOLDERS"
    assert ask(rig, ks, "vendor_vendorintegration.delete", integrationId=keys[0]) is None
    assert len(listed(rig, ks)) == 7
    assert (
        refused(ask(rig, ks, "vendor_vendorintegration.get", integrationId=keys[0]))[0] == "INVALID_OBJECT_ID"
    )
    assert (
        refused(ask(rig, ks, "vendor_vendorintegration.updateStatus", id=1, status=1))[0]
        == "SERVICE_FORBIDDEN"
    )
