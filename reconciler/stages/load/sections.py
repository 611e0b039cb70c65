"""Reads sections, each with its overlay: which kind and target it is, its entries, defaults and sources."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import PurePosixPath

from reconciler.errors import Problem, suggest
from reconciler.model import NO_TARGET, Entry, Expectation
from reconciler.model.documents import ABSENT, FULL_FORM
from reconciler.model.names import fold_name
from reconciler.resources.base import Resource, kinds
from reconciler.stages.load.declarations import Declaration, read_sources
from reconciler.stages.load.folder import Folder
from reconciler.stages.load.overlay import takes_out
from reconciler.stages.load.sheet import Sheet
from reconciler.yamlio import UNREADABLE, Map, Marks, place

ELSEWHERE = {
    "waivers": "waivers stand in waivers.yaml",
    "targets": "targets stand in reconciler.yaml",
    "guards": "guards stand in reconciler.yaml",
    "schedule": "schedules stand in reconciler.yaml",
}


@cache
def plurals() -> Mapping[str, type[Resource]]:
    """Kinds that may be declared, by the name of their section."""
    return {kind.plural: kind for kind in kinds().values() if kind.declarable}


def _read_base(sheet: Sheet, kind: type[Resource], target: str, below: Entry | None) -> Entry:
    marks = Marks(sheet.file, sheet.values)
    return Entry(target, kind.kind, "", sheet.values, sheet.where, marks, base=below)


@dataclass(frozen=True, slots=True)
class _Part:
    """A section of one file: its defaults and entries, and whether it has a `from`."""

    sheet: Sheet
    defaults: Sheet | None
    entries: Sheet | None
    sourced: bool


@dataclass(slots=True)
class Sections:
    """Collects what the files hold. `targets` None means they are not known: nothing is said of them.

    `gone` are targets that this environment does not have: what is declared for them is left out.
    """

    folder: Folder
    targets: Collection[str] | None
    gone: Collection[str]
    problems: list[Problem]
    entries: list[Entry] = field(default_factory=list)
    removed: list[Entry] = field(default_factory=list)
    unread: dict[tuple[str, str], str] = field(default_factory=dict)
    expectations: list[Expectation] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)
    preferred: dict[tuple[str, str, str], frozenset[str]] = field(default_factory=dict)

    def read_file(self, file: str, layers: Sequence[Sheet]) -> None:
        """Take up every section of a file; `layers` are its overlay, if it has one, and itself, if it is."""
        target = self._find_target(file, layers)
        for plural in dict.fromkeys(name for sheet in layers for name in sheet.left()):
            holding = [sheet for sheet in layers if plural in sheet.values]
            kind = plurals().get(plural)
            if kind is None:
                for sheet in holding:
                    self._refuse_section(sheet, plural)
                continue
            inner = [found for sheet in holding if (found := sheet.inner(plural))]
            if kind.live and not target:
                self.unreadable.add(kind.kind)
                if target is not None:
                    self._refuse_homeless(holding[-1], plural)
            elif not kind.live or target not in self.gone:
                self._read_section(file, inner, kind, (target or "") if kind.live else "")

    def _find_target(self, file: str, layers: Sequence[Sheet]) -> str | None:
        """The target of a file, "" if it has none, None if something was said about it already."""
        *overlay, last = layers
        target = self._read_target(file, last)
        for sheet in overlay:
            if "target" in sheet.values and fold_name(sheet.text("target")) != target is not None:
                what = f"`target` is another one than that of the file this lies over, `{target}`"
                remedy = "take it out, or move these sections to a file of their own"
                sheet.refuse("target", what, remedy)
                return None
        return target

    def _read_target(self, file: str, sheet: Sheet) -> str | None:
        if "target" in sheet.values:
            written = sheet.text("target")
            if self.targets is None or fold_name(written) in {*self.targets, *self.gone}:
                return fold_name(written) or None
            if written:
                sheet.refuse("target", f"no target is named `{written}`", suggest(written, self.targets))
            return None
        folders = [fold_name(part) for part in PurePosixPath(file).parts[:-1]]
        if self.targets is None:
            return folders[0] if folders else None
        return next((name for name in folders if name in self.targets or name in self.gone), "")

    def _refuse_homeless(self, sheet: Sheet, plural: str) -> None:
        targets = ", ".join(sorted(self.targets or ()))
        what = f"`{plural}` belong to a target, and neither the folder nor `target:` names one"
        sheet.refuse(
            plural, what, f"move the file into a folder named after a target ({targets}), or add `target:`"
        )

    def _refuse_section(self, sheet: Sheet, plural: str) -> None:
        sheet.take(plural)
        made = next((kind for kind in kinds().values() if kind.plural == plural), None)
        if made:
            what = f"`{plural}` are not declared, they follow from other entries"
            sheet.refuse(
                plural, what, "take the section out; a course link comes from `course:` of a meeting"
            )
        else:
            remedy = ELSEWHERE.get(plural) or suggest(plural, plurals())
            sheet.refuse(plural, f"`{plural}` is not a section", remedy)

    def _read_section(self, file: str, layers: Sequence[Sheet], kind: type[Resource], target: str) -> None:
        """One section of a file and of its overlay: the overlay's defaults lie over the file's, its `from` is
        read instead of the file's, and both have their entries."""
        parts = [part for sheet in layers if (part := self._open(sheet, kind))]
        base: Entry | None = None
        for part in reversed(parts):
            base = _read_base(part.defaults, kind, target, base) if part.defaults else base
        if sourced := next((part.sheet for part in parts if part.sourced), None):
            found = read_sources(sourced, kind, target, base, replaces=sourced.file != file)
            if not found.whole:
                self.unreadable.add(kind.kind)
            for declaration in found.declarations:
                self._read_rows(declaration)
        for part in reversed(parts):
            if part.entries:
                self._read_entries(part.entries, kind, target, base, part.sheet.file != file)

    def _open(self, sheet: Sheet, kind: type[Resource]) -> _Part | None:
        """A section in either form; an empty one is refused."""
        if not sheet.values:
            what = f"the section `{kind.plural}` is empty"
            self.problems.append(Problem(sheet.where, what, "write its entries, or take it out"))
            return None
        if not sheet.values.keys() <= FULL_FORM:
            return _Part(sheet, None, sheet, sourced=False)
        sourced = "from" in sheet.values
        return _Part(sheet, sheet.inner("defaults"), sheet.inner("entries"), sourced)

    def _read_entries(
        self, sheet: Sheet, kind: type[Resource], target: str, base: Entry | None, overlay: bool
    ) -> None:
        values, file = sheet.values, sheet.file
        for (written, body), mark in zip(values.items(), values.marks, strict=True):
            if isinstance(body, Map):
                where, name = place(file, mark), fold_name(written)
                made = Entry(target, kind.kind, name, body, where, Marks(file, body), "", base, overlay)
                if ABSENT not in body:
                    self.entries.append(made)
                elif not overlay:
                    what = f"`{ABSENT}` takes an entry out in an overlay, below environments/"
                    sheet.refuse_at(made.marks[ABSENT], what, "delete the entry instead")
                elif takes_out(body, file, self.problems, kind.qualifier):
                    self.removed.append(made)
            elif body is not UNREADABLE:
                remedy = "write its fields below it, indented, or `{}` for none"
                if written in FULL_FORM:
                    remedy = "put the names that stand beside it below `entries:`"
                sheet.refuse(written, f"`{written}` is an entry, a mapping of fields", remedy)

    def _read_rows(self, declaration: Declaration) -> None:
        source = declaration.source
        rows = source.read(self.folder)
        self.entries += rows.entries
        self.problems += rows.problems
        key = source.target or NO_TARGET, source.kind
        if rows.problems:
            self.unreadable.add(source.kind)
        if rows.unread:
            said = self.unread.get(key)
            self.unread[key] = f"{said}; {rows.unread}" if said else rows.unread
        if source.max_change is not None:
            self.expectations.append(Expectation(*key, source.file, source.max_change, source.where))
        if declaration.prefer:
            named = source.target, source.kind, source.file
            self.preferred[named] = self.preferred.get(named, frozenset()) | declaration.prefer
