"""Random defaults, sources, entries and overlays come out as an independent merge of mappings has them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.errors import Problem
from reconciler.stages.load import load
from reconciler.stages.resolve.drafts import merge

NAMES = ("a", "b", "c")
FIELDS = ("company", "department", "location")
VALUES = ("x", "y")
Fields = dict[str, Any]

values = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(VALUES), max_size=2)
inner = st.dictionaries(st.sampled_from(["protect", "on_gone"]), st.sampled_from(VALUES), min_size=1)
layer = st.builds(
    lambda flat, deep: {**flat, **({"lifecycle": deep} if deep else {})}, values, st.none() | inner
)
rows = st.dictionaries(st.sampled_from(NAMES), values, min_size=1)
entries = st.dictionaries(st.sampled_from(NAMES), layer, max_size=3)


@dataclass(frozen=True)
class Side:
    """What the base or the overlay says: of the target, of the section, and of names."""

    target: Fields
    section: Fields
    entries: Mapping[str, Fields]


@dataclass(frozen=True)
class World:
    """Both sides, the sources in order, each with the fields it is preferred in, and who is taken out."""

    base: Side
    over: Side
    sources: tuple[tuple[Mapping[str, Fields], tuple[str, ...]], ...]
    removed: frozenset[str]


sides = st.builds(Side, layer, layer, entries)
preferred = st.lists(st.sampled_from(FIELDS), max_size=2, unique=True).map(tuple)
worlds = st.builds(
    World,
    sides,
    sides,
    st.lists(st.tuples(rows, preferred), max_size=3).map(tuple),
    st.frozensets(st.sampled_from(NAMES), max_size=1),
)


# ── the independent judge ────────────────────────────────────────────────────────────────────────────────


def under(upper: Fields, lower: Fields) -> Fields:
    """Both, the upper's where they meet; mappings are merged."""
    made = dict(lower)
    for key, value in upper.items():
        below = lower.get(key)
        made[key] = under(value, below) if isinstance(value, dict) and isinstance(below, dict) else value
    return made


def names_of(world: World) -> set[str]:
    """Everybody who is declared anywhere."""
    sourced = {name for source, _ in world.sources for name in source}
    return {*world.base.entries, *world.over.entries, *sourced} - world.removed


def contradicted(world: World, name: str) -> Iterator[str]:
    """The fields in which sources differ and nobody decides."""
    written = {**world.base.entries.get(name, {}), **world.over.entries.get(name, {})}
    for field in FIELDS:
        said = [
            (rows[name][field], field in right)
            for rows, right in world.sources
            if field in rows.get(name, {})
        ]
        best = [value for value, right in said if right] or [value for value, _ in said]
        if len(set(best)) > 1 and field not in written:
            yield field


def merged(world: World, name: str) -> Fields:
    """The fields of one name."""
    made = under(world.over.target, world.base.target)
    made = under(under(world.over.section, world.base.section), made)
    for rows, _ in world.sources:
        made = under(rows.get(name, {}), made)
    for rows, right in world.sources:
        made = under({key: value for key, value in rows.get(name, {}).items() if key in right}, made)
    return under(world.over.entries.get(name, {}), under(world.base.entries.get(name, {}), made))


# ── the files ────────────────────────────────────────────────────────────────────────────────────────────


def settings_of(side: Side) -> Fields:
    """A target's part of reconciler.yaml."""
    return {"defaults": {"user": side.target}} if side.target else {}


def section(side: Side, more: Fields) -> Fields:
    """The section of users in its full form; {} if there is nothing to say."""
    made = {**more, **({"defaults": side.section} if side.section else {})}
    return {**made, **({"entries": dict(side.entries)} if side.entries else {})}


def write(root: Path, world: World) -> None:
    """The world as files: one source a CSV file, the overlay in environments/prod."""
    listed = []
    for number, (people, right) in enumerate(world.sources):
        lines = [",".join([name, *(people[name].get(field, "") for field in FIELDS)]) for name in people]
        text = "\n".join([",".join(["id", *FIELDS]), *lines, ""])
        (root / f"{number}.csv").write_text(text, encoding="utf-8")
        columns = {"name": "id", **{field: field for field in FIELDS}}
        listed.append(
            {"csv": f"../{number}.csv", "columns": columns, **({"prefer": list(right)} if right else {})}
        )
    over = root / "environments" / "prod"
    (root / "z").mkdir()
    (over / "z").mkdir(parents=True)
    removed = {name.upper(): {"absent": "true"} for name in world.removed}
    kept = {name: body for name, body in world.over.entries.items() if name not in world.removed}
    gone = Side(world.over.target, world.over.section, {**kept, **removed})
    target = {"driver": "zoom", **settings_of(world.base)}
    files: dict[Path, Fields] = {
        root / "reconciler.yaml": {"version": "1", "targets": {"z": target}},
        root / "z" / "p.yaml": {"users": section(world.base, {"from": listed} if listed else {})},
        over / "reconciler.yaml": {"targets": {"Z": settings_of(world.over)} if world.over.target else {}},
        over / "z" / "p.yaml": {"users": section(gone, {})},
    }
    for path, content in files.items():
        if written := {key: value for key, value in content.items() if value != {}}:
            path.write_text(json.dumps(written), encoding="utf-8")


@settings(max_examples=80)
@given(worlds)
def test_layers_merge_as_mappings_do(world: World) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), world)
        documents = load(Path(folder), "prod")
    problems: list[Problem] = []
    drafts = {draft.address.name: draft for draft in merge(documents, problems)}
    sourced = {name for rows, _ in world.sources for name in rows}
    lost = world.removed - {*world.base.entries, *sourced}
    assert len(documents.problems) == 0
    assert sum("to take out" in problem.what for problem in problems) == len(lost)
    known = names_of(world)
    fields = {field for name in known for field in contradicted(world, name)}
    told = {problem.what.split("`")[1] for problem in problems if "here and" in problem.what}
    assert told == fields
    assert drafts.keys() == known
    for name, draft in drafts.items():
        wanted = merged(world, name)
        found = {**draft.values, **({"lifecycle": draft.written} if draft.written is not None else {})}
        undecided = set(contradicted(world, name))
        assert {k: v for k, v in found.items() if k not in undecided} == {
            key: value for key, value in wanted.items() if key not in undecided
        }
