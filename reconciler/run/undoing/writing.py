"""Edits of the desired files: checked in a copy first, then written all or none."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.errors import ConfigError, ReconcilerError
from reconciler.model import Address, Declared, Desired
from reconciler.resources.base import Resource, declared, field_rules
from reconciler.run.proposal import read_campus
from reconciler.run.undoing.draft import entry_of
from reconciler.run.workspace import Workspace
from reconciler.stages.load import BARE, PLAIN
from reconciler.stages.load.folder import Folder


@dataclass(frozen=True, slots=True)
class Edit:
    """One file below the desired folder, before and after; None where there is no such file."""

    file: str
    before: bytes | None
    after: bytes | None


def check_edits(
    workspace: Workspace, edits: Sequence[Edit], before: Declared, touched: Collection[Address]
) -> None:
    """Read a copy of the folder with the edits in it: it loads in every environment, else nothing is written.

    Raises ReconcilerError if it does not, or if another entry than those `touched` would mean something else.
    """
    if not edits:
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "desired"
        ignored = shutil.ignore_patterns(".git")
        shutil.copytree(workspace.desired, copy, ignore=ignored, ignore_dangling_symlinks=True)
        for edit in edits:
            _store(copy / edit.file, edit.after)
        edited = replace(workspace, desired=copy)
        try:
            after = read_campus(edited).desired
        except ConfigError as error:
            raise ReconcilerError(
                f"what undo would write does not load, so nothing is written:\n{error}"
            ) from error
        _check_others(before, after, touched)
        for name in _other_environments(workspace):
            _check_environment(workspace, edited, name)


def _check_others(before: Declared, after: Declared, touched: Collection[Address]) -> None:
    for address in sorted({*before.resources, *after.resources}):
        was, now = before.resources.get(address), after.resources.get(address)
        item = was or now
        if entry_of(address) in touched or item is None or not item.resource.declarable:
            continue
        if was is None or now is None or _meaning(was) != _meaning(now):
            raise ReconcilerError(
                f"what undo would write changes {address}, which it should not; please report this. "
                "Nothing is written"
            )


def _meaning(item: Desired[Resource]) -> object:
    """What an entry says, without to whom it refers: a name that is turned round leads to the same."""
    rules = field_rules(type(item.resource))
    return item.lifecycle, [pair for pair in declared(item.resource) if not rules[pair[0]].reference]


def _other_environments(workspace: Workspace) -> Iterable[str]:
    known = Folder(workspace.desired).list_overlays()
    return sorted({PLAIN, *known} - {workspace.environment, BARE}) if known else ()


def _check_environment(workspace: Workspace, edited: Workspace, name: str) -> None:
    try:
        read_campus(replace(edited, environment=name))
    except ConfigError as error:
        with contextlib.suppress(ConfigError):
            read_campus(replace(workspace, environment=name))
            raise ReconcilerError(
                f"what undo would write does not load in the environment {name}; nothing is written:\n{error}"
            ) from error


def write_edits(folder: Path, edits: Sequence[Edit]) -> None:
    """Write every file whole, or none: ReconcilerError if one changed meanwhile, or cannot be written."""
    for edit in edits:
        path = folder / edit.file
        if (path.read_bytes() if path.exists() else None) != edit.before:
            raise ReconcilerError(f"{path} changed since it was read, so nothing was written; run it again")
    done: list[Edit] = []
    try:
        for edit in edits:
            _store(folder / edit.file, edit.after)
            done.append(edit)
    except OSError as error:
        for edit in done:
            _store(folder / edit.file, edit.before)
        raise ReconcilerError(
            f"{error.filename} cannot be written: {error.strerror}; nothing was kept"
        ) from error


def _store(path: Path, data: bytes | None) -> None:
    """Give a file these bytes, or take it away; a reader sees the old file or the new one, never a part."""
    path = path.resolve()
    if data is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
