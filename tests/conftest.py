"""Rails for every test: no connection beyond loopback, and property tests that CI can repeat."""

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings

from reconciler.sandbox import Sandbox
from tests.rig import Rig

# What fails is told as it was found: making it smaller takes minutes. `--hypothesis-profile shrink` does it.
FINDING = (Phase.explicit, Phase.reuse, Phase.generate, Phase.target)
settings.register_profile("shrink", deadline=None)
settings.register_profile("default", deadline=None, phases=FINDING)
settings.register_profile("ci", deadline=None, phases=FINDING, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


def is_loopback(address: Any) -> bool:
    """Say whether a socket address stays on this machine: a path, `localhost`, or a loopback number."""
    if not isinstance(address, tuple):
        return True
    host = str(address[0])
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def refuse_beyond_loopback(connect: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a socket's connect; anything but loopback fails the test by name of the address."""

    def connect_on_loopback(sock: socket.socket, address: Any) -> Any:
        if not is_loopback(address):
            pytest.fail(f"a test tried to reach {address!r}; tests may connect to loopback only")
        return connect(sock, address)

    return connect_on_loopback


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests counted, by `record_property("counts", ...)`, whichever process they ran in."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, text in report.user_properties:
            if name == "counts":
                terminalreporter.write_line(str(text))


@pytest.fixture(scope="session", autouse=True)
def loopback_only() -> Iterator[None]:
    """Hold every test of this process to loopback."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, refuse_beyond_loopback(getattr(socket.socket, name)))
        yield


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[Sandbox]:
    """One simulated campus server per test process; every rig resets it."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def campus(tmp_path: Path, shared_sandbox: Sandbox) -> Rig:
    """A fresh small campus: empty account, empty folder, no ledger."""
    return Rig(tmp_path, shared_sandbox)


@pytest.fixture
def throwaway(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the driver in tests/throwaway look installed: a package with an entry point."""
    monkeypatch.syspath_prepend(Path(__file__).parent / "throwaway")
