"""People at scale: how they leave and what goes with them, how they come, who gets the last seat."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from reconciler import engine
from reconciler.drivers.zoom import user_creation
from reconciler.model import Plan, Remove, Seats
from reconciler.report import render_plan
from tests.e2e.scenes import MANAGED, guards, people, rest, rewrite, texts
from tests.rig import Rig, changes, endings

OLD = "old@example.edu"
LEAVER = """
    users:
      s1: {email: ada@example.edu, license: licensed}
      s2: {email: ben@example.edu, license: licensed}
      s3: {email: cleo@example.edu}
      s4: {email: dan@example.edu}
      old: {email: old@example.edu, license: licensed, lifecycle: {on_absent: delete}}
"""


def configure(rig: Rig, *lines: str) -> None:
    """Further settings of the target zoom-main."""
    path = rig.desired / "reconciler.yaml"
    text = path.read_text(encoding="utf-8")
    added = "".join(f"\n    {line}" for line in lines)
    path.write_text(text.replace("plan: education", f"plan: education{added}", 1), encoding="utf-8")


def start(rig: Rig, text: str, **options: Any) -> None:
    """A campus with these people, at rest."""
    rig.control("reset", {"now": rig.clock.now.isoformat(), **MANAGED, **options})
    rig.write("zoom-main/people.yaml", text)
    rest(rig)


def leave(rig: Rig, name: str = "old") -> None:
    """Somebody is no longer declared."""
    path = rig.desired / "zoom-main/people.yaml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if f" {name}:" not in line), encoding="utf-8")


def removal(plan: Plan) -> Remove:
    """The plan's one removal."""
    (found,) = [change for change in plan.changes if isinstance(change, Remove)]
    return found


def shown(plan: Plan) -> str:
    """As a terminal shows it, on one line."""
    return " ".join(render_plan(plan).split())


def test_a_delete_says_what_is_lost_and_does_it(campus: Rig) -> None:
    start(campus, LEAVER)
    host = people(campus)[OLD]["id"]
    for topic, day in (("Past", "02"), ("Soon", "20"), ("Later", "21")):
        campus.console("add_meeting", host=host, topic=topic, start_time=f"2026-09-{day}T10:00:00Z")
    campus.clock.advance(5 * 86400.0)
    leave(campus)
    plan = campus.plan().plan
    note = removal(plan).note
    assert note.startswith("the account, for good; 3 meetings, 2 still to come, the cloud recordings")
    assert "lost: the account, for good; 3 meetings" in shown(plan)
    assert campus.writes() == {}
    assert set(endings(campus.apply()).values()) == {"applied"}
    assert OLD not in people(campus)
    assert campus.world()["meetings"] == []


def test_what_somebody_holds_goes_to_whom_the_target_names(campus: Rig) -> None:
    configure(campus, "transfer_to: ada@example.edu")
    start(campus, LEAVER)
    found = people(campus)
    campus.console("add_meeting", host=found[OLD]["id"], topic="Soon", start_time="2026-09-20T10:00:00Z")
    leave(campus)
    assert removal(campus.plan().plan).note.endswith("go to ada@example.edu")
    campus.apply()
    assert [meeting["host_id"] for meeting in campus.world()["meetings"]] == [found["ada@example.edu"]["id"]]
    assert OLD not in people(campus)


def test_a_delete_waits_while_the_heir_cannot_take_over(campus: Rig) -> None:
    configure(campus, "transfer_to: cleo@example.edu")
    start(campus, LEAVER)
    leave(campus)
    plan = campus.plan().plan
    assert "cleo@example.edu (transfer_to) has no licence" in removal(plan).waiting[0].why
    assert "name a licensed, active member" in texts(plan.findings)
    report = campus.apply()
    assert set(endings(report).values()) == {"waiting"}
    assert OLD in people(campus) and campus.writes() == {}
    rewrite(campus, "zoom-main/people.yaml", ("cleo@example.edu}", "cleo@example.edu, license: licensed}"))
    campus.apply()
    campus.apply()
    assert OLD not in people(campus)


def test_the_digest_holds_no_counts_and_a_new_meeting_is_a_conflict(campus: Rig) -> None:
    start(campus, LEAVER)
    leave(campus)
    saved = campus.plan().plan
    host = people(campus)[OLD]["id"]
    campus.console("add_meeting", host=host, topic="Soon", start_time="2026-09-20T10:00:00Z")
    assert campus.plan().plan.digest == saved.digest
    with campus.ledger() as ledger:
        report = engine.apply_saved(campus.workspace, ledger, saved, lambda _: None)
    assert set(endings(report).values()) == {"conflict"}
    assert OLD in people(campus)


