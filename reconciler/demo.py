"""`make demo`: the whole of it in a minute against the embedded sandbox; every step is checked as it goes."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reconciler import engine
from reconciler.commands.console import order, play
from reconciler.commands.embedded import FILES, SECRETS, Embedded, open_embedded
from reconciler.errors import ReconcilerError
from reconciler.ledger import SqliteLedger
from reconciler.model import Ending, Outcome, Plan, Report, Sync
from reconciler.report import Style, render_drift, render_plan, summarise
from reconciler.run.workspace import Workspace

ALREADY_THERE = ("dina.khan@example.edu", "elif.fontaine@example.edu", "emil.varga@example.edu")
"""People of the roster whom the account has before we come."""
STRANGER = "Chess Club"
PAGES = (
    "zoom-lti/credentials/lti-2026",
    "zoom-lti/approved-domains/lti-2026",
    "zoom-lti/email-domains/lti-2026",
    "zoom-lti/roles/lti-2026",
    "zoom-lti/settings/lti-2026",
)
"""Hand-offs of the example, in the order in which a person can do them."""
EDITS = (
    (
        "Ada Fischer's department is now Astrology",
        {"do": "edit_user", "user": "ada.fischer@example.edu", "dept": "Astrology"},
    ),
    (
        "Ben Tanaka is no longer in Faculty",
        {"do": "remove_member", "group": "Faculty", "user": "ben.tanaka@example.edu"},
    ),
)
LECTURE = "BIO 101 Lecture"
SETTLED = (Sync.IN_SYNC, Sync.ATTESTED, Sync.UNVERIFIED)


class DemoFailed(ReconcilerError):
    """A step did not end as it should; the message names it."""


@dataclass
class Demo:
    """One walk through the example; `say` gets every line that is shown."""

    embedded: Embedded
    ledger: SqliteLedger
    say: Callable[[str], None]
    style: Style
    page: Path
    titles: list[str] = field(default_factory=list)

    def run(self) -> None:
        """All steps. Raises DemoFailed for the first that does not end as expected."""
        self.prepare()
        first = self.show_plan()
        self.apply_all(first)
        self.confirm_pages()
        self.apply_what_waited()
        self.plan_again("Plan again: nothing to do")
        self.edit_behind_our_back()
        self.show_drift()
        self.heal()
        last = self.plan_again("Plan a last time")
        state = self.embedded.workspace.state
        self.say(f"Look around in it with --sandbox --state {state}, such as: reconciler status")
        self.say(self.conclude(last))

    def step(self, title: str) -> None:
        """Begin a step."""
        self.titles.append(title)
        self.say(f"\n=== {len(self.titles)}. {title}\n")

    def expect(self, held: bool, what: str) -> None:
        """Go on only if it held."""
        if not held:
            raise DemoFailed(f"step {len(self.titles)}, {self.titles[-1]}: expected {what}")

    def prepare(self) -> None:
        """A campus that was there before us."""
        self.step("A simulated campus, on this machine only")
        for email in ALREADY_THERE:
            first, last = (part.title() for part in email.split("@")[0].split("."))
            self.console({"do": "add_user", "email": email, "first_name": first, "last_name": last})
        self.console({"do": "add_group", "name": STRANGER, "members": [ALREADY_THERE[0]]})
        self.say(f"Zoom, LTI Pro, Canvas, Moodle and Kaltura answer at {self.embedded.sandbox.origin}.")
        self.say(f"Zoom has {len(ALREADY_THERE)} of our people and a group that is not ours, {STRANGER}.")

    def show_plan(self) -> Plan:
        """What is declared, against what is there."""
        self.step("reconciler plan: what would be done to get from there to desired/")
        made = self.plan()
        self.say(render_plan(made, self.style))
        self.page.write_text(render_plan(made, Style("html", now=made.created)), encoding="utf-8")
        self.say(f"The same as a page: {self.page}")
        verbs = Counter((change.verb, change.address.kind) for change in made.changes)
        self.expect(
            verbs["adopt", "user"] == len(ALREADY_THERE), f"{len(ALREADY_THERE)} people to be adopted"
        )
        self.expect(not any(verb == "remove" for verb, _ in verbs), "nothing to be removed")
        self.expect(not made.violations, "nothing refused")
        self.expect(not any(STRANGER in change.label for change in made.changes), f"{STRANGER} left alone")
        self.expect(self.writes() == 0, "no write while planning")
        return made

    def apply_all(self, planned: Plan) -> None:
        """Everything that can be done without a person."""
        self.step("reconciler apply: do it")
        report = self.apply()
        self.expect(report.plan.digest == planned.digest, "exactly the plan that was shown")
        by_hand = report.count(Ending.HANDED_OFF)
        self.expect(by_hand == len(PAGES), f"{len(PAGES)} hand-offs")
        self.expect(report.count(Ending.WAITING) > 0, "links that wait for them")
        done = report.count(Ending.APPLIED) + report.count(Ending.WAITING) + by_hand
        self.expect(done == len(report.outcomes), "everything else applied")

    def confirm_pages(self) -> None:
        """The console has no API: a person does what the hand-off says, and says so."""
        self.step("A person does the hand-offs at the LTI Pro console, then reconciler confirm")
        for page in PAGES:
            items = play(self.embedded, page, "demo")
            for item in items:
                self.say(f"done by hand: {item.action} {item.address}")
            self.expect(len(items) == 1, f"one thing to do on {page}")

    def apply_what_waited(self) -> None:
        """The links, and the tool in Canvas, go on by themselves once their credential is there."""
        self.step("reconciler apply: what waited for the person")
        report = self.apply()
        kinds = [outcome.change.address.kind for outcome in report.outcomes]
        self.expect(set(kinds) == {"course_link", "lti_tool"}, "the links and the tool, and nothing else")
        self.expect(report.count(Ending.APPLIED) == len(kinds), "every one made")

    def plan_again(self, title: str) -> Plan:
        """A plan without changes."""
        self.step(title)
        made = self.plan()
        self.say(summarise(made))
        self.expect(not made.changes, "no changes")
        return made

    def edit_behind_our_back(self) -> None:
        """What somebody else does at the console."""
        self.step("Somebody edits three things at the console, behind our back")
        for told, edit in EDITS:
            self.console(edit)
            self.say(told)
        record = next(r for r in self.ledger.records() if r.label == LECTURE)
        self.console({"do": "edit_meeting", "meeting": record.remote_id, "topic": "Office party"})
        self.say(f"the meeting {LECTURE} is now called Office party")

    def show_drift(self) -> None:
        """Drift is told apart from what we mean to change."""
        self.step("reconciler drift: what was changed behind our back")
        made = self.plan()
        self.say(render_drift(made, self.style))
        found = sorted((item.address.kind, item.field) for item in made.drift)
        edited = [("course_meeting", "topic"), ("group", "members"), ("user", "department")]
        self.expect(found == edited, "the three edits, and nothing else")

    def heal(self) -> None:
        """Back to what is declared."""
        self.step("reconciler apply: heal it")
        report = self.apply()
        self.expect(report.count(Ending.APPLIED) == len(report.outcomes) == 3, "three changes applied")

    def conclude(self, made: Plan) -> str:
        """The last line; raises DemoFailed if anything is not settled."""
        counts = Counter(status.sync for status in made.statuses)
        self.expect(all(status.sync in SETTLED for status in made.statuses), "everything settled")
        self.expect(not any(page.open for page in made.hand_offs), "no open hand-off")
        self.expect(not self.ledger.read().intents, "no write without a known end")
        said = ", ".join(f"{sync.value} {counts[sync]}" for sync in SETTLED)
        return f"\n{said}, nothing open"

    def plan(self) -> Plan:
        """Plan as the command does."""
        return engine.plan(self.embedded.workspace, self.ledger).plan

    def apply(self) -> Report:
        """Apply as the command does."""
        teller = Teller(self.say)
        report, unsettled = engine.reconcile(
            self.embedded.workspace,
            self.ledger,
            lambda proposal: self.say(summarise(proposal.plan)),
            teller.take,
        )
        teller.finish()
        self.expect(not unsettled, "no write left without a known end")
        return report

    def console(self, edit: Mapping[str, object]) -> None:
        """Somebody at the vendor's console."""
        order(self.embedded.sandbox.origin, "console", edit)

    def writes(self) -> int:
        """Writes the sandbox has counted, by its own list of what a write is."""
        counted = order(self.embedded.sandbox.origin, "counters", {}, method="GET")
        return sum(counted["writes"].values())


