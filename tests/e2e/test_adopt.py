"""adopt: an account nobody declared becomes files; the next plan is empty, a second adopt writes nothing."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from reconciler import engine
from reconciler.errors import ReconcilerError
from reconciler.run.adopting import Adoption, Wish
from tests.e2e.shell import Shell
from tests.rig import Rig, changes

WISH = Wish("zoom-main")
NEW_YORK = "America/New_York"
WEEKLY = {"type": 2, "repeat_interval": 1, "weekly_days": "2,4", "end_times": 8}


def adopt(rig: Rig, wish: Wish = WISH) -> Adoption:
    with rig.ledger() as ledger:
        return engine.adopt(rig.workspace, ledger, wish)


def files(rig: Rig) -> dict[str, bytes]:
    found = (path for path in rig.desired.rglob("*") if path.is_file())
    return {path.relative_to(rig.desired).as_posix(): path.read_bytes() for path in found}


def names(adoption: Adoption, kind: str) -> list[str]:
    return [entry.name for entry in adoption.sorted.entries[kind]]


def left(adoption: Adoption, kind: str) -> dict[str, str]:
    return {item.label: item.why for item in adoption.sorted.left[kind]}


def schedule(rig: Rig, topic: str, **body: Any) -> int:
    """A meeting on the first of September's Mondays, unless told otherwise."""
    usual = {
        "host": "ada@example.edu",
        "start_time": "2026-09-07T10:00:00",
        "timezone": NEW_YORK,
        "duration": 50,
    }
    made: int = rig.console("add_meeting", topic=topic, **{**usual, **body})["id"]
    return made


def populate(rig: Rig) -> None:
    """What a campus has after some years: people of every sort, odd names, meetings of every shape."""
    rig.control("reset", {"now": rig.clock.now.isoformat(), "tracking_fields": ["Department", "No"]})
    for mail, attributes in {
        "ada@example.edu": {"first_name": "Ada", "last_name": "=1+1", "type": 2, "dept": "Biology"},
        "Bo.O'Brien@example.edu": {"first_name": " Bo\n", "last_name": "null", "type": 2, "dept": "0123"},
        "cleo@example.edu": {"first_name": "Cleo", "last_name": "# not a comment", "type": 1},
        "dan@example.edu": {"status": "pending", "type": 1},
        "eve@example.edu": {"first_name": "Eve", "last_name": "${env:HOME}", "type": 1},
    }.items():
        rig.console("add_user", email=mail, **attributes)
    rig.console("deactivate_user", user="cleo@example.edu")
    for group, members in {
        "Law: all": ["ada@example.edu", "Bo.O'Brien@example.edu"],
        "law-all": ["cleo@example.edu"],
        "defaults": [],
        "法学": ["eve@example.edu"],
    }.items():
        rig.console("add_group", name=group)
        for member in members:
            rig.console("add_member", group=group, user=member)
    schedule(
        rig, "Bio 101: a talk", settings={"alternative_hosts": "Bo.O'Brien@example.edu", "waiting_room": True}
    )
    schedule(rig, "Bio 101: a talk", start_time="2026-09-08T10:00:00", agenda="yes\n# no\t${not}")
    schedule(rig, "no", type=8, recurrence=WEEKLY, tracking_fields=[{"field": "Department", "value": "Yes"}])
    lab = schedule(rig, "Lab", type=8, recurrence=WEEKLY, host="Bo.O'Brien@example.edu")
    dates = next(m for m in rig.world()["meetings"] if m["id"] == lab)["occurrences"]
    rig.console("delete_occurrence", meeting=lab, occurrence_id=dates[2]["occurrence_id"])
    schedule(rig, "Monthly", type=8, recurrence={"type": 3, "monthly_day": 7, "end_times": 3})
    schedule(rig, "Open house", type=3)
    for _ in range(2):
        schedule(rig, "Twice")
    option = rig.console("add_authentication_option", name="Ours", type="enforce_login_with_same_account")[
        "id"
    ]
    guests = [{"email": "Guest@x.org", "name": 'a "guest"'}]
    settings = {
        "meeting_authentication": True,
        "authentication_option": option,
        "authentication_exception": guests,
    }
    schedule(
        rig, "Guarded", settings={**settings, "approval_type": 0, "audio": "voip", "auto_recording": "cloud"}
    )
    rig.control("counters/reset", {})


