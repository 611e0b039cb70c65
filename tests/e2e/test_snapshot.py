"""Plans from a snapshot: what a live plan would show, without a credential, a ledger or a connection."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from reconciler import cli, engine
from reconciler.errors import ConfigError, PlanRefused, ReconcilerError
from reconciler.model import Outcome, Plan
from reconciler.model.codec import decode_plan, encode_plan
from reconciler.report import Format, Style, redact, render_plan
from reconciler.run.proposal import Selection
from reconciler.run.sealing import seal
from reconciler.run.snapshots import read_key, take, thaw
from reconciler.run.workspace import Workspace
from tests.e2e.scenes import COURSE, GROUPS, MEETINGS, PEOPLE, rest, rewrite, texts, waive
from tests.rig import TARGETS, Rig

SECRET = "a secret for snapshots, long enough for one"
PASSCODES = """
    course_meetings:
      chem:
        topic: CHEM 1
        host: s1
        passcode: ${env:PASSCODE}
        schedule: {dates: ["2026-10-01T10:00"], minutes: 50, timezone: America/New_York}
    account_settings:
      meeting-authentication: {value: false}
"""


def write_key(rig: Rig) -> None:
    rig.environ["SNAPSHOT_KEY"] = SECRET
    settings = TARGETS % {"origin": rig.sandbox.origin}
    rig.write("reconciler.yaml", settings + "    snapshot_key: ${env:SNAPSHOT_KEY}\n")


@pytest.fixture
def resting(campus: Rig) -> Rig:
    """A linked campus at rest with a key for snapshots, a meeting with a passcode, and strangers."""
    write_key(campus)
    campus.environ["PASSCODE"] = "hunter22"
    for name in ("eve", "tom"):
        campus.console("add_user", email=f"{name}@example.edu", first_name=name.title(), last_name="Stranger")
    campus.console("add_group", name="Chess")
    for file, text in {
        "zoom-main/people.yaml": PEOPLE,
        "zoom-main/groups.yaml": GROUPS,
        "zoom-main/meetings.yaml": f"{MEETINGS}        course: bio101\n",
        "zoom-main/secret.yaml": PASSCODES,
        "courses.yaml": COURSE,
    }.items():
        campus.write(file, text)
    campus.mint()
    rest(campus)
    return campus


def freeze(rig: Rig) -> Path:
    """What `state snapshot` writes."""
    file = rig.folder / "campus.snapshot"
    file.write_text(seal(take(rig.plan()), read_key(rig.workspace)))
    return file


def bare(rig: Rig) -> Workspace:
    """The same files where there is nothing else: no ledger and no secret but the snapshot's."""
    return replace(rig.workspace, state=rig.folder / "nowhere", environ={"SNAPSHOT_KEY": SECRET})


def plan_from(rig: Rig, file: Path, selection: Selection = engine.EVERYTHING) -> Plan:
    return engine.plan(thaw(bare(rig), file), None, selection).plan


def test_a_campus_at_rest_is_at_rest(resting: Rig) -> None:
    file = freeze(resting)
    resting.control("counters/reset", {})
    made = plan_from(resting, file)
    assert (made.changes, made.drift, made.violations) == ((), (), ())
    counters = resting.control("counters")
    assert (counters["reads"], counters["writes"], counters["tokens"]) == ({}, {}, 0)
    assert made.snapshot == resting.clock.now
    assert made.ledger == resting.plan().plan.ledger
    waiting = {status.address.kind: status.text for status in made.statuses if status.sync == "unverified"}
    assert waiting["course_meeting"] == "cannot be read back: passcode"


def enrol(rig: Rig) -> None:
    rewrite(rig, "zoom-main/people.yaml", ("s3:", "s9: {email: zoe@example.edu, license: basic}\n    s3:"))
    rewrite(rig, "zoom-main/groups.yaml", ("[s1, s3]", "[s1, s3, s9]"))


def leave(rig: Rig) -> None:
    path = rig.desired / "zoom-main/people.yaml"
    path.write_text("".join(line for line in path.read_text().splitlines(True) if "s3:" not in line))
    rewrite(rig, "zoom-main/groups.yaml", ("[s1, s3]", "[s1]"))


def rename(rig: Rig) -> None:
    rewrite(rig, "zoom-main/people.yaml", ("s2: {", "b2: {lifecycle: {previously: [s2]}, "))
    rewrite(rig, "zoom-main/meetings.yaml", ("[s2]", "[b2]"))


