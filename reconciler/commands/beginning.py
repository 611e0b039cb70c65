"""What a new project begins with: each file is written once, and kept if it is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from reconciler.commands.schemas import FILES, write_schemas
from reconciler.drivers.base import drivers
from reconciler.errors import ReconcilerError, suggest
from reconciler.model import Driver, Setting
from reconciler.model.names import fold_name
from reconciler.resources.base import kinds
from reconciler.run.workspace import Workspace
from reconciler.stages.load.settings import FILE

SCHEMAS = ".schemas"
_IGNORED = "# Ledgers hold personal data and stay out of version control.\n*\n!.gitignore\n"
_HEAD = f"""# yaml-language-server: $schema={SCHEMAS}/{FILES["settings"]}
# Where things are and how careful to be. What should be there goes into a folder per target beside this file.
version: 1

targets:
"""
_TAIL = """
guards:
  removals: {floor: 3, percent: 2, cap: 250}    # per kind, summed over any 24 hours

schedule: {every: 15m, jitter: 30s}

# The key of the fingerprints by which secrets are compared. Make one: openssl rand -hex 32
fingerprint_key: ${env:RECONCILER_FINGERPRINT_KEY}
# The key of the snapshots from which CI can plan without credentials; another one of that kind.
snapshot_key: ${env:RECONCILER_SNAPSHOT_KEY}
"""


def choose(targets: Iterable[str]) -> dict[str, type[Driver]]:
    """NAME=DRIVER as drivers by target. Raises ReconcilerError for a name or driver that cannot be."""
    known, chosen = drivers(), dict[str, type[Driver]]()
    for text in targets:
        name, _, driver = text.partition("=")
        if not driver or fold_name(name) != name or "%" in name:
            raise ReconcilerError(f"--target {text!r}: write NAME=DRIVER, the name of a-z, 0-9 and . _ @ + -")
        if driver not in known:
            raise ReconcilerError(f"--target {text}: there is no driver {driver!r}; {suggest(driver, known)}")
        chosen[name] = known[driver]
    return chosen


def begin(workspace: Workspace, targets: Mapping[str, type[Driver]]) -> Iterator[str]:
    """Write what is missing; a line per file. Raises ReconcilerError where one cannot be written."""
    desired = workspace.desired
    yield _write_once(desired / FILE, "".join([_HEAD, *_describe(targets), _TAIL]))
    for name in targets:
        _make_folder(desired / name)
    write_schemas(desired / SCHEMAS)
    yield f"wrote {desired / SCHEMAS}/, from which editors complete"
    yield _write_once(workspace.state / ".gitignore", _IGNORED)
    if workspace.ledger_path.exists():
        yield f"kept {workspace.ledger_path}"
    else:
        with workspace.ledger(create=True):
            yield f"wrote {workspace.ledger_path}, an empty ledger"
    yield f"next: say in {desired}/<target>/ what should be there, or let `reconciler adopt` write it down;"
    yield "      then reconciler validate, reconciler plan"


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReconcilerError(f"{path} cannot be made ({error.strerror}); name another folder") from error


def _write_once(path: Path, text: str) -> str:
    _make_folder(path.parent)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return f"kept {path}"
    except OSError as error:
        raise ReconcilerError(f"{path} cannot be written: {error.strerror}") from error
    return f"wrote {path}"


def _describe(targets: Mapping[str, type[Driver]]) -> Iterator[str]:
    for name, driver in targets.items():
        yield f"  {name}:\n    driver: {driver.name}\n"
        companions = [other for other in targets if other != name]
        for setting in driver.settings:
            if setting.required:
                note = f"    # {setting.help}" if setting.help else ""
                value = _value(driver, setting, companions)
                yield f"    {setting.name}: {value}{note}\n"
        yield "    policy: observe          # what `reconciler serve` may do by itself: observe | auto\n"
        yield "    prune: []                # kinds that may be removed once they are no longer declared\n"


def _value(driver: type[Driver], setting: Setting, others: list[str]) -> str:
    """Another target for a companion, a name of ours for what names an entry, else a reference."""
    if setting.name == driver.companion:
        return others[0] if others else "name-of-another-target"
    if setting.name in {kind.qualifier for kind in kinds().values()}:
        return "main"
    return f"${{env:{driver.name.upper()}_{setting.name.upper()}}}"
