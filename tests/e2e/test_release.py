"""Letting go: of entries, of fields and of keys below them; and fields that are nobody's business."""

from __future__ import annotations

import json

import pytest

from reconciler.model import Release, Sync
from reconciler.report import Style, render_explain, render_plan, render_status
from reconciler.run.proposal import Selection
from tests.e2e.scenes import MANAGED, members, people, rest, rewrite, settle, texts, verbs
from tests.rig import Rig, address, changes, endings

LET_GO = ("s1: {", "s1: {lifecycle: {release: true}, ")
ADA = address("zoom-main/user/s1")


def statuses(campus: Rig) -> dict[str, str]:
    return {str(status.address): status.sync.value for status in campus.plan().plan.statuses}


def let_go(campus: Rig) -> None:
    """Ada is released, and that is applied."""
    rewrite(campus, "zoom-main/people.yaml", LET_GO)
    campus.control("counters/reset", {})
    assert endings(campus.apply()) == {"release zoom-main/user/s1": "applied"}
    assert campus.writes() == {}


def test_a_release_is_shown_once_with_what_is_kept_and_sends_nothing(campus: Rig) -> None:
    settle(campus)
    rewrite(campus, "zoom-main/people.yaml", LET_GO)
    plan = campus.plan().plan
    (change,) = plan.changes
    assert isinstance(change, Release)
    assert change.whole
    kept = {field.field: field.after for field in change.fields}
    assert kept == {
        "email": "ada@example.edu",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "license": "licensed",
    }
    shown = render_plan(plan, Style())
    assert "1 change in 1 system: 1 release." in shown
    assert "license: keeps licensed" in shown
    assert statuses(campus)["zoom-main/user/s1"] == "pending"
    campus.control("counters/reset", {})
    assert endings(campus.apply()) == {"release zoom-main/user/s1": "applied"}
    assert campus.writes() == {}
    proposal = campus.plan()
    assert proposal.plan.changes == ()
    assert ADA not in {record.address for record in proposal.recorded.records}
    assert statuses(campus)["zoom-main/user/s1"] == Sync.RELEASED
    assert "the entry may be taken out" in render_status(proposal.plan, Style())
    with campus.ledger() as ledger:
        (past,) = [past for past in ledger.history(ADA) if past.verb == "release"]
    assert "Lovelace" in past.change


def test_what_was_released_is_neither_compared_nor_changed_and_its_entry_may_go(campus: Rig) -> None:
    settle(campus)
    let_go(campus)
    campus.console("edit_user", user="ada@example.edu", last_name="Byron")
    rewrite(campus, "zoom-main/people.yaml", ("first_name: Ada", "first_name: Augusta"))
    proposal = campus.plan()
    assert (proposal.plan.changes, proposal.plan.drift) == ((), ())
    rewrite(campus, "zoom-main/groups.yaml", ("[s1, s3]", "[s3]"))
    (campus.desired / "zoom-main/meetings.yaml").unlink()
    path = campus.desired / "zoom-main/people.yaml"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if "s1:" not in line]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert "zoom-main/user/s1" not in changes(campus.plan())
    campus.apply()
    assert people(campus)["ada@example.edu"]["status"] == "active"


def test_others_may_still_refer_to_what_was_released(campus: Rig) -> None:
    settle(campus)
    let_go(campus)
    campus.console("remove_member", group="faculty", user="ada@example.edu")
    rewrite(campus, "zoom-main/meetings.yaml", ("topic: BIO 101", "topic: BIO 101 Lecture"))
    path = campus.desired / "zoom-main/meetings.yaml"
    text = path.read_text(encoding="utf-8")
    second = text.split("bio101:", 1)[1].replace("BIO 101", "BIO 102")
    path.write_text(f"{text}  bio102:{second}", encoding="utf-8")
    rest(campus)
    assert members(campus, "faculty") == {"ada@example.edu", "cleo@example.edu"}
    hosts = {user["id"]: user["email"] for user in campus.world()["users"]}
    assert {hosts[meeting["host_id"]] for meeting in campus.world()["meetings"]} == {"ada@example.edu"}


