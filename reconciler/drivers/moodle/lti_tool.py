"""Preconfigured external tools of a Moodle site: made from a cartridge, with a key and secret set once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from reconciler.drivers.base import shaped
from reconciler.drivers.launch import Finding, Form, compare, prove
from reconciler.drivers.moodle.admission import Admission
from reconciler.drivers.moodle.api import (
    CREATE_TOOL,
    DELETE_TOOL,
    LAUNCH_DATA,
    LIST_ACTIVITIES,
    LIST_TOOLS,
    UPDATE_TOOL,
    Site,
)
from reconciler.drivers.operations import Operation
from reconciler.errors import IncompleteReading, NeedsPerson, NotReady, RequestError, SecretUnavailable
from reconciler.model.changes import FieldChange, Removal
from reconciler.model.objects import Address, Health, Live, Loss, Page, ProbeResult
from reconciler.model.ports import (
    Access,
    Capability,
    Exploration,
    LeftAlone,
    NaturalKey,
    Opening,
    Scope,
    Unique,
    Wanted,
)
from reconciler.model.recorded import Intent
from reconciler.resources.base import SecretRef, declared, unchecked
from reconciler.resources.lti_tool import LtiTool

WireTool = dict[str, Any]

ACTIVE, PENDING = 1, 2
"""States of a tool; courses are offered active ones only."""
NO_DESCRIPTION = "Click here to give this tool a description"
"""What a tool without a description reads as in English, which every call asks for (mod_lti, its texts)."""
ABOVE, PROOF = "above", "fingerprint"
UNREADABLE = "its cartridge, key and secret cannot be read; declare it with them"
SIDE_EFFECTS = (
    "Moodle's update by API also resets force SSL to off and lifts a restriction to course categories"
)
PAGE = Page(
    id="external-tool",
    title="Clear the description of an external tool in Moodle",
    steps=(
        "Sign in to Moodle as an admin and open Site administration, Plugins, Activity modules, "
        "External tool, Manage tools.",
        "Find the tool, choose its cogwheel, empty the field Tool description and save. (By API an empty "
        "description is not taken.)",
    ),
)


def _follows(tool: LtiTool) -> frozenset[str]:
    """What the cartridge decides at first, and what is active until told otherwise."""
    return frozenset(
        name
        for name, value in declared(tool)
        if (name in ("title", "description") and value is not None) or (name == "enabled" and value is False)
    )


CAPABILITY = Capability(
    kind="lti_tool",
    verbs=frozenset({"create", "update", "delete"}),
    fields={
        "title": Access.FULL,
        "description": Access.FULL,
        "credential": Access.RELATION,
        "key": Access.HIDDEN_CREATE,
        "secret": Access.HIDDEN_CREATE,
        "url": Access.HIDDEN_CREATE,
        "cartridge": Access.HIDDEN_CREATE,
        "enabled": Access.FULL,
    },
    required=frozenset({"cartridge", "key", "secret"}),
    unique=Unique.NONE,
    natural_keys=(
        NaturalKey("title", lambda _, tool: tool.title.casefold() if isinstance(tool.title, str) else ""),
    ),
    idempotent=frozenset({"update", "delete"}),
    follows=_follows,
    page=PAGE,
    proves=frozenset({"key", "secret", "url"}),
    loses={
        "delete": "the tool with its key and secret; activities that use it fail at launch",
        "replace": "the tool is made anew: activities keep using the old one, and fail at launch once that "
        "is deleted; move them to the new one first",
        **dict.fromkeys(("title", "description", "enabled"), SIDE_EFFECTS),
    },
)


@dataclass
class LtiToolHandler(Admission):
    """Reads and writes the site's own tools; `probe_course` is a course with an activity of each."""

    site: Site
    opening: Opening
    probe_course: str = ""
    capability: Capability = CAPABILITY

    WRITES: ClassVar[Mapping[str, tuple[Operation, ...]]] = {
        "create": (CREATE_TOOL, UPDATE_TOOL),
        "replace": (CREATE_TOOL, UPDATE_TOOL, DELETE_TOOL),
        "update": (UPDATE_TOOL,),
        "delete": (DELETE_TOOL,),
    }

    def read(self, scope: Scope[LtiTool]) -> Iterable[Live[LtiTool]]:
        """Every LTI 1.1 tool of the site, whatever its state; not those of single courses."""
        with shaped(LIST_TOOLS.name):
            return [_to_live(tool) for tool in self._list()]

    def explore(self, asked: Exploration) -> Iterator[LeftAlone]:
        """Every tool that is not known, with why nobody can write it down but who made it."""
        with shaped(LIST_TOOLS.name):
            yield from (
                LeftAlone(str(tool["name"]), UNREADABLE)
                for tool in self._list()
                if str(tool["id"]) not in asked.known
            )

    def find(self, intent: Intent) -> Sequence[Live[LtiTool]]:
        """Unused tools newer than every one there was before the intent; of these the one with its title.

        Nothing that a reading shows was in the intent's body: Moodle takes the title from the cartridge. What
        no reading shows is told as it was sent, a secret by its fingerprint: nothing else says it is set.
        """
        if intent.operation != CREATE_TOOL.name or ABOVE not in intent.parameters:
            return ()
        above, title = int(str(intent.parameters[ABOVE])), intent.parameters.get("title")
        with shaped(LIST_TOOLS.name):
            newer = [tool for tool in self._list() if tool["id"] > above and not tool["instancecount"]]
            titled = [tool for tool in newer if tool["name"] == title]
            return [_as_sent(_to_live(tool), intent) for tool in titled or newer]

    def weigh(self, going: Sequence[Live[LtiTool]]) -> Sequence[Loss]:
        """How many activities launch each tool."""
        try:
            used = {str(tool["id"]): int(tool["instancecount"]) for tool in self._list()}
        except (RequestError, IncompleteReading, KeyError, TypeError, ValueError):
            used = {}
        return [_loss(used.get(live.remote_id)) for live in going]

    def create(self, desired: Wanted[LtiTool]) -> str:
        """Have the site make a tool of a cartridge that it fetches itself. Raises NotReady.

        Without its key and secret it is not made: neither could be added.
        """
        tool = desired.resource
        key, secret = self._reveal(tool, desired.address)
        made = {"cartridgeurl": str(tool.cartridge), "key": key, "secret": secret}
        with shaped(LIST_TOOLS.name):
            above = max((tool["id"] for tool in self._ask_all()), default=0)
        noted = {
            ABOVE: above,
            "title": tool.title if isinstance(tool.title, str) else None,
            "url": tool.url if isinstance(tool.url, str) else None,
            PROOF: self.opening.secrets.fingerprint(tool.secret)
            if isinstance(tool.secret, SecretRef)
            else None,
        }
        return str(self.site.ask(CREATE_TOOL, made, noted=noted)["id"])

    def update(self, live: Live[LtiTool], desired: Wanted[LtiTool], fields: Sequence[FieldChange]) -> None:
        """Send only what differs, and nothing at all where nothing does: every update has side effects.

        Raises NeedsPerson to clear a description.
        """
        tool, there = desired.resource, live.resource
        sent: dict[str, Any] = {}
        for name in (field.field for field in fields):
            value = getattr(tool, name)
            if value == getattr(there, name):
                continue
            if name == "enabled":
                sent["state"] = ACTIVE if value else PENDING
            elif name in ("title", "description") and value:
                sent["name" if name == "title" else name] = value
            elif name == "description":
                raise NeedsPerson("By API Moodle clears no description. A person has to.", page=PAGE.id)
        if sent:
            self.site.ask(UPDATE_TOOL, {"id": live.remote_id, **sent})

    def remove(self, live: Live[LtiTool], how: Removal) -> None:
        """Delete the tool. Moodle answers an unknown id as if it had been there."""
        self.site.ask(DELETE_TOOL, {"id": live.remote_id})

    def probe(self, desired: Wanted[LtiTool]) -> ProbeResult:
        """Whether a launch Moodle signs bears the declared key and secret; unprobed without an activity."""
        return prove(desired.address, lambda: self._try_launch(desired), self.opening.clock)

    def _try_launch(self, desired: Wanted[LtiTool]) -> Finding:
        tool, activity = desired.resource, self._find_activity(desired.remote_id)
        if not activity:
            if not self.probe_course:
                return Health.UNPROBED, "no course with an activity of this tool is known; set probe_course"
            return (
                Health.UNPROBED,
                f"probe_course {self.probe_course} has no activity of it: add one",
            )
        key, secret = self._reveal(tool, desired.address)
        answer = self.site.ask(LAUNCH_DATA, {"toolid": activity})
        with shaped(LAUNCH_DATA.name):
            pairs = tuple((str(one["name"]), str(one["value"])) for one in answer["parameters"])
            form = Form(str(answer["endpoint"]), pairs)
        return compare(form, key, secret, tool.url)

    def _reveal(self, tool: LtiTool, address: Address) -> tuple[str, str]:
        """Key and secret, for this site. Raises NotReady on whose they are while they are not there."""
        declared_as = self.opening.resources.get(address)
        named = declared_as.credential if isinstance(declared_as, LtiTool) else None
        on = named if isinstance(named, str) else str(address)
        if not isinstance(tool.key, str) or not isinstance(tool.secret, SecretRef):
            raise NotReady("it has no key or no secret yet: copy them from the tool's console", on=on)
        try:
            return tool.key, self.opening.secrets.reveal(tool.secret, self.site.client.origin)
        except SecretUnavailable as error:
            raise NotReady(str(error), on=on) from error

    def _find_activity(self, remote_id: str) -> str:
        if not self.probe_course or not remote_id:
            return ""
        answer = self.site.ask(LIST_ACTIVITIES, {"courseids": [self.probe_course]})
        with shaped(LIST_ACTIVITIES.name):
            return next(
                (str(one["id"]) for one in answer["ltis"] if str(one.get("typeid", "")) == remote_id), ""
            )

    def _ask_all(self) -> list[WireTool]:
        listed: list[WireTool] = self.site.ask(LIST_TOOLS)
        if not isinstance(listed, list):
            raise IncompleteReading(f"{LIST_TOOLS.name} answered no list; nothing is concluded from it")
        return listed

    def _list(self) -> list[WireTool]:
        return [tool for tool in self._ask_all() if not tool["courseid"] and not tool["clientid"]]


