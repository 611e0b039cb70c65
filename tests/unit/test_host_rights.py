"""Who may host by a credential: enrolments read as launches, and how many people gain or lose by a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from reconciler.errors import IncompleteReading, RequestError, Unauthorized, Where
from reconciler.model import (
    Address,
    CountsRoles,
    Declared,
    Desired,
    Enrolled,
    Evidence,
    Provenance,
    Record,
    RecordedField,
    State,
    Wanted,
)
from reconciler.model.host_rights import HostRights, Shift, find_shift
from reconciler.resources.base import Lifecycle, Resource
from reconciler.resources.course import Course
from reconciler.resources.course_link import CourseLink
from reconciler.resources.lti_roles import is_of_course
from reconciler.resources.lti_settings import LtiSettings
from reconciler.resources.role_map import RoleMap
from reconciler.stages.diff.host_rights import tally
from reconciler.stages.observe.courses import MOST_COUNTED, find_enrolled
from tests.unit.driver_rig import Campus, campus, running

__all__ = ["campus", "running"]
LIS_2 = "http://purl.imsglobal.org/vocab/lis/v2"
ASSISTANT = "urn:lti:role:ims/lis/TeachingAssistant"
LISTING = "GET /api/v1/courses/{course}/enrollments"
FUNCTION = "core_enrol_get_enrolled_users"


def ask(campus: Campus, driver: str, *contexts: str | None, **settings: Any) -> Sequence[Enrolled]:
    """What a driver tells of courses with these context ids, named c0, c1 and so on."""
    opened: object = campus.open(driver, planning=True, **settings)
    assert isinstance(opened, CountsRoles)
    courses = (Course(**({"context_id": text} if text is not None else {})) for text in contexts)
    return opened.roles_in(
        [Wanted(Address("-", "course", f"c{at}"), "", course) for at, course in enumerate(courses)]
    )


def by_person(row: Enrolled) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for text, people in row.people.items():
        for person in people:
            found.setdefault(person, set()).add(text)
    return found


# ── Canvas ───────────────────────────────────────────────────────────────────────────────────────────────


def enrol(campus: Campus, login: str, *types: str, state: str = "active", **more: Any) -> str:
    """A person with these enrolments in BIO; their id."""
    person = campus.console("add_canvas_user", name=login.title(), login=login)["id"]
    for text in types:
        campus.console("enrol_canvas_user", course="BIO", user=person, type=text, state=state, **more)
    return str(person)


def test_enrolments_of_canvas_are_launches(campus: Campus) -> None:
    campus.console("add_canvas_course", name="BIO", lti_context_id="4f2a9c")
    campus.console("add_canvas_course", name="ART", lti_context_id="5b")
    ada = enrol(campus, "ada", "TeacherEnrollment")
    tom = enrol(campus, "tom", "TaEnrollment", role="Grader")
    sue = enrol(campus, "sue", "StudentEnrollment", "StudentEnrollment", "DesignerEnrollment")
    obe = enrol(campus, "obe", "ObserverEnrollment")
    enrol(campus, "test", "StudentViewEnrollment")
    for state in ("invited", "inactive", "completed"):
        enrol(campus, state, "TeacherEnrollment", state=state)
    campus.control("faults", {"page_cap": {LISTING: 2}})
    campus.control("counters/reset", {})
    first, empty = ask(campus, "canvas", "4f2a9c", "5b")
    assert (first.context_id, first.unknown, empty) == ("4f2a9c", "", Enrolled(empty.course, "5b"))
    core = f"{LIS_2}/membership#"
    assert by_person(first) == {
        ada: {"Instructor", f"{core}Instructor"},
        tom: {
            ASSISTANT,
            f"{core}Instructor",
            f"{LIS_2}/membership/Instructor#TeachingAssistant",
            f"{LIS_2}/membership/instructor#TeachingAssistant",
        },
        sue: {"Learner", f"{core}Learner", "ContentDeveloper", f"{core}ContentDeveloper"},
        obe: {
            "urn:lti:instrole:ims/lis/Observer",
            "urn:lti:role:ims/lis/Mentor",
            f"{core}Mentor",
        },
    }
    counters = campus.control("counters")
    assert (counters["writes"], counters["reads"][LISTING]) == ({}, 5), "four pages of two rows, one empty"
    assert not any(name in repr(first) for name in ("Ada", "Tom", "Sue", "Obe"))


def test_a_course_of_canvas_that_cannot_be_read_is_unknown_by_itself(campus: Campus) -> None:
    campus.console("add_canvas_course", name="BIO", lti_context_id="4f2a9c")
    ada = enrol(campus, "ada", "TeacherEnrollment")
    good, gone, bare = ask(campus, "canvas", "4f2a9c", "zzz", None)
    assert set(by_person(good)) == {ada}
    assert "there is no such thing" in gone.unknown and not gone.people
    assert bare.unknown == "context_id is not declared"
    campus.control("faults", {"empty_page": {LISTING: 1}, "page_cap": {LISTING: 1}})
    enrol(campus, "sue", "StudentEnrollment")
    (cut,) = ask(campus, "canvas", "4f2a9c")
    assert "a page leads nowhere" in cut.unknown and not cut.people
    campus.control("faults", {})
    campus.console("edit_canvas", rights=["courses"])
    (shut,) = ask(campus, "canvas", "4f2a9c")
    assert "lacks the scope url:GET|/api/v1/courses/{course}/enrollments" in shut.unknown
    campus.console("edit_canvas", token="another")
    with pytest.raises(Unauthorized):
        ask(campus, "canvas", "4f2a9c", token="stale")


# ── Moodle ───────────────────────────────────────────────────────────────────────────────────────────────


def seat(campus: Campus, course: str, name: str, *roles: str, suspended: bool = False) -> str:
    """A new account that is enrolled with these roles; its id."""
    person = campus.console("moodle_add_user", username=name, email=f"{name}@example.edu")["id"]
    for role in roles or ("",):
        campus.console("moodle_enrol", course=int(course), user=person, role=role, suspended=suspended)
    return str(person)


def test_enrolments_of_moodle_are_launches(campus: Campus) -> None:
    bio, art = (str(campus.console("moodle_add_course", shortname=name)["id"]) for name in ("BIO", "ART"))
    teachers = {
        seat(campus, bio, "ada", "editingteacher"),
        seat(campus, bio, "tom", "student", "teacher"),
        seat(campus, bio, "max", "manager", "examiner"),
    }
    students = {seat(campus, bio, "sue", "student"), seat(campus, bio, "nil")}
    seat(campus, bio, "old", "editingteacher", suspended=True)
    seat(campus, art, "eva", "examiner")
    campus.control("counters/reset", {})
    first, own, front, opaque, gone = ask(campus, "moodle", bio, art, "1", "4f2a9c", "77")
    assert first.people == {
        "Instructor": teachers,
        f"{LIS_2}/membership#Instructor": teachers,
        "Learner": students,
        f"{LIS_2}/membership#Learner": students,
    }
    assert "somebody has the role 'examiner'" in own.unknown and not own.people
    assert front.unknown == "context_id 1 is not the number of a course"
    assert opaque.unknown == "context_id 4f2a9c is not the number of a course"
    assert gone.unknown
    counters = campus.control("counters")
    assert (counters["writes"], counters["reads"][FUNCTION]) == ({}, 3)


def test_a_token_that_may_not_read_enrolments_leaves_them_unknown(campus: Campus) -> None:
    bio = str(campus.console("moodle_add_course", shortname="BIO")["id"])
    own = {"user_id": 2, "functions": ["core_webservice_get_site_info"]}
    campus.console("moodle_edit_site", tokens={"few": own, "less": {"user_id": 2, "denied": [FUNCTION]}})
    for token, words in (("few", "is not in the service"), ("less", "lacks the capability")):
        (row,) = ask(campus, "moodle", bio, token=token)
        assert words in row.unknown
    with pytest.raises(RequestError):
        ask(campus, "moodle", bio, token="wrong")


# ── the page ─────────────────────────────────────────────────────────────────────────────────────────────

PLACE = Where("lti.yaml")
CREDENTIAL = Address("lti", "lti_credential", "a")
MAP, OTHER, PAGE = (
    Address("lti", kind, name)
    for kind, name in (("role_map", "a.x"), ("role_map", "b.x"), ("lti_settings", "a.p"))
)


def declare(**resources: Resource) -> dict[Address, Desired[Resource]]:
    named = {"map": MAP, "other": OTHER, "page": PAGE}
    return {
        named[name]: Desired(named[name], resource, Lifecycle(), PLACE, {})
        for name, resource in resources.items()
    }


def record(address: Address, **fields: Any) -> dict[Address, Record]:
    known = {name: RecordedField(value, Evidence.ATTESTED, "t") for name, value in fields.items()}
    return {address: Record(address, 1, "", State.CURRENT, Provenance.ATTESTED, fields=known)}


def roles(*names: str, platform: str = "canvas") -> RoleMap:
    return RoleMap(platforms=(platform,), instructors=names)  # type: ignore[arg-type]


KNOWN = {**record(MAP, instructors=("Instructor",)), **record(PAGE, students_host=True)}


@pytest.mark.parametrize(
    ("resources", "records", "stays", "before", "after"),
    [
        ({}, {}, True, (set(), False), (set(), False)),
        (declare(map=roles("Instructor")), {}, True, (set(), False), ({"Instructor"}, False)),
        (
            declare(map=roles("TeachingAssistant"), page=LtiSettings(students_host=False)),
            KNOWN,
            True,
            ({"Instructor"}, True),
            ({ASSISTANT}, False),
        ),
        (declare(map=RoleMap(), page=LtiSettings()), KNOWN, False, ({"Instructor"}, True), None),
        ({}, KNOWN, True, ({"Instructor"}, True), None),
        ({}, KNOWN, False, ({"Instructor"}, True), (set(), False)),
        (declare(other=roles("Instructor")), KNOWN, True, ({"Instructor"}, True), None),
    ],
)
def test_what_is_not_named_stays_as_it_was_confirmed(
    resources: Mapping[Address, Desired[Resource]],
    records: Mapping[Address, Record],
    stays: bool,
    before: tuple[set[str], bool],
    after: tuple[set[str], bool] | None,
) -> None:
    shift = find_shift(CREDENTIAL, resources, records, lambda _: stays)
    expected = [HostRights(frozenset(texts), students) for texts, students in (before, after or before)]
    assert list(shift) == expected


class Counting:
    """A platform that tells of every course, or fails."""

    def __init__(self, why: str = "") -> None:
        self.why = why
        self.asked: list[str] = []

    def roles_in(self, courses: Sequence[Wanted[Course]]) -> Sequence[Enrolled]:
        self.asked += [wanted.address.name for wanted in courses]
        if self.why:
            raise IncompleteReading(self.why)
        return [Enrolled(wanted.address, str(wanted.resource.context_id)) for wanted in courses]


def linked(number: int, platform: str, *, credential: Address = CREDENTIAL) -> dict[Address, Any]:
    """Meetings in so many courses of a platform, and these courses."""
    found: dict[Address, Any] = {}
    for at in range(number):
        course = Address("-", "course", f"{platform}{at}")
        link = Address("lti", "course_link", f"{platform}{at}/1")
        where = {"platform": platform} if platform else {}
        found[course] = Desired(course, Course(context_id="c", **where), Lifecycle(), PLACE, {})
        made = CourseLink(course=str(course), credential=str(credential))
        found[link] = Desired(link, made, Lifecycle(), PLACE, {})
    return found


def reasons(
    resources: Mapping[Address, Desired[Resource]], records: Mapping[Address, Record], **drivers: object
) -> Counter[tuple[str, str]]:
    """How many courses of which platform are unknown for which reason, "" for those that are known."""
    every: Any = {"lti": object(), **drivers}
    found = find_enrolled(Declared(resources, (), {}), records, every, {"shut": "it is another account"})
    return Counter((row.course.name.rstrip("0123456789"), row.unknown) for row in found)


def test_courses_are_asked_for_only_where_host_rights_change() -> None:
    canvas, down = Counting(), Counting("the listing was cut")
    courses = {
        **linked(MOST_COUNTED + 1, "canvas"),
        **linked(2, "d2l"),
        **linked(1, "down"),
        **linked(1, "shut"),
        **linked(1, "away"),
        **linked(1, ""),
        **linked(9, "other", credential=Address("lti", "lti_credential", "c")),
    }
    page = declare(map=roles("Instructor"))
    assert reasons({**courses, **page}, {}, canvas=canvas, down=down, d2l=object()) == {
        ("canvas", ""): MOST_COUNTED,
        ("canvas", f"no more than {MOST_COUNTED} courses of a platform are asked for in a run"): 1,
        ("d2l", "its enrolments cannot be read"): 2,
        ("down", "the listing was cut"): 1,
        ("shut", "it is another account"): 1,
        ("away", "its platform away is not part of this run"): 1,
        ("", "`platform` is not declared"): 1,
    }
    assert len(canvas.asked) == MOST_COUNTED and len(down.asked) == 1
    canvas.asked.clear()
    known = record(MAP, instructors=["Instructor"])
    assert reasons({**courses, **page}, known, canvas=canvas) == {}
    assert canvas.asked == []


def test_what_is_always_asked_for_holds_what_a_plan_for_any_credential_asks_for() -> None:
    canvas, courses = Counting(), linked(MOST_COUNTED + 1, "canvas")
    last = sorted(address for address in courses if address.kind == "course")[-1]
    other = CourseLink(course=str(last), credential=str(Address("lti", "lti_credential", "b")))
    link = Address("lti", "course_link", "other/1")
    every: Any = {"lti": object(), "canvas": canvas}
    asked = list(find_enrolled(Declared(courses, (), {}), {}, every, {}, always=True))
    assert [row.course for row in asked if row.unknown] == [last]
    courses[link] = Desired(link, other, Lifecycle(), PLACE, {})
    asked = list(find_enrolled(Declared(courses, (), {}), {}, every, {}, always=True))
    assert [row.course for row in asked if row.unknown] == []
    canvas.asked.clear()
    one = {**courses, **declare(other=roles("Instructor"))}
    assert [row.course for row in find_enrolled(Declared(one, (), {}), {}, every, {})] == [last]
    assert canvas.asked == [last.name]


def enrolled(name: str, **people: str) -> Enrolled:
    """Ids, one letter each, by a role's first letter."""
    texts = {"I": "Instructor", "T": ASSISTANT, "L": "Learner"}
    return Enrolled(
        Address("-", "course", name), name, {texts[key]: frozenset(ids) for key, ids in people.items()}
    )


