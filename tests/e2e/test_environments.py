"""Two rosters and an overlay, as typed and as run: where a field is from, and what a bad roster cannot do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from reconciler.model import FieldChange
from tests.e2e.shell import Shell
from tests.rig import Rig, changes, endings

PEOPLE = """
users:
  from:
    - csv: hr.csv
      columns: {name: ID, email: Mail, first_name: First, last_name: Last}
      expect: {min_rows: 2}
    - csv: staff.csv
      columns: {name: ID, department: Dept, license: Seat}
      expect: {min_rows: 2}
  entries:
    s1: {location: Library}
"""
HR = "ID,Mail,First,Last\ns1,ada@example.edu,Ada,Lovelace\ns2,ben@example.edu,Ben,Bauer\n"
STAFF = "ID,Dept,Seat\nS1,Biology,licensed\ns2,Physics,licensed\n"
GROUPS = """
groups:
  from:
    - {csv: members.csv, columns: {name: Group, members: Person}, repeat: join, expect: {min_rows: 2}}
"""
MEMBERS = "Group,Person\nfaculty,s1\nfaculty,s2\nclub,s2\n"
PROD = """
users:
  defaults: {company: Example University}
  entries:
    s1: {location: Main Campus}
    s2: {absent: true}
"""


def write(campus: Rig) -> None:
    """Two rosters, their groups, and prod's overlay."""
    files = {"people.yaml": PEOPLE, "hr.csv": HR, "staff.csv": STAFF}
    for name, text in files.items():
        campus.write(f"zoom-main/{name}", text)
    campus.write("environments/prod/zoom-main/people.yaml", PROD)


def test_an_environment_as_it_is_typed(campus: Rig) -> None:
    write(campus)
    shell = Shell(campus.folder, campus.environ)
    assert "all well" in shell.type("validate", "--environment", "prod").stdout
    assert "did you mean `prod`?" in shell.type("validate", "--environment", "pord", status=1).stderr
    plain = shell.type("plan", "--full").stdout
    prod = shell.type("plan", "--environment", "prod", "--full").stdout
    assert "ben@example.edu" in plain and "Example University" not in plain
    assert "ben@example.edu" not in prod and "Example University" in prod
    told = shell.type("explain", "zoom-main/user/s1", "--environment", "prod").stdout
    assert "from zoom-main/staff.csv, zoom-main/hr.csv" in told
    for name, place in {
        "company": "environments/prod/zoom-main/people.yaml:2",
        "location": "environments/prod/zoom-main/people.yaml:4",
        "email": "zoom-main/hr.csv:2",
        "department": "zoom-main/staff.csv:2",
    }.items():
        _, _, below = told.partition(f"\n{name}\n")
        assert below.splitlines()[1] == f"    where: {place}"
    campus.write("environments/prod/zoom-main/people.yaml", PROD.replace("location", "loction"))
    refused = shell.type("plan", "--environment", "prod", status=1).stderr
    assert "environments/prod/zoom-main/people.yaml:4:10: users have no field `loction`" in refused
    assert digest(shell.type("plan", "--full").stdout) == digest(plain) != digest(prod)
    assert campus.writes() == {}


def digest(shown: str) -> str:
    """The line that names a plan."""
    return next(line for line in shown.splitlines() if line.startswith("Plan digest"))


def test_a_bad_source_takes_nothing_from_anybody(campus: Rig) -> None:
    """Neither a person nor a member nor a licence: what is missing may only not have been exported."""
    write(campus)
    campus.write("zoom-main/groups.yaml", GROUPS)
    campus.write("zoom-main/members.csv", MEMBERS)
    campus.apply()
    assert campus.plan().plan.changes == ()
    campus.write("zoom-main/hr.csv", HR.replace("s2,ben@example.edu,Ben,Bauer\n", ""))
    campus.write("zoom-main/staff.csv", "ID,Dept,Seat\nS1,Biology,basic\n")
    campus.write("zoom-main/members.csv", "Group,Person\nfaculty,s1\n")
    proposal = campus.plan()
    assert [v.guard for v in proposal.plan.violations] == []
    reasons = [finding.text for finding in proposal.plan.findings if "cannot be trusted" in finding.text]
    assert len(reasons) == 2
    assert any(
        "zoom-main/hr.csv has 1 rows" in text and "zoom-main/staff.csv has 1 rows" in text for text in reasons
    )
    held = {str(change.address): change for change in proposal.plan.changes}
    assert held.keys() == {"zoom-main/user/s1", "zoom-main/group/faculty"}
    (licence,) = held["zoom-main/user/s1"].fields
    (members,) = held["zoom-main/group/faculty"].fields
    assert why(licence) == why(members) == ["its source cannot be trusted"]
    assert members.removed == ()
    before = campus.writes()
    assert set(endings(campus.apply()).values()) == {"waiting"}
    assert campus.writes() == before


def why(change: FieldChange) -> list[str]:
    """What a field waits for, without the numbers."""
    return [wait.why.split(" (")[0] for wait in change.waiting]


def test_a_source_that_is_taken_out_whole_is_refused(campus: Rig) -> None:
    """Its people may be meant to go, but that nothing is left of a source is said before they do."""
    write(campus)
    more = "".join(f"t{n},t{n}@example.edu,T,T{n}\n" for n in range(2))
    campus.write("zoom-main/old.csv", HR.split("\n", 1)[0] + "\ns1,ada@example.edu,Ada,Lovelace\n" + more)
    old = "    - csv: old.csv\n      columns: {name: ID, email: Mail, first_name: First, last_name: Last}\n"
    campus.write("zoom-main/people.yaml", PEOPLE.replace("  entries:", f"{old}  entries:"))
    campus.apply()
    campus.write("zoom-main/people.yaml", PEOPLE)
    plan = campus.plan().plan
    assert {v.guard for v in plan.violations} == {"emptied"}
    assert "of zoom-main/old.csv would be removed" in plan.violations[0].text


def test_environments_have_ledgers_and_plans_of_their_own(campus: Rig) -> None:
    write(campus)
    campus.apply()
    campus.workspace = replace(campus.workspace, environment="prod")
    proposal = campus.plan(as_of=datetime(2026, 9, 1, 12, tzinfo=UTC))
    assert proposal.plan.environment == "prod"
    assert "environments/prod/zoom-main/people.yaml" in proposal.plan.files
    assert changes(proposal) == {"zoom-main/user/s1": "adopt"}
