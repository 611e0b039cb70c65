"""Plans, reports and how things stand, as text in a format: pure functions, one document for all formats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from reconciler.errors import ConfigError
from reconciler.model.objects import Address, Desired
from reconciler.model.plan import Plan, Report
from reconciler.model.recorded import Attestation, Record
from reconciler.report import json, junit
from reconciler.report.address import address_document
from reconciler.report.document import FULL, Detail, Document
from reconciler.report.ended import report_document
from reconciler.report.planned import plan_document
from reconciler.report.redact import redact
from reconciler.report.standing import (
    Past,
    drift_document,
    history_document,
    problems_document,
    status_document,
)
from reconciler.report.summary import summarise
from reconciler.resources.base import Resource

Format = Literal["terminal", "markdown", "html", "json", "junit"]
"""Junit is for what has cases: a plan and what is shown of it, a report, problems."""

__all__ = [
    "Format",
    "Style",
    "redact",
    "render_drift",
    "render_explain",
    "render_history",
    "render_plan",
    "render_problems",
    "render_report",
    "render_status",
    "summarise",
]


@dataclass(frozen=True, slots=True)
class Style:
    """How to render. `width` and `colour` are the terminal's; `full` folds nothing; `now` gives the age."""

    format: Format = "terminal"
    width: int = 100
    colour: bool = False
    full: bool = False
    now: datetime | None = None


TERMINAL = Style()


def render_plan(plan: Plan, style: Style = TERMINAL) -> str:
    """The plan as a reader needs it: what it does, what stands in the way, what it rests on."""
    if style.format == "json":
        return json.plan_json(plan)
    if style.format == "junit":
        return junit.plan_junit(plan)
    return _render(lambda detail: plan_document(plan, detail, style.now), style)


def render_report(report: Report, style: Style = TERMINAL) -> str:
    """How a run ended: everything that is not applied in full, then what is still to do by hand."""
    if style.format == "json":
        return json.report_json(report)
    if style.format == "junit":
        return junit.report_junit(report)
    return _render(lambda detail: report_document(report, detail), style)


def render_status(plan: Plan, style: Style = TERMINAL) -> str:
    """Counts per system, worst first, everything not in sync, and the health of credentials."""
    if style.format == "json":
        return json.status_json(plan)
    if style.format == "junit":
        return junit.plan_junit(plan)
    return _render(lambda detail: status_document(plan, detail), style)


def render_drift(plan: Plan, style: Style = TERMINAL) -> str:
    """What was changed behind our back."""
    if style.format == "json":
        return json.drift_json(plan)
    if style.format == "junit":
        return junit.plan_junit(plan)
    return _render(lambda detail: drift_document(plan, detail), style)


def render_explain(
    address: Address,
    plan: Plan,
    desired: Desired[Resource] | None,
    record: Record | None,
    attestation: Attestation | None = None,
    style: Style = TERMINAL,
) -> str:
    """Everything known of one address."""
    if style.format == "json":
        return json.address_json(address, plan, desired, record, attestation)
    return _render(lambda _: address_document(address, plan, desired, record, attestation), style)


def render_history(rows: Sequence[Past], style: Style = TERMINAL) -> str:
    """What earlier runs did, in the order given."""
    if style.format == "json":
        return json.history_json(rows)
    return _render(lambda _: history_document(rows), style)


def render_problems(error: ConfigError, style: Style = TERMINAL) -> str:
    """What is wrong with the desired files."""
    if style.format == "json":
        return json.problems_json(error)
    if style.format == "junit":
        return junit.problems_junit(error)
    return _render(lambda _: problems_document(error), style)


def _render(write: Callable[[Detail], Document], style: Style) -> str:
    """Each format brings its own imports; only the one asked for is loaded."""
    if style.format == "markdown":
        from reconciler.report.markdown import render_markdown

        return render_markdown(write, style.full)
    if style.format == "html":
        from reconciler.report.html import render_html

        return render_html(write(FULL))
    from reconciler.report.terminal import render_terminal

    return render_terminal(write(FULL if style.full else Detail()), style.width, style.colour)
