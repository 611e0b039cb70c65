"""The JUnit format: one test case per address, so that a CI system lists what is not as declared.

As CI systems read it: a suite per system and kind, `failure` for what is not as it should be, `error` for
what could not be read, `skipped` for what is still to come. The words of a case are those elsewhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from reconciler.errors import ConfigError
from reconciler.model.objects import Address
from reconciler.model.plan import Ending, Outcome, Plan, Report, Status, Sync, Violation
from reconciler.report.document import visible
from reconciler.report.summary import age_of
from reconciler.report.values import moment

FAILED = frozenset(
    {
        Ending.NOT_TAKEN,
        Ending.FAILED,
        Ending.UNCERTAIN,
        Ending.SKIPPED,
        Ending.CONFLICT,
        Ending.REFUSED,
    }
)
_HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n'
TO_COME = frozenset({Sync.PENDING, Sync.WAITING})


@dataclass(frozen=True, slots=True)
class Case:
    """One test case; `verdict` is failure, error, skipped or "" for passed."""

    suite: str
    name: str
    verdict: str = ""
    kind: str = ""
    text: str = ""
    file: str = ""


def plan_junit(plan: Plan) -> str:
    """Every address as it stands, every violation of a guard, every kind not read; first any snapshot."""
    places = {change.address: change.where.file for change in plan.changes if change.where}
    cases = [_standing(status, places) for status in plan.statuses]
    return _write("reconciler plan", [*_taken(plan), *cases, *map(_refused, plan.violations), *_unread(plan)])


def report_junit(report: Report) -> str:
    """Every change as it ended."""
    return _write("reconciler apply", [*map(_ended, report.outcomes), *_unread(report.plan)])


def problems_junit(error: ConfigError) -> str:
    """Every problem of the desired files; one case that passes where there is none."""
    cases = [
        Case(
            f"desired/{problem.where.file}",
            f"{problem.where}: {problem.what}",
            "failure",
            "problem",
            problem.remedy or problem.what,
            problem.where.file,
        )
        for problem in error.problems
    ]
    return _write("reconciler validate", cases or [Case("desired", "well written")])


def _suite(address: Address) -> str:
    return f"{address.target}/{address.kind}"


def _standing(status: Status, places: dict[Address, str]) -> Case:
    verdict = "failure" if status.sync is Sync.DRIFTED else "skipped" if status.sync in TO_COME else ""
    verdict = "error" if status.sync is Sync.UNKNOWN else verdict
    text = f"{status.sync.value}: {status.text}" if status.text else status.sync.value
    place = places.get(status.address, "")
    return Case(_suite(status.address), str(status.address), verdict, status.sync.value, text, place)


def _refused(violation: Violation) -> Case:
    text = f"{violation.text}\nto waive it: {violation.waive}" if violation.waive else violation.text
    return Case(
        f"{violation.target}/guards", f"{violation.guard}: {violation.text}", "failure", "guard", text
    )


def _taken(plan: Plan) -> Iterator[Case]:
    """A case that passes, so that the list says what it was made from."""
    if plan.snapshot is not None:
        old = age_of(plan.created - plan.snapshot)
        yield Case("plan/snapshot", f"planned against a snapshot of {moment(plan.snapshot)}, {old} old")


def _unread(plan: Plan) -> Iterator[Case]:
    for facts in plan.facts:
        if facts.live is None:
            suite = f"{facts.target}/{facts.kind}"
            yield Case(suite, f"{suite} was read", "error", "unread", facts.reading)


def _ended(outcome: Outcome) -> Case:
    change = outcome.change
    verdict = "failure" if outcome.ending in FAILED else ""
    verdict = verdict or ("" if outcome.ending is Ending.APPLIED else "skipped")
    text = f"{outcome.ending.value}: {outcome.text}" if outcome.text else outcome.ending.value
    place = change.where.file if change.where else ""
    return Case(
        _suite(change.address), f"{change.verb} {change.address}", verdict, outcome.ending, text, place
    )


def _write(name: str, cases: Iterable[Case]) -> str:
    cases = list(cases)
    suites: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        suites[case.suite].append(case)
    root = ElementTree.Element("testsuites", _counts(name, cases))
    for suite, group in sorted(suites.items()):
        element = ElementTree.SubElement(root, "testsuite", _counts(suite, group))
        for case in group:
            _add_case(element, case)
    ElementTree.indent(root)
    return f"{_HEADER}{ElementTree.tostring(root, encoding='unicode')}\n"


def _counts(name: str, cases: list[Case]) -> dict[str, str]:
    numbers = {
        "tests": len(cases),
        "failures": sum(case.verdict == "failure" for case in cases),
        "errors": sum(case.verdict == "error" for case in cases),
        "skipped": sum(case.verdict == "skipped" for case in cases),
    }
    return {"name": visible(name), **{key: str(number) for key, number in numbers.items()}}


def _add_case(suite: ElementTree.Element, case: Case) -> None:
    names = {"classname": visible(case.suite).replace("/", "."), "name": visible(case.name)}
    element = ElementTree.SubElement(suite, "testcase", names | ({"file": case.file} if case.file else {}))
    if case.verdict:
        lines = [visible(line) for line in case.text.split("\n")]
        told = {"message": lines[0]} | ({} if case.verdict == "skipped" else {"type": case.kind})
        ElementTree.SubElement(element, case.verdict, told).text = "\n".join(lines)
