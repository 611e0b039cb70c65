"""The desired YAML files of one environment: where each entry stands, and what stands at a place."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from reconciler.errors import ReconcilerError, Where
from reconciler.model import Address, Declared
from reconciler.model.documents import ABSENT, FULL_FORM, SUFFIXES
from reconciler.model.names import fold_name
from reconciler.resources.base import kinds
from reconciler.settings import Settings
from reconciler.stages.load.folder import OVERLAYS, Folder
from reconciler.stages.load.sections import plurals
from reconciler.yamlio import Map, Seq, parse, place

BOM = "\ufeff"


class Spot(NamedTuple):
    """A place in a file by its keys, of which the first `entry` lead to an entry; 0 if they lead to none."""

    file: str
    keys: tuple[str, ...]
    entry: int = 0

    def below(self, *keys: str) -> Spot:
        """A place further in."""
        return self._replace(keys=(*self.keys, *keys))


@dataclass
class Page:
    """One file; `text` is without its byte order mark."""

    file: str
    data: bytes
    target: str = ""

    @cached_property
    def text(self) -> str:
        """What is parsed."""
        return self.data.decode().removeprefix(BOM)

    @cached_property
    def root(self) -> Map:
        """What stands in it."""
        return parse(self.data, self.file).value

    @cached_property
    def places(self) -> Mapping[Where, tuple[str, ...]]:
        """The keys that lead to each key of a mapping, by its place."""
        found: dict[Where, tuple[str, ...]] = {}
        pending: list[tuple[tuple[str, ...], Map]] = [((), self.root)]
        while pending:
            keys, values = pending.pop()
            for key, mark in zip(values, values.marks, strict=True):
                found[place(self.file, mark)] = (*keys, key)
                if isinstance(values[key], Map):
                    pending.append(((*keys, key), values[key]))
        return found

    def encoded(self, text: str) -> bytes:
        """Another text of this file as bytes."""
        return (BOM + text if self.data.startswith(BOM.encode()) else text).encode()


@dataclass
class Pages:
    """Files that could be loaded; those of other environments' overlays are known as `others`."""

    folder: Path
    environment: str
    settings: Settings
    desired: Declared
    pages: dict[str, Page] = field(init=False)
    others: dict[str, Page] = field(init=False)

    def __post_init__(self) -> None:
        files, folder = self.desired.files, Folder(self.folder)
        self.pages = {file: self._open(file, files[file]) for file in files if file.endswith(SUFFIXES)}
        laid = (name for name in folder.list_overlays() if name != self.environment)
        paths = (path for name in laid for path in folder.list_overlay(name).values())
        self.others = {path: self._open(path) for path in paths}
        for page in (*self.pages.values(), *self.others.values()):
            page.target = self._target(page)

    def _open(self, file: str, digest: str = "") -> Page:
        data = (self.folder / file).read_bytes()
        if digest and blake2b(data, digest_size=16).hexdigest() != digest:
            raise ReconcilerError(f"{file}: it changed while it was read; run the command again")
        return Page(file, data)

    def _target(self, page: Page) -> str:
        """Whose sections a file holds, as `load` has it; an overlay's are those of the file it mirrors."""
        mirrored = self.pages.get(self.mirrored(page.file), page)
        for root in (mirrored.root, page.root):
            if isinstance(written := root.get("target"), str):
                return fold_name(written)
        folders = map(fold_name, self.mirrored(page.file).split("/")[:-1])
        return next((name for name in folders if name in self.settings.targets), "")

    @staticmethod
    def mirrored(file: str) -> str:
        """The file that an overlay's lies over; any other file is its own."""
        parts = file.split("/", 2)
        return parts[2] if parts[0] == OVERLAYS and len(parts) == 3 else file

    def _overlays_last(self, pages: Mapping[str, Page]) -> list[Page]:
        return sorted(pages.values(), key=lambda page: (self.mirrored(page.file) != page.file, page.file))

    @cached_property
    def _entries(self) -> Mapping[Address, list[Spot]]:
        return self._index(self.pages)

    @cached_property
    def _foreign(self) -> Mapping[Address, list[Spot]]:
        return self._index(self.others)

    def _index(self, pages: Mapping[str, Page]) -> Mapping[Address, list[Spot]]:
        found: dict[Address, list[Spot]] = defaultdict(list)
        for page in self._overlays_last(pages):
            for plural, kind in plurals().items():
                section = page.root.get(plural)
                keys: tuple[str, ...] = (plural,)
                if isinstance(section, Map) and section.keys() <= FULL_FORM:
                    section, keys = section.get("entries"), (plural, "entries")
                for name in section if isinstance(section, Map) else ():
                    address = Address(page.target, kind.kind, fold_name(name))
                    found[address].append(Spot(page.file, (*keys, name), len(keys) + 1))
        return found

    def entries(self, entry: Address) -> list[Spot]:
        """Where an entry stands: its file, then the overlay that lies over it."""
        return self._entries.get(entry, [])

    def taken_out(self, entry: Address) -> list[Spot]:
        """Where this environment's overlay says `absent: true` of an entry."""
        return [spot for spot in self.entries(entry) if ABSENT in self.value(spot)]

    def elsewhere(self, entry: Address) -> str:
        """A file by which another environment lays something over an entry, "" if there is none."""
        return next((spot.file for spot in self._foreign.get(entry, [])), "")

    def raw(self, spot: Spot) -> object:
        """What stands at a place, None if nothing does."""
        found: object = self.pages[spot.file].root
        for key in spot.keys:
            found = found.get(key) if isinstance(found, Map) else None
        return found

    def value(self, spot: Spot) -> Map:
        """The mapping at a place; an empty one if none stands there."""
        found = self.raw(spot)
        return found if isinstance(found, Map) else Map()

    def keys_at(self, where: Where | None) -> Spot | None:
        """What stands at a place of a YAML file."""
        page = self.pages.get(where.file) if where else None
        keys = page.places.get(where) if page and where else None
        return Spot(where.file, keys) if where and keys else None

    def sourced(self, entry: Address, source: str) -> Spot | None:
        """Where an entry is to be written so that it lies over the row that a source has for it."""
        for page, section, keys in self._sections(entry):
            listed = section.get("from")
            base = posixpath.dirname(page.file)
            for item in listed if isinstance(listed, Seq) else ():
                texts = (text for text in item.values() if isinstance(text, str)) if item else ()
                if source in (posixpath.normpath(posixpath.join(base, text)) for text in texts):
                    return Spot(page.file, (*keys, "entries"))
        return None

    def unsourced(self, spot: Spot) -> str:
        """A file by which another environment reads other sources than those named beside a place."""
        for page in self.others.values():
            section = page.root.get(spot.keys[0])
            mirrors = self.mirrored(page.file) == self.mirrored(spot.file)
            if mirrors and isinstance(section, Map) and "from" in section:
                return page.file
        return ""

    def home(self, entry: Address, file: str) -> Spot:
        """Where a new entry is to be written: in `file` if it may stand there, else beside its like."""
        page = self.pages.get(file)
        mine = {page.file: (section, keys) for page, section, keys in self._sections(entry)}
        plural = kinds()[entry.kind].plural
        if page and page.target == entry.target and plural not in page.root:
            return Spot(file, (plural,))
        chosen = file if file in mine else next(iter(mine), "")
        if not chosen:
            return Spot(self._unused(f"{entry.target}/{plural}"), (plural,))
        section, keys = mine[chosen]
        return Spot(chosen, (*keys, "entries") if section.keys() <= FULL_FORM else keys)

    def _sections(self, entry: Address) -> Iterator[tuple[Page, Map, tuple[str, ...]]]:
        plural = kinds()[entry.kind].plural
        for page in self._overlays_last(self.pages):
            if page.target == entry.target and isinstance(section := page.root.get(plural), Map):
                yield page, section, (plural,)

    def _unused(self, stem: str) -> str:
        number = 1
        while (self.folder / (path := f"{stem}{f'-{number}' if number > 1 else ''}.yaml")).exists():
            number += 1
        return path
