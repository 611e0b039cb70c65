"""The frame commands run in, and how their options are read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import click
import pytest
import structlog
from click.testing import CliRunner

from reconciler.commands.options import framed, read_moment
from reconciler.errors import ReconcilerError


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A command sets up logging for its process; here that is the tests' own."""
    yield
    structlog.reset_defaults()


@framed("broken")
@click.option("--fault", is_flag=True)
def broken(fault: bool) -> int:
    if fault:
        raise RuntimeError("out of cheese")
    raise ReconcilerError("the cheese is locked; ask for the key")


def test_our_errors_are_one_message() -> None:
    done = CliRunner().invoke(broken, standalone_mode=False)
    assert done.return_value == 1
    assert done.stderr == "error: the cheese is locked; ask for the key\n"
    assert done.stdout == ""


@pytest.mark.parametrize("verbose", [False, True])
def test_our_own_faults_say_so_and_show_their_trace_only_when_asked(verbose: bool) -> None:
    done = CliRunner().invoke(broken, ["--fault", *(["-v"] if verbose else [])], standalone_mode=False)
    assert done.return_value == 1
    assert "a fault of reconciler itself: RuntimeError: out of cheese" in done.stderr
    assert ("Traceback" in done.stderr) is verbose


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-09-07", datetime(2026, 9, 7, tzinfo=UTC)),
        ("2026-09-07T10:00", datetime(2026, 9, 7, 10, tzinfo=UTC)),
        ("2026-09-07T10:00+02:00", datetime(2026, 9, 7, 8, tzinfo=UTC)),
    ],
)
def test_moments_are_utc_unless_they_say(text: str, moment: datetime) -> None:
    assert read_moment(text) == moment
