"""`make demo` does what it says, leaves a page, and does not hide a step that went wrong."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from reconciler.drivers.base import drivers
from reconciler.run.proposal import read_campus
from reconciler.run.workspace import Workspace
from tests.contract.variants import find_variants
from tests.e2e.shell import ROOT, Shell

LAST = re.compile(r"in sync (\d+), attested (\d+), unverified (\d+), nothing open")


def test_the_worked_example_has_every_system_there_is() -> None:
    campus = read_campus(Workspace(ROOT / "desired"))
    shapes = {
        target.name: f"{target.driver}:{mapping}" if mapping else target.driver
        for target in campus.settings.targets.values()
        for mapping in [target.values.get("mapping")]
    }
    shipped = {name for name, driver in drivers().items() if driver.__module__.startswith("reconciler.")}
    mapped = {variant.name for variant in find_variants()}
    assert set(shapes.values()) == shipped - {name.partition(":")[0] for name in mapped} | mapped
    declared = {address.target for address in campus.desired.resources}
    assert shapes.keys() - declared == set(), "targets with nothing below them"


def test_demo_walks_through_and_leaves_a_page(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    (tmp_path / "state" / "demo").mkdir(parents=True)
    kept = tmp_path / "state" / "demo" / "notes.txt"
    kept.write_text("mine")
    shown = shell.type("demo", str(ROOT / "desired")).stdout
    last = LAST.fullmatch(shown.splitlines()[-1])
    assert last, shown[-500:]
    steps = [int(number) for number in re.findall(r"^=== (\d+)\.", shown, re.MULTILINE)]
    assert steps == list(range(1, len(steps) + 1))
    assert "zoom-main/user: 37 create, 3 adopt" in shown and "4 fields drifted" in shown
    page = (tmp_path / "plan.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>") or page.startswith("<!DOCTYPE html>")
    assert "zoom-main/course_meeting" in page
    assert kept.read_text() == "mine"
    again = shell.type("status", str(ROOT / "desired"), "--sandbox", "--state", "state/demo").stdout
    synced, attested, unverified = last.groups()
    assert again.startswith(f"{unverified} unverified, {attested} attested, {synced} in sync.")


def test_demo_names_the_step_that_went_wrong(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "desired", tmp_path / "desired")
    people = tmp_path / "desired" / "zoom-main" / "roster.csv"
    people.write_text(people.read_text().replace("dina.khan@", "dina.cohen@"))
    done = Shell(tmp_path).type("demo", status=1)
    assert "step 2, reconciler plan" in done.stderr
    assert "expected 3 people to be adopted" in done.stderr
    assert "nothing open" not in done.stdout
