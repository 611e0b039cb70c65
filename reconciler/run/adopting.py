"""Taking over what a target has: all of it is read, files are written, what they say is recorded."""

from __future__ import annotations

import contextlib
import errno
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from reconciler.adopting.entries import Before, Found, Sorted, hold_of, sort_out
from reconciler.adopting.names import Rule
from reconciler.adopting.pages import Page, compose
from reconciler.errors import ConfigError, ReconcilerError, suggest
from reconciler.ledger import SqliteLedger, new_run_id
from reconciler.model import (
    Account,
    Address,
    Adopt,
    Driver,
    Ending,
    Exploration,
    Explores,
    LeftAlone,
    Live,
    State,
    Unread,
)
from reconciler.model.references import kind_order
from reconciler.resources.base import Resource, field_rules, kinds
from reconciler.resources.course_meeting import CourseMeeting
from reconciler.resources.schedules import Series
from reconciler.resources.user import User
from reconciler.run.applying import hold, working
from reconciler.run.proposal import Proposal, Selection
from reconciler.run.saved import check_unmoved
from reconciler.run.workspace import Workspace, open_targets

AT_ONCE = 1000
"""So many objects are recorded in one commit: the lease is renewed between them."""


@dataclass(frozen=True)
class Wish:
    """What is to be adopted: everything of a target, or only some `kinds` of it.

    `rule` is how people are named. `hosts` says in whose calendars meetings are looked for: a request each.
    """

    target: str
    rule: Rule = "email"
    hosts: Literal["all", "licensed"] = "all"
    kinds: frozenset[str] = frozenset()

    @property
    def selection(self) -> Selection:
        """The target alone."""
        return Selection((self.target,))


@dataclass(frozen=True)
class Adoption:
    """What adopt found and wrote. `differing` read back otherwise than written: somebody was at work.

    `recorded` is how many objects are ours now that were not before; `others` how many changes are planned
    for what had been declared before. `requests` counts those made.
    """

    wish: Wish
    sorted: Sorted
    pages: tuple[Page, ...]
    requests: Mapping[str, int]
    recorded: int = 0
    differing: tuple[Address, ...] = ()
    others: int = 0


def explore(workspace: Workspace, ledger: SqliteLedger | None, before: Proposal, wish: Wish) -> Adoption:
    """Read the whole target and put what is not declared into pages; writes nothing.

    Raises ReconcilerError if anything at all could not be read: half an account is none.
    """
    target, budget = wish.target, ledger.budget() if ledger else None
    _refuse_unsure(before, wish)
    with open_targets(workspace, before.campus, budget, {target}.__contains__, planning=True) as targets:
        if target not in targets.drivers:
            raise ReconcilerError(f"{target}: {targets.unreachable.get(target, 'it does not answer')}")
        driver, account = targets.drivers[target], targets.accounts[target]
        stood = _stood(before, target, account)
        found = _explore_kinds(driver, stood, wish, workspace.meter.begin)
        requests = dict(driver.requests())
    made = sort_out(found, stood, before.campus.capabilities[target], wish.rule, wish.kinds)
    folder = workspace.desired
    pages = compose(target, made.entries, _departments(before, made), lambda path: (folder / path).exists())
    return Adoption(wish, made, pages, requests)


def _refuse_unsure(before: Proposal, wish: Wish) -> None:
    """Refuse while it is not known what is declared, what that is live, or how a write ended."""
    target, settings = wish.target, before.campus.settings
    if target not in settings.targets:
        raise ReconcilerError(f"no target is named {target!r}; {suggest(target, settings.targets)}")
    if target in before.seen.misbound:
        raise ReconcilerError(f"{target}: {before.seen.misbound[target]}; nothing was adopted")
    reasons = [
        r.reason for r in before.seen.readings.values() if isinstance(r, Unread) and r.target == target
    ]
    reasons += [why for (name, _), why in before.campus.desired.unread.items() if name == target]
    if reasons:
        raise ReconcilerError(
            f"{target}: what is declared could not be read whole, so nothing was adopted: {reasons[0]}"
        )
    if any(intent.target == target for intent in before.recorded.intents):
        raise ReconcilerError(
            f"{target}: an earlier write has no known end yet; `reconciler apply` settles it, then adopt"
        )


def _explore_kinds(driver: Driver, stood: Before, wish: Wish, begin: Callable[[str, str], None]) -> Found:
    """Every kind that can be explored, and is asked for or referred to, after those it refers to."""
    handlers = {k: h for k, h in driver.handlers().items() if isinstance(h, Explores)}
    if unknown := sorted(wish.kinds - handlers.keys()) or ([] if handlers else [driver.name]):
        can = ", ".join(sorted(handlers)) or "nothing"
        raise ReconcilerError(
            f"{wish.target}: {unknown[0]} cannot be adopted; the driver {driver.name} offers {can}"
        )
    asked = wish.kinds or frozenset(handlers)
    asked = asked | {rule.reference for kind in asked for rule in field_rules(kinds()[kind]).values()}
    known = frozenset(identity for _, identity in stood.known)
    found: dict[str, tuple[Any, ...]] = {}
    for kind in kind_order():
        if kind in handlers and kind in asked:
            begin(wish.target, kinds()[kind].plural)
            lives = {k: tuple(i for i in items if isinstance(i, Live)) for k, items in found.items()}
            asked_for = Exploration(lives, known, stood.shown.get(kind, frozenset()), wish.hosts)
            found[kind] = _explore_kind(handlers[kind], asked_for, wish.target)
    return found