def mistake(rig: Rig) -> None:
    rewrite(rig, "zoom-main/people.yaml", ("s2: {", "b2: {"))
    rewrite(rig, "zoom-main/meetings.yaml", ("[s2]", "[b2]"))


def retitle(rig: Rig) -> None:
    rewrite(rig, "zoom-main/meetings.yaml", ("topic: BIO 101", "topic: BIO 102"), ("[mon, wed]", "[tue]"))
    rewrite(rig, "zoom-main/people.yaml", ("first_name: Ben", "first_name: Benno"))


def drift(rig: Rig) -> None:
    rig.console("edit_user", user="ada@example.edu", last_name="Byron")
    rig.console("delete_user", user="cleo@example.edu")


def let_go(rig: Rig) -> None:
    rewrite(rig, "zoom-main/people.yaml", (", last_name: Costa", ""))
    rewrite(rig, "zoom-main/groups.yaml", ("{members: [s1, s3]}", "{lifecycle: {release: true}}"))


def close_down(rig: Rig) -> None:
    for name in ("groups", "meetings"):
        (rig.desired / f"zoom-main/{name}.yaml").unlink()


def relink(rig: Rig) -> None:
    rewrite(rig, "courses.yaml", ("context_id: 4f2a9c", "context_id: 5f2a9c"))
    rewrite(rig, "zoom-lti/lti.yaml", ("canvas.example.edu", "moodle.example.edu"))
    rewrite(rig, "courses.yaml", ("canvas.example.edu", "moodle.example.edu"))


EDITS = (enrol, leave, rename, mistake, retitle, let_go, close_down, relink)


@pytest.mark.parametrize("edit", EDITS)
def test_a_plan_from_a_snapshot_is_the_plan(resting: Rig, edit: Callable[[Rig], None]) -> None:
    file = freeze(resting)
    edit(resting)
    there, here = resting.plan().plan, plan_from(resting, file)
    assert there.changes or there.violations
    for name in (
        "changes",
        "digest",
        "hand_offs",
        "violations",
        "drift",
        "facts",
        "bindings",
        "files",
        "ledger",
    ):
        assert getattr(here, name) == getattr(there, name), name


def test_what_drifted_before_it_was_taken_is_drift(resting: Rig) -> None:
    drift(resting)
    file = freeze(resting)
    there, here = resting.plan().plan, plan_from(resting, file)
    assert there.drift and there.drift == here.drift
    assert there.changes == here.changes
    assert {f.text for f in there.findings} == {f.text for f in here.findings}


# ── what a snapshot cannot know ──────────────────────────────────────────────────────────────────────────


def test_what_was_not_looked_for_is_made_if_it_is_not_there_yet(resting: Rig) -> None:
    file = freeze(resting)
    rewrite(resting, "zoom-main/secret.yaml", ("chem:", "phys:"), ("CHEM 1", "PHYS 1"))
    made = plan_from(resting, file)
    assert {str(c.address): c.verb for c in made.changes}["zoom-main/course_meeting/phys/1"] == "create"
    assert "1 to create: not looked for when the snapshot was taken" in texts(made.findings)


def test_a_kind_that_was_not_read_is_unread(resting: Rig) -> None:
    file = freeze(resting)
    resting.write("zoom-main/fields.yaml", "tracking_fields:\n  dept: {label: Department}\n")
    made = plan_from(resting, file)
    assert made.changes == ()
    (facts,) = [facts for facts in made.facts if facts.kind == "tracking_field"]
    assert facts.live is None
    assert facts.reading == "it was not asked for (in the snapshot of 2026-09-01 12:00 UTC)"


