"""docs/coverage.md: everything it names exists, and its rows and counts are what they say they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from reconciler.drivers.base import drivers
from reconciler.drivers.zoom.account_setting import SETTINGS as ACCOUNT_SETTINGS
from reconciler.errors import ConfigError
from reconciler.model import Access, Capability
from reconciler.model.documents import GUARDS
from reconciler.resources.base import field_rules, kinds
from reconciler.run.proposal import read_campus
from reconciler.run.workspace import Workspace
from tests.systems import find_systems
from tests.unit.desired_samples import BASE, write_folder

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "coverage.md"
HEAD = "| Sentence | What it says | Covered by | Held | Shown by | Remark |"
WAYS = ("enforced", "kept", "checked", "handed off", "condition", "note", "own step", "not covered")
IN_PART, ALL = "in part", "all"
SHOWN = ("enforced", "checked", "condition")
"""Ways of which a test has to be named: what else is kept or handed off, the laws show for every field."""
TOLD = ("page:", "tells:", "loses:")
TICKED = re.compile(r"`([^`]+)`")
WRITTEN = (Access.FULL, Access.CREATE_ONLY)


class Row(NamedTuple):
    """One sentence of a document, as the page has it."""

    sentence: str
    says: str
    covered: str
    held: str
    shown: str
    remark: str

    @property
    def way(self) -> str:
        return self.held.removesuffix(f", {IN_PART}")


def read_tables(text: str, head: str) -> list[list[list[str]]]:
    """The rows below each table head that reads so, cell by cell."""
    found = []
    for part in text.split(f"{head}\n")[1:]:
        lines = part.partition("\n\n")[0].splitlines()[1:]
        found.append([[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines])
    return found


@cache
def documents() -> tuple[tuple[Row, ...], ...]:
    """The rows of each document."""
    tables = read_tables(PAGE.read_text(encoding="utf-8"), HEAD)
    return tuple(tuple(Row(*cells) for cells in table) for table in tables)


# ── what there is to name ────────────────────────────────────────────────────────────────────────────────


@cache
def capabilities() -> tuple[Capability, ...]:
    """What every system can do, kind by kind."""
    return tuple(able for system in find_systems().values() for able in system.capabilities.values())


def pages_of(able: Capability) -> set[str]:
    """The ids of a kind's console pages, that of its canary among them."""
    return {part.id for part in (able.page, able.canary and able.canary.page) if part}


def list_things() -> Iterator[str]:
    """Everything the page may name, but what is imported, as the page writes it."""
    offered = {(able.kind, name) for able in capabilities() for name in able.fields}
    for name, kind in kinds().items():
        yield name
        # A kind without a live counterpart is in no driver.
        fields = (field for field in field_rules(kind) if not kind.live or (name, field) in offered)
        yield from (f"{name}.{field}" for field in fields)
    yield from (f"account_setting/{name}" for name in ACCOUNT_SETTINGS)
    yield from (f"guard:{name}" for name in GUARDS)
    for able in capabilities():
        yield from (f"page:{name}" for name in pages_of(able))
        yield from (f"tells:{able.kind}.{name}" for name in (able.page.tells if able.page else ()))
        yield from (f"loses:{able.kind}.{name}" for name in able.loses)
    for driver in drivers().values():
        yield from (f"setting:{driver.name}.{setting.name}" for setting in driver.settings)
    folder = ROOT / "reconciler" / "drivers"
    for path in (folder / "rest" / "mappings").glob("*.yaml"):
        yield f"mapping:{path.stem}"
        for made in yaml.safe_load(path.read_text(encoding="utf-8"))["kinds"].values():
            yield from (f"condition:{code}" for code in made.get("conditions", ()))
    for path in folder.rglob("*.py"):
        codes = re.findall(r"\bCondition\(\s*\"(\w+)\"", path.read_text(encoding="utf-8"))
        yield from (f"condition:{code}" for code in codes)


@cache
def things() -> frozenset[str]:
    return frozenset(list_things())


@cache
def is_there(thing: str) -> bool:
    """Whether something in backticks exists."""
    if not thing.startswith("reconciler."):
        return thing in things()
    module, _, name = thing.rpartition(".")
    try:
        return hasattr(import_module(module), name)
    except ImportError:
        return False


