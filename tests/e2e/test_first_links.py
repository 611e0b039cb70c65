"""The first links with a credential are looked at by a person before the rest follows."""

from __future__ import annotations

import pytest

from reconciler import engine
from reconciler.errors import PlanRefused
from reconciler.model import Address, Ending, Report
from reconciler.report import render_plan
from tests.rig import Rig, changes

PAGE = "zoom-lti/first-links/lti-2026"
PEOPLE = "users:\n  s1: {email: ada@example.edu, license: licensed}\n"
COURSES = """
    courses:
      bio: {context_id: ctx-bio, domain: "https://canvas.example.edu", canvas_course_id: "1", title: Biology}
      law: {context_id: ctx-law, domain: "https://canvas.example.edu"}
      art: {context_id: ctx-art, domain: "https://canvas.example.edu"}
"""
ENTRY = """\
  {name}:
    topic: Meeting {name}
    host: s1
    schedule: {{dates: ["2026-09-{day:02}T10:00"], minutes: 50, timezone: America/New_York}}
    course: {course}
"""
MEETINGS = {"m1": "bio", "m2": "bio", "m3": "law", "m4": "law", "m5": "art"}


def declare(rig: Rig, meetings: dict[str, str]) -> None:
    entries = (ENTRY.format(name=name, day=int(name[1:]) + 6, course=meetings[name]) for name in meetings)
    rig.write("zoom-main/meetings.yaml", "course_meetings:\n" + "".join(entries))


@pytest.fixture
def rig(campus: Rig) -> Rig:
    """Five meetings of three courses, and a credential nothing was imported with."""
    campus.write("zoom-main/people.yaml", PEOPLE)
    campus.write("courses.yaml", COURSES)
    declare(campus, MEETINGS)
    campus.mint()
    return campus


def linked(report: Report, ending: Ending) -> list[str]:
    """The names of the links that ended so."""
    found = (o.change.address for o in report.outcomes if o.ending is ending)
    return sorted(address.name for address in found if address.kind == "course_link")


def confirm(rig: Rig, page: str = PAGE) -> int:
    """How many things a person confirms."""
    with rig.ledger() as ledger:
        return len(engine.confirm(rig.workspace, ledger, [page], "jo"))


def words(rig: Rig) -> list[str]:
    """On which first links somebody's word is kept."""
    with rig.ledger() as ledger:
        return [word.name for word in ledger.read().attestations if word.kind == "first-links"]


def test_three_are_made_confirmed_and_then_the_rest(rig: Rig) -> None:
    with pytest.raises(PlanRefused, match="not made yet: m1/1, m3/1, m5/1; run `reconciler apply` first"):
        confirm(rig)
    text = render_plan(rig.plan().plan)
    assert "2 wait." in text and "to do by hand" not in text.splitlines()[0], "nobody can do it yet"
    assert f"({PAGE}): 3 waiting" in text and "When they are made and looked at:" in text
    report = rig.apply()
    assert linked(report, Ending.APPLIED) == ["m1/1", "m3/1", "m5/1"], "one of each course"
    assert linked(report, Ending.WAITING) == ["m2/1", "m4/1"] and engine.exit_status(report) == 0
    assert {o.ending for o in rig.apply().outcomes} == {Ending.WAITING}, "no more by itself"
    assert len(rig.world()["lti"]["associations"]) == 3
    assert f"({PAGE}): 3 open" in render_plan(rig.plan().plan)

    saved = rig.plan().plan
    with rig.ledger() as ledger:
        before = ledger.read().records
        assert (confirm(rig), confirm(rig)) == (3, 0)
        assert ledger.read().records == before, "a look changes nothing of what is known of the links"
        (told, *_) = ledger.history(Address.parse("zoom-lti/course_link/m1/1"), 9)
        assert (told.verb, told.ending, told.text) == ("confirm", "attested", "check, by jo")
        with pytest.raises(PlanRefused, match=r"the ledger moved on .*\(zoom-lti\)"):
            engine.apply_saved(rig.workspace, ledger, saved, lambda _: None)
    assert rig.plan().plan.digest != saved.digest, "what waited for the word does not any more"
    assert linked(rig.apply(), Ending.APPLIED) == ["m2/1", "m4/1"]
    assert changes(rig.plan()) == {}
    assert not [page for page in rig.plan().plan.hand_offs if page.id == PAGE]

    declare(rig, {f"m{day}": "bio" for day in range(11, 16)})
    coming = [change for change in rig.plan().plan.changes if change.address.kind == "course_link"]
    assert {change.verb for change in coming} == {"create", "remove"} and len(coming) == 10
    assert not any(wait.on == PAGE for change in coming for wait in change.waiting), "confirmed for good"


def test_the_word_goes_with_its_credential(rig: Rig) -> None:
    rig.apply()
    confirm(rig)
    lti, settings = rig.desired / "zoom-lti" / "lti.yaml", rig.desired / "reconciler.yaml"
    lti.write_text(lti.read_text().replace("lti-2026: {", "lti-x: {lifecycle: {previously: [lti-2026]}, "))
    settings.write_text(settings.read_text().replace("credential: lti-2026", "credential: lti-x"))
    plan = rig.plan().plan
    assert {change.verb for change in plan.changes if change.address.kind != "course_link"} == {"rename"}
    assert not [page for page in plan.hand_offs if page.open], "its page is renamed with it: nothing to enter"
    assert not [wait for change in plan.changes for wait in change.waiting]
    rig.apply()
    assert words(rig) == ["lti-x"]
    for file in (lti, rig.desired / "zoom-main" / "meetings.yaml"):
        file.unlink()
    rig.apply()
    assert confirm(rig, "zoom-lti/credentials/lti-x") == 2, "with the domain of its page"
    assert words(rig) == [], "another credential of that name has to be looked at again"
