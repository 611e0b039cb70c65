"""The canary: which links are made before somebody has looked at the first three, and when it is over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from reconciler.drivers.zoom_lti_pro.course_link import CAPABILITY
from reconciler.errors import Where
from reconciler.model import (
    FOR_GOOD,
    Address,
    Attestation,
    Create,
    Declared,
    Desired,
    Evidence,
    HandOff,
    Live,
    Match,
    Observation,
    Provenance,
    Reading,
    Reason,
    Record,
    Recorded,
    RecordedField,
    Removal,
    Remove,
    Replace,
    State,
    Status,
    Sync,
    Waiting,
)
from reconciler.resources.base import Lifecycle, Resource, unchecked
from reconciler.resources.course import Course
from reconciler.resources.course_link import CourseLink
from reconciler.resources.course_meeting import CourseMeeting
from reconciler.settings import Settings
from reconciler.stages.diff.canary import hold_back
from reconciler.stages.diff.hand_offs import collect, propose
from reconciler.stages.diff.world import World

NOW = datetime(2026, 9, 1, tzinfo=UTC)
OLD, NEW = (Address("zoom-lti", "lti_credential", name) for name in ("lti-2026", "lti-2027"))
WORD = Address("zoom-lti", "first-links", "lti-2026")
CSV = replace(CAPABILITY, verbs=CAPABILITY.verbs - {"create"})


def link(name: str) -> Address:
    return Address("zoom-lti", "course_link", name)


@dataclass
class Campus:
    """Links by name, each in the course its name begins with; which of them are there, and how they came."""

    names: Iterable[str]
    made: Iterable[str] = ()
    by: Mapping[str, Address] = field(default_factory=dict)  # the credential, if not the old one
    was: Mapping[str, Address | None] = field(default_factory=dict)  # with which it was made, as recorded
    adopted: Iterable[str] = ()
    gone: Iterable[str] = ()
    again: Iterable[str] = ()  # there, and to be replaced
    stuck: Iterable[str] = ()  # wait on something of their own
    confirmed: Iterable[Address] = ()
    previously: Mapping[Address, Address] = field(default_factory=dict)
    csv: bool = False

    def world(self) -> World:
        """As diff has it when every address was compared."""
        world = World(
            Declared(dict(self._declared()), (), {}, self.previously),
            Recorded(records=tuple(self._records()), attestations=dict(self._words())),
            Observation(
                {},
                {("zoom-lti", "course_link"): Reading("zoom-lti", "course_link", (), "")},
                {
                    link(name): Match(
                        None if name in self.gone else Live(name, unchecked(CourseLink, {}), {}, "")
                    )
                    for name in (*self.made, *self.adopted, *self.gone)
                },
            ),
            Settings({}),
            {"zoom-lti": {"course_link": CSV if self.csv else CAPABILITY}},
            NOW,
            lambda target: target == "zoom-lti",
        )
        for name in self.names:
            if name not in {*self.made, *self.adopted} or name in self.again:
                self._plan(world, name)
        hold_back(world)
        return world

    def _plan(self, world: World, name: str) -> None:
        sort = Replace if name in self.again else Create
        change = propose(world, sort(address=link(name), reason=Reason.NEW))
        if name in self.stuck:
            change = replace(change, waiting=(Waiting("-/course/a", "it is not there"),))
            world.changes[-1] = world.planned[change.address] = change
        if name in self.again:
            address = link(name)
            world.plan(Remove(address=address, reason=Reason.SUPERSEDED, how=Removal.DELETE, number=1))
        world.statuses.append(Status(change.address, Sync.PENDING, change.verb))

    def _declared(self) -> Iterable[tuple[Address, Desired[Resource]]]:
        for name in self.names:
            course = Address("-", "course", name.partition("/")[0])
            meeting = Address("zoom-main", "course_meeting", name)
            fields = {
                "meeting": str(meeting),
                "course": str(course),
                "credential": str(self.by.get(name, OLD)),
                "context_id": f"ctx-{course.name}",
                "domain": "https://canvas.example.edu",
            }
            yield link(name), desired(link(name), unchecked(CourseLink, fields))
            yield meeting, desired(meeting, unchecked(CourseMeeting, {"topic": f"Topic of {name}"}))
            yield course, desired(course, unchecked(Course, {}))

    def _records(self) -> Iterable[Record]:
        for name in (*self.made, *self.adopted, *self.gone):
            provenance = Provenance.ADOPTED if name in self.adopted else Provenance.CREATED
            by = self.was.get(name, self.by.get(name, OLD))
            known = {"credential": RecordedField(str(by), Evidence.SENT, "")} if by else {}
            yield Record(link(name), 1, name, State.CURRENT, provenance, known)

    def _words(self) -> Iterable[tuple[Address, Attestation]]:
        for word in self.confirmed:
            yield word, Attestation(word, str(word), "", "jo", NOW, FOR_GOOD)


def desired(address: Address, resource: Resource) -> Desired[Resource]:
    return Desired(address, resource, Lifecycle(), Where("lti.yaml"), {})


def through(world: World) -> str:
    """The links that would be made now, by API or by hand."""
    made = (Create, Replace)
    return " ".join(sorted(c.address.name for c in world.changes if isinstance(c, made) and not c.waiting))


def held(world: World) -> str:
    """The links that wait for a canary."""
    found = (c for c in world.changes if any("first 3" in wait.why for wait in c.waiting))
    return " ".join(sorted({change.address.name for change in found}))


def asked(world: World) -> dict[str, str]:
    """What is to be looked at, and whether that can be done yet, of each credential by its name."""
    pages = (page for page in collect(world) if "/first-links/" in page.id)
    return {page.id.rpartition("/")[2]: said(page) for page in pages}


def said(page: HandOff) -> str:
    return " ".join(f"{item.address.name}:{item.state}" for item in page.items)


A3 = ("a/1", "a/2", "a/3")
A4 = (*A3, "a/4")
FEW = ("a/1", "a/2", "b/1", "c/1")
MIX = ("a/1", "a/2", "a/10", "b/1", "c/1")


@pytest.mark.parametrize(
    ("campus", "now", "later", "page"),
    [
        (Campus(["a/1", "a/2"]), "a/1 a/2", "", ""),
        (Campus(A3), "a/1 a/2 a/3", "", ""),
        (Campus(A4), "a/1 a/2 a/3", "a/4", "a/1:waiting a/2:waiting a/3:waiting"),
        # from different courses, as far as there are, and by number rather than by letter
        (Campus(MIX), "a/1 b/1 c/1", "a/10 a/2", "a/1:waiting b/1:waiting c/1:waiting"),
        (Campus(MIX[:4]), "a/1 a/2 b/1", "a/10", "a/1:waiting a/2:waiting b/1:waiting"),
        # what is there counts
        (Campus(A3, made=A3), "", "", ""),
        (Campus(A4, made=A3), "", "a/4", "a/1:open a/2:open a/3:open"),
        (Campus(MIX, made=["a/1", "a/2"]), "b/1", "a/10 c/1", "a/1:open a/2:open b/1:waiting"),
        (Campus(A4, made=A4), "", "", ""),
        (Campus([*A4, "b/1"], made=A4), "", "b/1", "a/1:open a/2:open a/3:open"),
        # once confirmed, for good
        (Campus(A4, made=A3, confirmed=[WORD]), "a/4", "", ""),
        (Campus(MIX, confirmed=[WORD]), " ".join(sorted(MIX)), "", ""),
        # one was taken away before anybody confirmed, by us or by somebody else
        (Campus(FEW, made=["a/1", "a/2"]), "b/1", "c/1", "a/1:open a/2:open b/1:waiting"),
        (Campus(A4, made=["a/1", "a/2"], gone=["a/3"]), "a/3", "a/4", "a/1:open a/2:open a/3:waiting"),
        # one is made anew, because it was wrong
        (Campus(A4, made=A3, again=["a/2"]), "a/2", "a/4", "a/1:open a/2:waiting a/3:open"),
        (Campus(A4, made=A4, again=["a/4"]), "", "a/4", "a/1:open a/2:open a/3:open"),
        # what cannot go on anyway is not what the others wait for
        (Campus(A4, stuck=["a/1"]), "a/2 a/3 a/4", "a/1", "a/2:waiting a/3:waiting a/4:waiting"),
        (Campus(A4, stuck=A4), "", "a/4", "a/1:waiting a/2:waiting a/3:waiting"),
        # what was there before us was not made with the credential
        (Campus([*A4, "b/1"], adopted=A4), "b/1", "", ""),
        # what was made with another credential neither; of old records it is not known
        (Campus(MIX, made=MIX[:4], was=dict.fromkeys(MIX, NEW)), "c/1", "", ""),
        (Campus(A4, made=A3, was=dict.fromkeys(A3)), "", "a/4", "a/1:open a/2:open a/3:open"),
    ],
)  # fmt: skip
def test_no_more_than_three_are_made_before_somebody_looked(
    campus: Campus, now: str, later: str, page: str
) -> None:
    world = campus.world()
    assert (through(world), held(world), asked(world).get("lti-2026", "")) == (now, later, page)
    assert len(now.split()) + page.count(":open") <= 3 or not page


def test_each_credential_has_a_canary_of_its_own() -> None:
    by = dict.fromkeys(("b/1", "b/2", "b/3", "b/4"), NEW)
    both = Campus([*A4, *by], by=by).world()
    assert held(both) == "a/4 b/4"
    assert sorted(asked(both)) == ["lti-2026", "lti-2027"]
    one = Campus([*A4, *by], by=by, confirmed=[WORD]).world()
    assert (held(one), sorted(asked(one))) == ("b/4", ["lti-2027"])
    few = Campus([*A4, "b/1"], by=by).world()
    assert (held(few), sorted(asked(few))) == ("a/4", ["lti-2026"])


def test_a_word_goes_with_a_credential_that_is_renamed() -> None:
    renamed = Campus(A4, by=dict.fromkeys(A4, NEW), confirmed=[WORD], previously={OLD: NEW})
    assert held(renamed.world()) == ""
    made = Campus(A4, made=A3, by=dict.fromkeys(A4, NEW), was=dict.fromkeys(A3, OLD), previously={OLD: NEW})
    assert held(made.world()) == "a/4"


def test_a_link_that_waits_says_so_everywhere() -> None:
    world = Campus(A4).world()
    (waiting,) = (status for status in world.statuses if status.sync is Sync.WAITING)
    assert waiting.address == link("a/4")
    why = "the first 3 made with lti-2026 have to be looked at and confirmed"
    assert waiting.text == f"waits on zoom-lti/first-links/lti-2026: {why}"
    assert link("a/4") not in world.acting and world.waits(link("a/4")) is not None
    stuck = Campus(A4, stuck=A4).world()
    assert all(status.text.startswith("create") for status in stuck.statuses[:3])
    assert "-/course/a" in stuck.statuses[3].text, "its own reason comes first"


def test_what_is_looked_at_is_named_as_people_name_it() -> None:
    (page,) = collect(Campus(A4, made=A3).world())
    assert page.id == str(WORD) and page.title.endswith(": lti-2026") and not page.shows and not page.files
    assert page.items[0].action == "check"
    assert page.items[0].values == {
        "meeting": "Topic of a/1",
        "course": "a",
        "context_id": "ctx-a",
        "domain": "https://canvas.example.edu",
    }


def test_a_link_made_anew_takes_its_predecessor_away_only_when_it_may() -> None:
    held_back = Campus([*A4, "a/5"], made=[*A4, "a/5"], again=["a/5"]).world()
    removal = next(change for change in held_back.changes if isinstance(change, Remove))
    assert [wait.on for wait in removal.waiting] == [str(WORD)]


def test_the_first_file_holds_three_rows() -> None:
    first = collect(Campus(MIX, csv=True).world())
    asking, importing = first
    assert said(asking) == "a/1:waiting b/1:waiting c/1:waiting"
    assert [item.address.name for item in importing.items] == ["a/1", "b/1", "c/1"]
    assert [len(content.splitlines()) for content in importing.files.values()] == [1 + 3]
    shown = Campus(MIX, adopted=["a/1", "b/1", "c/1"], csv=True).world()
    assert held(shown) == "a/10 a/2"
    assert [said(page) for page in collect(shown)] == ["a/1:open b/1:open c/1:open"]
    assert not shown.open, "nothing is asked of a person but to look"
    rest = collect(Campus(MIX, adopted=["a/1", "b/1", "c/1"], csv=True, confirmed=[WORD]).world())
    assert [item.address.name for page in rest for item in page.items] == ["a/10", "a/2"]
