"""Reads mapping files, shipped ones and a campus's own, and says every fault of one with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from reconciler.drivers.rest.api import Operations, reads_of, writes_of
from reconciler.drivers.rest.capability import PARAMETERS
from reconciler.drivers.rest.fitting import explain_misfit
from reconciler.drivers.rest.mapping import (
    FieldMap,
    KindMap,
    Listing,
    Paging,
    Part,
    Request,
    RestMapping,
    Update,
    read_mapping,
)
from reconciler.drivers.rest.requests import HOLE
from reconciler.errors import ConfigError, Problem, Where, suggest
from reconciler.resources.base import field_rules, kinds
from reconciler.yamlio import UNREADABLE, Marks, parse

MEND = "mend it; docs/add-a-mapping.md says what each knob is"
SETTINGS = "reconciler.yaml"
SUFFIXES = (".yaml", ".yml")
OWN_HOLES = frozenset({"id", "name", "key", "element", "scope", "job"})
PARTS: tuple[type[Part], ...] = (
    *Part.__subclasses__(),
    *Request.__subclasses__(),
    *Update.__subclasses__(),
)
KNOBS = frozenset(made.alias or name for part in PARTS for name, made in part.model_fields.items())


def shipped() -> tuple[str, ...]:
    """The names of the mappings that come with the driver."""
    folder = resources.files(__package__) / "mappings"
    return tuple(sorted(Path(item.name).stem for item in folder.iterdir() if item.name.endswith(SUFFIXES)))


def load_mapping(name: str, folder: Path) -> RestMapping:
    """The mapping a target's setting names. Raises ConfigError with every fault of the file."""
    if name.endswith(SUFFIXES):
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            what = f"`mapping: {name}` leads out of the desired folder"
            raise _refuse(what, "move the file to mappings/ in it")
        if not path.is_file():
            raise _refuse(f"`mapping: {name}`: there is no such file", f"it is looked for below {folder}")
        return _parse(path.read_bytes(), name)
    if name not in shipped():
        remedy = suggest(name, shipped()) + "; a mapping of your own is named with its ending, .yaml"
        raise _refuse(f"no mapping is named `{name}`", remedy)
    text = (resources.files(__package__) / "mappings" / f"{name}.yaml").read_bytes()
    return _parse(text, f"mappings/{name}.yaml")


def _refuse(what: str, remedy: str) -> ConfigError:
    return ConfigError([Problem(Where(SETTINGS), what, remedy)])


@lru_cache(maxsize=32)
def _parse(data: bytes, file: str) -> RestMapping:
    parsed = parse(data, file)
    problems = list(parsed.problems)
    marks = Marks(file, parsed.value)
    mapping: RestMapping | None = None
    try:
        mapping = read_mapping(parsed.value)
    except ValidationError as error:
        # Of a file that could not be read whole nobody knows what is missing.
        faults = [item for item in error.errors() if not (problems and item["type"] == "missing")]
        problems += [found for item in faults if (found := _explain(item, marks, file))]
    if mapping is not None:
        problems += [Problem(marks.get(path, Where(file)), what, MEND) for path, what in check(mapping)]
    if problems or mapping is None:
        raise ConfigError(problems or [Problem(Where(file), "the file holds no mapping")])
    return mapping


def _explain(item: Mapping[str, Any], marks: Marks, file: str) -> Problem | None:
    """One of pydantic's findings, where it stands."""
    if item.get("input") is UNREADABLE:
        return None
    path = ".".join(str(part) for part in item["loc"])
    where = marks.get(path, Where(file))
    last = path.rpartition(".")[2]
    if item["type"] == "extra_forbidden":
        return Problem(where, f"`{last}` is not known here", _correct(last))
    if item["type"] == "missing":
        return Problem(where, f"`{last}` is missing", "add it")
    return Problem(where, f"`{path}`: {item['msg'].removeprefix('Value error, ')}", MEND)


