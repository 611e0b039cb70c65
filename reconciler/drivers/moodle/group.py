"""Groups as cohorts of a Moodle site: told apart by ID number, else by name, with people as members."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from reconciler.drivers.base import members_follow, shaped
from reconciler.drivers.moodle.admission import Admission
from reconciler.drivers.moodle.api import (
    ADD_MEMBERS,
    CREATE_COHORTS,
    DELETE_COHORTS,
    DELETE_MEMBERS,
    LIST_COHORTS,
    LIST_MEMBERS,
    SEARCH_COHORTS,
    UPDATE_COHORTS,
    Site,
    chunks,
)
from reconciler.drivers.operations import Operation
from reconciler.errors import Absent, IncompleteReading, NeedsPerson
from reconciler.model.changes import FieldChange, Removal
from reconciler.model.objects import Live, Page
from reconciler.model.ports import Access, Capability, Exploration, NaturalKey, Scope, Wanted
from reconciler.model.recorded import Intent
from reconciler.resources.base import OMITTED, Members, unchecked
from reconciler.resources.group import Group

WireCohort = dict[str, Any]

SYSTEM = {"type": "system", "value": ""}
"""Where our cohorts are made: on the site, not in a course category."""
MOST_OF_A_SEARCH = 1000
PAGE = Page(
    id="cohort",
    title="Rename a cohort of a course category",
    steps=(
        "Sign in to Moodle as an admin and open Site administration, Users, Cohorts, All cohorts.",
        "Find the cohort, choose Edit, change the name and save. (By API it would move to the system.)",
    ),
)


def _title(name: str, group: Group) -> str:
    return group.title if isinstance(group.title, str) else name


CAPABILITY = Capability(
    kind="group",
    verbs=frozenset({"create", "update", "delete"}),
    fields={"title": Access.FULL, "members": Access.FULL},
    natural_keys=(
        NaturalKey("idnumber", lambda name, _: name.casefold()),
        NaturalKey("title", lambda name, group: _title(name, group).casefold()),
    ),
    idempotent=frozenset({"update", "delete"}),
    follows=members_follow,
    page=PAGE,
    loses={"delete": "who is in it, and the enrolments that cohort sync made of it; the people stay"},
)


@dataclass
class GroupHandler(Admission):
    """Reads and writes cohorts; the ID number is the declared name."""

    site: Site
    capability: Capability = CAPABILITY

    WRITES: ClassVar[Mapping[str, tuple[Operation, ...]]] = {
        "create": (CREATE_COHORTS, ADD_MEMBERS),
        "update": (UPDATE_COHORTS, ADD_MEMBERS, DELETE_MEMBERS),
        "delete": (DELETE_COHORTS,),
    }

    def read(self, scope: Scope[Group]) -> Iterable[Live[Group]]:
        """Every cohort of the site; members of those that declare members."""
        listed = self._list()
        deep = [want for want in scope.wanted if want.resource.members is not OMITTED]
        ids = {want.remote_id for want in deep}
        keys = {
            (key.name, key.of(w.address.name, w.resource)) for w in deep for key in CAPABILITY.natural_keys
        }
        with shaped(LIST_COHORTS.name):
            wanted = [c for c in listed if str(c["id"]) in ids or keys & _keys(c).items()]
        return self._describe(listed, self._members([cohort["id"] for cohort in wanted]))

    def explore(self, asked: Exploration) -> Iterator[Live[Group]]:
        """Every cohort; members of those that are not known."""
        listed = self._list()
        with shaped(LIST_COHORTS.name):
            unknown = [cohort["id"] for cohort in listed if str(cohort["id"]) not in asked.known]
        yield from self._describe(listed, self._members(unknown))

    def find(self, intent: Intent) -> Sequence[Live[Group]]:
        """The cohort with the ID number an intent's body asked for."""
        if intent.operation != CREATE_COHORTS.name or not isinstance(intent.body, Mapping):
            return ()
        key = str(intent.body["cohorts[0][idnumber]"])
        with shaped(LIST_COHORTS.name):
            return list(self._describe([c for c in self._list() if c["idnumber"] == key], {}))

    def create(self, desired: Wanted[Group]) -> str:
        """Make an empty cohort on the system level."""
        name = desired.address.name
        cohort = {"categorytype": SYSTEM, "name": _title(name, desired.resource), "idnumber": name}
        (made,) = self.site.ask(CREATE_COHORTS, {"cohorts": [cohort]})
        return str(made["id"])

    def update(self, live: Live[Group], desired: Wanted[Group], fields: Sequence[FieldChange]) -> None:
        """Rename; add and take out members, some at a time. Raises NeedsPerson for a name in a category."""
        for field in fields:
            if field.field == "title":
                self._rename(live, _title(desired.address.name, desired.resource))
            elif field.field == "members":
                self._change_members(live.remote_id, field)

    def remove(self, live: Live[Group], how: Removal) -> None:
        """Delete the cohort; one that is gone is gone."""
        try:
            self.site.ask(DELETE_COHORTS, {"cohortids": [live.remote_id]})
        except Absent:
            return

    def _rename(self, live: Live[Group], name: str) -> None:
        """The call wants the whole cohort with its place, which no reading tells: the system's is sure."""
        key = live.keys.get("idnumber", "")
        query = {
            "query": live.label,
            "context": {"contextlevel": "system", "instanceid": 0},
            "includes": "self",
        }
        answer = self.site.ask(SEARCH_COHORTS, {**query, "limitfrom": 0, "limitnum": MOST_OF_A_SEARCH})
        with shaped(SEARCH_COHORTS.name):
            mine = [cohort for cohort in answer["cohorts"] if str(cohort["id"]) == live.remote_id]
        if not mine:
            raise NeedsPerson(
                f"the cohort {key or live.remote_id} belongs to a course category, and a rename by API "
                "would move it to the system. A person has to rename it.",
                page=PAGE.id,
            )
        cohort = {"id": live.remote_id, "categorytype": SYSTEM, "name": name, "idnumber": mine[0]["idnumber"]}
        self.site.ask(UPDATE_COHORTS, {"cohorts": [cohort]})

    def _change_members(self, cohort: str, field: FieldChange) -> None:
        for some in chunks(field.added):
            rows = [
                {"cohorttype": {"type": "id", "value": cohort}, "usertype": {"type": "id", "value": member}}
                for member in some
            ]
            self.site.ask(ADD_MEMBERS, {"members": rows}, elements=some)
        for some in chunks(field.removed):
            self.site.ask(
                DELETE_MEMBERS, {"members": [{"cohortid": cohort, "userid": member} for member in some]}
            )

    def _list(self) -> list[WireCohort]:
        listed: list[WireCohort] = self.site.ask(LIST_COHORTS)
        if not isinstance(listed, list):
            raise IncompleteReading(f"{LIST_COHORTS.name} answered no list; nothing is concluded from it")
        return listed

    def _members(self, cohorts: Sequence[int]) -> dict[int, Members]:
        """Members by cohort. Raises IncompleteReading if the answer leaves one out that was asked for."""
        found: dict[int, Members] = {}
        for some in chunks(cohorts):
            answer = self.site.ask(LIST_MEMBERS, {"cohortids": list(some)})
            with shaped(LIST_MEMBERS.name):
                found |= {row["cohortid"]: Members(tuple(map(str, row["userids"]))) for row in answer}
        if missing := set(cohorts) - found.keys():
            raise IncompleteReading(
                f"{LIST_MEMBERS.name}: {len(missing)} of {len(cohorts)} cohorts are not in the answer; "
                "run again"
            )
        return found

    def _describe(
        self, listed: Sequence[WireCohort], members: Mapping[int, Members]
    ) -> Iterator[Live[Group]]:
        with shaped(LIST_COHORTS.name):
            for cohort in listed:
                yield Live(
                    remote_id=str(cohort["id"]),
                    resource=unchecked(
                        Group, {"title": cohort["name"], "members": members.get(cohort["id"], OMITTED)}
                    ),
                    keys=_keys(cohort),
                    label=str(cohort["name"]),
                )


def _keys(cohort: WireCohort) -> dict[str, str]:
    """What tells a cohort apart; an ID number may be empty."""
    keys = {"idnumber": str(cohort["idnumber"]).casefold(), "title": str(cohort["name"]).casefold()}
    return {name: key for name, key in keys.items() if key}
