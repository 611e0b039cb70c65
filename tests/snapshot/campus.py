"""A small campus in changes: people, groups, meetings, links and a domain, with every verb once."""

from __future__ import annotations

from reconciler.errors import Where
from reconciler.model import (
    Address,
    Adopt,
    Change,
    Create,
    FieldChange,
    HandOffRef,
    Reason,
    Removal,
    Remove,
    Rename,
    Replace,
    Update,
    Waiting,
)
from reconciler.resources.base import Plain

PEOPLE = "zoom-main/people.yaml"
MEETINGS = "zoom-main/meetings.yaml"
PAGE = "zoom-lti/approved-domains/lti-2026"
PENDING = "the invitation has not been accepted"

OCCURRENCES: tuple[Plain, ...] = tuple(f"2026-09-{day:02}T10:00 50" for day in (7, 9, 14, 16, 21, 23, 28, 30))
MOVED: tuple[Plain, ...] = tuple(f"2026-09-{day:02}T10:00 50" for day in (9, 14, 16, 21, 23, 25, 28, 30))


def user(name: str) -> Address:
    """A person in the Zoom account."""
    return Address("zoom-main", "user", name)


def group(name: str) -> Address:
    """A group in the Zoom account."""
    return Address("zoom-main", "group", name)


def meeting(name: str) -> Address:
    """A meeting in the Zoom account."""
    return Address("zoom-main", "course_meeting", name)


def link(name: str) -> Address:
    """A link of a meeting to a course."""
    return Address("zoom-lti", "course_link", name)


DOMAIN = Address("zoom-lti", "approved_domain", "lti-2026.canvas")
CREDENTIAL = Address("zoom-lti", "lti_credential", "lti-2026")


def new(**values: Plain) -> tuple[FieldChange, ...]:
    """Fields of something declared new."""
    return tuple(FieldChange(name, None, value, Reason.NEW) for name, value in values.items())


def new_user(name: str, email: str, label: str, line: int) -> Create:
    """A person declared in YAML."""
    first, _, last = label.partition(" ")
    return Create(
        address=user(name),
        reason=Reason.NEW,
        label=label,
        where=Where(PEOPLE, line, 5),
        fields=new(email=email, first_name=first, last_name=last, license="basic"),
    )


def new_meeting(name: str, topic: str, host: str, line: int) -> Create:
    """A weekly meeting."""
    return Create(
        address=meeting(name),
        reason=Reason.NEW,
        label=topic,
        where=Where(MEETINGS, line, 3),
        fields=new(
            topic=topic,
            host=str(user(host)),
            schedule={"occurrences": OCCURRENCES, "timezone": "America/New_York"},
            waiting_room=True,
        ),
    )


def new_link(name: str, *waiting: Waiting) -> Create:
    """A link, which has no label and no id before it is made."""
    return Create(
        address=link(name),
        reason=Reason.NEW,
        where=Where(MEETINGS, 12, 3),
        fields=new(context_id="4f2a9c", domain="https://canvas.example.edu"),
        after=(meeting(name),),
        waiting=waiting,
    )


def changed_people() -> tuple[Change, ...]:
    """Two new, one taken over, one edited and drifted, one renamed."""
    edited = Where(PEOPLE, 40, 5)
    drifted = FieldChange("department", "Art", "Physics", Reason.DRIFTED, edited)
    return (
        new_user("s100021", "noor.haddad@example.edu", "Noor Haddad", 31),
        new_user("s100022", "li.wei@example.edu", "Li Wei", 32),
        Adopt(
            address=user("s100007"),
            reason=Reason.FOUND,
            label="Ana Ortiz",
            remote_id="Kx7aQ",
            where=Where(PEOPLE, 22, 5),
            matched="its email ana.ortiz@example.edu, the only one with it of 412 people read",
            fields=(FieldChange("timezone", None, "America/New_York", Reason.FOUND),),
        ),
        Update(
            address=user("s123456"),
            reason=Reason.EDITED,
            label="Dana Whitfield",
            remote_id="Zq81m",
            where=edited,
            fields=(
                FieldChange("email", "dana.w@example.edu", "dana.whitfield@example.edu", Reason.EDITED),
                FieldChange("license", "licensed", "basic", Reason.EDITED, falls=True),
                drifted,
                FieldChange("job_title", None, "Lecturer", Reason.EDITED, Where("roster.csv", 118, 9)),
            ),
        ),
        Rename(
            address=user("s100044"), reason=Reason.RENAMED, label="Ivo Brandt", previous=user("ivo.brandt")
        ),
    )


