"""One example per driver and kind: what the laws are tried on. A new kind has to bring its own.

A driver's examples stand in the module of its name.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from reconciler.drivers.base import drivers
from reconciler.model import Driver
from tests.contract.examples.shape import Example
from tests.contract.variants import Variant, find_variants

__all__ = ["EXAMPLES", "FOUND", "THROWAWAY", "Example", "example_of"]

THROWAWAY = str(Path(__file__).parents[2] / "throwaway")


def discover() -> dict[tuple[str, str], type[Driver] | Variant]:
    """Every kind of every driver there is, in each of its shapes, the throw-away one among them."""
    sys.path.insert(0, THROWAWAY)
    try:
        found: list[type[Driver] | Variant] = [*drivers().values(), *find_variants()]
        return {(driver.name, kind): driver for driver in found for kind in driver.capabilities}
    finally:
        sys.path.remove(THROWAWAY)


FOUND = discover()


def collect() -> tuple[Example, ...]:
    """The examples of every driver that brings any."""
    here = Path(__file__).parent
    names = sorted({driver.partition(":")[0] for driver, _ in FOUND})
    modules = [
        importlib.import_module(f"{__name__}.{name}") for name in names if (here / f"{name}.py").is_file()
    ]
    return tuple(example for module in modules for example in module.EXAMPLES)


EXAMPLES = collect()


def example_of(driver: str, kind: str) -> Example | None:
    """The example of a driver's kind, if somebody wrote it."""
    return next((item for item in EXAMPLES if (item.driver, item.kind) == (driver, kind)), None)