def _to_live(tool: WireTool) -> Live[LtiTool]:
    description = tool["description"]
    fields: dict[str, Any] = {
        "title": tool["name"],
        "description": None if description in ("", NO_DESCRIPTION) else description,
        "enabled": bool(tool["state"]["configured"]),
    }
    return Live(
        remote_id=str(tool["id"]),
        resource=unchecked(LtiTool, fields),
        keys={"title": str(tool["name"]).casefold()},
        label=str(tool["name"]),
    )


def _as_sent(live: Live[LtiTool], intent: Intent) -> Live[LtiTool]:
    body = intent.body if isinstance(intent.body, Mapping) else {}
    sent = {
        "key": body.get("key"),
        "cartridge": body.get("cartridgeurl"),
        "url": intent.parameters.get("url"),
        "secret": intent.parameters.get(PROOF),
    }
    known = {name: value for name, value in sent.items() if value is not None}
    return replace(live, resource=unchecked(LtiTool, dict(declared(live.resource)) | known))


def _loss(used: int | None) -> Loss:
    if used is None:
        unknown = "how many activities launch it could not be read"
        return Loss(f"{unknown}; they fail once it is deleted", used=unknown)
    if not used:
        return Loss("no activity launches it")
    one = used == 1
    many = "1 activity in a course launches" if one else f"{used:,} activities in courses launch"
    them = "it" if one else "them"
    return Loss(
        f"{many} it, and fail{'s' * one} from then on; move {them} to another tool first",
        used=f"{many} it still: move {them} to the new tool, or delete this one in Moodle",
    )
