"""What `doctor` checks, one finding a line: the machine, the files, every target and the ledger."""

from __future__ import annotations

import platform
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reconciler import __version__
from reconciler.commands.opening import open_existing
from reconciler.drivers.base import origin_of
from reconciler.errors import ConfigError, LedgerError, OriginRefused, ReconcilerError, SecretUnavailable
from reconciler.ledger import SqliteLedger
from reconciler.model import Admits, Binding, Recorded
from reconciler.report.values import count
from reconciler.resources.base import SecretRef, declared
from reconciler.resources.lti_credential import LtiCredential
from reconciler.run.proposal import read_campus
from reconciler.run.workspace import Campus, Targets, Workspace, driver_settings, open_targets
from reconciler.settings import TargetSettings


class Mark(StrEnum):
    """How a finding is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at; `remedy` is the next step where it is not well."""

    mark: Mark
    subject: str
    text: str
    remedy: str = ""


def examine(workspace: Workspace) -> Iterator[Check]:
    """Every check, in order; what needs valid files is left out where they are not."""
    yield from check_versions()
    yield from check_ledger(workspace)
    try:
        campus = read_campus(workspace)
    except ConfigError as error:
        first = error.problems[0]
        text = f"{len(error.problems)} wrong, the first: {first.where} {first.what}"
        yield Check(Mark.FAIL, "desired files", text, f"reconciler validate {workspace.desired}")
        return
    yield Check(Mark.OK, "desired files", f"{count(len(campus.desired.resources), 'resource')}, all valid")
    yield from check_fingerprints(campus)
    for target in campus.settings.targets.values():
        yield from check_secrets(campus, target)
    with open_targets(workspace, campus, None, lambda name: True, planning=True) as targets:
        yield from check_targets(workspace, campus, targets)


def check_versions() -> Iterator[Check]:
    """What runs here."""
    python = platform.python_version()
    new_enough = sys.version_info >= (3, 11)
    mark, remedy = (Mark.OK, "") if new_enough else (Mark.FAIL, "use Python 3.11 or newer")
    yield Check(mark, "versions", f"reconciler {__version__}, Python {python}", remedy)
    known = sqlite3.sqlite_version_info >= (3, 37)
    mark, remedy = (Mark.OK, "") if known else (Mark.FAIL, "use a Python with SQLite 3.37 or newer")
    yield Check(mark, "sqlite", sqlite3.sqlite_version, remedy)


def check_ledger(workspace: Workspace) -> Iterator[Check]:
    """Whether the ledger can be used, and what an earlier run left in it; the clock, by its runs."""
    path = workspace.ledger_path
    try:
        with open_existing(workspace) as ledger:
            if ledger is None:
                yield Check(Mark.WARN, "ledger", f"{path}: none yet", "the first `reconciler apply` makes it")
                return
            yield from _check_contents(workspace, ledger)
    except LedgerError as error:
        yield Check(Mark.FAIL, "ledger", str(error))


def _check_contents(workspace: Workspace, ledger: SqliteLedger) -> Iterator[Check]:
    recorded, now = ledger.read(), workspace.clock()
    yield Check(Mark.OK, "ledger", f"{workspace.ledger_path}: {count(len(recorded.records), 'record')}")
    for intent in recorded.intents:
        text = f"a {intent.verb} of {intent.addresses[0]} at {intent.at:%Y-%m-%d %H:%M} UTC has no known end"
        yield Check(Mark.WARN, "open write", text, "the next `reconciler apply` settles it")
    for held in ledger.held():
        yield Check(Mark.WARN, "lease", held, "a run is under way; wait for it, or stop it")
    latest = next(iter(ledger.runs(1)), None)
    if latest is not None and latest.started > now:
        text = f"now is {now:%Y-%m-%d %H:%M} UTC, and the last run began {latest.started:%Y-%m-%d %H:%M}"
        yield Check(Mark.FAIL, "clock", text, "set the clock: vendors refuse signatures of another time")
    else:
        yield Check(Mark.OK, "clock", f"{now:%Y-%m-%d %H:%M} UTC")


def check_fingerprints(campus: Campus) -> Iterator[Check]:
    """Whether secrets can be compared."""
    key = campus.settings.fingerprint_key
    if key is None:
        remedy = "add `fingerprint_key: ${env:NAME}` to reconciler.yaml"
        yield Check(Mark.WARN, "fingerprint key", "none: changed secrets are not noticed", remedy)
    elif campus.secrets.fingerprint(key) is None:
        remedy = "set it to a long random text that never changes"
        yield Check(
            Mark.WARN, "fingerprint key", f"{key.text} is not there: secrets are not compared", remedy
        )
    else:
        yield Check(Mark.OK, "fingerprint key", key.text)


