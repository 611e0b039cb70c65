"""No secret in repr, plan, ledger, history, log output or error, whatever the vendor says back."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.drivers.base import drivers
from reconciler.model.codec import encode_plan, encode_report
from reconciler.run.workspace import open_targets
from tests.contract.examples import EXAMPLES, example_of
from tests.contract.stand import Stand

SECRETS = (
    "sandbox-secret",
    "sandbox-lti-secret",
    "a spare secret",
    "h0rse-1",
    "sandbox-moodle-token",
    "sandbox-kaltura-app-token",
    "a key for tests, long enough to be one",
)


def texts(stand: Stand) -> Iterator[tuple[str, bytes]]:
    """Everything a run leaves behind or shows, as bytes, with where it is."""
    proposal = stand.plan()
    report = stand.apply()
    yield "plan", encode_plan(proposal.plan)
    yield "report", encode_report(report)
    yield "repr", repr((proposal, report, stand.rig.workspace.desired)).encode()
    with open_targets(stand.rig.workspace, proposal.campus, None, lambda _: True, planning=True) as targets:
        for name, driver in targets.drivers.items():
            yield f"driver {name}", repr((driver, vars(driver), dict(driver.handlers()))).encode()
    with stand.rig.ledger() as ledger:
        yield "history", repr((ledger.history(), ledger.runs(), ledger.read())).encode()
    for path in stand.rig.workspace.state.iterdir():
        yield path.name, path.read_bytes()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda item: item.id)
def test_no_secret_is_left_anywhere(
    stand: Stand, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    stand.declare()
    found = list(texts(stand))
    if not stand.capability.verbs:
        stand.confirm()
    stand.withdraw()
    found += texts(stand)
    found.append(("log", caplog.text.encode()))
    found.append(("output", "".join(capfd.readouterr()).encode()))
    leaks = {(where, secret) for where, text in found for secret in SECRETS if secret.encode() in text}
    assert leaks == set()


@pytest.mark.parametrize("example", [example_of("zoom", "user")], ids=["zoom-user"])
@pytest.mark.parametrize("operation", ["GET /users", "POST /users", "POST /oauth/token"])
def test_a_vendor_that_echoes_a_secret_is_not_quoted(stand: Stand, operation: str) -> None:
    body = {"code": 300, "reason": "sandbox-secret", "error": "x", "message": "you sent sandbox-secret"}
    stand.rig.control(
        "faults", {"status": [{"operation": operation, "status": 400, "body": body, "times": 99}]}
    )
    stand.declare()
    leaks = [where for where, text in texts(stand) if b"sandbox-secret" in text]
    assert leaks == []


def test_every_secret_setting_takes_references_only() -> None:
    named = {
        f"{name}.{setting.name}"
        for name, driver in drivers().items()
        for setting in driver.settings
        if setting.secret
    }
    assert "zoom.client_secret" in named


@pytest.mark.parametrize("example", [example_of("zoom", "user")], ids=["zoom-user"])
def test_no_token_is_written_down(stand: Stand, tmp_path: Path) -> None:
    """The token the vendor gave is in no file of ours."""
    stand.at_rest()
    stand.plan()
    simulation = stand.rig.sandbox._simulation
    tokens = [text for text in _texts(vars(simulation.tokens)) if len(text) > 20]
    assert tokens, "the sandbox gave a token"
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert not [token for token in tokens if token.encode() in path.read_bytes()], path


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for pair in value.items():
            yield from _texts(pair)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _texts(item)