def test_a_kind_that_could_not_be_read_is_unread_later_too(
    campus: Rig, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_key(campus)
    campus.write("zoom-main/people.yaml", PEOPLE)
    campus.write("zoom-main/groups.yaml", GROUPS)
    rest(campus)
    campus.control("faults", {"short_total": {"GET /groups": 1}})
    (campus.desired / "zoom-main/groups.yaml").unlink()
    for name, value in campus.environ.items():
        monkeypatch.setenv(name, value)
    file, state = campus.folder / "campus.snapshot", str(campus.folder / "state")
    assert cli.run(["state", "snapshot", str(campus.desired), "--state", state, "--out", str(file)]) == 1
    assert "zoom-main/group was not read" in capsys.readouterr().err
    made = plan_from(campus, file)
    assert made.changes == ()
    (facts,) = [facts for facts in made.facts if facts.kind == "group"]
    assert facts.live is None and facts.reading.endswith("UTC)")


def test_what_is_always_there_is_never_made(resting: Rig) -> None:
    file = freeze(resting)
    rewrite(
        resting,
        "zoom-main/secret.yaml",
        ("value: false}", "value: false}\n  auto-recording: {value: cloud}"),
    )
    made = plan_from(resting, file)
    (change,) = made.changes
    assert (change.verb, change.address.name, change.hand_off) == ("adopt", "auto-recording", None)
    assert "not read when the snapshot was taken" in texts(made.findings)


def test_strangers_are_taken_over_without_being_compared(resting: Rig) -> None:
    file = freeze(resting)
    rewrite(
        resting,
        "zoom-main/people.yaml",
        ("s3:", "s8: {email: Eve@example.edu, last_name: Evans}\n    s3:"),
    )
    resting.write("zoom-main/chess.yaml", "groups:\n  chess: {title: Chess, members: [s1]}\n")
    made = plan_from(resting, file)
    assert {(c.verb, str(c.address), c.fields) for c in made.changes} == {
        ("adopt", "zoom-main/user/s8", ()),
        ("adopt", "zoom-main/group/chess", ()),
    }
    assert texts(made.findings).count("its fields are not compared") == 2


def test_nothing_of_strangers_and_no_secret_is_in_it(resting: Rig) -> None:
    snapshot = take(resting.plan())
    known = str(snapshot)
    assert "Ada" in known and "eve@example.edu" in known
    for hidden in ("Eve", "Stranger", "hunter22", "sandbox-lti-secret", "sandbox-secret"):
        assert hidden not in known
    fingerprints = {
        str(item.value)
        for record in resting.plan().recorded.records
        for name, item in record.fields.items()
        if name in ("passcode", "secret") and item.value
    }
    assert fingerprints
    assert not any(value in known for value in fingerprints)
    assert SECRET not in freeze(resting).read_text()


def test_only_the_targets_asked_for_are_in_it(resting: Rig) -> None:
    file = resting.folder / "lti.snapshot"
    taken = take(resting.plan(selection=Selection(("zoom-lti",))))
    file.write_text(seal(taken, read_key(resting.workspace)))
    made = plan_from(resting, file)
    read = {facts.kind: facts.live is not None for facts in made.facts}
    assert read["user"] is False and read["course_link"] is True
    assert made.changes == ()


# ── what becomes of the plan ─────────────────────────────────────────────────────────────────────────────


def nobody(outcome: Outcome) -> None:
    """There is none."""
    pytest.fail(str(outcome))


def test_it_is_never_applied(resting: Rig) -> None:
    file = freeze(resting)
    enrol(resting)
    saved = decode_plan(encode_plan(plan_from(resting, file)))
    assert saved.snapshot is not None
    with resting.ledger() as ledger:
        with pytest.raises(PlanRefused, match="made against a snapshot of 2026-09-01 12:00 UTC"):
            engine.apply_saved(resting.workspace, ledger, saved, nobody)
        with pytest.raises(PlanRefused, match="made against a snapshot"):
            engine.apply(resting.workspace, ledger, replace(resting.plan(), plan=saved), nobody)
    assert resting.writes() == {}


def test_every_format_says_what_it_was_made_from(resting: Rig) -> None:
    file = freeze(resting)
    enrol(resting)
    resting.clock.advance(5 * 3600)
    made = plan_from(resting, file)
    said = "against a snapshot of 2026-09-01 12:00 UTC, 5 hours old"
    shapes: tuple[Format, ...] = ("terminal", "markdown", "html", "junit")
    for shape in shapes:
        text = render_plan(made, Style(shape)).replace("**", "")
        text = re.sub("<[^<>]*>", "", text) if shape == "html" else text
        assert said in " ".join(text.split()), shape
    assert "cannot be applied" in render_plan(made).splitlines()[0]
    assert json.loads(render_plan(made, Style("json")))["snapshot"] == "2026-09-01T12:00:00+00:00"
    assert said in render_plan(redact(made, b"key"), Style(width=200))
    assert "over 24 hours old" not in texts(made.findings)
    resting.clock.advance(20 * 3600)
    (finding,) = [f for f in plan_from(resting, file).findings if f.subject == "snapshot"]
    assert (finding.severity, "reconciler state snapshot" in finding.remedy) == ("warning", True)


def test_guards_work_on_it(resting: Rig) -> None:
    for number in range(4):
        resting.write(f"zoom-main/g{number}.yaml", f"groups:\n  club-{number}: {{}}\n")
    rest(resting)
    file = freeze(resting)
    for number in range(4):
        (resting.desired / f"zoom-main/g{number}.yaml").unlink()
    (violation,) = plan_from(resting, file).violations
    assert violation == resting.plan().plan.violations[0]
    waive(resting, violation.waive.replace("...", "clubs closed"))
    assert plan_from(resting, file).violations == ()


def test_without_a_ledger_it_is_a_preview_besides(campus: Rig) -> None:
    write_key(campus)
    campus.write("zoom-main/groups.yaml", "groups:\n  late: {}\n")
    file = campus.folder / "campus.snapshot"
    file.write_text(seal(take(engine.plan(campus.workspace, None)), read_key(campus.workspace)))
    made = plan_from(campus, file)
    assert (made.ledger, [change.verb for change in made.changes]) == (None, ["create"])
    assert "This is a preview" in render_plan(made)


def test_a_folder_without_a_key_says_what_to_write(campus: Rig) -> None:
    campus.write("zoom-main/groups.yaml", "groups:\n  late: {}\n")
    with pytest.raises(ReconcilerError, match=r"add `snapshot_key: \$\{env:RECONCILER_SNAPSHOT_KEY\}`"):
        read_key(campus.workspace)
    campus.write("reconciler.yaml", "version: 2\n")
    with pytest.raises(ConfigError, match="this version reads `version: 1`"):
        thaw(campus.workspace, campus.folder / "any")


# ── as it is typed ───────────────────────────────────────────────────────────────────────────────────────


def test_it_is_taken_and_planned_from_at_the_terminal(
    campus: Rig, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_key(campus)
    campus.write("zoom-main/people.yaml", PEOPLE)
    campus.write("zoom-main/groups.yaml", GROUPS)
    rest(campus)
    for name, value in campus.environ.items():
        monkeypatch.setenv(name, value)
    desired, state = str(campus.desired), str(campus.folder / "state")
    file = campus.folder / "campus.snapshot"
    assert cli.run(["state", "snapshot", desired, "--state", state, "--out", str(file)]) == 0
    told = capsys.readouterr()
    assert "read 5 objects and 4 records" in told.err and told.out == ""
    for name in campus.environ:
        if name != "SNAPSHOT_KEY":
            monkeypatch.delenv(name)
    planned = ["plan", desired, "--state", str(campus.folder / "no"), "--snapshot", str(file), "--exit-code"]
    assert cli.run(planned) == 0
    enrol(campus)
    assert cli.run([*planned, "--redact", "people", "--format", "json"]) == 2
    assert "zoe" not in capsys.readouterr().out
    saved = campus.folder / "plan.json"
    assert cli.run([*planned, "--out", str(saved)]) == 2
    assert cli.run(["apply", str(saved), "--desired", desired, "--state", state]) == 1
    assert "is never applied; plan again without --snapshot" in capsys.readouterr().err
    assert cli.run([*planned, "--environment", "staging"]) == 1
    assert "of environment 'default', not staging" in capsys.readouterr().err
    assert cli.run(["plan", desired, "--snapshot", str(campus.desired)]) == 1
    assert "cannot be read" in capsys.readouterr().err


def test_a_sandbox_has_snapshots_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    targets = (TARGETS + "    snapshot_key: ${env:K}\n") % {"origin": "https://api.zoom.us"}
    folder = tmp_path / "desired" / "zoom-main"
    folder.mkdir(parents=True)
    (tmp_path / "desired" / "reconciler.yaml").write_text(dedent(targets))
    (folder / "groups.yaml").write_text("groups:\n  late: {}\n")
    assert cli.run(["state", "snapshot", "--sandbox", "--out", "s.snapshot"]) == 0
    assert cli.run(["plan", "--sandbox", "--snapshot", "s.snapshot", "--exit-code"]) == 2
    assert "planned against a snapshot" in capsys.readouterr().out
