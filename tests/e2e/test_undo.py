"""undo: the reverse of a run as an edit of the desired files; applied, the campus is as it was before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.errors import ReconcilerError
from reconciler.run.undoing import Undoing, undo
from reconciler.run.undoing.writing import write_edits
from tests.e2e.scenes import MANAGED, people, rest, rewrite, settle
from tests.e2e.shell import Shell
from tests.rig import Rig, changes, endings

FILE = "zoom-main/people.yaml"
GROUPS = "zoom-main/groups.yaml"
MEETINGS = "zoom-main/meetings.yaml"


def turn_back(rig: Rig, run: str = "last", only: str = "") -> Undoing:
    """Undo, and see that nobody was written to for it."""
    before = rig.writes()
    with rig.ledger() as ledger:
        undoing = undo(rig.workspace, ledger, run, only)
    write_edits(rig.desired, undoing.edits)
    rig.plan()
    assert rig.writes() == before
    return undoing


def apply(rig: Rig) -> None:
    """Two days later, apply what is written: all of it is applied, and nothing is left to do."""
    rig.clock.advance(2 * 86_400)
    report = rig.apply()
    assert set(endings(report).values()) <= {"applied"}, endings(report)
    assert rig.plan().plan.changes == ()


def campus_of(rig: Rig) -> dict[str, Any]:
    """The people who can sign in, the groups and the meetings, without what the vendor counts and dates."""
    world = rig.world()
    mails = {user["id"]: user["email"] for user in world["users"]}
    users = {
        user["email"]: {
            name: user.get(name)
            for name in ("first_name", "last_name", "type", "status", "dept", "department")
        }
        for user in world["users"]
        if user["status"] == "active"
    }
    groups = {group["name"]: sorted(mails[one] for one in group["member_ids"]) for group in world["groups"]}
    meetings = {meeting["topic"]: mails[meeting["host_id"]] for meeting in world["meetings"]}
    return {"users": users, "groups": groups, "meetings": meetings}


def left(undoing: Undoing) -> dict[str, str]:
    return {str(item.address): item.text for item in undoing.left}


def told(undoing: Undoing) -> dict[str, str]:
    return {str(item.address): item.text for item in undoing.turned}


CLEO = "    s3: {email: cleo@example.edu, first_name: Cleo, last_name: Costa}\n"
DAN = "    s4: {email: dan@example.edu, first_name: Dan, last_name: Diaz}\n"
EDITS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "user fields": (
        (FILE, "first_name: Cleo", "first_name: 'Clea'"),
        (FILE, "license: licensed}\n    s2", "license: licensed, department: Law}\n    s2"),
    ),
    "members": ((GROUPS, "[s1, s3]", "[s2, s1]"),),
    "exact members": ((GROUPS, "[s1, s3]", "{exactly: [s2]}"),),
    "a new group": ((GROUPS, "groups:\n", "groups:\n  # a club\n  club: {members: [s2]}\n"),),
    "a removed group": ((GROUPS, "  faculty: {members: [s1, s3]}\n", "  club: {}\n"),),
    "a removed person": ((FILE, CLEO, ""), (GROUPS, ", s3", "")),
    "a new person": ((FILE, CLEO, DAN + CLEO), (GROUPS, "s3]", "s3, s4]")),
    "a replaced meeting": (
        (MEETINGS, "    host: s1\n", "    host: s2\n    lifecycle: {allow_replace: true}\n"),
        (MEETINGS, "[s2]", "[s1]"),
    ),
    "a renamed person": ((FILE, "s3: {", "s9: {lifecycle: {previously: [s3]}, "), (FILE, "Cleo", "Clea")),
}


def edit(rig: Rig, what: str) -> None:
    for file, old, new in EDITS[what]:
        rewrite(rig, file, (old, new))


@pytest.mark.parametrize("what", EDITS)
def test_undone_and_applied_the_campus_is_as_before_and_undone_again_as_after(campus: Rig, what: str) -> None:
    settle(campus)
    before = campus_of(campus)
    edit(campus, what)
    apply(campus)
    after = campus_of(campus)
    undoing = turn_back(campus)
    assert left(undoing) == {}
    apply(campus)
    assert campus_of(campus) == before
    assert turn_back(campus).left == ()
    apply(campus)
    assert campus_of(campus) == after


def test_a_new_meeting_goes_and_one_that_went_is_left_with_its_dates(campus: Rig) -> None:
    settle(campus)
    before = campus_of(campus)
    path = campus.desired / MEETINGS
    text = path.read_text(encoding="utf-8")
    path.write_text(text + text.split("\n", 1)[1].replace("101", "102"), encoding="utf-8")
    apply(campus)
    assert (
        "names course_meeting, so the plan is to delete"
        in told(turn_back(campus))["zoom-main/course_meeting/bio102"]
    )
    assert path.read_text(encoding="utf-8") == text
    apply(campus)
    assert campus_of(campus) == before
    assert "mon wed 10:00 for 50 min" in left(turn_back(campus))["zoom-main/course_meeting/bio102/1"]
    assert path.read_text(encoding="utf-8") == text


def test_a_drift_that_was_healed_becomes_what_is_desired(campus: Rig) -> None:
    settle(campus)
    campus.console("edit_user", user="ada@example.edu", last_name='Byron: "née" #1')
    campus.console("remove_member", group="faculty", user="cleo@example.edu")
    drifted = campus_of(campus)
    apply(campus)
    undoing = turn_back(campus)
    assert all("becomes desired" in text for text in told(undoing).values()) and len(undoing.turned) == 2
    apply(campus)
    assert campus_of(campus) == drifted


def test_what_was_edited_since_is_left_and_all_else_is_turned_back(campus: Rig) -> None:
    settle(campus)
    rewrite(campus, FILE, ("first_name: Cleo", "first_name: Clea"), ("first_name: Ben", "first_name: Benno"))
    apply(campus)
    rewrite(campus, FILE, ("first_name: Clea", "first_name: Cléa"))
    undoing = turn_back(campus)
    assert left(undoing) == {
        "zoom-main/user/s3": "first_name: Cléa at zoom-main/people.yaml:5, and that run made it Clea"
    }
    text = (campus.desired / FILE).read_text(encoding="utf-8")
    assert "first_name: Cléa" in text and "first_name: Ben," in text
    assert turn_back(campus).edits == (), "the rest is as before already"


def test_what_others_need_stays_and_they_are_named(campus: Rig) -> None:
    settle(campus)
    edit(campus, "a new person")
    apply(campus)
    rewrite(campus, MEETINGS, ("[s2]", "[s2, s4]"))
    rewrite(campus, FILE, ("last_name: Diaz", "last_name: Diaz, license: licensed"))
    apply(campus)
    (run,) = {past.run for past in history(campus) if past.verb == "create" and past.address.name == "s4"}
    undoing = turn_back(campus, run)
    assert left(undoing)["zoom-main/user/s4"].startswith(
        "it stays declared: license at zoom-main/people.yaml:5"
    )
    rewrite(campus, FILE, (", license: licensed}\n    s3", "}\n    s3"))
    rewrite(campus, MEETINGS, ("[s2, s4]", "[s2, s1]"))
    rewrite(campus, MEETINGS, ("host: s1", "host: s4"), ("[s2, s1]", "[s2]"))
    undoing = turn_back(campus, run[:24])
    assert left(undoing) == {
        "zoom-main/user/s4": "it stays declared, for zoom-main/course_meeting/bio101 (host at "
        "zoom-main/meetings.yaml:4) refers to it"
    }


def history(rig: Rig) -> tuple[Any, ...]:
    with rig.ledger() as ledger:
        return ledger.history()


def test_a_value_of_a_roster_or_of_defaults_is_turned_back_in_an_entry(campus: Rig) -> None:
    campus.control("reset", {"now": campus.clock.now.isoformat(), **MANAGED})
    campus.write(
        FILE,
        """
        # who is here
        users:
          from:
            - {csv: roster.csv, columns: {name: Id, email: Mail, department: Dept}}
          defaults: {company: North}  # for all
        """,
    )
    rows = "Id,Mail,Dept\nS1,ada@example.edu,Law\ns2,ben@example.edu,Law\n"
    campus.write("zoom-main/roster.csv", rows)
    rest(campus)
    before = people(campus)
    campus.write("zoom-main/roster.csv", rows.replace("u,Law\ns2", "u,Art\ns2"))
    rewrite(campus, FILE, ("North", "South"))
    apply(campus)
    assert turn_back(campus).left == ()
    text = (campus.desired / FILE).read_text(encoding="utf-8")
    assert text.endswith(
        "  defaults: {company: South}  # for all\n"
        "  entries:\n"
        "    s2: {company: North}\n"
        "    s1: {department: Law, company: North}\n"
    )
    apply(campus)
    assert {mail: user["company"] for mail, user in people(campus).items()} == {
        mail: user["company"] for mail, user in before.items()
    }
    campus.write("zoom-main/roster.csv", rows + "s3,cleo@example.edu,Art\n")
    apply(campus)
    assert "it comes from zoom-main/roster.csv" in left(turn_back(campus))["zoom-main/user/s3"]


def test_an_overlay_is_edited_where_the_value_stands_in_it(campus: Rig) -> None:
    settle(campus)
    campus.workspace = replace(campus.workspace, environment="prod")
    overlay = "environments/prod/zoom-main/people.yaml"
    campus.write(
        overlay,
        """
        users:
          entries:
            s1: {first_name: Adah}   # theirs
            s2: {lifecycle: {on_absent: disable}}
        """,
    )
    campus.apply()
    rewrite(
        campus, overlay, ("Adah", "Adaline"), ("s2: {lifecycle: {on_absent: disable}}", "s2: {absent: true}")
    )
    rewrite(campus, MEETINGS, ("alternative_hosts: [s2]", "alternative_hosts: []"))
    rewrite(campus, FILE, ("first_name: Cleo", "first_name: Clea"))
    apply(campus)
    assert turn_back(campus).left == ()
    text = (campus.desired / overlay).read_text(encoding="utf-8")
    assert text == "users:\n  entries:\n    s1: {first_name: Adah}   # theirs\n"
    assert "first_name: Cleo" in (campus.desired / FILE).read_text(encoding="utf-8")
    apply(campus)
    assert people(campus)["ben@example.edu"]["status"] == "active"


def test_releases_are_taken_back(campus: Rig) -> None:
    settle(campus)
    rewrite(campus, FILE, ("s3: {", "s3: {lifecycle: {release: true}, "), (", last_name: Lovelace", ""))
    rewrite(campus, GROUPS, ("{members: [s1, s3]}", "{}"))
    apply(campus)
    assert turn_back(campus).left == ()
    assert "s3: {email: cleo" in (text := (campus.desired / FILE).read_text(encoding="utf-8"))
    assert "license: licensed, last_name: Lovelace}" in text
    assert "faculty: {members: [s1, s3]}" in (campus.desired / GROUPS).read_text(encoding="utf-8")
    assert changes(campus.plan())["zoom-main/user/s3"] == "adopt"
    apply(campus)


def test_what_cannot_be_told_is_left_with_what_is_known(campus: Rig) -> None:
    settle(campus, linked=True)
    campus.environ["PASSCODE"] = "abc123"
    rewrite(
        campus,
        MEETINGS,
        ('start: "10:00"', 'start: "11:00"'),
        ("    course: bio101\n", ""),
        ("topic: BIO 101", "topic: BIO 101a\n    passcode: ${env:PASSCODE}"),
    )
    apply(campus)
    undoing = turn_back(campus)
    said = "\n".join(f"{item.address} {item.text}" for item in undoing.left)
    assert "bio101 schedule: a schedule cannot be told from its dates; before there were 16 dates" in said
    assert "passcode: only a fingerprint of it is recorded" in said
    assert "course_link/bio101 remove of a link follows from `course:` of its meeting" in said
    assert told(undoing) == {"zoom-main/course_meeting/bio101": "topic: BIO 101 again"}
    with campus.ledger() as ledger:
        (run,) = {
            past.run
            for past in ledger.history()
            if past.verb == "confirm" and "credential" in str(past.address)
        }
    assert (
        "only a person can turn it round" in left(turn_back(campus, run))["zoom-lti/lti_credential/lti-2026"]
    )


def test_one_of_a_family_does_not_speak_for_all(campus: Rig) -> None:
    settle(campus)
    campus.write(
        "zoom-main/talks.yaml",
        """
        course_meetings:
          talk:
            topic: A talk
            host: s1
            agenda: Questions
            schedule: {dates: ["2026-11-02T10:00", "2026-11-03T10:00"], minutes: 50, timezone: UTC}
        """,
    )
    apply(campus)
    first, *_ = (meeting["id"] for meeting in campus.world()["meetings"] if meeting["topic"] == "A talk")
    campus.console("edit_meeting", meeting=first, agenda="Answers")
    apply(campus)
    why = left(turn_back(campus))["zoom-main/course_meeting/talk"]
    assert why == "agenda: only 1 of its 2 objects had drifted, and they share one entry"
    rewrite(campus, "zoom-main/talks.yaml", ("Questions", "Both"))
    apply(campus)
    assert told(turn_back(campus)) == {"zoom-main/course_meeting/talk": "agenda: Questions again"}


def test_what_does_not_load_is_refused_whole(campus: Rig) -> None:
    settle(campus)
    edit(campus, "a removed person")
    apply(campus)
    rewrite(campus, FILE, ("ada@example.edu", "cleo@example.edu"))
    with pytest.raises(ReconcilerError, match="does not load, so nothing is written"):
        turn_back(campus)
    with pytest.raises(ReconcilerError, match="there is no run '2001'; `reconciler history` names them"):
        turn_back(campus, "2001")


def test_as_it_is_typed(campus: Rig) -> None:
    settle(campus)
    shell = Shell(campus.folder, campus.environ)
    edit(campus, "a new group")
    rewrite(campus, FILE, ("first_name: Cleo", "first_name: Clea"))
    apply(campus)
    file = campus.desired / GROUPS
    text = file.read_text(encoding="utf-8")
    dry = shell.type("undo", "--dry-run", "--only", "*/group/*")
    assert dry.stdout == (
        f"--- desired/{GROUPS}\n+++ desired/{GROUPS}\n@@ -1,4 +1,3 @@\n"
        " groups:\n   # a club\n-  club: {members: [s2]}\n   faculty: {members: [s1, s3]}\n"
    )
    assert "1 thing would be turned back, 0 not" in dry.stderr
    assert file.read_text(encoding="utf-8") == text
    rewrite(campus, FILE, ("first_name: Clea", "first_name: Cloe"))
    done = shell.type("undo", status=4)
    assert done.stdout.startswith(dry.stdout)
    assert (
        "remove   zoom-main/group/club" in done.stdout.replace("  remove", "remove", 1)
        or "club" in done.stdout
    )
    assert (
        "zoom-main/user/s3: first_name: Cloe at zoom-main/people.yaml:5, and that run made it Clea"
        in done.stderr
    )
    assert "`reconciler apply` carries it out" in done.stderr
    assert "there is no run 'nope'" in shell.type("undo", "nope", status=1).stderr