def test_a_pending_person_is_deleted_by_ending_the_invitation(campus: Rig) -> None:
    start(campus, LEAVER.replace(OLD, "guest@elsewhere.org"))
    leave(campus)
    assert removal(campus.plan().plan).note == "the open invitation"
    assert set(endings(campus.apply()).values()) == {"applied"}
    assert "guest@elsewhere.org" not in people(campus)


@pytest.mark.parametrize("how", ["disable", "delete"])
def test_the_seat_somebody_leaves_is_taken_in_the_same_run(campus: Rig, how: str) -> None:
    start(campus, LEAVER.replace("on_absent: delete", f"on_absent: {how}"), seats={"licensed": 4})
    leave(campus)
    rewrite(campus, "zoom-main/people.yaml", ("cleo@example.edu}", "cleo@example.edu, license: licensed}"))
    plan = campus.plan().plan
    assert [change.verb for change in plan.changes] == ["remove", "update"]
    assert removal(plan).how == how
    (facts,) = [facts for facts in plan.facts if facts.kind == "user"]
    assert (facts.seats, facts.seats_needed) == (Seats(4, 4), 0)
    assert "4 of 4 used, 0 free; this plan takes none" in shown(plan)
    assert set(endings(campus.apply()).values()) == {"applied"}
    assert people(campus)["cleo@example.edu"]["type"] == 2
    assert campus.plan().plan.changes == ()


def test_removals_stay_last_while_there_are_seats(campus: Rig) -> None:
    start(campus, LEAVER, seats={"licensed": 5})
    leave(campus)
    rewrite(campus, "zoom-main/people.yaml", ("cleo@example.edu}", "cleo@example.edu, license: licensed}"))
    assert [change.verb for change in campus.plan().plan.changes] == ["update", "remove"]


def test_a_demotion_makes_room_and_what_cannot_fit_is_refused(campus: Rig) -> None:
    start(campus, LEAVER, seats={"licensed": 4})
    rewrite(
        campus,
        "zoom-main/people.yaml",
        ("cleo@example.edu}", "cleo@example.edu, license: licensed}"),
        ("ben@example.edu, license: licensed}", "ben@example.edu, license: basic}"),
    )
    plan = campus.plan().plan
    assert [change.address.name for change in plan.changes] == ["s2", "s3"], "lower licences first"
    assert guards(plan) == []
    rewrite(campus, "zoom-main/people.yaml", ("dan@example.edu}", "dan@example.edu, license: licensed}"))
    assert guards(campus.plan().plan) == ["seats"]
    rewrite(campus, "zoom-main/people.yaml", ("dan@example.edu, license: licensed}", "dan@example.edu}"))
    assert set(endings(campus.apply()).values()) == {"applied"}


def test_without_the_right_to_see_the_plan_the_total_is_unknown(campus: Rig) -> None:
    start(campus, LEAVER)
    scopes = ["user:read:admin", "user:write:admin", "group:read:admin", "meeting:read:admin"]
    campus.control("faults", {"scopes": scopes, "expire_tokens": True})
    rewrite(campus, "zoom-main/people.yaml", ("cleo@example.edu}", "cleo@example.edu, license: licensed}"))
    assert "4 used, how many there are is not known; this plan takes 1" in shown(campus.plan().plan)


def test_an_account_elsewhere_is_a_finding_once_it_is_known(campus: Rig) -> None:
    campus.control("reset", {"now": campus.clock.now.isoformat(), **MANAGED})
    campus.console("add_foreign_email", email=OLD)
    campus.write("zoom-main/people.yaml", LEAVER)
    report = campus.apply()
    outcome = next(o for o in report.outcomes if o.change.address.name == "old")
    assert outcome.ending == "failed" and "an account of its own outside this one" in outcome.text
    assert engine.exit_status(report) == 4
    campus.control("counters/reset", {})
    plan = campus.plan().plan
    (finding,) = [finding for finding in plan.findings if finding.severity == "error"]
    assert finding.subject == "zoom-main/user/old" and "ask the person" in finding.remedy
    report = campus.apply()
    assert set(endings(report).values()) == {"waiting"} and engine.exit_status(report) == 0
    assert campus.writes() == {}
    with sqlite3.connect(campus.workspace.ledger_path) as ledger:
        owners = [owner for (owner,) in ledger.execute("SELECT owner FROM quota")]
    assert owners and not any("@" in owner for owner in owners), "no address is kept for it"
    campus.clock.advance(86401.0)
    assert endings(campus.apply())["create zoom-main/user/old"] == "failed", "asked again once a day"


