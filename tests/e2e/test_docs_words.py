"""What the documents say of the code is so: names, words, keys, links and commands that they mention."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import json
import re
import shlex
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from typing import Any, get_args, get_type_hints

import click
import pytest

from reconciler import cli, engine, errors, report
from reconciler.errors import ConfigError, Problem, ReconcilerError
from reconciler.ledger import Past
from reconciler.model import (
    CHANGES,
    Access,
    Attestation,
    BaseChange,
    Ending,
    Evidence,
    Health,
    Provenance,
    Reason,
    Record,
    Report,
    State,
    Sync,
)
from reconciler.model.documents import GUARDS
from reconciler.report.dates import Day
from tests.e2e import scenes
from tests.e2e.pages import PAGES, ROOT, read_blocks
from tests.rig import Rig

INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"\]\(([^)\s]+)\)")


def read_page(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


@cache
def prose(page: str) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"(?ms)^```.*?^```$", "", read_page(page))


def inline(page: str) -> list[str]:
    """What stands in backticks."""
    return INLINE.findall(prose(page))


def section(page: str, title: str) -> str:
    """What stands below a heading, to the next one."""
    found = re.search(rf"(?ms)^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", prose(page))
    assert found, f"{page} has no section {title!r}"
    return found[1]


def first_cells(text: str) -> list[str]:
    """The first column of a section's tables, without the marks of Markdown."""
    rows = re.findall(r"(?m)^\| ([^|]+) \|", text)
    return [row.strip().strip("│├└ ").strip("`*") for row in rows if not set(row) <= set("- ")]


def resolve(dotted: str) -> Any:
    """The module, class or function behind a dotted name; AttributeError if there is none."""
    parts = dotted.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            found = getattr(found, part)
        return found
    raise AttributeError(dotted)


@pytest.mark.parametrize("page", PAGES)
def test_names_in_backticks_exist(page: str) -> None:
    for text in inline(page):
        if re.fullmatch(r"reconciler(\.\w+)+", text) and not text.endswith((".yaml", ".db")):
            resolve(text)
        elif re.fullmatch(r"(reconciler|tests|docs|requirements|state|desired)/[\w./-]*", text):
            shown = {block.title for block in read_blocks(page)}
            assert (ROOT / text).exists() or text in shown, f"{page}: {text} is not there"


def calls(node: ast.AST) -> Iterator[str]:
    """The names of what is called, in the order of evaluation."""
    for child in ast.iter_child_nodes(node):
        yield from calls(child)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        yield node.func.id


def test_the_run_is_told_in_call_order() -> None:
    steps = re.findall(
        r"(?m)^\d\. .*?`reconciler\.[\w.]*?(\w+)`", section("docs/architecture.md", "Planning")
    )
    called = list(calls(ast.parse(inspect.getsource(engine.plan))))
    assert steps == [name for name in called if name in steps]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for link in LINK.findall(prose(page)):
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), f"{page}: {link}"
        if anchor:
            titles = re.findall(r"(?m)^#+ (.+)$", prose(target.relative_to(ROOT).as_posix()))
            anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
            assert anchor in anchors, f"{page}: {link}"


def list_commands() -> Iterator[tuple[str, str]]:
    """Every command line that prose mentions, with its page."""
    for page in PAGES:
        for text in inline(page):
            if text.startswith("reconciler ") and "COMMAND" not in text:
                yield page, text


def test_commands_in_backticks_exist_with_their_options() -> None:
    root = click.Context(cli.reconciler)
    for page, text in list_commands():
        command: click.Command | None = cli.reconciler
        for word in shlex.split(text.replace("...", ""))[1:]:
            if word.startswith("--"):
                known = {option for param in getattr(command, "params", ()) for option in param.opts}
                assert word.split("=")[0] in known | {"--help"}, f"{page}: `{text}`: {word}"
            elif isinstance(command, click.Group):
                command = command.get_command(root, word)
                assert command is not None, f"{page}: `{text}`: there is no command {word}"


def test_targets_of_make_exist() -> None:
    makefile = read_page("Makefile")
    mentioned = {text for page in PAGES for text in inline(page) if text.startswith("make ")}
    for text in mentioned:
        assert re.search(rf"(?m)^{text.split()[1]}:", makefile), f"`{text}` is no target of the Makefile"


