"""Fixtures of the unit tests."""

from tests.unit.sandbox_rig import rig, running_rig

__all__ = ["rig", "running_rig"]