def test_years_of_clicking_become_files_and_the_next_plan_is_empty(campus: Rig) -> None:
    populate(campus)
    done = adopt(campus)
    assert not any(campus.writes().values())
    assert done.differing == () and done.recorded == sum(map(len, done.sorted.entries.values()))
    after = campus.plan()
    assert (after.plan.changes, after.plan.drift, after.plan.violations) == ((), (), ())
    assert names(done, "user") == [
        "ada@example.edu",
        "bo.o-brien@example.edu",
        "cleo@example.edu",
        "dan@example.edu",
        "eve@example.edu",
        "owner@example.edu",
    ]
    people = {entry.name: entry for entry in done.sorted.entries["user"]}
    assert people["cleo@example.edu"].values["active"] is False
    assert [name for name, entry in people.items() if entry.protect] == ["owner@example.edu"]
    assert "last_name" not in people["eve@example.edu"].values, "a secret's sign may stand nowhere"
    groups = {entry.values["title"]: entry for entry in done.sorted.entries["group"]}
    assert groups["Law: all"].name != groups["law-all"].name
    assert groups["Law: all"].name.startswith("law-all-") and groups["Law: all"].remark
    assert groups["Law: all"].values["members"] == ["ada@example.edu", "bo.o-brien@example.edu"]
    assert len(names(done, "group")) == len(set(names(done, "group"))) == 4
    meetings = {entry.name: entry.values for entry in done.sorted.entries["course_meeting"]}
    assert sorted(meetings)[-3:] == ["guarded", "lab", "no"] and len(meetings) == 5
    assert meetings["lab"]["schedule"] | {"skip": None} == {
        "days": ["mon", "wed"],
        "start": "10:00",
        "minutes": 50,
        "from": date(2026, 9, 7),
        "until": date(2026, 9, 30),
        "timezone": NEW_YORK,
        "skip": None,
    }
    assert meetings["lab"]["schedule"]["skip"] == [date(2026, 9, 14)]
    assert meetings["guarded"]["authentication_option"] == "Ours"
    assert meetings["no"]["tracking_fields"] == {"Department": "Yes"}
    assert set(left(done, "course_meeting")) == {"Monthly", "Open house", "Twice"}
    assert "weekly" in left(done, "course_meeting")["Monthly"]
    before = files(campus)
    again = adopt(campus)
    assert files(campus) == before
    assert (again.pages, again.recorded) == ((), 0)
    assert not any(campus.writes().values())


def test_no_secret_and_no_room_for_injection_in_what_is_written(campus: Rig) -> None:
    populate(campus)
    known = {m["password"] for m in campus.world()["meetings"]} | {
        u["host_key"] for u in campus.world()["users"]
    }
    adopt(campus)
    for name, data in files(campus).items():
        text = data.decode()
        assert not [secret for secret in known if secret and secret in text], name
        assert "pwd=" not in text and all(line.isprintable() for line in text.split("\n")), name


def test_what_is_declared_stays_as_it_is_written(campus: Rig) -> None:
    populate(campus)
    mine = """
        # by hand
        users:
          S-17: {email: ADA@example.edu, license: basic}   # to be changed
    """
    campus.write("zoom-main/people.yaml", mine)
    campus.write(
        "zoom-main/meetings.yaml",
        "course_meetings:\n  mine: {topic: Mine, host: S-17, schedule: "
        '{dates: ["2026-10-01T10:00"], minutes: 50, timezone: UTC}}\n',
    )
    before = files(campus)
    done = adopt(campus)
    after = files(campus)
    assert {name: after[name] for name in before} == before
    assert "zoom-main/people-adopted.yaml" in after and "zoom-main/meetings-adopted.yaml" in after
    assert done.others == 2 and done.sorted.declared["user"] == 1
    assert changes(campus.plan()) == {
        "zoom-main/user/s-17": "adopt",
        "zoom-main/course_meeting/mine/1": "create",
    }
    hosts = {entry.values["host"] for entry in done.sorted.entries["course_meeting"]}
    assert "s-17" in hosts
    assert not any(campus.writes().values())


