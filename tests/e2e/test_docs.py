"""Every command and every YAML block of README and docs, typed as it stands there."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest

from tests.e2e.pages import PAGES, ROOT, read_blocks
from tests.e2e.typist import Typist, fits

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