def check_secrets(campus: Campus, target: TargetSettings) -> Iterator[Check]:
    """Per origin of a target whether secrets may travel there, and per reference whether it resolves."""
    rules = driver_settings(campus.settings).get(target.name, ())
    addresses = [
        str(target.values.get(rule.name, rule.default)) for rule in rules if rule.name.endswith("_url")
    ]
    needed = [value for value in target.values.values() if isinstance(value, SecretRef)]
    minted = _minted(campus, target.name)
    try:
        origins = sorted({origin_of(address) for address in addresses})
    except OriginRefused as error:
        yield Check(Mark.FAIL, f"{target.name} origin", str(error))
        return
    refused = False
    for origin in origins:
        try:
            _try_reveal(campus, (needed or minted)[:1], origin)
        except OriginRefused as error:
            refused = True
            yield Check(Mark.FAIL, f"{target.name} origin", str(error))
        except SecretUnavailable:
            yield Check(Mark.OK, f"{target.name} origin", f"{origin} is allowed")
        else:
            yield Check(Mark.OK, f"{target.name} origin", f"{origin} is allowed")
    if origins and not refused:
        yield from _check_references(campus, target.name, needed, minted, origins[0])


def _check_references(
    campus: Campus, target: str, needed: Sequence[SecretRef], minted: Sequence[SecretRef], origin: str
) -> Iterator[Check]:
    for ref in (*needed, *minted):
        try:
            _try_reveal(campus, [ref], origin)
        except SecretUnavailable as error:
            mark = Mark.FAIL if ref in needed else Mark.WARN
            remedy = "" if ref in needed else "it is there once its hand-off is done; see `reconciler status`"
            yield Check(mark, f"{target} secret", str(error), remedy)
        else:
            yield Check(Mark.OK, f"{target} secret", f"{ref.text} resolves")


def _minted(campus: Campus, target: str) -> list[SecretRef]:
    """Secrets of credentials, which may come later than the settings' own."""
    return [
        value
        for address, item in campus.desired.resources.items()
        if address.target == target and isinstance(item.resource, LtiCredential)
        for _, value in declared(item.resource)
        if isinstance(value, SecretRef)
    ]


def _try_reveal(campus: Campus, refs: Iterable[SecretRef], origin: str) -> None:
    """Resolve and drop: the values are nobody's business here."""
    for ref in refs:
        campus.secrets.reveal(ref, origin)


def check_targets(workspace: Workspace, campus: Campus, targets: Targets) -> Iterator[Check]:
    """Whether each target answers, is the account it was, and gave its credential what it needs."""
    recorded = _read_recorded(workspace)
    for name in campus.settings.targets:
        account = targets.accounts.get(name)
        if account is None:
            yield Check(Mark.FAIL, f"{name} account", targets.unreachable.get(name, "it was not asked"))
            continue
        label = f" ({account.label})" if account.label else ""
        text = f"account {account.account}{label} at {account.origin}"
        now, bound = (
            Binding(name, account.driver, account.origin, account.account),
            recorded.bindings.get(name),
        )
        if bound is None:
            yield Check(Mark.OK, f"{name} account", f"{text}, not bound yet")
        elif bound == now:
            yield Check(Mark.OK, f"{name} account", text)
        else:
            remedy = f"correct the settings, or if it is meant: reconciler state rebind {name}"
            was = f"the ledger knows it as account {bound.account} at {bound.origin}"
            yield Check(Mark.FAIL, f"{name} account", f"{text}; {was}", remedy)
        driver: object = targets.drivers.get(name)
        if isinstance(driver, Admits):
            yield from _check_scopes(name, driver)


def _read_recorded(workspace: Workspace) -> Recorded:
    try:
        with open_existing(workspace) as ledger:
            return ledger.read() if ledger else Recorded()
    except LedgerError:
        # Told by check_ledger already.
        return Recorded()


def _check_scopes(name: str, driver: Admits) -> Iterator[Check]:
    try:
        missing = driver.lacking()
    except ReconcilerError as error:
        yield Check(Mark.FAIL, f"{name} scopes", str(error))
        return
    for scope, operation in sorted(missing.items()):
        remedy = "add it to the app, unless nothing you declare needs it"
        yield Check(Mark.WARN, f"{name} scopes", f"{scope} is missing, for {operation}", remedy)
    if not missing:
        yield Check(Mark.OK, f"{name} scopes", "none is missing")
