"""Plans and a report of a small campus, written by hand: what every format is looked at with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from reconciler.errors import Where
from reconciler.model import (
    Address,
    Binding,
    Change,
    Create,
    Drift,
    Ending,
    FieldChange,
    Finding,
    HandOff,
    HandOffItem,
    Health,
    HostDays,
    KindFacts,
    LedgerStamp,
    Outcome,
    Plan,
    Reason,
    Removal,
    Remove,
    Rename,
    Replace,
    Report,
    Seats,
    Status,
    Sync,
    Update,
    Violation,
    Waiting,
    WaiverUse,
)
from reconciler.model.codec import plan_digest
from tests.snapshot.campus import (
    CREDENTIAL,
    DOMAIN,
    MEETINGS,
    PAGE,
    PENDING,
    PEOPLE,
    group,
    link,
    meeting,
    new,
    new_user,
    rich_changes,
    user,
)

AS_OF = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


def facts() -> tuple[KindFacts, ...]:
    """Readings, one of them missing."""
    return (
        KindFacts(
            "zoom-main",
            "user",
            412,
            410,
            412,
            "412 of 412 in 2 pages, every status",
            seats=Seats(398, 400),
            seats_needed=1,
        ),
        KindFacts("zoom-main", "group", 12, 12, 13, "13 of 13 in 1 page"),
        KindFacts("zoom-main", "course_meeting", 48, 47, 47, "47 details of 47 recorded meetings"),
        KindFacts("zoom-lti", "course_link", 48, 46, None, "page 2 answered 500; nothing of it is removed"),
        KindFacts("zoom-lti", "approved_domain", 2, 1, None, "no API; known by attestation"),
    )


def statuses() -> tuple[Status, ...]:
    """One of each word and a credential that works."""
    return (
        *(Status(user(f"s2000{number:02}"), Sync.IN_SYNC) for number in range(12)),
        Status(user("s300000"), Sync.RELEASED, "neither compared nor changed; the entry may be taken out"),
        Status(user("s100021"), Sync.PENDING, "create"),
        Status(user("s123456"), Sync.DRIFTED, "department was changed"),
        Status(link("chem200/1"), Sync.PENDING, "create"),
        Status(link("bio101-lecture/1"), Sync.WAITING, f"on {DOMAIN}"),
        Status(link("math300/1"), Sync.UNVERIFIED, "cannot be read back: context_id"),
        Status(link("math300/2"), Sync.UNVERIFIED, "cannot be read back: context_id"),
        Status(link("phys120/1"), Sync.UNKNOWN, "page 2 answered 500"),
        Status(DOMAIN, Sync.WAITING, f"open hand-off {PAGE}"),
        Status(CREDENTIAL, Sync.ATTESTED, "by Dana on 2026-08-20, good until 2027-02-16", Health.WORKING),
    )


def hand_offs() -> tuple[HandOff, ...]:
    """One page with one item to do and one done."""
    sandbox = Address("zoom-lti", "approved_domain", "lti-2026.sandbox")
    items = (
        HandOffItem(
            DOMAIN,
            "enter",
            {"domain": "https://canvas.example.edu"},
            "d1",
            "open",
            "nobody has confirmed it yet",
        ),
        HandOffItem(sandbox, "enter", {"domain": "https://canvas-test.example.edu"}, "d2", "attested"),
    )
    steps = ("Open LTI Pro, then Configure on lti-2026.", "Under Approved domains enter each line.", "Save.")
    return (HandOff(PAGE, "Approved domains of lti-2026", steps, items),)


def rich() -> Plan:
    """A plan with something of everything, and nothing that refuses it."""
    plan = Plan(
        environment="default",
        created=AS_OF,
        as_of=AS_OF,
        ledger=LedgerStamp("7f3c", {"zoom-main": 41, "zoom-lti": 7}),
        bindings=(Binding("zoom-main", "zoom", "https://api.zoom.us", "Ac12"),),
        files={"reconciler.yaml": "a1", PEOPLE: "b2", MEETINGS: "c3"},
        changes=rich_changes(),
        statuses=statuses(),
        drift=(Drift(user("s123456"), "department", "Physics", "Art", "Dana Whitfield"),),
        findings=(
            Finding("info", str(user("s100021")), PENDING),
            Finding("info", str(user("s100031")), PENDING),
            Finding(
                "warning",
                str(meeting("geo100/1")),
                "gone from the live system",
                "declare `on_gone: recreate` or take it out",
            ),
        ),
        hand_offs=hand_offs(),
        violations=(),
        waivers=(
            WaiverUse(
                id="removals zoom-main/group/club-* until 2026-12-01",
                guard="removals",
                addresses="zoom-main/group/club-*",
                why="club groups retired by the dean",
                until=datetime(2026, 12, 1, 23, 59, tzinfo=UTC),
                used=3,
                uses=1,
                maximum=12,
            ),
        ),
        facts=facts(),
        host_days={
            str(user("s123456")): HostDays(190, 100, 20, used=12, days=3),
            str(user("s100007")): HostDays(12, 100, 20, used=0, days=1),
        },
    )
    return replace(plan, digest=plan_digest(plan))


def empty() -> Plan:
    """Nothing to do."""
    settled = tuple(status for status in statuses() if status.sync in (Sync.IN_SYNC, Sync.ATTESTED))
    return replace(
        rich(),
        changes=(),
        statuses=settled,
        drift=(),
        findings=(),
        hand_offs=(),
        waivers=(),
        host_days={},
    )


def preview() -> Plan:
    """No ledger: nothing is known of removals."""
    changes = tuple(change for change in rich_changes() if not isinstance(change, Remove | Rename | Replace))
    return replace(rich(), ledger=None, bindings=(), changes=changes, drift=(), waivers=())


def refused() -> Plan:
    """One guard refuses a system, another a single object, a third may not be waived."""
    clubs = tuple(group(f"club-{name}") for name in ("chess", "film", "go", "rowing", "sailing"))
    removes = tuple(
        Remove(
            address=address,
            reason=Reason.UNDECLARED,
            label=f"Club {number}",
            remote_id=f"r{number}",
            how=Removal.DELETE,
            number=1,
            note="its memberships; the people stay",
        )
        for number, address in enumerate(clubs)
    )
    seminar = meeting("hist110/1")
    line = '- {guard: removals, addresses: "zoom-main/group/club-*", max: 5, until: 2026-10-01, why: WHY}'
    violations = (
        Violation(
            "removals",
            "zoom-main",
            "5 removals of zoom-main/group now and 0 in the last 24 hours, 3 allowed of 12 recorded",
            clubs,
            "target",
            line,
        ),
        Violation(
            "replace", "zoom-main", f"{seminar} would be replaced because of host", (seminar,), "address"
        ),
        Violation(
            "identity", "zoom-main", f"{user('s100050')} matches two people", (user("s100050"),), "address"
        ),
    )
    kept = tuple(change for change in rich_changes() if change.address.kind != "group")
    return replace(rich(), changes=(*kept, *removes), violations=violations, waivers=())


HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07 <script>alert(1)</script> [click](javascript:alert(1)) ![x](http://evil.example/p.png)",
    "| --- | `rm -rf` ```\n# Heading @everyone #1 GH-2 **bold** _it_ ~~no~~ $x$ &amp; <!-- -->",
    "\u202egnp.exe\u2066 zero\u200bwidth \U000e0041tag \x00\x7f\x9b31m nbsp\xa0end\\",
    "</summary></details></code></pre>\"' onload=alert(1) {{ 7*7 }} {% raw %} https://evil.example"
    " www.evil.example",
)


def hostile() -> Plan:
    """Every text a vendor or a person could have written is an attack."""
    one, two, three, four = HOSTILE
    changes: Iterable[Change] = (
        Create(address=user("s1"), reason=Reason.NEW, label=one, fields=new(first_name=two, last_name=three)),
        Update(
            address=group("g"),
            reason=Reason.DRIFTED,
            label=four,
            remote_id=three,
            where=Where(four, 1, 1),
            note=one,
            fields=(
                FieldChange("title", f"the old {one} and {two}", f"the new {one} and {four}", Reason.DRIFTED),
                FieldChange("members", (), (), Reason.DRIFTED, added=(two,), removed=(three,)),
            ),
            waiting=(Waiting(two, four, one),),
        ),
        Remove(
            address=group("gone"),
            reason=Reason.UNDECLARED,
            label=two,
            how=Removal.DELETE,
            number=1,
            note=four,
        ),
    )
    item = HandOffItem(DOMAIN, "enter", {"domain": three}, "d", "open", two)
    return replace(
        rich(),
        changes=tuple(changes),
        statuses=tuple(Status(user(f"s{at}"), Sync.UNVERIFIED, text) for at, text in enumerate(HOSTILE)),
        drift=(Drift(group("g"), "title", one, two, three),),
        findings=(Finding("error", four, one, two),),
        hand_offs=(HandOff(PAGE, four, (one, three), (item,), {two: f"{one}\n{two}"}, shows=True),),
        violations=(
            Violation("removals", "zoom-main", two, (group("gone"),), "target", f"- {one} ``` {two}"),
        ),
        waivers=(),
        facts=(KindFacts("zoom-main", "user", 1, 1, 1, two),),
        host_days={},
    )


def large() -> Plan:
    """A first run: hundreds of people, meetings that need days, removals that never fold."""
    people = tuple(
        new_user(f"s3{number:05}", f"p{number}@example.edu", f"Person {number}", number + 1)
        for number in range(60)
    )
    updates = tuple(
        Update(
            address=user(f"s4{number:05}"),
            reason=Reason.EDITED,
            label=f"Somebody {number}",
            remote_id=f"u{number}",
            where=Where("roster.csv", number + 2),
            fields=(
                FieldChange("email", f"p{number}@old.example.edu", f"p{number}@example.edu", Reason.EDITED),
            ),
        )
        for number in range(25)
    )
    removes = tuple(
        Remove(
            address=group(f"old-{number}"),
            reason=Reason.UNDECLARED,
            label=f"Old group {number}",
            remote_id=f"o{number}",
            how=Removal.DELETE,
            number=1,
        )
        for number in range(30)
    )
    return replace(rich(), changes=(*people, *updates, *removes))


def report() -> Report:
    """A run in which most endings occur."""
    plan = rich()
    endings = {
        user("s100022"): (Ending.FAILED, "Zoom refused it: code 1108, the account has no such domain"),
        user("s123456"): (Ending.NOT_TAKEN, "department: sent Physics, reads back Art"),
        group("tutors"): (Ending.APPLIED, ""),
        meeting("chem200/1"): (Ending.DEFERRED, "the host's 100 writes of today are used up until 00:00 UTC"),
        meeting("hist110/1"): (Ending.CONFLICT, "host is no longer what the plan saw"),
        link("bio101-lecture/1"): (Ending.WAITING, ""),
        link("chem200/1"): (Ending.SKIPPED, f"{meeting('chem200/1')} was deferred"),
        DOMAIN: (Ending.HANDED_OFF, ""),
    }
    outcomes = tuple(
        Outcome(change, *endings.get(change.address, (Ending.APPLIED, ""))) for change in plan.changes
    )
    left = (Waiting(str(user("s100021")), PENDING, str(user("s100021"))),)
    outcomes = tuple(replace(o, waiting=left) if o.change.address == group("tutors") else o for o in outcomes)
    return Report(plan, "run-20260901-0801", AS_OF, AS_OF + timedelta(seconds=74), outcomes)
