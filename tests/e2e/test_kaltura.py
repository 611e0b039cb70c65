"""A Kaltura account from nothing to the whole: tree, people, groups, and Zoom by hand and by API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import ConfigError
from reconciler.model import Adopt, Create, Sync, Update
from tests.contract.examples import EXAMPLES
from tests.e2e.shell import Shell
from tests.rig import Rig, address, changes, endings

TARGET = next(example.target for example in EXAMPLES if example.driver == "kaltura")
TREE = """
    categories:
      zoom: {title: Zoom, description: All of Zoom}
      lectures: {title: Lectures, parent: zoom}
      biology: {parent: lectures, tags: [bio, lectures]}
"""
PEOPLE = """
    users:
      ops: {email: ops@example.edu, first_name: Op}
      ada: {email: ada@example.edu, login: Ada.L}
    groups:
      faculty: {title: The Faculty, members: {exactly: [ada]}}
"""
INTEGRATION = """
    zoom_integrations:
      campus:
        zoom: zoom-main
        active: %s
        default_user: ops
        create_users: false
        meeting_category: lectures
        webinar_category: zoom
        transcription: true
        upload: opt_in
        groups: {exactly: [faculty]}
"""
CAMPUS = address("kaltura/zoom_integration/campus")
HAND_OFF = "kaltura/zoom-integration/zoom_integration"


@pytest.fixture
def rig(campus: Rig) -> Rig:
    path = campus.desired / "reconciler.yaml"
    text = path.read_text(encoding="utf-8")
    place = TARGET % {"origin": campus.sandbox.origin}
    path.write_text(text.replace("fingerprint_key", f"  {place}\nfingerprint_key"), encoding="utf-8")
    return campus


def declare(rig: Rig, active: str = "true") -> None:
    rig.write("kaltura/tree.yaml", TREE)
    rig.write("kaltura/people.yaml", PEOPLE)
    rig.write("kaltura/zoom.yaml", INTEGRATION % active)


def install(rig: Rig) -> None:
    rig.console("kaltura_install_app", code=rig.console("kaltura_get_code")["code"])


def integration(rig: Rig) -> Any:
    return rig.world()["kaltura"]["integrations"][0]


def sync(rig: Rig) -> tuple[Sync, str]:
    status = next(status for status in rig.plan().plan.statuses if status.address == CAMPUS)
    return status.sync, status.text


def test_a_person_installs_the_app_and_the_rest_follows(rig: Rig) -> None:
    declare(rig)
    plan = rig.plan().plan
    create = next(change for change in plan.changes if change.address == CAMPUS)
    assert isinstance(create, Create)
    assert {wait.on for wait in create.waiting} == {str(named) for named in create.after}
    rig.apply()
    plan = rig.plan().plan
    (page,) = plan.hand_offs
    assert page.id == HAND_OFF
    assert any("Generate integration code" in step for step in page.steps)
    assert set(endings(rig.apply()).values()) == {"handed off"}
    install(rig)
    (change,) = rig.plan().plan.changes
    assert isinstance(change, Adopt)
    assert set(endings(rig.apply()).values()) == {"applied"}
    fields = integration(rig)["fields"]
    assert (integration(rig)["status"], fields["optInGroupNames"]) == (2, "faculty")
    assert (fields["zoomCategory"], fields["zoomWebinarCategory"]) == ("Zoom>Lectures", "Zoom")
    assert fields["defaultUserId"] == "ops"
    plan = rig.plan().plan
    assert plan.changes == ()
    assert {status.sync for status in plan.statuses} == {Sync.IN_SYNC}
    texts = [finding.text for finding in plan.findings if finding.severity == "warning"]
    assert [text.split()[0] for text in texts] == ["REACH", "a"]


def test_what_is_not_told_while_it_is_off_is_no_difference(rig: Rig) -> None:
    declare(rig, "false")
    install(rig)
    rig.apply()
    assert rig.plan().plan.changes == ()
    assert sync(rig) == (Sync.UNVERIFIED, "cannot be read back: transcription")
    rig.write(
        "kaltura/zoom.yaml", (INTEGRATION % "true").replace("transcription: true", "transcription: false")
    )
    (change,) = rig.plan().plan.changes
    assert {field.field for field in change.fields} == {"active", "transcription"}
    assert set(endings(rig.apply()).values()) == {"applied"}
    assert integration(rig)["fields"]["enableZoomTranscription"] == 0
    assert sync(rig) == (Sync.IN_SYNC, "")
    rig.console("kaltura_edit_integration", status=1)
    plan = rig.plan().plan
    assert [(drift.field, drift.live) for drift in plan.drift] == [("active", False)]
    (update,) = plan.changes
    assert isinstance(update, Update)
    rig.apply()
    assert rig.plan().plan.changes == ()


def test_no_longer_declared_it_stays_or_is_switched_off(rig: Rig) -> None:
    declare(rig)
    install(rig)
    rig.apply()
    (rig.desired / "kaltura/zoom.yaml").unlink()
    assert rig.plan().plan.changes == (), "it was adopted"
    lifecycle = "        lifecycle: {on_absent: disable}\n"
    rig.write("kaltura/zoom.yaml", INTEGRATION % "true" + lifecycle)
    rig.apply()
    (rig.desired / "kaltura/zoom.yaml").unlink()
    assert changes(rig.plan()) == {str(CAMPUS): "remove"}
    assert endings(rig.apply()) == {f"remove {CAMPUS}": "applied"}
    assert (integration(rig)["status"], integration(rig)["fields"]["zoomCategory"]) == (1, "Zoom>Lectures")


def test_a_tree_that_is_there_is_taken_over_level_by_level(rig: Rig) -> None:
    top = rig.console("kaltura_add_category", name="Zoom", description="All of Zoom")["id"]
    low = rig.console("kaltura_add_category", name="lectures", parent=top)["id"]
    rig.console("kaltura_add_category", name="biology", parent=low, tags="bio,lectures")
    rig.console("kaltura_add_category", name="biology")
    rig.write("kaltura/tree.yaml", TREE)
    assert set(changes(rig.plan()).values()) == {"adopt"}
    rig.apply()
    assert rig.plan().plan.changes == ()
    names = {category["id"]: category["name"] for category in rig.world()["kaltura"]["categories"]}
    assert names[low] == "Lectures", "and what differs is changed"


def test_a_tree_grows_from_the_top_moves_and_goes_from_the_leaves(rig: Rig) -> None:
    rig.write("kaltura/tree.yaml", TREE)
    report = rig.apply()
    assert [outcome.change.address.name for outcome in report.outcomes] == ["zoom", "lectures", "biology"]
    rig.write("kaltura/tree.yaml", TREE + "      aa-archive: {parent: biology}\n")
    moved = TREE.replace("biology: {parent: lectures,", "biology: {parent: aa-archive,")
    rig.apply()
    rig.write("kaltura/tree.yaml", moved + "      aa-archive: {parent: zoom}\n")
    plan = rig.plan().plan
    assert [change.address.name for change in plan.changes] == ["aa-archive", "biology"], (
        "what is above, first"
    )
    rig.apply()
    assert rig.plan().plan.changes == ()
    child = rig.console("kaltura_add_category", name="By hand", parent=int(remote(rig, "biology")))["id"]
    rig.write("kaltura/tree.yaml", "categories:\n  zoom: {title: Zoom}\n")
    plan = rig.plan().plan
    waiting = {change.address.name for change in plan.changes if change.waiting}
    assert waiting >= {"biology"}
    assert any("By hand" in finding.text for finding in plan.findings)
    rig.apply()
    assert [category["name"] for category in rig.world()["kaltura"]["categories"]].count("By hand") == 1
    rig.console("kaltura_delete_category", category=child)
    rig.apply()
    assert [category["name"] for category in rig.world()["kaltura"]["categories"]] == ["Zoom"]


def remote(rig: Rig, name: str) -> str:
    records = rig.plan().recorded.records
    return next(record.remote_id for record in records if record.address.name == name)


def test_circles_and_twins_in_a_tree_are_refused(rig: Rig) -> None:
    rig.write(
        "kaltura/tree.yaml", "categories:\n  a: {parent: b}\n  b: {parent: a}\n  c: {title: D}\n  d: {}\n"
    )
    with pytest.raises(ConfigError) as caught:
        rig.plan()
    told = [problem.what for problem in caught.value.problems]
    assert told[:2] == [f"{name} stands below itself: its `parent` leads back to it" for name in "ab"]
    assert told[2].startswith("`d` is what c")


def test_the_embedded_sandbox_plays_kaltura_and_its_console(tmp_path: Path) -> None:
    for name, text in (("tree", TREE), ("people", PEOPLE), ("zoom", INTEGRATION % "true")):
        path = tmp_path / "desired/kaltura" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(line[4:] for line in text.splitlines()), encoding="utf-8")
    zoom = {"driver": "zoom", "account_id": "a", "client_id": "b", "client_secret": "${env:Z}"}
    kaltura = {"driver": "kaltura", "partner_id": "1", "app_token_id": "2", "app_token": "${env:K}"}
    targets = {"zoom-main": zoom, "kaltura": {**kaltura, "policy": "auto"}}
    settings = {"version": 1, "targets": targets}
    (tmp_path / "desired/reconciler.yaml").write_text(json.dumps(settings), encoding="utf-8")
    shell = Shell(tmp_path)
    shell.type("apply", "--sandbox")
    assert f"reconciler confirm {HAND_OFF}" in shell.type("apply", "--sandbox").stdout
    shell.type("confirm", HAND_OFF, "--sandbox", "--by", "jo")
    shell.type("apply", "--sandbox")
    assert "No changes. 7 in sync." in shell.type("plan", "--sandbox", "--exit-code").stdout