def test_auto_create_holds_back_who_is_outside_and_keeps_no_password(
    campus: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = "Known-Passw0rd-1234"
    monkeypatch.setattr(user_creation, "make_password", lambda: password)
    configure(campus, "create_users: autoCreate")
    options = {**MANAGED, "features": ["auto_create"]}
    campus.control("reset", {"now": campus.clock.now.isoformat(), **options})
    campus.write("zoom-main/people.yaml", LEAVER.replace(OLD, "guest@elsewhere.org"))
    plan = campus.plan().plan
    assert "autoCreate works within the account's managed domains only" in texts(plan.findings)
    (info,) = [finding for finding in plan.findings if finding.severity == "info"]
    assert info.text.startswith("4 to create: by autoCreate") and "Forgot password" in info.text
    assert not any(change.note for change in plan.changes)
    report = campus.apply()
    words = endings(report)
    assert words.pop("create zoom-main/user/old") == "waiting"
    assert set(words.values()) == {"applied"}
    assert campus.control("counters")["mails"] == 0
    kept = b"".join(path.read_bytes() for path in campus.workspace.state.iterdir())
    assert b"[redacted]" in kept and password.encode() not in kept
    assert password not in repr(report) and password not in repr(plan)


def test_a_way_to_create_that_the_account_does_not_have_is_asked_for_once(campus: Rig) -> None:
    configure(campus, "create_users: ssoCreate")
    campus.control("reset", {"now": campus.clock.now.isoformat(), **MANAGED})
    campus.write("zoom-main/people.yaml", LEAVER)
    report = campus.apply()
    assert set(endings(report).values()) == {"failed"}
    assert campus.control("counters")["refused"] == {"POST /users": 1}
    assert "single sign-on is not enabled" in report.outcomes[-1].text


def test_more_people_than_a_day_takes_go_on_the_next_day(campus: Rig) -> None:
    rewrite(campus, "reconciler.yaml", ("plan: education", "plan: free"))
    campus.control("reset", {"now": campus.clock.now.isoformat(), **MANAGED, "plan": "free"})
    entries = "".join(f"      p{number}: {{email: p{number}@example.edu}}\n" for number in range(53))
    campus.write("zoom-main/people.yaml", f"    users:\n{entries}")
    plan = campus.plan().plan
    assert "zoom-main/user: 53 to create, 2 days at 50 a day" in shown(plan)
    words = list(endings(campus.apply()).values())
    assert (words.count("applied"), words.count("deferred")) == (50, 3)
    campus.clock.advance(86400.0)
    words = list(endings(campus.apply()).values())
    assert words == ["applied"] * 3
    assert campus.plan().plan.changes == ()


def test_doubles_are_named_and_never_merged(campus: Rig) -> None:
    start(campus, LEAVER.replace("ada@example.edu,", "ada@example.edu, first_name: Ada, last_name: Lee,"))
    double = {"first_name": "Ada", "last_name": "Lee", "status": "active"}
    campus.console("add_user", email="ada@new.example.edu", **double)
    plan = campus.plan().plan
    (finding,) = plan.findings
    assert finding.subject == "zoom-main/user/s1"
    assert "ada@new.example.edu" in finding.text and "Nothing is merged" in finding.remedy
    assert plan.changes == ()
    other = "last_name: Lee, lifecycle: {different_person: true},"
    rewrite(campus, "zoom-main/people.yaml", ("last_name: Lee,", other))
    assert campus.plan().plan.findings == ()


def test_settings_of_a_person_are_kept_and_nothing_else_of_them(campus: Rig) -> None:
    asked = "settings: {waiting_room: true, auto_recording: cloud}"
    start(campus, LEAVER.replace("cleo@example.edu}", f"cleo@example.edu, {asked}}}"))
    assert people(campus)["cleo@example.edu"]["settings"] == {
        "in_meeting": {"waiting_room": True},
        "recording": {"auto_recording": "cloud"},
    }
    rewrite(campus, "zoom-main/people.yaml", ("auto_recording: cloud", "auto_recording: local"))
    assert changes(campus.plan()) == {"zoom-main/user/s3": "update"}
    campus.apply()
    assert campus.writes() == {"PATCH /users/{userId}/settings": 1}
    assert campus.plan().plan.changes == ()


def test_settings_of_somebody_invited_wait(campus: Rig) -> None:
    guest = LEAVER.replace("cleo@example.edu}", "cleo@elsewhere.org, settings: {waiting_room: true}}")
    campus.control("reset", {"now": campus.clock.now.isoformat(), **MANAGED})
    campus.write("zoom-main/people.yaml", guest)
    assert set(endings(campus.apply()).values()) == {"applied"}
    assert "PATCH /users/{userId}/settings" not in campus.writes()
    assert endings(campus.apply()) == {"update zoom-main/user/s3": "waiting"}
    campus.console("accept_invitation", user="cleo@elsewhere.org")
    campus.apply()
    assert people(campus)["cleo@elsewhere.org"]["settings"] == {"in_meeting": {"waiting_room": True}}
    assert campus.plan().plan.changes == ()
