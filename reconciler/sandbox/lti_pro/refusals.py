"""How LTI Pro turns a launch or a login away."""

from __future__ import annotations

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Refusal
from reconciler.sandbox.forms import HTML


def no_launch(why: str) -> Refusal:
    """A page with one status for every reason: which is wrong is for people to read."""
    return Refusal(unknowns.LTI_LAUNCH_REFUSED, "", why, headers=HTML)