# ── errors.md ────────────────────────────────────────────────────────────────────────────────────────────


def test_every_error_is_explained() -> None:
    known = {
        name
        for name, item in vars(errors).items()
        if isinstance(item, type) and issubclass(item, ReconcilerError)
    }
    explained = first_cells(section("docs/errors.md", "Errors"))[1:]
    assert set(explained) == known and len(explained) == len(known)


def test_every_outcome_guard_and_exit_code_is_explained() -> None:
    assert first_cells(section("docs/errors.md", "Outcomes"))[1:] == [ending.value for ending in Ending]
    assert set(first_cells(section("docs/errors.md", "Guards"))[1:]) == set(GUARDS)
    told = set(first_cells(section("docs/errors.md", "Exit codes"))[1:])
    assert told == {"0", "1", "2", "3", "4", "130"}
    returned = set(
        re.findall(r"return (\d+)", inspect.getsource(engine.exit_status) + inspect.getsource(cli))
    )
    assert returned <= told


# ── glossary.md ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_glossary_has_every_word_of_a_plan() -> None:
    assert first_cells(section("docs/glossary.md", "Verbs of a change"))[1:] == list(CHANGES)
    assert first_cells(section("docs/glossary.md", "Reasons of a change"))[1:] == [r.value for r in Reason]
    assert first_cells(section("docs/glossary.md", "How things stand"))[1:] == [word.value for word in Sync]


@pytest.mark.parametrize("words", [Health, State, Provenance, Evidence, Access])
def test_the_glossary_has_every_word_of_the_ledger_and_the_drivers(words: type[StrEnum]) -> None:
    page = prose("docs/glossary.md")
    assert [word.value for word in words if f"*{word.value}*" not in page] == []


# ── json.md ──────────────────────────────────────────────────────────────────────────────────────────────


def reachable(hint: Any, found: dict[str, type[Any]]) -> Mapping[str, type[Any]]:
    """Every dataclass that JSON of this type may hold, by name; the changes count as one."""
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        kind = BaseChange if issubclass(hint, BaseChange) else hint
        if kind.__name__ not in found:
            found[kind.__name__] = kind
            for inner in get_type_hints(kind, localns={"Plain": object}).values():
                reachable(inner, found)
    for inner in get_args(hint):
        reachable(inner, found)
    return found


def fields(kind: type[Any]) -> list[str]:
    return [field.name for field in dataclasses.fields(kind)]


def test_every_key_of_the_json_is_documented() -> None:
    found: dict[str, type[Any]] = {}
    for kind in (Report, Record, Attestation, Day, Past, Problem):
        reachable(kind, found)
    changes = found.pop("BaseChange")
    for name, kind in found.items():
        assert first_cells(section("docs/json.md", name))[1:] == fields(kind), name
    told = first_cells(section("docs/json.md", "Change"))
    assert [key for key in told[: told.index("key", 1)] if key not in ("key", "verb")] == fields(changes)


def test_keys_of_single_verbs_are_documented() -> None:
    rows = re.findall(r"(?m)^\| `(\w+)` \| ((?:`\w+`(?:, )?)+) \|", section("docs/json.md", "Change"))
    told = {(verb, key) for key, verbs in rows for verb in re.findall(r"\w+", verbs)}
    assert told == {
        (verb, name)
        for verb, kind in CHANGES.items()
        for name in fields(kind)
        if name not in fields(BaseChange)
    }


def test_what_each_command_answers_is_documented(campus: Rig) -> None:
    scenes.settle(campus)
    with campus.ledger() as ledger:
        plan, past = campus.plan().plan, ledger.history()
    style = report.Style("json")
    answers = {
        "status": report.render_status(plan, style),
        "drift": report.render_drift(plan, style),
        "explain ADDRESS": report.render_explain(plan.statuses[0].address, plan, None, None, None, style),
        "history": report.render_history(past, style),
        "validate": report.render_problems(ConfigError(()), style),
    }
    rows = dict(re.findall(r"(?m)^\| `reconciler (.+?) --format json` \| (.+) \|$", prose("docs/json.md")))
    for command, answer in answers.items():
        assert json.loads(answer).keys() - {"format"} == set(INLINE.findall(rows[command])), command