ROWS = (enrolled("bio", I="a", T="bc", L="defg"), enrolled("art", I="c", L="adh"), enrolled("law"))


def rights(*texts: str, students: bool = False) -> HostRights:
    return HostRights(frozenset(texts), students)


@pytest.mark.parametrize(
    ("before", "after", "gain", "lose"),
    [
        (rights(), rights("Instructor"), 2, 0),
        (rights("Instructor"), rights("Instructor", ASSISTANT), 1, 0),
        (rights(ASSISTANT), rights("Instructor"), 1, 1),
        (rights(), rights(students=True), 8, 0),
        (rights("Instructor"), rights("Instructor", students=True), 6, 0),
        (rights("Instructor", students=True), rights(ASSISTANT), 0, 6),
        (rights("Instructor"), rights("Instructor", "urn:lti:sysrole:ims/lis/SysAdmin"), 0, 0),
        (rights(), rights(), 0, 0),
    ],
)
def test_everybody_is_counted_once_by_all_they_are(
    before: HostRights, after: HostRights, gain: int, lose: int
) -> None:
    assert tally(Shift(before, after), ROWS) == (gain, lose)
    assert tally(Shift(before, after), ()) == (0, 0)


def test_only_roles_in_a_course_are_had_by_being_enrolled() -> None:
    assert (
        is_of_course("Instructor") and is_of_course(ASSISTANT) and is_of_course(f"{LIS_2}/membership#Mentor")
    )
    for text in (
        "urn:lti:instrole:ims/lis/Administrator",
        f"{LIS_2}/system/person#User",
        "Staff",
        "Faculty X",
    ):
        assert not is_of_course(text)
