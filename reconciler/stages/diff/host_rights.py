"""Who may host from now on and who no longer: by which launches, and how many people as far as is known."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from reconciler.model import Address, Enrolled, Finding, Reading, Remove
from reconciler.model.host_rights import Shift, find_shift
from reconciler.model.lti_pages import LtiPage
from reconciler.resources.course import Course
from reconciler.resources.lti_roles import is_of_course
from reconciler.resources.role_map import RoleMap
from reconciler.stages.diff.world import World

FEW = 5


def note_host_rights(world: World, page: LtiPage) -> Iterator[Finding]:
    """What a page's role maps and `students_host` change, as launches and as numbers of people."""
    going = {change.address for change in world.changes if isinstance(change, Remove)}
    shift = find_shift(
        page.credential, world.desired.resources, world.records, lambda record: record.address not in going
    )
    before, after = shift
    parts = list(_list_launches(shift))
    if parts:
        loses = before.students or before.texts - after.texts
        yield Finding(
            "warning" if not after.students and loses else "info",
            f"{page.credential.target}/{RoleMap.kind}",
            f"{'; '.join(parts)}. {_count(world, page, shift)}",
        )


def _list_launches(shift: Shift) -> Iterator[str]:
    before, after = shift
    if after.students and not before.students:
        yield "every student who launches gains host rights"
    elif before.students and not after.students:
        yield "students lose host rights"
    if before.students or after.students:
        return
    for texts, verb in ((after.texts - before.texts, "gain"), (before.texts - after.texts, "lose")):
        if texts:
            few = ", ".join(sorted(texts)[:FEW]) + (", ..." if len(texts) > FEW else "")
            yield f"launches as {few} {verb} host rights"


def _count(world: World, page: LtiPage, shift: Shift) -> str:
    """How many people these are on each platform, over how many courses, and which courses nobody knows."""
    courses = {Address.parse(str(link.resource.course)) for link in page.links}
    found: dict[str, list[Enrolled]] = defaultdict(list)
    for row in world.seen.enrolled:
        if row.course in courses:
            found[_platform(world, row.course)].append(row)
    counted = {name: known for name, rows in found.items() if (known := [r for r in rows if not r.unknown])}
    said = [_tell(shift, platform, rows) for platform, rows in sorted(counted.items())]
    said += [text for platform, rows in sorted(found.items()) for text in _tell_unknown(platform, rows)]
    if not found:
        said.append("no course is linked by this credential whose enrolments could tell")
    if not counted:
        return f"How many people these are is not known: {'; '.join(said)}{_bound(world, page)}"
    if _reaches_beyond(shift):
        said.append("people who launch without being enrolled, as admins may, are not counted")
    if not shift.before.texts:
        said.append("whom LTI Pro's own defaults let host already is not published")
    return "; ".join(said)


def _platform(world: World, course: Address) -> str:
    item = world.desired.resources.get(course)
    resource = item.resource if item else None
    return resource.platform if isinstance(resource, Course) and isinstance(resource.platform, str) else ""


def tally(shift: Shift, rows: Iterable[Enrolled]) -> tuple[int, int]:
    """How many people gain and how many lose host rights, each counted once, by all roles of all courses."""
    roles: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for text, people in row.people.items():
            for person in people:
                roles[person].add(text)
    moves = Counter((shift.before.admit(texts), shift.after.admit(texts)) for texts in roles.values())
    return moves[False, True], moves[True, False]


def _tell(shift: Shift, platform: str, rows: list[Enrolled]) -> str:
    gain, lose = tally(shift, rows)
    who, gains = ("1 person", "gains") if gain == 1 else (f"{gain:,} people", "gain")
    loses = "loses" if lose == 1 else "lose"
    over = _courses(len(rows))
    return f"{who} on {platform} {gains} host rights, {lose:,} {loses} them (counted over {over})"


def _tell_unknown(platform: str, rows: list[Enrolled]) -> Iterator[str]:
    reasons = Counter(row.unknown for row in rows if row.unknown)
    where = f" on {platform}" if platform else ""
    for why, number in reasons.most_common(FEW):
        yield f"{_courses(number)}{where} {'is' if number == 1 else 'are'} not counted: {why}"
    if rest := sum(number for _, number in reasons.most_common()[FEW:]):
        yield f"{_courses(rest)}{where} {'is' if rest == 1 else 'are'} not counted for other reasons"


def _courses(number: int) -> str:
    return "1 course" if number == 1 else f"{number:,} courses"


def _reaches_beyond(shift: Shift) -> bool:
    """Whether somebody whom no enrolment shows may gain or lose."""
    before, after = shift
    return before.students or after.students or not all(map(is_of_course, before.texts ^ after.texts))


def _bound(world: World, page: LtiPage) -> str:
    reading = world.seen.readings.get((page.zoom, "user"))
    if not isinstance(reading, Reading):
        return ""
    people = "1 person has" if len(reading.items) == 1 else f"{len(reading.items):,} people have"
    return f"; {people} an account in {page.zoom} now"
