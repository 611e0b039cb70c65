"""The reverse of a run as edits of the desired files: nothing is sent to a vendor, and nothing half written.

Each edit first makes sure that what is declared today still is what that run made of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from reconciler.errors import PlanRefused, ReconcilerError
from reconciler.ledger import Past, Run, SqliteLedger
from reconciler.model import (
    Address,
    Adopt,
    Change,
    Create,
    Ending,
    Forget,
    Reason,
    Release,
    Remove,
    Rename,
    Replace,
)
from reconciler.model.codec import decode_change
from reconciler.report.values import count
from reconciler.resources.base import kinds
from reconciler.resources.course_link import CourseLink
from reconciler.resources.course_meeting import CourseMeeting
from reconciler.run.proposal import read_campus
from reconciler.run.undoing.draft import Draft, Said, entry_of
from reconciler.run.undoing.fields import turn_fields
from reconciler.run.undoing.objects import (
    last_place,
    turn_creates,
    turn_names,
    turn_release,
    turn_removals,
)
from reconciler.run.undoing.pages import Pages
from reconciler.run.undoing.patches import patched
from reconciler.run.undoing.writing import Edit, check_edits
from reconciler.run.workspace import Workspace
from reconciler.stages.record import SENT

LAST = "last"
PLACES = 50
"""So many changes of an address are searched for where it was declared."""


@dataclass(frozen=True, slots=True)
class Undoing:
    """The reverse of one run: edits to be written, what they turn back, what is left, what else to know."""

    run: Run
    edits: tuple[Edit, ...]
    turned: tuple[Said, ...]
    left: tuple[Said, ...]
    remarks: tuple[str, ...]


Row = tuple[Past, Change]


def undo(workspace: Workspace, ledger: SqliteLedger, run: str = LAST, only: str = "") -> Undoing:
    """What is to be edited so that the next plan leads back before a run; `only` is a glob over addresses.

    `run` is an id, or the beginning of one; else the last that changed something. Writes nothing. Raises
    ReconcilerError if there is no such run, or if the edited files could not be read again.
    """
    campus, found = read_campus(workspace), _find_run(ledger, run)
    pages = Pages(workspace.desired, workspace.environment, campus.settings, campus.desired)
    draft = Draft(campus, pages, ledger.read(), workspace.clock())
    past = [row for row in ledger.changes(found.run) if fnmatchcase(str(row.address), only or "*")]
    remarks = _reverse(draft, ledger, past)
    edits = []
    for file, branch in sorted(draft.patches.items()):
        page = pages.pages.get(file)
        made = patched(page.text if page else "", branch, file)
        data = (page.encoded(made) if page else made.encode()) if made else None
        edits.append(Edit(file, page.data if page else None, data))
    check_edits(workspace, edits, campus.desired, draft.touched)
    return Undoing(found, tuple(edits), tuple(draft.turned), tuple(draft.left), tuple(remarks))


def _find_run(ledger: SqliteLedger, wanted: str) -> Run:
    runs = ledger.runs(limit=1_000_000)
    if wanted == LAST:
        for run in runs:
            if any(map(_changed, ledger.changes(run.run))):
                return run
        raise ReconcilerError("no run has changed anything yet, so there is nothing to undo")
    found = [run for run in runs if run.run.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    what = f"{len(found)} runs begin with {wanted!r}" if found else f"there is no run {wanted!r}"
    raise ReconcilerError(f"{what}; `reconciler history` names them")


def _changed(past: Past) -> bool:
    """Whether a change did anything besides taking note."""
    if past.ending != Ending.APPLIED or past.verb == Forget.verb:
        return False
    change = _decode(past)
    return change is None or not isinstance(change, Adopt) or bool(change.fields)


def _decode(past: Past) -> Change | None:
    """None for what was erased, or written by another version."""
    try:
        return decode_change(past.change) if past.change else None
    except PlanRefused:
        return None


def _reverse(draft: Draft, ledger: SqliteLedger, past: Sequence[Past]) -> list[str]:
    """Turn back the rows of a run, newest first: objects that come back, fields, then objects that go."""
    groups: dict[Address, list[Row]] = defaultdict(list)
    remarks, adopted = list(_unsure(past)), 0
    for row, change in _applied(draft, past):
        adopted += isinstance(change, Adopt) and not change.fields
        groups[entry_of(draft.current(str(row.address)) or row.address)].append((row, change))
    if adopted:
        remarks.append(f"{count(adopted, 'object')} taken over and not changed: nothing to turn back")
    _leave_links(draft, groups)
    for entry, rows in groups.items():
        if removed := [
            (draft.current(str(row.address)) or row.address, change)
            for row, change in rows
            if isinstance(change, Remove) and change.reason is not Reason.SUPERSEDED
        ]:
            turn_removals(draft, entry, removed, lambda address: _last_file(ledger, address))
    made: dict[Address, list[tuple[Past, Create]]] = {}
    for entry, rows in groups.items():
        _reverse_entry(draft, entry, [change for _, change in rows])
        if created := [(row, change) for row, change in rows if isinstance(change, Create)]:
            made[entry] = created
    turn_creates(draft, made)
    return remarks


def _applied(draft: Draft, past: Sequence[Past]) -> Iterator[Row]:
    """The changes that were made; those that cannot be turned back by an edit are left."""
    for row in past:
        change, applied = _decode(row), row.ending == Ending.APPLIED
        if row.verb == "confirm" or (applied and change and change.hand_off):
            draft.leave(row.address, "a person did it by hand, and only a person can turn it round")
        elif applied and change is None:
            draft.leave(row.address, "what was changed is not recorded in a form that can be read")
        elif applied and change:
            yield row, change


def _reverse_entry(draft: Draft, entry: Address, changes: Sequence[Change]) -> None:
    """What changed of an entry that was there before and after."""
    if renamed := [change for change in changes if isinstance(change, Rename)]:
        turn_names(draft, entry, renamed)
    if any(isinstance(change, Release) and change.whole for change in changes):
        turn_release(draft, entry)
    whole = (Create, Remove, Rename, Forget)
    fields = [c for c in changes if not isinstance(c, whole) and not (isinstance(c, Release) and c.whole)]
    turn_fields(draft, entry, fields)


def _unsure(past: Sequence[Past]) -> Iterator[str]:
    """How many changes did not end well, and may have done something nevertheless."""
    for ending in (Ending.NOT_TAKEN, Ending.FAILED, Ending.UNCERTAIN, SENT):
        if found := sum(row.ending == ending for row in past):
            yield f"{count(found, 'change')} of that run ended {ending}; nothing of that is turned back"


def _leave_links(draft: Draft, groups: dict[Address, list[Row]]) -> None:
    """Links come and go with their meetings; of one that changed by itself, say what it follows from."""
    whole = (Create, Remove, Replace, Rename)
    meetings = {
        entry.name
        for entry, rows in groups.items()
        if entry.kind == CourseMeeting.kind and any(isinstance(change, whole) for _, change in rows)
    }
    for entry in [entry for entry in groups if not kinds()[entry.kind].declarable]:
        rows = groups.pop(entry)
        if entry.kind == CourseLink.kind and entry.name not in meetings:
            verbs = " and ".join(dict.fromkeys(change.verb for _, change in rows))
            text = "follows from `course:` of its meeting, or from that course: change it there"
            draft.leave(entry, f"{verbs} of a link {text}")


def _last_file(ledger: SqliteLedger, address: Address) -> str:
    return last_place(filter(None, map(_decode, ledger.history(address, PLACES))))