def _correct(word: str) -> str:
    """What to do about a knob that does not stand here."""
    if word in KNOBS:
        return "it is said elsewhere in a mapping; see the knobs in docs/add-a-mapping.md"
    near = get_close_matches(word, KNOBS, n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else "take it out; a target's settings are in reconciler.yaml"


def check(mapping: RestMapping) -> Iterator[tuple[str, str]]:
    """What cannot be meant though every part is valid: the path, and what is wrong."""
    try:
        Operations(mapping)
    except ValueError as error:
        yield "kinds", str(error)
    if mapping.auth.by in ("header", "query") and not mapping.auth.name:
        yield "auth", f"`{mapping.auth.by}` needs the `name` it goes by"
    if mapping.auth.by == "oauth2" and not mapping.auth.path:
        yield "auth", "`oauth2` needs the `path` of its tokens"
    for name, kind in mapping.kinds.items():
        if name not in kinds() or not kinds()[name].declarable:
            yield f"kinds.{name}", f"there is no kind `{name}`; {suggest(name, kinds())}"
            continue
        for path, what in _check_kind(name, kind):
            yield f"kinds.{name}.{path}".rstrip("."), what


def _check_kind(name: str, kind: KindMap) -> Iterator[tuple[str, str]]:
    known = field_rules(kinds()[name])
    for field in kind.fields:
        if field not in known:
            yield f"fields.{field}", f"the kind {name} has no field `{field}`; {suggest(field, known)}"
    for index, key in enumerate(kind.keys):
        if lost := [field for field in key.fields if field not in kind.fields]:
            yield f"keys.{index}", f"the key names {lost[0]}, which is no mapped field"
        if bool(key.fields) == bool(key.read):
            yield f"keys.{index}", "a key has `fields`, or `read` for the entry's name, and not both"
    for field, made in kind.fields.items():
        if field in known and (misfit := explain_misfit(name, field, made)):
            yield f"fields.{field}", misfit
        for what in _check_field(field, made):
            yield f"fields.{field}", what
    if kind.parent and kind.parent not in kind.fields:
        yield "parent", f"`{kind.parent}` is no mapped field"
    yield from _check_requests(name, kind)
    yield from _check_parts(kind)


def _check_field(name: str, made: FieldMap) -> Iterator[str]:
    if made.send and made.spread:
        yield "a field is sent as one or `spread`, not both"
    if made.relation and (made.read or made.send or made.spread or made.edit):
        yield "a `relation` is never read and never sent"
    if made.prefix and name != PARAMETERS:
        yield f"`prefix` is said of {PARAMETERS}, and of no other field"


def _check_requests(name: str, kind: KindMap) -> Iterator[tuple[str, str]]:
    writes = [verb for verb, _ in writes_of(kind)]
    if not writes and kind.page is None:
        yield "", "nothing is written; a kind kept by hand needs its `page`"
    if writes and not (kind.list or kind.get or any(key.get for key in kind.keys)):
        yield "", "nothing is read, so no write could be confirmed; add `list`, or a key's `get`"
    if writes and kind.list is None and not kind.single and not any(key.get for key in kind.keys):
        yield "", "without `list`, one of `keys` needs a `get`: what was made must be found again"
    create = kind.create
    if create and [bool(create.id), create.location, bool(create.readback)].count(True) != 1:
        yield "create", "a create has one of `id`, `location`, `readback`: where the new id comes from"
    if create and create.readback and create.readback not in [key.name for key in kind.keys]:
        yield "create.readback", f"`{create.readback}` is no key"
    if create and not kind.keys:
        yield "keys", "what is made needs a key, by which it is found after a lost answer"
    for verb, request in (*writes_of(kind), *reads_of(kind)):
        for hole in HOLE.findall(request.request):
            if hole not in OWN_HOLES and hole not in kind.fields:
                yield verb, f"`{{{hole}}}` is no field of {name}, and none of {', '.join(sorted(OWN_HOLES))}"


def _check_parts(kind: KindMap) -> Iterator[tuple[str, str]]:
    if kind.update is None and any(field.edit for field in kind.fields.values()):
        for name, field in kind.fields.items():
            if (field.send or field.spread) and not field.create_only:
                yield f"fields.{name}", "nothing changes it without `update`; add one, or `create_only: true`"
    if kind.single and kind.list is None and kind.get is None:
        yield "single", "what is there once is read by `get`, or by `list`"
    for verb, request in writes_of(kind):
        if getattr(request, "etag", False) and (kind.get is None or not kind.get.request.startswith("GET ")):
            yield verb, "`etag` needs a `get` by GET: the header of its answer tells the version"
    edits = {f"fields.{name}.edit.list": field.edit.list for name, field in kind.fields.items() if field.edit}
    for path, listing in ({"list": kind.list} | edits).items():
        for what in _check_paging(listing) if listing else ():
            yield f"{path}.paging", what


def _check_paging(listing: Listing) -> Iterator[str]:
    paging: Paging | None = listing.paging
    if paging is None:
        return
    if paging.by in ("page", "offset", "cursor") and not paging.start:
        yield f"`{paging.by}` needs `start`: under which name it is sent"
    if paging.by in ("cursor", "next_url") and not paging.next:
        yield f"`{paging.by}` needs `next`: where the answer tells it"
    if paging.by == "link" and not listing.request.startswith("GET "):
        yield "`link` needs a list by GET"