@cache
def is_test(name: str) -> bool:
    """Whether `folder/file.py::test` is a test of ours."""
    path, _, test = name.partition("::")
    file = ROOT / "tests" / path
    return file.is_file() and f"\ndef {test}(" in file.read_text(encoding="utf-8")


# ── what is wrong with a row ─────────────────────────────────────────────────────────────────────────────


def faults(row: Row) -> list[str]:
    """What a row says that is not so, its number apart."""
    found = [f"`{thing}` is not there" for thing in TICKED.findall(row.covered) if not is_there(thing)]
    found += [f"`{name}` is no test" for name in TICKED.findall(row.shown) if not is_test(name)]
    for cell in (row.covered, row.shown):
        if TICKED.sub("", cell).replace(" ", "").strip(","):
            found.append(f"{cell!r} is more than names in backticks")
    if len(row.says.split()) < 3:
        found.append("what the sentence says is missing")
    if row.remark and (len(row.remark.split()) < 2 or not row.remark.endswith(".")):
        found.append(f"{row.remark!r} is no sentence")
    if row.held not in (*WAYS, *(f"{way}, {IN_PART}" for way in WAYS)):
        return [*found, f"{row.held!r} is no way to hold a sentence"]
    return found + list(miss(row))


def miss(row: Row) -> Iterator[str]:
    """What the way in which a sentence is held asks for."""
    named, way = TICKED.findall(row.covered), row.way
    if way in SHOWN and not row.shown:
        yield f"{way}, and no test shows it"
    if not row.remark and (way in ("own step", "not covered") or row.held.endswith(IN_PART)):
        yield f"{row.held}, and no remark says why"
    if not named and way not in ("own step", "not covered"):
        yield f"{way}, and nothing is named"
    if way == "condition" and not any(thing.startswith("condition:") for thing in named):
        yield "no condition is named"
    if way == "note" and not any(thing.startswith(TOLD) for thing in named):
        yield "it is not named where that is said"
    if way == "kept" and not any(by_api(thing) for thing in named):
        yield "none of the fields is written and read by an API"
    if way == "handed off" and not handed_off(named):
        yield "no page is named, or none of the fields is entered there"


@cache
def by_api(thing: str) -> bool:
    """Whether some API writes and reads a field, or an account setting."""
    kind, _, field = thing.partition("." if "." in thing else "/")
    if kind == "account_setting":
        return thing in things()
    return any(
        able.kind == kind and able.verbs and able.fields.get(field) in WRITTEN for able in capabilities()
    )


def handed_off(named: list[str]) -> bool:
    """Whether a page is named, and if fields are, whether one of them is entered on such a page."""
    pages = {thing.removeprefix("page:") for thing in named if thing.startswith("page:")}
    fields = {tuple(thing.split(".")) for thing in named if re.fullmatch(r"\w+\.\w+", thing)}
    entered = {(able.kind, name) for able in capabilities() if pages & pages_of(able) for name in able.fields}
    return bool(pages) and (not fields or bool(fields & entered))


def misnumbered(number: int, rows: tuple[Row, ...]) -> list[str]:
    """Sentences whose number is not the next one."""
    return [row.sentence for i, row in enumerate(rows, 1) if row.sentence != f"{number:03}-{i:02}"]


# ── the page ─────────────────────────────────────────────────────────────────────────────────────────────


def test_everything_a_row_names_is_there_and_holds_it_as_it_says() -> None:
    wrong = {row.sentence: found for rows in documents() for row in rows if (found := faults(row))}
    assert wrong == {}


def test_four_documents_are_numbered_from_their_first_sentence_on() -> None:
    assert len(documents()) == 4
    assert [misnumbered(number, rows) for number, rows in enumerate(documents())] == [[]] * 4


def count(rows: tuple[Row, ...]) -> Mapping[str, int]:
    """How many sentences are held in each way, how many of them in part, and all."""
    ways = Counter(row.way for row in rows)
    return {**ways, IN_PART: sum(row.held.endswith(IN_PART) for row in rows), ALL: len(rows)}


