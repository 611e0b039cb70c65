"""One small campus for tests: a sandbox on loopback, a desired folder, a ledger, and a clock that obeys."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

from reconciler import engine
from reconciler.ledger import SqliteLedger
from reconciler.model import FOR_GOOD, Address, Attestation, Commit, Outcome, Report
from reconciler.run.proposal import Proposal, Selection
from reconciler.run.workspace import Workspace
from reconciler.sandbox import Sandbox

START = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
TARGETS = """
    version: 1
    targets:
      zoom-main:
        driver: zoom
        account_id: ${env:ZOOM_ACCOUNT_ID}
        client_id: ${env:ZOOM_CLIENT_ID}
        client_secret: ${env:ZOOM_CLIENT_SECRET}
        base_url: %(origin)s/zoom/v2
        token_url: %(origin)s/zoom/oauth/token
        plan: education
        policy: auto
        prune: [user, group, course_meeting, tracking_field, authentication_option]
      zoom-lti:
        driver: zoom_lti_pro
        zoom: zoom-main
        credential: lti-2026
        base_url: %(origin)s/lti/api/v1/lti/rich
        policy: auto
        prune: [course_link]
    fingerprint_key: ${env:RECONCILER_FINGERPRINT_KEY}
"""
LTI = """
    lti_credentials:
      lti-2026: {minted_by: tool, version: "1.1", key: KLAIJC9OTI2Hm, secret: "${env:LTI_SECRET}"}
    approved_domains:
      canvas: {domain: "https://canvas.example.edu"}
"""


class Clock:
    """A clock that moves only when told, or by the sleeps it is asked for; the sandbox's follows it."""

    def __init__(self, start: datetime = START) -> None:
        self.now = start
        self.slept: list[float] = []
        self.sandboxes: list[Rig] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        for rig in self.sandboxes:
            rig.control("clock", {"now": self.now.isoformat()})


class Rig:
    """Everything one test needs. `reset` goes to the sandbox's reset (users, groups, seats, ...)."""

    def __init__(self, folder: Path, sandbox: Sandbox, *, clock: Clock | None = None, **reset: Any) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.clock = clock or Clock()
        self.clock.sandboxes.append(self)
        self.desired = folder / "desired"
        self.environ = {
            "ZOOM_ACCOUNT_ID": "sandbox-account",
            "ZOOM_CLIENT_ID": "sandbox-client",
            "ZOOM_CLIENT_SECRET": "sandbox-secret",
            "CANVAS_TOKEN": "sandbox-canvas-token",
            "MOODLE_TOKEN": "sandbox-moodle-token",
            "KALTURA_APP_TOKEN": "sandbox-kaltura-app-token",
            "RECONCILER_FINGERPRINT_KEY": "a key for tests, long enough to be one",
            "RECONCILER_ORIGINS": sandbox.origin,
        }
        self.control("reset", {"now": self.clock.now.isoformat(), **reset})
        self.workspace = Workspace(
            self.desired,
            state=folder / "state",
            clock=self.clock,
            sleep=self.clock.sleep,
            environ=self.environ,
        )
        self.write("reconciler.yaml", TARGETS % {"origin": sandbox.origin})

    # ── files ────────────────────────────────────────────────────────────────────────────────────────

    def write(self, name: str, text: str) -> Path:
        """A desired file, dedented."""
        path = self.desired / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    # ── the sandbox ──────────────────────────────────────────────────────────────────────────────────

    def control(self, path: str, body: Any = None) -> Any:
        """The sandbox's control endpoint: GET without a body, POST with one."""
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self.sandbox.origin}/_control/{path}", data=data)  # noqa: S310
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return json.load(answer)

    def console(self, do: str, **arguments: Any) -> Any:
        """What a person does in the vendor's console."""
        return self.control("console", {"do": do, **arguments})

    def writes(self) -> dict[str, int]:
        """Write operations the sandbox counted, by its own list."""
        counted: dict[str, int] = self.control("counters")["writes"]
        return counted

    def world(self) -> Any:
        """The sandbox's store."""
        return self.control("state")

    # ── runs ─────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def ledger(self) -> Iterator[SqliteLedger]:
        """The ledger, made if it is missing."""
        with self.workspace.ledger(create=True) as ledger:
            yield ledger

    def plan(self, **options: Any) -> Proposal:
        """A plan against the ledger."""
        with self.ledger() as ledger:
            return engine.plan(self.workspace, ledger, **options)

    def apply(self, selection: Selection = engine.EVERYTHING, as_of: datetime | None = None) -> Report:
        """Settle, plan and apply."""
        seen: list[Outcome] = []
        with self.ledger() as ledger:
            report, _ = engine.reconcile(
                self.workspace, ledger, lambda _: None, seen.append, selection, as_of
            )
        assert tuple(seen) == report.outcomes
        return report

    def confirm(self) -> list[str]:
        """A person did all that the plan hands off and that can be done and confirmed now; which pages."""
        pages = [
            page.id for page in self.plan().plan.hand_offs if page.open and not (page.waiting or page.shows)
        ]
        with self.ledger() as ledger:
            engine.confirm(self.workspace, ledger, pages, "a tester")
        return pages

    def mint(self, *, looked_at: bool = False) -> None:
        """A person makes the credential and the approved domain in the LTI Pro console, and confirms both.

        `looked_at`: and long ago somebody looked at the first links that were made with it.
        """
        self.write("zoom-lti/lti.yaml", LTI)
        self.console("create_credential", name="lti-2026", key="KLAIJC9OTI2Hm", secret="sandbox-lti-secret")
        self.console("add_domain", key="KLAIJC9OTI2Hm", domain="https://canvas.example.edu")
        self.environ["LTI_SECRET"] = "sandbox-lti-secret"
        with self.ledger() as ledger:
            pages = ("zoom-lti/credentials/lti-2026", "zoom-lti/approved-domains/lti-2026")
            engine.confirm(self.workspace, ledger, pages, "a tester")
            if looked_at:
                look_at_first_links(ledger, self.clock.now)


def look_at_first_links(ledger: SqliteLedger, at: datetime) -> None:
    """Somebody has looked at the first links that were made with the credential."""
    word = Address("zoom-lti", "first-links", "lti-2026")
    kept = Attestation(word, str(word), "", "a tester", at, FOR_GOOD)
    ledger.commit("looked", Commit("zoom-lti", attestations=(kept,)))


def changes(proposal: Proposal) -> dict[str, str]:
    """The plan's changes as {address: verb}; an address with several shows the last."""
    return {str(change.address): change.verb for change in proposal.plan.changes}


def endings(report: Report) -> dict[str, str]:
    """How each change ended, by `verb address`."""
    return {outcome.change.key: outcome.ending.value for outcome in report.outcomes}


def address(text: str) -> Address:
    """Shorthand."""
    return Address.parse(text)