def changed_groups() -> tuple[Change, ...]:
    """A new one with a member who is pending, one with a member less."""
    return (
        Create(
            address=group("tutors"),
            reason=Reason.NEW,
            where=Where("zoom-main/groups.yaml", 9, 3),
            fields=(
                *new(title="Tutors"),
                FieldChange(
                    "members",
                    None,
                    (str(user("s100021")), str(user("s123456"))),
                    Reason.NEW,
                    added=(str(user("s123456")),),
                    waiting=(Waiting(str(user("s100021")), PENDING, str(user("s100021"))),),
                ),
            ),
        ),
        Update(
            address=group("faculty"),
            reason=Reason.EDITED,
            label="Faculty",
            remote_id="aBc9",
            where=Where("zoom-main/groups.yaml", 3, 3),
            fields=(
                FieldChange(
                    "members",
                    (str(user("s100090")), str(user("s123456"))),
                    (str(user("s100007")), str(user("s123456"))),
                    Reason.EDITED,
                    added=(str(user("s100007")),),
                    removed=(str(user("s100090")),),
                ),
            ),
        ),
    )


def changed_meetings() -> tuple[Change, ...]:
    """A new one, one with other dates and another agenda, one with another host."""
    return (
        new_meeting("bio101-lecture/1", "BIO 101 Lecture", "s123456", 4),
        Update(
            address=meeting("chem200/1"),
            reason=Reason.EDITED,
            label="CHEM 200 Lab",
            remote_id="84310022711",
            where=Where(MEETINGS, 18, 3),
            fields=(
                FieldChange(
                    "schedule",
                    {"occurrences": OCCURRENCES, "timezone": "America/New_York"},
                    {"occurrences": MOVED, "timezone": "America/New_York"},
                    Reason.EDITED,
                ),
                FieldChange(
                    "agenda",
                    "Bring goggles and your lab book. We meet in room 12 and start on time.",
                    "Bring goggles and your signed lab book. We meet in room 14 and start on time.",
                    Reason.EDITED,
                ),
            ),
        ),
        Replace(
            address=meeting("hist110/1"),
            reason=Reason.EDITED,
            label="HIST 110 Seminar",
            remote_id="84310022950",
            where=Where(MEETINGS, 30, 3),
            fields=(FieldChange("host", str(user("s100090")), str(user("s100007")), Reason.EDITED),),
            note="its join link changes, and invitations that people forwarded stop working",
        ),
    )


def changed_links() -> tuple[Change, ...]:
    """Two links, a domain for a person to enter, and the removal of a club."""
    return (
        new_link("bio101-lecture/1", Waiting(str(DOMAIN), f"a person has to do {PAGE} first")),
        new_link("chem200/1"),
        Create(
            address=DOMAIN,
            reason=Reason.NEW,
            where=Where("zoom-lti/lti.yaml", 6, 3),
            fields=new(domain="https://canvas.example.edu"),
            hand_off=HandOffRef(PAGE, "LTI Pro has no API for approved domains"),
        ),
        Remove(
            address=group("club-chess"),
            reason=Reason.UNDECLARED,
            label="Chess Club",
            remote_id="q1W2",
            how=Removal.DELETE,
            number=1,
            note="its 12 memberships; the people stay",
        ),
    )


def rich_changes() -> tuple[Change, ...]:
    """Every verb once, waits of both sorts, a collection, prose, a schedule."""
    return (*changed_people(), *changed_groups(), *changed_meetings(), *changed_links())