def test_the_counts_are_right() -> None:
    columns = (*WAYS, IN_PART, ALL)
    head = f"| Document | {' | '.join(columns)} |"
    ((*told, total),) = read_tables(PAGE.read_text(encoding="utf-8"), head)
    counted = [count(rows) for rows in (*documents(), sum(documents(), ()))]
    expected = [[str(numbers.get(name, 0)) for name in columns] for numbers in counted]
    assert [cells[1:] for cells in (*told, total)] == expected


def test_every_way_is_explained() -> None:
    told = re.findall(r"(?m)^- \*([a-z ]+)\*:", PAGE.read_text(encoding="utf-8"))
    assert tuple(told) == (*WAYS, IN_PART)


def test_every_option_and_every_page_has_its_sentence() -> None:
    named = {thing for rows in documents() for row in rows for thing in TICKED.findall(row.covered)}
    options = {
        f"{kind}.{field}"
        for kind in ("lti_settings", "zoom_integration", "allowed_email_domain", "approved_domain")
        for field in field_rules(kinds()[kind])
        if field != "credential"
    }
    systems = (find_systems()[name] for name in ("zoom_lti_pro", "kaltura", "rest:skillable"))
    pages = {page for system in systems for able in system.capabilities.values() for page in pages_of(able)}
    assert sorted((options | {f"page:{page}" for page in pages}) - named) == []


def doctored(row: Row) -> Iterator[Row]:
    """The row with each cell nonsense, and with each thing it names misspelt."""
    for name in Row._fields[1:]:
        yield row._replace(**{name: "nonsense"})
    for name in ("covered", "shown"):
        cell = getattr(row, name)
        for thing in TICKED.findall(cell):
            yield row._replace(**{name: cell.replace(thing, f"{thing}x")})


def test_whatever_is_doctored_is_found() -> None:
    for number, rows in enumerate(documents()):
        missed = [made for row in rows for made in doctored(row) if not faults(made)]
        assert missed == []
        assert misnumbered(number, rows[1:]) and misnumbered(number, rows[:1] * 2)
        assert count(rows[1:]) != count(rows)


# ── what no other test shows ─────────────────────────────────────────────────────────────────────────────

REFUSED = {
    "zoom-lti/more.yaml": (
        'lti_credentials: {new: {minted_by: tool, version: "1.3"}}\n'
        "approved_domains: {moodle: {domain: https://moodle.example.edu/}}\n",
        ("`version` cannot be `1.3`", "an approved domain has no trailing slash"),
    ),
    "tms/lti.yaml": (
        "lti_tools: {zoom: {title: Zoom}}\n"
        "lti_resource_links:\n  unit: {title: Unit 1, tool: zoom}\n"
        '  two: {title: Unit 2, tool: zoom, url: "https://x", custom_parameters: {custom_a: "1\\n2"}}\n'
        '  three: {title: Unit 3, tool: zoom, url: "https://x", custom_parameters: {Term: fall}}\n'
        "lti_registrations: {zoom: {title: Zoom}}\n",
        (
            *("`key` is missing", "`secret` is missing", "`url` is missing", "has no lti_registrations"),
            *("`custom_a`: a custom parameter is one line", "`Term`: custom parameters of tms begin with"),
        ),
    ),
}


def test_what_these_tables_lean_on_and_no_other_test_shows(tmp_path: Path) -> None:
    target = (
        '  tms: {driver: rest, mapping: skillable, base_url: "https://tms.example.edu", token: "${env:T}"}\n'
    )
    files = {**BASE, "reconciler.yaml": BASE["reconciler.yaml"] + target}
    files |= {name: text for name, (text, _) in REFUSED.items()}
    with pytest.raises(ConfigError) as refused:
        read_campus(Workspace(write_folder(tmp_path, files)))
    told = [str(problem) for problem in refused.value.problems]
    wanted = [(name, text) for name, (_, texts) in REFUSED.items() for text in texts]
    missing = [pair for pair in wanted if not any(pair[0] in line and pair[1] in line for line in told)]
    assert (missing, len(told)) == ([], len(wanted)), told
