"""Who says what of a name, and who is heard: defaults, sources, entries, and an environment's overlay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.oracle.rosters import LISTS, Rows, Tree, preferred, read_source

SETTINGS, WAIVERS, OVERLAYS = "reconciler.yaml", "waivers.yaml", "environments"
FULL_FORM = {"from", "defaults", "entries"}
TARGET, SECTION, ROW, PREFERRED, ENTRY, OVERLAY = range(6)
"""Ranks of what is said, the weakest first."""

Said = list[tuple[int, Tree]]


def load(path: Path) -> Tree:
    """Every scalar as the text that stands there; {} if there is no such file."""
    if not path.is_file():
        return {}
    loaded: Tree | None = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - only texts
    return loaded or {}


def under(upper: Tree, lower: Tree) -> Tree:
    """Both, the upper's where they meet; mappings within are merged, but not lists or forms of a schedule."""
    made = dict(lower)
    for key, value in upper.items():
        below = lower.get(key)
        merged = key not in LISTS and isinstance(value, dict) and isinstance(below, dict)
        if merged and key == "schedule":
            merged = ("dates" in value) == ("dates" in lower[key])
        made[key] = under(value, lower[key]) if merged else value
    return made


def read_settings(folder: Path, environment: str) -> Tree:
    """reconciler.yaml with its overlay."""
    return under(load(folder / OVERLAYS / environment / SETTINGS), load(folder / SETTINGS))


def read_sections(folder: Path, environment: str = "") -> dict[str, Rows]:
    """By section and folded name the fields that hold."""
    over = folder / OVERLAYS / (environment or "-")
    settings = read_settings(folder, environment)
    said: dict[str, dict[str, Said]] = defaultdict(lambda: defaultdict(list))
    for file in sorted({*_files(folder), *_files(over)}):
        base, lay = load(folder / file), load(over / file)
        for section in {**base, **lay}:
            if section != "target":
                pair = ((folder / file, base.get(section)), (over / file, lay.get(section)))
                for name, rank, fields in _read_section(section, *pair):
                    said[section][name].append((rank, fields))
    return {
        section: {
            name: _settle(found, settings, section) for name, found in names.items() if not _is_out(found)
        }
        for section, names in said.items()
    }


def _files(root: Path) -> Iterator[Path]:
    for path in root.rglob("*.yaml"):
        inner = path.relative_to(root)
        if inner.name not in (SETTINGS, WAIVERS) and inner.parts[0] != OVERLAYS:
            yield inner


def _read_section(
    section: str, base: tuple[Path, Any], lay: tuple[Path, Any]
) -> Iterator[tuple[str, int, Tree]]:
    """What one file and its overlay say, name by name."""
    parts = [(path, _full(body)) for path, body in (base, lay) if isinstance(body, dict)]
    defaults: Tree = {}
    for _, body in parts:
        defaults = under(body.get("defaults", {}), defaults)
    sourced = [(path, body["from"]) for path, body in parts if "from" in body]
    for path, sources in sourced[-1:]:
        for source in sources:
            for name, fields in read_source(source, path.parent, section).items():
                yield name, SECTION, defaults
                yield name, ROW, fields
                yield name, PREFERRED, preferred(source, fields)
    for path, body in parts:
        for name, fields in body.get("entries", {}).items():
            yield name.casefold(), SECTION, defaults
            yield name.casefold(), OVERLAY if path == lay[0] else ENTRY, fields or {}


def _full(body: Tree) -> Tree:
    return body if body.keys() <= FULL_FORM else {"entries": body}


def _is_out(said: Said) -> bool:
    return any(fields.get("absent") == "true" for _, fields in said)


def _settle(said: Said, settings: Tree, section: str) -> Tree:
    made: Tree = {}
    for target in settings["targets"].values():
        made = under(target.get("defaults", {}).get(section.removesuffix("s"), {}), made)
    for _, fields in sorted(said, key=lambda pair: pair[0]):
        made = under(fields, made)
    return made
