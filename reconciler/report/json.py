"""The JSON format: a plan is its plan file, a report its run with plan and outcomes, the rest rows by name.

Every answer is one object whose `format` is the plan format's number. What its keys mean is said by the
dataclasses of `reconciler.model`; their names and types change only together with that number.
"""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.errors import ConfigError
from reconciler.model.codec import encode_plan, encode_report, encode_values
from reconciler.model.objects import Address, Desired
from reconciler.model.plan import Plan, Report
from reconciler.model.recorded import Attestation, Record
from reconciler.report.dates import list_days
from reconciler.report.standing import Past
from reconciler.resources.base import Resource, comparable, declared


def plan_json(plan: Plan) -> str:
    """The plan file."""
    return encode_plan(plan).decode()


def report_json(report: Report) -> str:
    """`run`, `started`, `finished`, `plan`, `outcomes`."""
    return encode_report(report).decode()


def status_json(plan: Plan) -> str:
    """`environment`, `as_of`, `statuses`, `hand_offs`, `findings`."""
    return encode_values(
        environment=plan.environment,
        as_of=plan.as_of,
        statuses=plan.statuses,
        hand_offs=plan.hand_offs,
        findings=plan.findings,
    ).decode()


def drift_json(plan: Plan) -> str:
    """`environment`, `as_of`, `drift`, and `facts`, which say what was read."""
    return encode_values(
        environment=plan.environment, as_of=plan.as_of, drift=plan.drift, facts=plan.facts
    ).decode()


def address_json(
    address: Address,
    plan: Plan,
    desired: Desired[Resource] | None,
    record: Record | None,
    attestation: Attestation | None,
) -> str:
    """`declared` (per field `value`, `where`), `dates`, `record`, `attestation`, and of a plan the rest."""
    written = (
        {
            name: {"value": comparable(value, plan.as_of), "where": desired.place(name)}
            for name, value in declared(desired.resource)
        }
        if desired
        else None
    )
    return encode_values(
        address=address,
        declared=written,
        dates=list_days(address, plan, desired, record),
        record=record,
        attestation=attestation,
        changes=tuple(change for change in plan.changes if change.address == address),
        statuses=tuple(status for status in plan.statuses if status.address == address),
        drift=tuple(item for item in plan.drift if item.address == address),
    ).decode()


def history_json(rows: Sequence[Past]) -> str:
    """`changes`: each with `at`, `run`, `address`, `verb`, `ending`, `text`, and `change` as JSON text."""
    return encode_values(changes=tuple(rows)).decode()


def problems_json(error: ConfigError) -> str:
    """`problems`: each with `where` (file, line, column), `what` and `remedy`."""
    return encode_values(problems=error.problems).decode()
