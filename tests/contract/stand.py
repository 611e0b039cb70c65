"""Where the laws are tried: one example between its vendor, its desired files and its ledger."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from reconciler.model import Access, Address, Capability, Live, Report
from reconciler.resources.base import Resource
from reconciler.run.proposal import Proposal
from tests.contract.examples import FOUND, Example
from tests.contract.variants import rest_rows, row_id
from tests.rig import Rig, endings

OPTIONS: Mapping[str, Any] = {"managed_domains": ["example.edu"], "tracking_fields": ["Department"]}
PAPER = '  paper: {driver: notebook, base_url: "%s", policy: auto, prune: [group]}\n'


class Notepad:
    """What the notebook's vendor can be made to do: the notebook is asked by POST and told by GET."""

    def __init__(self, server: Any) -> None:
        self.server = server
        self.told: dict[str, int] = {}
        self.drops: dict[str, str] = {}
        self.failing: dict[str, tuple[int, Any]] = {}
        self.silent = ""
        self._do, self._ask = server.do, server.ask
        server.do, server.ask = self.do, self.ask

    def do(self, what: str, told: dict[str, str]) -> tuple[int, Any]:
        """An order, as the notebook takes it, with what the vendor lets fall."""
        self.told[what] = self.told.get(what, 0) + 1
        if what == self.silent:
            self.silent = ""
            self.server.lose = 1
        if name := self.drops.get(what):
            told = told | {
                name: "untitled" if what == "open" else self.server.pages.get(told.get("id", ""), "")
            }
        answer: tuple[int, Any] = self._do(what, told)
        return answer

    def ask(self, what: str) -> tuple[int, Any]:
        """A question; a failing one is answered as told."""
        answer: tuple[int, Any] = self._ask(what)
        return self.failing.get(what, answer)


@dataclass(frozen=True)
class Kept:
    """A campus as it was at one moment: the vendors' stores, our files, the environment, the time."""

    world: Any
    files: Mapping[Path, bytes]
    environ: Mapping[str, str]
    now: datetime

    @classmethod
    def of(cls, rig: Rig) -> Kept:
        """As it is now."""
        found = {path.relative_to(rig.folder): path for path in rig.folder.rglob("*") if path.is_file()}
        files = {name: path.read_bytes() for name, path in found.items()}
        return cls(rig.world(), files, dict(rig.environ), rig.clock.now)

    def restore(self, rig: Rig) -> None:
        """Make it so again, in the same sandbox and another folder."""
        rig.clock.now = self.now
        rig.control("reset", {"now": self.now.isoformat(), "world": self.world})
        rig.environ |= self.environ
        for name, content in self.files.items():
            path = rig.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


KEPT: dict[tuple[str, str], Kept] = {}
"""By example and stage: what this process need not do again to come to where a law begins."""


