"""The stand every law is tried on, for the example a test asks for."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

import pytest

from tests.contract.examples import Example
from tests.contract.stand import Stand
from tests.rig import Rig


@pytest.fixture
def stand(campus: Rig, throwaway: None, example: Example) -> Iterator[Stand]:
    """The example's vendor, files and ledger."""
    if example.driver != "notebook":
        yield Stand(campus, example, None)
        return
    server_of = importlib.import_module("notebook_driver.server")
    with server_of.NotebookServer() as server:
        yield Stand(campus, example, server)
