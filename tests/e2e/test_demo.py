"""`make demo` does what it says, leaves a page, and does not hide a step that went wrong."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.e2e.shell import ROOT, Shell

LAST = re.compile(r"in sync \d+, attested \d+, unverified \d+, nothing open")


def test_demo_walks_through_and_leaves_a_page(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    (tmp_path / "state" / "demo").mkdir(parents=True)
    kept = tmp_path / "state" / "demo" / "notes.txt"
    kept.write_text("mine")
    shown = shell.type("demo", str(ROOT / "desired")).stdout
    assert LAST.fullmatch(shown.splitlines()[-1]), shown[-500:]
    assert [int(number) for number in re.findall(r"^=== (\d+)\.", shown, re.MULTILINE)] == list(range(1, 11))
    assert "3 adopt" in shown and "3 fields drifted" in shown
    page = (tmp_path / "plan.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>") or page.startswith("<!DOCTYPE html>")
    assert "zoom-main/course_meeting" in page
    assert kept.read_text() == "mine"
    again = shell.type("status", str(ROOT / "desired"), "--sandbox", "--state", "state/demo").stdout
    assert "5 attested" in again


def test_demo_names_the_step_that_went_wrong(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "desired", tmp_path / "desired")
    people = tmp_path / "desired" / "zoom-main" / "roster.csv"
    people.write_text(people.read_text().replace("dina.khan@", "dina.cohen@"))
    done = Shell(tmp_path).type("demo", status=1)
    assert "step 2, reconciler plan" in done.stderr
    assert "expected 3 people to be adopted" in done.stderr
    assert "nothing open" not in done.stdout
