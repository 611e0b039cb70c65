"""Reads the desired folder: entries with their places, settings, waivers, and every problem at once."""

from __future__ import annotations

import re
from pathlib import Path

from reconciler.errors import Problem, Where
from reconciler.model import Documents, Waiver
from reconciler.settings import Settings
from reconciler.stages.load import settings, waivers
from reconciler.stages.load.folder import Folder
from reconciler.stages.load.sections import Sections, plurals
from reconciler.stages.load.settings import read_settings
from reconciler.stages.load.waivers import read_waivers
from reconciler.yamlio import Map, Parsed, parse

_SECTION = re.compile(rb"^([a-z_]+)[ \t]*:", re.MULTILINE)


def load(folder: Path, environment: str) -> Documents:
    """Read every YAML file below `folder` and the CSV files they name; contacts nothing, raises nothing.

    Places name files by their path below the folder. `environment` names the overlay that would be merged.
    """
    if not folder.is_dir():
        problem = Problem(Where(str(folder)), "there is no such folder", "name the folder of desired files")
        return Documents(Settings(targets={}), (), (), {}, (problem,))
    return _Reading(Folder(folder)).read(environment)


class _Reading:
    """One reading of one folder, with the problems so far."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.unreadable: set[str] = set()

    def read(self, environment: str) -> Documents:
        files = self.folder.list_yaml()
        made = self._read_settings(files)
        sections = Sections(self.folder, made.targets if made else None, self.problems)
        excused = self._read_waivers(files, made)
        for file in files:
            if file not in (settings.FILE, waivers.FILE):
                sections.read_file(file, self._parse(file).value)
        for overlay in self.folder.list_overlays(environment)[:1]:
            what = "overlays per environment are not supported by this version"
            self.problems.append(Problem(Where(overlay), what, f"remove environments/{environment}"))
        return Documents(
            settings=made or Settings(targets={}),
            entries=tuple(sections.entries),
            waivers=excused,
            files=dict(sorted(self.folder.digests.items())),
            problems=tuple(self.problems),
            unread=sections.unread,
            expectations=tuple(sections.expectations),
            unreadable=frozenset(sections.unreadable | self.unreadable),
        )

    def _read_settings(self, files: list[str]) -> Settings | None:
        if settings.FILE not in files:
            remedy = f"write {settings.FILE} with `version: 1` and `targets:`"
            self.problems.append(Problem(Where(settings.FILE), "the file is missing", remedy))
            return None
        parsed = self._parse(settings.FILE)
        return read_settings(parsed.value, self.problems) if parsed.whole else None

    def _read_waivers(self, files: list[str], made: Settings | None) -> tuple[Waiver, ...]:
        if waivers.FILE not in files:
            return ()
        parsed = self._parse(waivers.FILE)
        return read_waivers(parsed.value, made.targets if made else None, self.problems)

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
