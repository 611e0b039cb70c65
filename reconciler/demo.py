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
from reconciler.model import Address, Ending, Plan, Report, Sync
from reconciler.report import Style, render_drift, render_plan, summarise
from reconciler.run.proposal import read_campus
from reconciler.run.workspace import Workspace

ALREADY_THERE = ("dina.khan@example.edu", "elif.fontaine@example.edu", "emil.varga@example.edu")
"""People of the roster whom the account has before we come."""
STRANGER = "Chess Club"
LINKED = ("fischer", "kovac")
"""Members of the community who open a lesson in their platform, which links their accounts."""
ROUNDS = 5
"""More turns of people at consoles than any campus needs: what one confirms may let another begin."""
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
TOOL = Address("blackboard", "lti_tool", "zoom")
EDITED = (
    ("course_meeting", "topic"),
    ("group", "members"),
    ("lti_tool", "enabled"),
    ("user", "department"),
)
"""By kind and field, everything that edit_behind_our_back changes."""
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
        self.confirm_by_hand()
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
        targets = read_campus(self.embedded.workspace).settings.targets
        self.say(
            f"{len(targets)} systems are played at {self.embedded.sandbox.origin}: {', '.join(targets)}."
        )
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
        by_hand = [change for change in planned.changes if change.hand_off is not None]
        self.expect(report.count(Ending.HANDED_OFF) == len(by_hand) > 0, "what no API can do handed off")
        self.expect(report.count(Ending.WAITING) > 0, "links that wait for it")
        self.expect_done(report)

    def confirm_by_hand(self) -> None:
        """Pages without an API: a person does what the plan says, and says so, until nothing is open."""
        for turn in range(ROUNDS):
            done = play(self.embedded, (), "demo")
            if not done:
                return
            what = "What people can do only now" if turn else "People do what no API can"
            self.step(f"{what}, each at its console, then reconciler confirm")
            teller = Teller(self.say)
            for item in done:
                teller.take(f"by hand: {item.action}", item.address)
            teller.finish()
            if turn == 0:
                self.open_a_lesson()
            self.step("reconciler apply: what waited for them")
            self.expect_done(self.apply())
        self.expect(False, f"nothing open after {ROUNDS} turns")

    def open_a_lesson(self) -> None:
        """What only a member can do is no difference between desired and live; the plan tells of it."""
        for name in LINKED:
            member = Address("community", "community_member", name)
            self.edit_row(member, "members", lms_link=f"launch-of-{name}")
        self.say(f"{' and '.join(LINKED)} open a video lesson in Canvas, which links their accounts to it")

    def edit_row(self, address: Address, sort: str, **values: str) -> None:
        """Somebody at the console of a target that is named as its mapping."""
        made = next(record for record in self.ledger.records() if record.address == address)
        edit = {"do": "put_rest", "api": address.target, "sort": sort, "id": made.remote_id}
        self.console({**edit, "row": values})

    def expect_done(self, report: Report) -> None:
        """Nothing but what was applied, what a person has to do, and what waits for that."""
        fine = (Ending.APPLIED, Ending.HANDED_OFF, Ending.WAITING)
        wrong = [outcome for outcome in report.outcomes if outcome.ending not in fine]
        said = "; ".join(f"{outcome.change.address} {outcome.ending}: {outcome.text}" for outcome in wrong)
        self.expect(not wrong, f"everything else applied, not {said}")

    def plan_again(self, title: str) -> Plan:
        """A plan without changes."""
        self.step(title)
        made = self.plan()
        self.say(summarise(made))
        self.expect(not made.changes, "no changes")
        return made

    def edit_behind_our_back(self) -> None:
        """What somebody else does at the console."""
        self.step("Somebody edits four things at the consoles, behind our back")
        for told, edit in EDITS:
            self.console(edit)
            self.say(told)
        record = next(r for r in self.ledger.records() if r.label == LECTURE)
        self.console({"do": "edit_meeting", "meeting": record.remote_id, "topic": "Office party"})
        self.say(f"the meeting {LECTURE} is now called Office party")
        self.edit_row(TOOL, "domains", status="Excluded")
        self.say("Blackboard does not let its courses use Zoom any more")

    def show_drift(self) -> None:
        """Drift is told apart from what we mean to change."""
        self.step("reconciler drift: what was changed behind our back")
        made = self.plan()
        self.say(render_drift(made, self.style))
        found = sorted((item.address.kind, item.field) for item in made.drift)
        self.expect(found == list(EDITED), "the four edits, and nothing else")

    def heal(self) -> None:
        """Back to what is declared."""
        self.step("reconciler apply: heal it")
        report = self.apply()
        self.expect(report.count(Ending.APPLIED) == len(report.outcomes) == 4, "four changes applied")

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
            lambda outcome: teller.take(f"{outcome.ending}: {outcome.change.verb}", outcome.change.address),
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
    """Tells what happens as it does, alike things in one line: what to which names of a kind."""

    say: Callable[[str], None]
    alike: str = ""
    names: list[str] = field(default_factory=list)

    def take(self, what: str, address: Address) -> None:
        """One more thing that happened."""
        alike = f"{what} {address.target}/{address.kind}"
        if alike != self.alike:
            self.finish()
        self.alike = alike
        self.names.append(address.name)

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