def test_who_refers_to_a_released_person_that_left_waits_and_says_why(campus: Rig) -> None:
    settle(campus)
    rewrite(campus, "zoom-main/people.yaml", ("s3: {", "s3: {lifecycle: {release: true}, "))
    campus.apply()
    campus.console("delete_user", user="cleo@example.edu")
    (change,) = campus.plan().plan.changes
    assert [(wait.on, wait.why) for wait in change.waiting] == [
        ("zoom-main/user/s3", "it is not in the live system")
    ]


def test_an_entry_taken_out_before_its_release_was_applied_is_removed(campus: Rig) -> None:
    campus.write("zoom-main/groups.yaml", "groups: {club: {lifecycle: {release: true}}, other: {}}\n")
    campus.apply()
    assert statuses(campus)["zoom-main/group/club"] == Sync.RELEASED
    campus.write("zoom-main/groups.yaml", "groups: {club: {}, other: {}}\n")
    campus.console("add_group", name="club")
    rest(campus)
    campus.write("zoom-main/groups.yaml", "groups: {club: {lifecycle: {release: true, on_absent: delete}}}\n")
    campus.plan()
    campus.write("zoom-main/groups.yaml", "groups: {club: {lifecycle: {on_absent: delete}}}\n")
    campus.apply()
    assert {group["name"] for group in campus.world()["groups"]} == {"club"}
    (campus.desired / "zoom-main/groups.yaml").unlink()
    assert changes(campus.plan()) == {"zoom-main/group/club": "remove"}


def test_a_released_entry_that_is_kept_again_is_adopted(campus: Rig) -> None:
    settle(campus)
    let_go(campus)
    rewrite(campus, "zoom-main/people.yaml", (LET_GO[1], LET_GO[0]))
    assert changes(campus.plan()) == {"zoom-main/user/s1": "adopt"}
    rest(campus)


def test_a_release_under_a_new_name_lets_go_of_the_old(campus: Rig) -> None:
    settle(campus)
    rewrite(campus, "zoom-main/people.yaml", ("s3: {", "s9: {lifecycle: {previously: [s3], release: true}, "))
    assert changes(campus.plan()) == {"zoom-main/user/s3": "release"}
    assert endings(campus.apply()) == {"release zoom-main/user/s3": "applied"}
    assert campus.plan().plan.changes == ()
    assert statuses(campus)["zoom-main/user/s9"] == Sync.RELEASED


def test_a_family_is_released_with_its_links_and_with_what_it_shrank_by(campus: Rig) -> None:
    settle(campus)
    entry = (
        "      bio101: {{topic: BIO, host: s1, schedule: {{dates: [{}], minutes: 50, timezone: UTC}}{}}}\n"
    )
    two = '"2026-10-01T10:00", "2026-10-02T10:00"'
    campus.write("zoom-main/meetings.yaml", "course_meetings:\n" + entry.format(two, "")[4:])
    campus.apply()
    numbers = {str(r.address) for r in campus.plan().recorded.records if r.state == "current"}
    family = {number for number in numbers if "/course_meeting/" in number}
    said = ", lifecycle: {release: true}"
    campus.write("zoom-main/meetings.yaml", "course_meetings:\n" + entry.format(two[:18], said)[4:])
    assert changes(campus.plan()) == dict.fromkeys(family, "release")
    assert set(endings(campus.apply()).values()) == {"applied"}
    (campus.desired / "zoom-main/meetings.yaml").unlink()
    assert campus.plan().plan.changes == ()


def test_what_is_kept_by_hand_is_released_with_its_attestation_and_believed(campus: Rig) -> None:
    settle(campus, linked=True)
    credential, domain = "lti_credential/lti-2026", "approved_domain/lti-2026.canvas"
    rewrite(
        campus,
        "zoom-lti/lti.yaml",
        ("lti-2026: {", "lti-2026: {lifecycle: {release: true}, "),
        ("canvas: {", "canvas: {lifecycle: {release: true}, "),
    )
    assert changes(campus.plan()) == {f"zoom-lti/{name}": "release" for name in (credential, domain)}
    assert set(endings(campus.apply()).values()) == {"applied"}
    proposal = campus.plan()
    assert (proposal.plan.changes, proposal.plan.hand_offs) == ((), ())
    assert proposal.recorded.attestations == {}
    assert "fingerprint" not in texts(proposal.plan.findings)
    path = campus.desired / "zoom-main/meetings.yaml"
    text = path.read_text(encoding="utf-8")
    second = text.split("bio101:", 1)[1].replace("topic: BIO 101", "topic: BIO 102")
    path.write_text(f"{text}  bio102:{second}", encoding="utf-8")
    assert "create zoom-lti/course_link/bio102/1" in {c.key for c in campus.plan().plan.changes}
    rest(campus)


