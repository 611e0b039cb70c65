"""An apply as it happens, on stderr: what the plan comes to, then every outcome."""

from __future__ import annotations

import structlog

from reconciler.model import Ending, Outcome
from reconciler.report import summarise
from reconciler.run.proposal import Proposal

log = structlog.get_logger()

QUIET = frozenset({Ending.APPLIED, Ending.WAITING, Ending.HANDED_OFF, Ending.DEFERRED})
"""Endings that need nobody's attention now."""


def announce(proposal: Proposal) -> None:
    """The plan in a sentence or two."""
    log.info(summarise(proposal.plan))


def tell(outcome: Outcome) -> None:
    """One change's end; a warning where somebody should look."""
    change = outcome.change
    say = log.info if outcome.ending in QUIET else log.warning
    said = {"why": outcome.text} if outcome.text else {}
    say(outcome.ending.value, verb=change.verb, address=str(change.address), **said)
