"""Every command and every YAML block of README and docs, typed as it stands there."""

from __future__ import annotations

import re
import shutil
import socket
import sys
from pathlib import Path

import pytest

from reconciler.drivers.base import drivers
from reconciler.report import Style, render_plan
from reconciler.run.proposal import read_campus
from reconciler.run.workspace import Workspace
from reconciler.stages.load import settings
from tests.e2e import scenes
from tests.e2e.pages import PAGES, ROOT, read_blocks
from tests.e2e.typist import Typist, fits
from tests.rig import Rig

STAND_IN = "8750"
"""The port the guides name; here any free one."""
LANGUAGES = {"console", "csv", "diff", "python", "text", "toml", "yaml"}


def free_port() -> str:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return str(found.getsockname()[1])


def offline(folder: Path) -> dict[str, str]:
    """Let `pip install .` work without network and without touching the environment of the tests."""
    site = folder / "site"
    return {
        "PYTHONPATH": f"{folder}:{site}",
        "PIP_TARGET": str(site),
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip reads this switch the other way round
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_UPGRADE": "1",
    }


TYPED = ("README.md", "docs/add-a-driver.md", "docs/add-a-kind.md")
"""Pages that are typed from their first block to the last; what others show is added to desired/."""


def test_the_readme_is_typed_by_a_newcomer(tmp_path: Path) -> None:
    with Typist(tmp_path, {"every: 10s": "every: 1s"}, PYTHONPATH=str(ROOT)) as typist:
        typist.type_page("README.md")


def test_the_plan_in_the_readme_is_a_real_one(campus: Rig) -> None:
    scenes.settle(campus)
    cleo, dan = "s3: {email: cleo@example.edu", "s4: {email: dan@example.edu"
    scenes.rewrite(campus, "zoom-main/people.yaml", (cleo, dan), ("first_name: Cleo", "first_name: Dan"))
    scenes.rewrite(campus, "zoom-main/people.yaml", ("last_name: Costa", "last_name: Ito"))
    scenes.rewrite(campus, "zoom-main/groups.yaml", ("[s1, s3]", "[s1, s4]"))
    scenes.rewrite(campus, "zoom-main/meetings.yaml", ("topic: BIO 101", "topic: BIO 101 Lecture"))
    campus.console("edit_user", user="ada@example.edu", type=1)
    campus.console("edit_account", seats={"licensed": 25})
    shown = next(block for block in read_blocks("README.md") if block.language == "text")
    made = render_plan(campus.plan().plan, Style(now=campus.clock.now))
    assert fits(made, tuple(shown.text.splitlines())), made


@pytest.mark.parametrize("page", [page for page in PAGES if page not in TYPED])
def test_examples_of_other_pages_hold_in_the_worked_example(page: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "desired", tmp_path / "desired")
    with Typist(tmp_path, PYTHONPATH=str(ROOT)) as typist:
        typist.type_page(page)
    read_campus(Workspace(tmp_path / "desired"))


def test_everything_refused_by_name_is_in_the_readme() -> None:
    later = {*settings.LATER, *settings.LATER_POLICIES}
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in sorted(later) if f"`{name}`" not in page] == []


def test_the_scopes_in_the_readme_are_those_the_driver_asks_for() -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    api = sys.modules[drivers()["zoom"].__module__ + ".api"]
    asked = {scope for operation in api.OPERATIONS for scope in operation.scopes if scope.count(":") == 2}
    assert {scope for scope in asked if scope.endswith(":admin")} == set(re.findall(r"\w+:\w+:admin", page))


def test_a_driver_is_added_as_its_guide_says(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "reconciler", tmp_path / "reconciler")
    with Typist(tmp_path, {STAND_IN: free_port()}, **offline(tmp_path)) as typist:
        typist.type_page("docs/add-a-driver.md")
        typist.type_page("docs/add-a-kind.md")


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_of_a_language_that_is_typed_or_only_shown(page: str) -> None:
    for block in read_blocks(page):
        assert block.language in LANGUAGES, f"{block.place}: {block.language!r} is neither typed nor shown"
        typed = block.title or block.language in ("console", "text")
        assert typed, f"{block.place}: a block of {block.language} names its file: title=path"


def test_shown_output_is_held_to_what_is_said() -> None:
    assert fits("a 1\nb\nc\n", ("a ...", "...", "c"))
    assert fits("made 2026-09-01 12:00 UTC\n", ("made 2030-01-01 00:00 UTC",))
    assert not fits("a\nb\n", ("a",))
    assert not fits("a\n", ("a", "b"))