def test_nothing_is_written_if_anything_was_not_read(campus: Rig) -> None:
    populate(campus)
    before = files(campus)
    for operation in ("GET /users", "GET /groups/{groupId}/members", "GET /meetings/{meetingId}"):
        campus.control("faults", {"status": [{"operation": operation, "status": 500, "times": 99}]})
        with pytest.raises(ReconcilerError):
            adopt(campus)
        assert files(campus) == before
        campus.control("faults", {"status": []})


def test_a_crash_between_files_and_ledger_is_made_good_by_the_next_adopt(campus: Rig) -> None:
    populate(campus)
    first = adopt(campus)
    before = files(campus)
    for path in (campus.folder / "state").iterdir():
        path.unlink()
    again = adopt(campus)
    assert files(campus) == before
    assert (again.pages, again.recorded) == ((), first.recorded)
    assert campus.plan().plan.changes == ()


def test_what_is_recorded_and_was_taken_out_of_the_files_is_left_alone(campus: Rig) -> None:
    campus.console("add_group", name="Law")
    adopt(campus)
    (campus.desired / "zoom-main/groups.yaml").unlink()
    again = adopt(campus)
    assert again.pages == () and "recorded as zoom-main/group/law" in left(again, "group")["Law"]


def test_a_target_or_kind_there_is_not_is_refused_by_name(campus: Rig) -> None:
    with pytest.raises(ReconcilerError, match="no target is named 'zoom'"):
        adopt(campus, Wish("zoom"))
    with pytest.raises(ReconcilerError, match="course_link cannot be adopted"):
        adopt(campus, Wish("zoom-main", kinds=frozenset({"course_link"})))
    with pytest.raises(ReconcilerError, match="offers nothing"):
        adopt(campus, Wish("zoom-lti"))


def test_defaults_of_the_target_change_nothing(campus: Rig) -> None:
    populate(campus)
    path = campus.desired / "reconciler.yaml"
    defaults = "defaults: {user: {department: Law, license: basic}, course_meeting: {waiting_room: true}}"
    text = path.read_text().replace("plan: education", f"plan: education\n    {defaults}")
    path.write_text(text)
    done = adopt(campus)
    assert done.differing == () and campus.plan().plan.changes == ()


def test_only_some_kinds_and_names_by_another_rule(campus: Rig) -> None:
    populate(campus)
    campus.console("edit_user", user="ada@example.edu", employee_unique_id="E 17")
    done = adopt(campus, Wish("zoom-main", "employee-id", kinds=frozenset({"user"})))
    assert names(done, "user")[-1] == "owner@example.edu" and "e-17" in names(done, "user")
    assert [page.path for page in done.pages] == ["zoom-main/people.yaml"]
    more = adopt(campus, Wish("zoom-main", kinds=frozenset({"group"})))
    members = [entry.values.get("members", []) for entry in more.sorted.entries["group"]]
    assert ["bo.o-brien@example.edu", "e-17"] in members


def test_a_campus_in_bulk(campus: Rig) -> None:
    campus.control(
        "reset", {"now": campus.clock.now.isoformat(), "users": 200, "groups": 10, "meetings": 120}
    )
    done = adopt(campus, Wish("zoom-main", "local-part", hosts="licensed"))
    assert campus.plan().plan.changes == ()
    with (campus.desired / "zoom-main/people.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 201
    assert [path for path in files(campus) if "/meetings/" in path]
    assert done.requests["GET /users/{userId}/meetings"] == 41, "a listing for each licensed person"
    assert done.requests["GET /meetings/{meetingId}"] == 120
    assert adopt(campus).pages == ()


def test_the_command_shows_a_diff_then_does_it_then_has_nothing_to_do(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    (tmp_path / "desired").mkdir()
    settings = (
        "version: 1\ntargets:\n  zoom-main: {driver: zoom, account_id: a, client_id: c, client_secret: "
    )
    (tmp_path / "desired/reconciler.yaml").write_text(settings + '"${env:SECRET}"}\n')
    dry = shell.type("adopt", "zoom-main", "--sandbox", "--dry-run")
    assert "+++ desired/zoom-main/people.yaml" in dry.stdout and "would be written" in dry.stderr
    assert not (tmp_path / "desired/zoom-main").exists()
    assert "recorded as adopted" in shell.type("adopt", "zoom-main", "--sandbox").stdout
    shell.type("plan", "--sandbox", "--exit-code")