def _explore_kind(handler: Explores, asked: Exploration, target: str) -> tuple[Live[Any] | LeftAlone, ...]:
    try:
        return tuple(handler.explore(asked))
    except ReconcilerError as error:
        raise ReconcilerError(
            f"{target} could not be read whole, so nothing was adopted: {error}; run again, "
            "or name the kinds to adopt with --kind"
        ) from error


def _stood(before: Proposal, target: str, account: Account) -> Before:
    desired, seen, settings = before.campus.desired, before.seen, before.campus.settings.targets[target]
    mine = {address: item for address, item in desired.resources.items() if address.target == target}
    matches = {a: m.live for a, m in seen.matches.items() if a.target == target and m.live and not m.rivals}
    known = {(address.kind, live.identity): address for address, live in matches.items()}
    used: dict[str, set[str]] = defaultdict(set)
    for address in (*mine, *desired.previously):
        used[address.kind] |= {address.name, address.name.rpartition("/")[0]}
    for record in before.recorded.records:
        if record.address.target == target and record.state is not State.GONE:
            known.setdefault((record.address.kind, record.remote_id), record.address)
            used[record.address.kind] |= {record.address.name, record.address.name.rpartition("/")[0]}
    keys: dict[str, list[Mapping[str, str]]] = defaultdict(list)
    for address, live in matches.items():
        keys[address.kind].append(live.keys)
    return Before(
        as_of=before.plan.as_of,
        known=known,
        declared={address: item.resource for address, item in mine.items()},
        keys=keys,
        used={kind: frozenset(names) for kind, names in used.items()},
        taken=tuple(_holds((item.resource for item in mine.values()), matches)),
        own=account.user_id,
        shown={kind: frozenset(fields) for kind, fields in settings.defaults.items()},
    )


def _holds(declared: Any, matches: Mapping[Address, Live[Resource]]) -> Iterator[tuple[Any, ...]]:
    """What the declared meetings hold, their hosts by id."""
    for meeting in declared:
        if isinstance(meeting, CourseMeeting) and isinstance(meeting.schedule, Series):
            host = matches.get(Address.parse(str(meeting.host)))
            yield host.remote_id if host else "", *hold_of(meeting, meeting.schedule)[1:]


def _departments(before: Proposal, made: Sorted) -> dict[str, str]:
    people = {entry.name: entry.live for entry in made.entries.get(User.kind, ())}
    for address, match in before.seen.matches.items():
        if address.kind == User.kind and match.live:
            people[address.name] = match.live
    return {name: str(getattr(live.resource, "department", None) or "") for name, live in people.items()}


@contextmanager
def published(folder: Path, pages: Sequence[Page]) -> Iterator[None]:
    """Write the pages, each whole or not at all; nothing that is there is touched.

    If what follows finds that they cannot be read again, they are taken away: a fault of ours.
    Raises ReconcilerError where a file cannot be written.
    """
    made: list[Path] = []
    try:
        for page in pages:
            path = folder / page.path
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_new(path, page.text)
            made.append(path)
        yield
    except (ConfigError, OSError) as error:
        for path in made:
            path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise ReconcilerError(
                f"{error.filename} cannot be written: {error.strerror}; nothing was kept"
            ) from error
        raise ReconcilerError(
            f"what adopt wrote cannot be read again, so it was taken away; please report this:\n{error}"
        ) from error


def _write_new(path: Path, text: str) -> None:
    """By a hidden file beside it, which no reader of the folder sees."""
    beside = path.with_name(f".{path.name}.new")
    try:
        with beside.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            raise FileExistsError(errno.EEXIST, "somebody wrote it meanwhile", str(path))
        beside.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            beside.unlink()


def take_over(
    workspace: Workspace,
    ledger: SqliteLedger,
    proposal: Proposal,
    adoption: Adoption,
    known: frozenset[Address],
) -> Adoption:
    """Record every object of the target that is as declared and nobody's yet; the vendor is not written to.

    `known` are the addresses that were declared before. Raises LedgerLocked, or PlanRefused if the ledger
    moved on.
    """
    target, plan = adoption.wish.target, proposal.plan
    mine = [change for change in plan.changes if change.address.target == target]
    plain = [c for c in mine if isinstance(c, Adopt) and not (c.fields or c.waiting or c.hand_off)]
    done = {change.address for change in plain}
    settled = known | done
    fresh = [a for a in proposal.campus.desired.resources if a.target == target and a not in settled]
    if plain:
        run = new_run_id(workspace.clock)
        with hold(ledger, [target], run) as leases:
            check_unmoved(ledger, plan)
            ledger.start_run(run, "adopt", plan.digest)
            for binding in plan.bindings:
                if binding.target == target:
                    ledger.bind(binding)
            with working(workspace, ledger, proposal, leases, run) as (work, recorder):
                for start in range(0, len(plain), AT_ONCE):
                    batch = plain[start : start + AT_ONCE]
                    recorder.taken_over([(c, work.wanted(c), work.live(c)) for c in batch])
            ledger.end_run(run, 0, {Ending.APPLIED.value: len(plain)})
    return replace(
        adoption,
        recorded=len(plain),
        differing=tuple(fresh),
        others=len({change.address for change in mine} - done - set(fresh)),
    )
