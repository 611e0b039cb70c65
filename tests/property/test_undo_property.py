"""Whatever a run changed of people and groups, undone and applied the system is as it was declared before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.run import workspace
from reconciler.run.undoing import Undoing, undo
from reconciler.run.undoing.writing import write_edits
from tests.property.campuses import Sections, desired
from tests.property.diary import Diary
from tests.property.test_convergence import Site, check, site


@pytest.fixture(autouse=True, scope="module")
def diary_only() -> Iterator[None]:
    """The diary is the only driver there is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workspace, "find_drivers", lambda: {"diary": Diary})
        yield


def write(made: Site, sections: Mapping[str, Any], style: str) -> None:
    """In one line as JSON, or spread out with comments, either as one file or as one a section."""
    folder = made.workspace.desired / "main"
    for old in folder.iterdir():
        old.unlink()
    kept = {name: entries for name, entries in json.loads(json.dumps(sections)).items() if entries}
    parts = [{name: entries} for name, entries in kept.items()] if style == "files" else [kept]
    for number, part in enumerate(parts):
        text = (
            json.dumps(part) if style == "flow" else f"# ours\n{yaml.safe_dump(part, sort_keys=False)}# end\n"
        )
        if part:
            (folder / f"part{number}.yaml").write_text(text, encoding="utf-8")


def turn_back(made: Site, run: str) -> Undoing:
    with made.workspace.ledger() as ledger:
        undoing = undo(made.workspace, ledger, run)
    write_edits(made.workspace.desired, undoing.edits)
    return undoing


def people_and_groups(sections: Sections) -> Sections:
    return {**sections, "course_meetings": {}}


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(desired(), desired(), st.sampled_from(["flow", "block", "files"]))
def test_undone_it_is_as_before_and_undone_again_as_after(
    first: Sections, second: Sections, style: str
) -> None:
    first, second = people_and_groups(first), people_and_groups(second)
    with site() as made:
        write(made, first, style)
        made.apply()
        write(made, second, style)
        done = made.apply()
        for wanted in (first, second):
            writes = made.book.writes
            undoing = turn_back(made, done.run)
            assert (undoing.left, made.book.writes) == ((), writes)
            assert turn_back(made, done.run).edits == (), "it is as before already"
            done = made.apply()
            assert [(o.change.key, o.text) for o in done.outcomes if o.ending != "applied"] == []
            check(made, wanted)
            assert made.plan().plan.changes == ()
            if not done.outcomes:
                break