def test_a_field_no_longer_declared_is_released_once_with_the_value_it_keeps(campus: Rig) -> None:
    settle(campus)
    rewrite(campus, "zoom-main/people.yaml", (", last_name: Lovelace", ""))
    plan = campus.plan().plan
    (change,) = plan.changes
    assert isinstance(change, Release)
    assert not change.whole
    assert change.where is not None
    assert [(field.field, field.after) for field in change.fields] == [("last_name", "Lovelace")]
    assert "last_name: keeps Lovelace" in render_plan(plan, Style())
    assert "zoom-main/people.yaml" in str(change.where)
    assert {s.sync for s in plan.statuses} == {Sync.IN_SYNC}, "the object is as declared"
    campus.control("counters/reset", {})
    assert endings(campus.apply()) == {"release zoom-main/user/s1": "applied"}
    assert campus.writes() == {}
    assert campus.plan().plan.changes == ()
    campus.console("edit_user", user="ada@example.edu", last_name="Byron")
    proposal = campus.plan()
    assert (proposal.plan.changes, proposal.plan.drift) == ((), ())


def test_a_release_beside_an_update_and_a_rename(campus: Rig) -> None:
    settle(campus)
    rewrite(
        campus,
        "zoom-main/people.yaml",
        (", last_name: Costa", ""),
        ("first_name: Cleo", "first_name: Clea"),
        ("s3: {", "s9: {lifecycle: {previously: [s3]}, "),
    )
    rewrite(campus, "zoom-main/groups.yaml", ("s3", "s9"))
    assert verbs(campus.plan().plan) == ["rename", "release", "update"]
    assert set(endings(campus.apply()).values()) == {"applied"}
    assert campus.plan().plan.changes == ()
    (record,) = [r for r in campus.plan().recorded.records if r.address.name == "s9"]
    assert record.declared == {"email", "first_name"}
    assert "last_name" not in record.fields


def test_a_release_that_was_not_applied_is_not_lost(campus: Rig) -> None:
    settle(campus)
    rewrite(campus, "zoom-main/people.yaml", (", last_name: Lovelace", ""))
    rewrite(campus, "zoom-main/people.yaml", ("first_name: Ben", "first_name: Benno"))
    report = campus.apply(Selection(only="zoom-main/user/s2"))
    assert endings(report) == {"update zoom-main/user/s2": "applied"}
    assert changes(campus.plan()) == {"zoom-main/user/s1": "release"}


def test_keys_of_a_mapping_and_collections_are_released_too(campus: Rig) -> None:
    campus.control("reset", {"now": campus.clock.now.isoformat(), **MANAGED})
    for name in ("Department", "Campus"):
        campus.console("add_tracking_field", field=name)
    settle_people = "users: {s1: {email: ada@example.edu, license: licensed}, s2: {email: ben@example.edu}}\n"
    campus.write("zoom-main/people.yaml", settle_people + "groups: {faculty: {members: [s2]}}\n")
    meeting = """
        course_meetings:
          bio101:
            topic: BIO 101
            host: s1
            tracking_fields: {Department: Biology, Campus: North}
            schedule: {dates: ["2026-10-01T10:00"], minutes: 50, timezone: UTC}
    """
    campus.write("zoom-main/meetings.yaml", meeting)
    rest(campus)
    rewrite(campus, "zoom-main/meetings.yaml", ("{Department: Biology, Campus: North}", "{Campus: North}"))
    rewrite(campus, "zoom-main/people.yaml", ("{members: [s2]}", "{}"))
    found = {
        str(change.address): [(field.field, field.after) for field in change.fields]
        for change in campus.plan().plan.changes
    }
    assert found == {
        "zoom-main/course_meeting/bio101/1": [("tracking_fields.Department", "Biology")],
        "zoom-main/group/faculty": [("members", ("zoom-main/user/s2",))],
    }
    rest(campus)
    (live,) = campus.world()["meetings"]
    assert "Biology" in json.dumps(live)
    assert members(campus, "faculty") == {"ben@example.edu"}
    rewrite(campus, "zoom-main/people.yaml", ("groups: {faculty: {}}", "groups: {faculty: {members: []}}"))
    assert campus.plan().plan.changes == (), "what was let go of is not ours to take out"


