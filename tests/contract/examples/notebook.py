"""The throw-away driver's example."""

from __future__ import annotations

from tests.contract.examples.shape import Example

EXAMPLES = (
    Example(
        driver="notebook",
        kind="group",
        address="paper/group/faculty",
        section="groups",
        fields={"title": "The Faculty"},
        edits={"title": "Academic Staff"},
        drops={"title": {"open": "title", "rename": "title"}},
        reads=("pages",),
        undo="burn",
        store="pages",
    ),
)
