"""Simulators of the vendors' APIs over real HTTP on loopback; `Sandbox` is one campus of them."""

from reconciler.sandbox.server import Sandbox

__all__ = ["Sandbox"]