def test_an_ignored_field_is_sent_at_creation_and_left_alone_after(campus: Rig) -> None:
    campus.control("reset", {"now": campus.clock.now.isoformat(), **MANAGED})
    campus.write(
        "zoom-main/people.yaml",
        """
        users:
          defaults: {lifecycle: {ignore: [last_name, license]}}
          entries:
            s1: {email: ada@example.edu, first_name: Ada, last_name: Lovelace, license: licensed}
        """,
    )
    rest(campus)
    assert people(campus)["ada@example.edu"]["last_name"] == "Lovelace"
    campus.console("edit_user", user="ada@example.edu", last_name="Byron", type=1)
    proposal = campus.plan()
    assert (proposal.plan.changes, proposal.plan.drift) == ((), ())
    (status,) = proposal.plan.statuses
    assert (status.sync, status.text) == (Sync.IN_SYNC, "ignored: last_name, license")
    desired = proposal.campus.desired.resources[ADA]
    (record,) = proposal.recorded.records
    assert "ignored" in render_explain(ADA, proposal.plan, desired, record, None, Style())
    rewrite(campus, "zoom-main/people.yaml", ("first_name: Ada", "first_name: Augusta"))
    (change,) = campus.plan().plan.changes
    assert [field.field for field in change.fields] == ["first_name"]
    rest(campus)
    user = people(campus)["ada@example.edu"]
    assert (user["first_name"], user["last_name"], user["type"]) == ("Augusta", "Byron", 1)
    rewrite(campus, "zoom-main/people.yaml", ("[last_name, license]", "[license]"))
    (change,) = campus.plan().plan.changes
    assert [(f.field, f.before, f.after, f.reason) for f in change.fields] == [
        ("last_name", "Byron", "Lovelace", "drifted")
    ]


def test_defaults_of_a_target_may_ignore_and_an_entry_may_take_it_back(campus: Rig) -> None:
    path = campus.desired / "reconciler.yaml"
    text = path.read_text(encoding="utf-8").replace(
        "    policy: auto\n    prune: [user",
        "    policy: auto\n    defaults: {group: {lifecycle: {ignore: [members]}}}\n    prune: [user",
    )
    path.write_text(text, encoding="utf-8")
    settle(campus)
    assert members(campus, "faculty") == {"ada@example.edu", "cleo@example.edu"}, "sent when it was made"
    campus.console("remove_member", group="faculty", user="cleo@example.edu")
    assert campus.plan().plan.changes == ()
    rewrite(campus, "zoom-main/groups.yaml", ("{members: ", "{lifecycle: {ignore: []}, members: "))
    assert changes(campus.plan()) == {"zoom-main/group/faculty": "update"}


@pytest.mark.parametrize("kept", ["protect", "take off"])
def test_nobody_is_asked_to_take_off_by_hand_what_is_protected(campus: Rig, kept: str) -> None:
    settle(campus)
    campus.mint()
    if kept == "protect":
        rewrite(campus, "zoom-lti/lti.yaml", ("canvas: {", "canvas: {lifecycle: {protect: true}, "))
        campus.confirm()
        campus.apply()
    path = campus.desired / "zoom-lti/lti.yaml"
    path.write_text(path.read_text(encoding="utf-8").split("approved_domains", 1)[0], encoding="utf-8")
    proposal = campus.plan()
    opened = [page for page in proposal.plan.hand_offs if page.open]
    assert bool(opened) is (kept == "take off")
    assert ("it is protected" in texts(proposal.plan.findings)) is (kept == "protect")