class Stand:
    """One example ready to be applied. `declare` writes its entry, everything else is there already."""

    def __init__(self, rig: Rig, example: Example, server: Any) -> None:
        self.rig = rig
        self.example = example
        self.capability: Capability = FOUND[example.driver, example.kind].capabilities[example.kind]
        self.address = Address.parse(example.address)
        self.others: set[str] = set()
        self.notepad = Notepad(server) if example.driver == "notebook" else None
        rig.control("reset", {"now": rig.clock.now.isoformat(), **OPTIONS})
        rig.environ["SPARE_SECRET"] = "a spare secret"
        played = rig.sandbox.settings().get(example.driver, {})
        rig.environ["REST_SECRET"] = played.get("client_secret") or played.get("token", "")
        rig.environ |= {"MEETING_PASSCODE": "h0rse-1", "OTHER_PASSCODE": "b4ttery-2"}
        self._leave_out_targets()
        if self.notepad is not None:
            path = rig.desired / "reconciler.yaml"
            text = path.read_text(encoding="utf-8")
            place = PAPER % server.settings()["base_url"]
            path.write_text(text.replace("fingerprint_key", place + "fingerprint_key"), encoding="utf-8")
            rig.environ["RECONCILER_ORIGINS"] += f" {server.origin}"
        if example.target:
            self._add_target(example.target)
        self._come_to("ready", self._make_ready)
        if example.driver.startswith("rest:") and example.store:
            self.others = {row_id(row) for row in self.store()}
        self.forget_counts()

    def _come_to(self, stage: str, go: Callable[[], None]) -> None:
        """Go there, or back to it; the notebook's vendor cannot be put back."""
        key = self.example.id, stage
        if key in KEPT:
            KEPT[key].restore(self.rig)
            return
        go()
        if self.notepad is None:
            KEPT[key] = Kept.of(self.rig)

    def _make_ready(self) -> None:
        """Everything the example needs is applied."""
        rig, example = self.rig, self.example
        for order in example.setup:
            rig.control("console", dict(order))
        if example.driver == "zoom_lti_pro":
            rig.mint()
            rig.console("create_credential", name="spare", key="SpareKey1", secret="a spare secret")
        for name, text in example.needs.items():
            rig.write(name, text)
        if example.needs or example.driver == "zoom_lti_pro":
            ends = set(endings(rig.apply()).values())
            assert ends <= {"applied", "handed off"}
            if "handed off" in ends and example.driver != "zoom_lti_pro":
                self.confirm()

    def _leave_out_targets(self) -> None:
        """Leave out Zoom's targets where nothing names them: every plan would ask those who they are."""
        example = self.example
        path = self.rig.desired / "reconciler.yaml"
        written = path.read_text(encoding="utf-8")
        said = repr((example.address, example.target, example.needs, example.fields, example.edits))
        end = written.index("fingerprint_key")
        if "zoom-lti" in said or example.driver == "zoom_lti_pro":
            return
        if "zoom-main" in said or example.driver == "zoom":
            written = written[: written.index("  zoom-lti:")] + written[end:]
        else:
            written = "version: 1\ntargets:\n" + written[end:]
        path.write_text(written, encoding="utf-8")

    def _add_target(self, text: str) -> None:
        """The example's own target, played by the sandbox."""
        path = self.rig.desired / "reconciler.yaml"
        written = path.read_text(encoding="utf-8")
        place = text % {"origin": self.rig.sandbox.origin}
        path.write_text(written.replace("fingerprint_key", f"  {place}\nfingerprint_key"), encoding="utf-8")

    # ── desired ──────────────────────────────────────────────────────────────────────────────────────

    def _file(self) -> Path:
        folder = "zoom-main" if self.example.section == "course_meetings" else self.address.target
        return self.rig.desired / folder / "example.yaml"

    def declare(self, fields: Mapping[str, Any] | None = None, name: str = "") -> None:
        """Write the entry, with all its fields or with these; JSON is YAML."""
        entry = {name or self.example.name: self.example.fields if fields is None else fields}
        text = json.dumps({self.example.section: entry})
        self._file().parent.mkdir(exist_ok=True)
        self._file().write_text(text, encoding="utf-8")

    def withdraw(self) -> None:
        """Take the entry away."""
        self._file().unlink()

    @property
    def least(self) -> dict[str, Any]:
        """The fields without which it cannot be made."""
        needed = self.capability.required | {"topic", "host", "schedule", "course", "domain", "title"}
        return {name: value for name, value in self.example.fields.items() if name in needed}

    # ── runs ─────────────────────────────────────────────────────────────────────────────────────────

    def plan(self) -> Proposal:
        """A plan."""
        return self.rig.plan()

    def apply(self) -> Report:
        """Settle, plan, apply."""
        return self.rig.apply()

    def at_rest(self) -> None:
        """The example applied, counted from nought."""
        self._come_to("at rest", self._settle)
        self.forget_counts()

    def at_least(self) -> None:
        """At rest, and after that nothing declared any more but what must be."""
        self._come_to("least", self._release)

    def _release(self) -> None:
        self.at_rest()
        self.declare(self.least)
        self.apply()

    def _settle(self) -> None:
        self.declare()
        report = self.apply()
        if self.capability.verbs:
            wrong = {o.change.key: f"{o.ending} {o.text}" for o in report.outcomes if o.ending != "applied"}
            assert wrong == {}, wrong
        else:
            self.confirm()

    def confirm(self) -> None:
        """A person did what the plan hands off."""
        self.rig.confirm()

    # ── the vendor ───────────────────────────────────────────────────────────────────────────────────

    def writes(self) -> dict[str, int]:
        """Write operations since the last count, by the vendor's own list."""
        return dict(self.notepad.told) if self.notepad else self.rig.writes()

    def forget_counts(self) -> None:
        """Count from nought."""
        self.rig.control("counters/reset", {})
        if self.notepad:
            self.notepad.told.clear()

    def store(self) -> list[Any]:
        """The vendor's own objects of this kind."""
        if self.notepad:
            return [{"id": key, "title": title} for key, title in self.notepad.server.pages.items()]
        found = self.rig.world()
        if self.example.driver.startswith("rest:"):
            return rest_rows(found, self.example.store, self.example.ended, self.others)
        for part in self.example.store.split("."):
            found = found[part]
        listed = [found] if isinstance(found, dict) else found
        strangers = {"owner@example.edu", "host@example.edu", "deputy@example.edu", "third@example.edu"}
        strangers |= {*OPTIONS["tracking_fields"], *self.example.beside}
        return [item for item in listed if _label(item, "email", "field", "name") not in strangers]

    def lose_reply(self, operation: str) -> None:
        """The next answer to this operation is lost after it was carried out."""
        if self.notepad:
            self.notepad.silent = operation
        else:
            self.rig.control("faults", {"status": [{"operation": operation, "ending": "drop_reply"}]})

    def drop(self, names: Iterable[str]) -> None:
        """From now on the vendor silently leaves out of what it is sent what holds these fields."""
        parts: dict[str, list[str]] = {}
        for name in names:
            for operation, part in self.example.drops[name].items():
                parts.setdefault(operation, []).append(part)
        if self.notepad:
            self.notepad.drops = {operation: dropped[0] for operation, dropped in parts.items()}
        else:
            self.rig.control("faults", {"drop_fields": parts})

    def break_reading(self, operation: str, how: str) -> None:
        """Answers to a reading fail: an error, cut off, garbled, or of another shape."""
        if self.notepad:
            told = {"error": (500, {}), "shape": (200, {"leaves": []}), "cut": (200, {"pages": [{}]})}
            self.notepad.failing = {operation: told[how]}
            return
        endings: dict[str, dict[str, Any]] = {
            "error": {"status": 500},
            "shape": {"status": 200, "body": {"something": "else"}},
            "cut": {"ending": "cut_body"},
        }
        plan = {"operation": operation, "times": 999, **endings[how]}
        self.rig.control("faults", {"status": [plan]})

    def mend(self) -> None:
        """No faults any more."""
        self.rig.control("faults", {})
        if self.notepad:
            self.notepad.failing, self.notepad.drops, self.notepad.silent = {}, {}, ""

    def take_away(self) -> None:
        """A person takes the object away in the console."""
        if self.notepad:
            self.notepad.server.pages.clear()
            return
        (item,) = self.store()
        if self.example.driver.startswith("rest:"):
            _, api, sort = self.example.store.split(".")
            self.rig.console("delete_rest", api=api, sort=sort, id=row_id(item))
            return
        action, argument = self.example.undo.split()
        self.rig.console(action, **{argument: item.get("id", item.get("meeting_id"))})

    # ── what is known ────────────────────────────────────────────────────────────────────────────────

    def live(self) -> Live[Resource]:
        """The object as our own reading has it."""
        found = self.plan().seen.matches[self.address].live
        assert found is not None, "the object is not there"
        return found

    def readable(self) -> list[str]:
        """The fields a reading shows."""
        return [
            name
            for name, access in self.capability.fields.items()
            if access in (Access.FULL, Access.CREATE_ONLY)
        ]


def _label(item: Mapping[str, Any], *names: str) -> Any:
    """The first of these fields that an object has."""
    return next((item[name] for name in names if name in item), None)
