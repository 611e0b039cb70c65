"""The JSON Schemas take what the loader takes, and refuse its commonest mistakes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from reconciler.commands.schemas import FILES, make_schemas, write_schemas
from reconciler.resources.base import field_rules, kinds

DESIRED = Path(__file__).resolve().parents[2] / "desired"
EXAMPLES = sorted(path for path in DESIRED.rglob("*.yaml") if "environments" not in path.parts)
"""Overlays are laid over these; by themselves they are not whole."""
SCHEMAS = make_schemas()
USER = "users: {s1: {email: a@x.edu}}"


def as_read(value: Any) -> Any:
    """Dates as the texts that editors see: YAML 1.2 knows none."""
    if isinstance(value, dict):
        return {key: as_read(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_read(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def check(what: str, text: str) -> list[str]:
    """What an editor would underline."""
    value = as_read(YAML(typ="safe", pure=True).load(text))
    return [error.json_path for error in Draft202012Validator(SCHEMAS[what]).iter_errors(value)]


def test_every_schema_is_one() -> None:
    for schema in SCHEMAS.values():
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_example_fits(path: Path) -> None:
    what = {"reconciler.yaml": "settings", "waivers.yaml": "waivers"}.get(path.name, "desired")
    assert check(what, path.read_text()) == []


def test_every_field_of_every_kind_is_there_and_nothing_of_ours() -> None:
    definitions = SCHEMAS["desired"]["$defs"]
    for name, kind in kinds().items():
        if kind.declarable:
            assert definitions[name]["properties"].keys() >= field_rules(kind).keys(), name
            assert "lifecycle" in definitions[name]["properties"]
            assert kind.plural in SCHEMAS["desired"]["properties"]
    assert "'omitted'" not in str(SCHEMAS)
    assert not {"Series", "Live"} & definitions.keys()
    assert "elements" not in str(definitions["Members"])


@pytest.mark.parametrize(
    "text",
    [
        USER,
        "target: zoom-main\n" + USER,
        "users: {from: [{csv: r.csv}], defaults: {license: basic}, entries: {s1: {email: a@x.edu}}}",
        "users: {s1: {email: a@x.edu, first_name: null, department: 0123, lifecycle: {protect: true}}}",
        "groups: {g: {members: [s1, 100]}}",
        "groups: {g: {members: {exactly: [s1]}}}",
        "courses: {c: {canvas_course_id: 1042}}",
        'lti_credentials: {c: {secret: "${env:LTI_SECRET}"}}',
    ],
)
def test_it_takes(text: str) -> None:
    assert check("desired", text) == []


@pytest.mark.parametrize(
    "text",
    [
        "users: {s1: {emial: a@x.edu}}",
        "users: {s1: {license: gold}}",
        "users: {}",
        "user: {s1: {email: a@x.edu}}",
        "users: {s1: {lifecycle: {protected: true}}}",
        "groups: {g: {members: {only: [s1]}}}",
        "lti_credentials: {c: {secret: hunter2}}",
        "course_meetings: {m: {schedule: {days: [monday], start: '10:00', minutes: 5}}}",
    ],
)
def test_it_refuses(text: str) -> None:
    assert check("desired", text)


@pytest.mark.parametrize(
    "text",
    [
        "version: 1",
        "version: 1\ntargets: {z: {driver: zoom, account_id: a, client_id: b}}",
        "version: 1\ntargets: {z: {driver: zoom, account_id: a, client_id: b, client_secret: plain}}",
        "version: 1\ntargets: {z: {driver: zoomm}}",
    ],
)
def test_settings_know_what_each_driver_needs(text: str) -> None:
    assert check("settings", text)


def test_all_of_them_are_written(tmp_path: Path) -> None:
    write_schemas(tmp_path / "schemas")
    assert {path.name for path in (tmp_path / "schemas").iterdir()} == set(FILES.values())