@dataclass
class Teller:
    """Tells outcomes as they come, alike ones in one line: what happened to which names of a kind."""

    say: Callable[[str], None]
    alike: str = ""
    names: list[str] = field(default_factory=list)

    def take(self, outcome: Outcome) -> None:
        """One more outcome."""
        change = outcome.change
        alike = f"{outcome.ending}: {change.verb} {change.address.target}/{change.address.kind}"
        if alike != self.alike:
            self.finish()
        self.alike = alike
        self.names.append(change.address.name)

    def finish(self) -> None:
        """Say what is left to say."""
        if self.names:
            span = self.names[0] if len(self.names) == 1 else f"{self.names[0]} to {self.names[-1]}"
            count = f", {len(self.names)} in all" if len(self.names) > 1 else ""
            self.say(f"  {self.alike} {span}{count}")
        self.names = []


def walk(desired: Path, state: Path, page: Path, style: Style, say: Callable[[str], None]) -> None:
    """The demo from a fresh state folder. Raises DemoFailed, or any ReconcilerError."""
    clear(state)
    with (
        open_embedded(Workspace(desired, state=state)) as embedded,
        embedded.workspace.ledger(create=True) as ledger,
    ):
        Demo(embedded, ledger, say, style, page).run()


def clear(state: Path) -> None:
    """Take away what an earlier demo left, and nothing else."""
    for name in FILES:
        (state / name).unlink(missing_ok=True)
    shutil.rmtree(state / SECRETS, ignore_errors=True)
