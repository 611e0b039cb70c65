"""The verdict: every way in which the store is not what was declared, in plain words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.declared import Crowd, Declared, Lecture, Tree, read_declared

LICENCES = {"basic": 1, "licensed": 2, "on_prem": 3, "none": 4}
STORED = {"department": "dept"}
PLAIN = (
    "first_name",
    "last_name",
    "display_name",
    "department",
    "job_title",
    "company",
    "location",
    "cost_center",
    "language",
    "timezone",
)
SETTINGS = ("waiting_room", "join_before_host", "mute_upon_entry", "auto_recording")
BOOLEANS = {"true": True, "false": False}
Link = tuple[str, int, str, str, str]


def judge(
    desired: Path, state: Tree, before: Tree | None = None, disabled: Collection[str] = ()
) -> list[str]:
    """What is wrong with `state` (GET /_control/state), given the desired folder; nothing is good.

    `before` is the store before we first wrote: what is in it and not declared must be as it was. `disabled`
    are the addresses of people no longer declared who must be inactive.
    """
    return list(_Judge(read_declared(desired), state, before or {}).verdict(disabled))


class _Judge:
    """One store against one declaration; remembers which objects are accounted for."""

    def __init__(self, declared: Declared, state: Tree, before: Tree) -> None:
        self.declared = declared
        self.state = state
        self.before = before
        self.now = datetime.fromisoformat(state["now"])
        self.emails = {user["id"]: user["email"].casefold() for user in state["users"]}
        self.pending = {user["email"].casefold() for user in state["users"] if user["status"] == "pending"}
        self.ours: set[Any] = set()
        self.links: list[Link] = []

    def verdict(self, disabled: Collection[str]) -> Iterator[str]:
        yield from self._twins()
        for handle, fields in self.declared.people.items():
            yield from self._person(handle, fields)
        for email in disabled:
            yield from self._disabled(email)
        yield from self._teams()
        yield from self._lectures()
        yield from self._associations()
        yield from self._strangers()
        yield from self._mails()

    def _twins(self) -> Iterator[str]:
        keys = {
            "person": Counter(user["email"].casefold() for user in self.state["users"]),
            "group": Counter(group["name"].casefold() for group in self.state["groups"]),
            "meeting": Counter(
                f"{meeting['topic']} of {meeting['host_email']} at {first_start(meeting)}"
                for meeting in self.state["meetings"]
            ),
            "association": Counter(map(str, map(_as_link, self.state["lti"]["associations"]))),
        }
        for what, counted in keys.items():
            for key, count in counted.items():
                if count > 1:
                    yield f"{what} {key} exists {count} times"

    # people
    def _person(self, handle: str, fields: Tree) -> Iterator[str]:
        user = self._find_user(fields["email"])
        if user is None:
            yield f"person {handle} ({fields['email']}) does not exist"
            return
        self.ours.add(user["id"])
        if user["status"] == "pending":
            return
        active = BOOLEANS[fields.get("active", "true")]
        if (user["status"] == "active") != active:
            yield f"person {handle} is {user['status']}"
        if "license" in fields and user["type"] != LICENCES[fields["license"]]:
            yield f"person {handle} has licence type {user['type']}, not {fields['license']}"
        for name in PLAIN:
            stored = user[STORED.get(name, name)]
            if name in fields and stored != (fields[name] or ""):
                yield f"person {handle}: {name} is {stored!r}, not {fields[name]!r}"

    def _find_user(self, email: str) -> Tree | None:
        folded = email.casefold()
        return next((user for user in self.state["users"] if user["email"].casefold() == folded), None)

    def _disabled(self, email: str) -> Iterator[str]:
        user = self._find_user(email)
        if user is None:
            yield f"{email} was to be disabled, and is gone"
            return
        self.ours.add(user["id"])
        if user["status"] != "inactive":
            yield f"{email} was to be disabled, and is {user['status']}"

    # groups
    def _teams(self) -> Iterator[str]:
        by_name = {group["name"].casefold(): group for group in self.state["groups"]}
        for team in self.declared.teams:
            group = by_name.get(team.title.casefold())
            if group is None:
                yield f"group {team.title} does not exist"
                continue
            self.ours.add(group["id"])
            if group["name"] != team.title:
                yield f"group {team.title} is called {group['name']}"
            if team.crowd is not None:
                present = {self.emails.get(member, member) for member in group["member_ids"]}
                yield from self._crowd(f"group {team.title}", team.crowd, present)

    def _crowd(self, what: str, crowd: Crowd, present: set[str]) -> Iterator[str]:
        wanted = {str(self.declared.person(handle)["email"]).casefold() for handle in crowd.people}
        for email in sorted(wanted - present - self.pending):
            yield f"{what} lacks {email}"
        for email in sorted(present - wanted) if crowd.exactly else ():
            yield f"{what} has {email}, who is not declared"

    # meetings
    def _lectures(self) -> Iterator[str]:
        for lecture in self.declared.lectures:
            host = str(self.declared.person(lecture.host)["email"]).casefold()
            ahead = [start for start in lecture.starts if _instant(start, lecture.zone) > self.now]
            if not ahead or host in self.pending:
                continue
            what = f"meeting {lecture.topic} of {lecture.host} from {ahead[0]}"
            found = [m for m in self.state["meetings"] if self._is(m, lecture, host, ahead)]
            if len(found) != 1:
                near = [m for m in self.state["meetings"] if m["topic"] == lecture.topic]
                yield f"{what} exists {len(found)} times; {len(near)} meetings have that topic"
            for meeting in found:
                self.ours.add(meeting["id"])
                yield from self._lecture(what, lecture, meeting)
                self._expect_link(lecture, meeting["id"])

    def _is(self, meeting: Tree, lecture: Lecture, host: str, ahead: list[str]) -> bool:
        if (meeting["topic"], meeting["host_email"].casefold()) != (lecture.topic, host):
            return False
        starts = [start for start in starts_of(meeting) if datetime.fromisoformat(start) > self.now]
        return sorted(starts) == sorted(_zulu(_instant(start, lecture.zone)) for start in ahead)

    def _lecture(self, what: str, lecture: Lecture, meeting: Tree) -> Iterator[str]:
        minutes = {item["duration"] for item in meeting["occurrences"] if item["status"] == "available"}
        compared = {
            "type": (meeting["type"], 8 if lecture.weekly else 2),
            "timezone": (meeting["timezone"], lecture.zone),
            "minutes": (minutes or {meeting["duration"]}, {lecture.minutes}),
        }
        fields = lecture.fields
        if "agenda" in fields:
            compared["agenda"] = (meeting["agenda"], "" if fields["agenda"] == "null" else fields["agenda"])
        for name in SETTINGS:
            if name in fields:
                compared[name] = (meeting["settings"][name], BOOLEANS.get(fields[name], fields[name]))
        tracked = {item["field"]: item["value"] for item in meeting["tracking_fields"]}
        for label, value in fields.get("tracking_fields", {}).items():
            compared[label] = (tracked.get(label), value)
        for name, (is_, should) in compared.items():
            if is_ != should:
                yield f"{what}: {name} is {is_!r}, not {should!r}"
        if "alternative_hosts" in fields:
            crowd = _alternates(fields["alternative_hosts"])
            present = {self.emails.get(person, person) for person in meeting["alternative_host_ids"]}
            yield from self._crowd(f"{what}: alternative hosts", crowd, present)

    # links
    def _expect_link(self, lecture: Lecture, meeting: int) -> None:
        if lecture.course:
            course = self.declared.courses[lecture.course]
            ids = (course["context_id"], course["domain"], course.get("canvas_course_id", ""))
            self.links.append((self.declared.key, meeting, *ids))

    def _associations(self) -> Iterator[str]:
        present = Counter(map(_as_link, self.state["lti"]["associations"]))
        known = Counter(map(_as_link, self.before.get("lti", {}).get("associations", ())))
        for link in self.links:
            if present[link] != 1:
                yield f"course link {link} exists {present[link]} times"
        for link in present.keys() - set(self.links) - known.keys():
            yield f"course link {link} is not declared"
        for link in known.keys() - present.keys():
            yield f"course link {link} was there before and is gone"

    # everybody else's
    def _strangers(self) -> Iterator[str]:
        for what, key in (("users", "email"), ("groups", "name"), ("meetings", "topic")):
            was = {item["id"]: item for item in self.before.get(what, ())}
            is_ = {item["id"]: item for item in self.state[what]}
            for identity, item in is_.items():
                if identity in self.ours or item.get("role_id") == "0":
                    continue
                if identity not in was:
                    yield f"{what}: {item[key]} is not declared, and was not there before"
                elif item != was[identity]:
                    yield f"{what}: {item[key]} is not declared, and was changed"
            for identity in was.keys() - is_.keys():
                yield f"{what}: {was[identity][key]} was there before and is gone"

    def _mails(self) -> Iterator[str]:
        invited = {str(fields["email"]).casefold() for fields in self.declared.people.values()}
        sent = self.state["mails"][len(self.before.get("mails", ())) :]
        for (person, why), count in Counter((mail["to"].casefold(), mail["why"]) for mail in sent).items():
            if why != "invitation" or person not in invited:
                yield f"{person} got a mail: {why}"
            elif count > 1:
                yield f"{person} was invited {count} times"


def _alternates(value: Any) -> Crowd:
    if isinstance(value, dict):
        ((how, people),) = value.items()
        return Crowd(tuple(people), how == "exactly")
    return Crowd(tuple(value))


def _as_link(item: Tree) -> Link:
    return item["key"], item["meeting_id"], item["context_id"], item["domain"], item["course_id"]


def starts_of(meeting: Tree) -> list[str]:
    """The UTC starts of a stored meeting that were not removed."""
    if meeting["type"] == 8:
        return [item["start_time"] for item in meeting["occurrences"] if item["status"] == "available"]
    return [meeting["start_time"]] if meeting["start_time"] else []


def first_start(meeting: Tree) -> str:
    """When a stored meeting begins, whatever was removed of it."""
    starts: list[str] = [item["start_time"] for item in meeting["occurrences"]] or [meeting["start_time"]]
    return min(starts)


def _instant(wall_clock: str, zone: str) -> datetime:
    return datetime.fromisoformat(wall_clock).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _zulu(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
