"""Reads the desired folder: entries with their places, settings, waivers, and every problem at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from reconciler.errors import ConfigError, Problem, Where, suggest
from reconciler.model import Documents, Waiver
from reconciler.model.documents import SUFFIXES
from reconciler.settings import Settings
from reconciler.stages.load import settings, waivers
from reconciler.stages.load.folder import MAPPINGS, OVERLAYS, Folder
from reconciler.stages.load.overlay import overlay_settings
from reconciler.stages.load.sections import Sections, plurals
from reconciler.stages.load.settings import read_settings
from reconciler.stages.load.sheet import Sheet
from reconciler.stages.load.waivers import read_waivers
from reconciler.yamlio import Map, Parsed, parse

PLAIN, BARE = "default", "sandbox"
"""The environment that needs no overlay, and the one that never has any."""

_SECTION = re.compile(rb"^([a-z_]+)[ \t]*:", re.MULTILINE)


def load(folder: Path, environment: str) -> Documents:
    """Read every YAML file below `folder`, what `environments/<environment>/` lays over them, and the sources
    they name; contacts nothing, raises nothing.

    Places name files by their path below the folder. Files of other environments are not read.
    """
    if not folder.is_dir():
        problem = Problem(Where(str(folder)), "there is no such folder", "name the folder of desired files")
        return Documents(Settings(targets={}), (), (), {}, (problem,))
    return _Reading(Folder(folder)).read(environment)


def load_settings(folder: Path, environment: str) -> Settings:
    """reconciler.yaml alone, with its overlay. Raises ConfigError with what is wrong with it."""
    return _Reading(Folder(folder)).read_settings(environment)


class _Reading:
    """One reading of one folder, with the problems so far."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.unreadable: set[str] = set()
        self.gone: frozenset[str] = frozenset()  # targets an overlay takes out

    def read(self, environment: str) -> Documents:
        files, overlay = self.folder.list_yaml(), self._find_overlay(environment)
        made = self._read_settings(files, overlay)
        targets = made.targets if made else None
        sections = Sections(self.folder, targets, self.gone, self.problems)
        excused = self._read_waivers(files, overlay, targets)
        for file in sorted({*files, *overlay}):
            if file not in (settings.FILE, waivers.FILE):
                sections.read_file(file, [self._open(path) for path in self._layers(file, files, overlay)])
        self._refuse_unused(environment)
        for path in self.folder.list(MAPPINGS):
            self.folder.read(path, Where(path))  # its driver reads it; a plan rests on it, too
        return Documents(
            settings=made or Settings(targets={}),
            entries=tuple(sections.entries),
            waivers=excused,
            files=dict(sorted(self.folder.digests.items())),
            problems=tuple(self.problems),
            unread=sections.unread,
            expectations=tuple(sections.expectations),
            unreadable=frozenset(sections.unreadable | self.unreadable),
            preferred=sections.preferred,
            removed=tuple(sections.removed),
        )

    def read_settings(self, environment: str) -> Settings:
        """The settings and nothing else. Raises ConfigError."""
        made = self._read_settings(self.folder.list_yaml(), self._find_overlay(environment))
        if made is None or self.problems:
            raise ConfigError(self.problems)
        return made

    def _find_overlay(self, environment: str) -> Mapping[str, str]:
        """The files of the environment's overlay by what they mirror; a name nobody knows is a problem."""
        known = self.folder.list_overlays()
        if environment == BARE:
            return {}
        if environment in known:
            return self.folder.list_overlay(environment)
        if known and environment != PLAIN:
            what = f"there is no overlay for the environment `{environment}`"
            remedy = f"{suggest(environment, known)}; for a new one make the folder {OVERLAYS}/{environment}"
            self.problems.append(Problem(Where(OVERLAYS), what, remedy))
        return {}

    def _layers(self, file: str, files: list[str], overlay: Mapping[str, str]) -> list[str]:
        """The file itself and what mirrors it, the overlay first."""
        return [*([overlay[file]] if file in overlay else []), *([file] if file in files else [])]

    def _read_settings(self, files: list[str], overlay: Mapping[str, str]) -> Settings | None:
        if settings.FILE not in files:
            remedy = f"write {settings.FILE} with `version: 1` and `targets:`"
            self.problems.append(Problem(Where(settings.FILE), "the file is missing", remedy))
            return None
        parsed = self._parse(settings.FILE)
        root, whole = parsed.value, parsed.whole
        if settings.FILE in overlay:
            over = self._parse(overlay[settings.FILE])
            whole = whole and over.whole
            root, self.gone = overlay_settings(root, over.value, overlay[settings.FILE], self.problems)
        return read_settings(root, self.problems) if whole else None

    def _read_waivers(
        self, files: list[str], overlay: Mapping[str, str], targets: Mapping[str, object] | None
    ) -> tuple[Waiver, ...]:
        known = None if targets is None else {*targets, *self.gone}
        found = reversed(self._layers(waivers.FILE, files, overlay))
        read = [read_waivers(file, self._parse(file).value, known, self.problems) for file in found]
        return tuple(waiver for part in read for waiver in part)

    def _refuse_unused(self, environment: str) -> None:
        """A source that lies in the overlay and is read by nobody was meant to replace one that is read."""
        top = f"{OVERLAYS}/{environment}"
        for file in self.folder.list(top) if environment != BARE else ():
            mirrored, read = file.removeprefix(f"{top}/"), self.folder.digests
            if mirrored in read and file not in read and not file.endswith(SUFFIXES):
                what = f"nothing reads this file; {mirrored} is read instead of it"
                remedy = "name it in `from:` of the overlay's section, which replaces the whole `from:`"
                self.problems.append(Problem(Where(file), what, remedy))

    def _open(self, file: str) -> Sheet:
        return Sheet(file, self._parse(file).value, self.problems, Where(file))

    def _parse(self, file: str) -> Parsed:
        data = self.folder.read(file, Where(file))
        if isinstance(data, Problem):
            self.problems.append(data)
            return Parsed(Map(), whole=False)
        parsed = parse(data, file)
        self.problems += parsed.problems
        if not parsed.whole:
            named = {name.decode() for name in _SECTION.findall(data)}
            self.unreadable |= {kind.kind for plural, kind in plurals().items() if plural in named}
        elif not parsed.value:
            self.problems.append(
                Problem(Where(file), "the file is empty", "write a section, or delete the file")
            )
        return parsed
