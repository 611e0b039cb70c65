"""Reads sections: which kind and target each is, its entries, defaults and source."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import PurePosixPath

from reconciler.errors import Problem, Where, suggest
from reconciler.model import Entry, Expectation
from reconciler.model.names import fold_name
from reconciler.resources.base import Resource, kinds
from reconciler.sources.base import Source
from reconciler.stages.load.declarations import read_source
from reconciler.stages.load.folder import Folder
from reconciler.stages.load.sheet import Sheet
from reconciler.yamlio import UNREADABLE, Map, Marks, place

LATER = frozenset(
    [
        "terms",
        "tracking_fields",
        "account_settings",
        "lti_registrations",
        "lti_deployments",
        "lti_tools",
        "lti_resource_links",
        "allowed_email_domains",
        "role_maps",
        "lti_settings",
        "categories",
        "zoom_integrations",
        "organizations",
        "classes",
        "enrollments",
        "lti_communities",
        "community_members",
    ]
)
FULL_FORM = frozenset({"from", "defaults", "entries"})
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


def _read_base(sheet: Sheet, kind: type[Resource], target: str) -> Entry:
    return Entry(target, kind.kind, "", sheet.values, sheet.where, Marks(sheet.file, sheet.values))


@dataclass(slots=True)
class Sections:
    """Collects what the files hold. `targets` None means they are not known: nothing is said of them."""

    folder: Folder
    targets: Collection[str] | None
    problems: list[Problem]
    entries: list[Entry] = field(default_factory=list)
    unread: dict[tuple[str, str], str] = field(default_factory=dict)
    expectations: list[Expectation] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)
    sources: dict[tuple[str, str], Where] = field(default_factory=dict)

    def read_file(self, file: str, root: Map) -> None:
        """Take up every section of one file."""
        sheet = Sheet(file, root, self.problems, Where(file))
        target = self._find_target(sheet)
        for plural in sheet.left():
            kind = plurals().get(plural)
            if kind is None:
                self._refuse_section(sheet, plural)
                continue
            inner = sheet.inner(plural)
            if kind.live and not target:
                self.unreadable.add(kind.kind)
                if target is not None:
                    self._refuse_homeless(sheet, plural)
            elif inner:
                self._read_section(inner, kind, (target or "") if kind.live else "")

    def _find_target(self, sheet: Sheet) -> str | None:
        """The target of a file, "" if it has none, None if something was said about it already."""
        if "target" in sheet.values:
            written = sheet.text("target")
            if self.targets is None or fold_name(written) in self.targets:
                return fold_name(written) or None
            if written:
                sheet.refuse("target", f"no target is named `{written}`", suggest(written, self.targets))
            return None
        folders = [fold_name(part) for part in PurePosixPath(sheet.file).parts[:-1]]
        if self.targets is None:
            return folders[0] if folders else None
        return next((name for name in folders if name in self.targets), "")

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
        elif plural in LATER:
            sheet.refuse(plural, f"`{plural}` are not supported by this version", "take the section out")
        else:
            remedy = ELSEWHERE.get(plural) or suggest(plural, plurals())
            sheet.refuse(plural, f"`{plural}` is not a section", remedy)

    def _read_section(self, sheet: Sheet, kind: type[Resource], target: str) -> None:
        if not sheet.values:
            what = f"the section `{kind.plural}` is empty"
            self.problems.append(Problem(sheet.where, what, "write its entries, or take it out"))
        elif not sheet.values.keys() <= FULL_FORM:
            self.entries += self._read_entries(sheet, kind, target, None)
        else:
            defaults, listed = sheet.inner("defaults"), sheet.inner("entries")
            base = _read_base(defaults, kind, target) if defaults else None
            if source := read_source(sheet, kind, target, base):
                self._read_rows(sheet, source)
            elif "from" in sheet.values:
                self.unreadable.add(kind.kind)
            if listed:
                self.entries += self._read_entries(listed, kind, target, base)

    def _read_entries(
        self, sheet: Sheet, kind: type[Resource], target: str, base: Entry | None
    ) -> Iterator[Entry]:
        values, file = sheet.values, sheet.file
        for (written, body), mark in zip(values.items(), values.marks, strict=True):
            if isinstance(body, Map):
                where = place(file, mark)
                yield Entry(target, kind.kind, fold_name(written), body, where, Marks(file, body), "", base)
            elif body is not UNREADABLE:
                remedy = "write its fields below it, indented, or `{}` for none"
                if written in FULL_FORM:
                    remedy = "put the names that stand beside it below `entries:`"
                sheet.refuse(written, f"`{written}` is an entry, a mapping of fields", remedy)

    def _read_rows(self, sheet: Sheet, source: Source) -> None:
        first = self.sources.setdefault((source.target, source.kind), source.where)
        if first != source.where:
            what = f"several sources are not supported by this version; the first is at {first}"
            sheet.refuse("from", what, "keep one")
        rows = source.read(self.folder)
        self.entries += rows.entries
        self.problems += rows.problems
        if rows.problems:
            self.unreadable.add(source.kind)
        if rows.unread:
            self.unread[source.target, source.kind] = rows.unread
        if source.max_change is not None:
            self.expectations.append(
                Expectation(
                    source.target,
                    source.kind,
                    source.file,
                    len(rows.entries),
                    source.max_change,
                    source.where,
                )
            )
