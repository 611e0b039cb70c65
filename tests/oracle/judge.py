"""The verdict: every way in which the store is not what was declared, in plain words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.declared import Crowd, Declared, Lecture, read_crowd, read_declared
from tests.oracle.fields import (
    ACCOUNT_SETTINGS,
    BOOLEANS,
    LICENCES,
    OWN_SETTINGS,
    PLAIN,
    STORED,
    Compared,
    compare_label,
    compare_meeting,
    compare_option,
    compare_settings,
)
from tests.oracle.rosters import Tree

Link = tuple[str, int, str, str, str]
NOTHING = Declared()


def judge(
    desired: Path,
    state: Tree,
    before: Tree | None = None,
    disabled: Collection[str] = (),
    *,
    was: Declared = NOTHING,
    environment: str = "",
) -> list[str]:
    """What is wrong with `state` (GET /_control/state), given the desired folder; nothing is good.

    `before` is the store before we first wrote: what is in it and not declared must be as it was. `was` is
    what was declared once: who is not any more must have left as it said. `disabled` are the addresses of
    further people who must be inactive.
    """
    return list(_Judge(read_declared(desired, environment), state, before or {}, was).verdict(disabled))


class _Judge:
    """One store against one declaration; remembers which objects are accounted for."""

    def __init__(self, declared: Declared, state: Tree, before: Tree, was: Declared) -> None:
        self.declared = declared
        self.state = state
        self.before = before
        self.was = was
        self.now = datetime.fromisoformat(state["now"])
        self.users = {user["email"].casefold(): user for user in state["users"]}
        self.emails = {user["id"]: email for email, user in self.users.items()}
        elsewhere = {email.casefold() for email in state["account"]["emails_elsewhere"]}
        self.elsewhere = elsewhere - self.users.keys()
        pending = {email for email, user in self.users.items() if user["status"] == "pending"}
        self.out_of_reach = pending | self.elsewhere
        self.ours: set[Any] = set()
        self.links: list[Link] = []
        self.over: set[int] = set()
        self.deleted: set[str] = set()

    def verdict(self, disabled: Collection[str]) -> Iterator[str]:
        yield from self._twins()
        for handle, fields in self.declared.people.items():
            yield from self._person(handle, fields)
        for email in disabled:
            yield from self._left(email, "disable")
        yield from self._leavers()
        yield from self._teams()
        yield from self._account()
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
            "tracking field": Counter(item["field"].casefold() for item in self.state["tracking_fields"]),
            "association": Counter(map(str, map(_as_link, self.state["lti"]["associations"]))),
        }
        for what, counted in keys.items():
            for key, count in counted.items():
                if count > 1:
                    yield f"{what} {key} exists {count} times"

    # people
    def _person(self, handle: str, fields: Tree) -> Iterator[str]:
        email = fields["email"].casefold()
        user = self.users.get(email)
        if user is None:
            if email not in self.elsewhere:
                yield f"person {handle} ({fields['email']}) does not exist"
            return
        self.ours.add(user["id"])
        if user["status"] == "pending":
            return
        active = BOOLEANS[fields.get("active", "true")]
        if (user["status"] == "active") != active and ("active" in fields or not self._was_inactive(email)):
            yield f"person {handle} is {user['status']}"
        if "license" in fields and user["type"] != LICENCES[fields["license"]]:
            yield f"person {handle} has licence type {user['type']}, not {fields['license']}"
        for name in PLAIN:
            stored = user[STORED.get(name, name)]
            if name in fields and stored != (fields[name] or ""):
                yield f"person {handle}: {name} is {stored!r}, not {fields[name]!r}"
        compared = compare_settings(fields.get("settings", {}), user["settings"], OWN_SETTINGS)
        yield from _tell(f"person {handle}", compared)

    def _was_inactive(self, email: str) -> bool:
        found = (user for user in self.before.get("users", ()) if user["email"].casefold() == email)
        return any(user["status"] == "inactive" for user in found)

    def _leavers(self) -> Iterator[str]:
        """Who was declared and is not: kept, disabled or deleted, as their own entry said or by default."""
        found = {user["email"].casefold() for user in self.before.get("users", ())}
        staying = {fields["email"].casefold() for fields in self.declared.people.values()}
        for handle, fields in self.was.people.items():
            email = fields["email"].casefold()
            if email not in staying and handle not in {*self.declared.people, *self.declared.aliases}:
                yield from self._left(
                    email, self.was.leaving[handle] or ("keep" if email in found else "disable")
                )

    def _left(self, email: str, how: str) -> Iterator[str]:
        user = self.users.get(email.casefold())
        if user is None:
            found = (item for item in self.before.get("users", ()) if item["email"].casefold() == email)
            self.deleted.update(item["id"] for item in found)
            if how != "delete" and email not in self.elsewhere:
                yield f"{email} was to be {'kept' if how == 'keep' else 'disabled'}, and is gone"
            return
        self.ours.add(user["id"])
        if how == "delete":
            yield f"{email} was to be deleted, and is {user['status']}"
        elif how == "disable" and user["status"] == "active":
            yield f"{email} was to be disabled, and is {user['status']}"
        elif how == "keep" and user["status"] == "inactive" and not self._was_inactive(email):
            yield f"{email} was to be kept, and is {user['status']}"

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
                yield from self._crowd(f"group {team.title}", team.crowd, present, self.out_of_reach)

    def _crowd(self, what: str, crowd: Crowd, present: set[str], excused: Collection[str]) -> Iterator[str]:
        wanted = {str(self.declared.person(handle)["email"]).casefold() for handle in crowd.people}
        for email in sorted(wanted - present - set(excused)):
            yield f"{what} lacks {email}"
        for email in sorted(present - wanted) if crowd.exactly else ():
            yield f"{what} has {email}, who is not declared"

    # the account
    def _account(self) -> Iterator[str]:
        account = self.state["account"]
        labels = {item["field"].casefold(): item for item in self.state["tracking_fields"]}
        options = {item["name"].casefold(): item for item in account["authentication_options"]}
        for what, wanted, stored, compare in (
            ("tracking field", self.declared.labels, labels, compare_label),
            ("authentication option", self.declared.options, options, compare_option),
        ):
            for title, fields in wanted.items():
                found = stored.get(title.casefold())
                if found is None:
                    yield f"{what} {title} does not exist"
                else:
                    self.ours.add(found["id"])
                    yield from _tell(f"{what} {title}", compare(fields, found))
        compared = compare_settings(self.declared.settings, account["settings"], ACCOUNT_SETTINGS)
        yield from _tell("account", compared)

    # meetings
    def _lectures(self) -> Iterator[str]:
        for lecture in self.declared.lectures:
            host = str(self.declared.person(lecture.host)["email"]).casefold()
            ahead = [start for start in lecture.starts if _instant(start, lecture.zone) > self.now]
            if not ahead or host in self.out_of_reach:
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
        self._excuse_what_is_over()

    def _excuse_what_is_over(self) -> None:
        """A meeting without a date to come is left alone, links and all, if one of ours was called so."""
        topics = {lecture.topic for lecture in (*self.declared.lectures, *self.was.lectures)}
        for meeting in self.state["meetings"]:
            ended = all(datetime.fromisoformat(start) <= self.now for start in starts_of(meeting))
            if meeting["topic"] in topics and ended:
                self.ours.add(meeting["id"])
                self.over.add(meeting["id"])

    def _is(self, meeting: Tree, lecture: Lecture, host: str, ahead: list[str]) -> bool:
        if (meeting["topic"], meeting["host_email"].casefold()) != (lecture.topic, host):
            return False
        starts = [start for start in starts_of(meeting) if datetime.fromisoformat(start) > self.now]
        return sorted(starts) == sorted(_zulu(_instant(start, lecture.zone)) for start in ahead)

    def _lecture(self, what: str, lecture: Lecture, meeting: Tree) -> Iterator[str]:
        minutes = {item["duration"] for item in meeting["occurrences"] if item["status"] == "available"}
        yield from _tell(
            what,
            iter(
                (
                    ("type", meeting["type"], 8 if lecture.weekly else 2),
                    ("timezone", meeting["timezone"], lecture.zone),
                    ("minutes", minutes or {meeting["duration"]}, {lecture.minutes}),
                )
            ),
        )
        options = self.state["account"]["authentication_options"]
        yield from _tell(what, compare_meeting(lecture.fields, meeting, options))
        if "alternative_hosts" in lecture.fields:
            crowd = read_crowd(lecture.fields["alternative_hosts"])
            present = {self.emails.get(person, person) for person in meeting["alternative_host_ids"]}
            yield from self._crowd(f"{what}: alternative hosts", crowd, present, self._unfit())

    def _unfit(self) -> set[str]:
        """Who cannot stand in for a host: not there, not active, or without a licence."""
        licensed = (LICENCES["licensed"], LICENCES["on_prem"])
        fit = {
            mail
            for mail, user in self.users.items()
            if user["status"] == "active" and user["type"] in licensed
        }
        return {*self.users, *self.elsewhere} - fit

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
            if link[1] not in self.over:
                yield f"course link {link} is not declared"
        for link in known.keys() - present.keys():
            yield f"course link {link} was there before and is gone"

    # everybody else's
    def _strangers(self) -> Iterator[str]:
        for what, key in (
            ("users", "email"),
            ("groups", "name"),
            ("meetings", "topic"),
            ("tracking_fields", "field"),
        ):
            was = {item["id"]: self._after_deletes(item) for item in self.before.get(what, ())}
            is_ = {item["id"]: item for item in self.state[what]}
            for identity, item in is_.items():
                if identity in self.ours or item.get("role_id") == "0":
                    continue
                if identity not in was:
                    yield f"{what}: {item[key]} is not declared, and was not there before"
                elif item != was[identity]:
                    yield f"{what}: {item[key]} is not declared, and was changed"
            for identity in was.keys() - is_.keys():
                if not self.deleted & {identity, was[identity].get("host_id")}:
                    yield f"{what}: {was[identity][key]} was there before and is gone"

    def _after_deletes(self, item: Tree) -> Tree:
        """Something as it was, but without people who had to be deleted."""
        lists = {key: value for key, value in item.items() if key in ("member_ids", "alternative_host_ids")}
        return item | {key: [one for one in value if one not in self.deleted] for key, value in lists.items()}

    def _mails(self) -> Iterator[str]:
        people = (*self.declared.people.values(), *self.was.people.values())
        invited = {str(fields["email"]).casefold() for fields in people}
        sent = self.state["mails"][len(self.before.get("mails", ())) :]
        for (person, why), count in Counter((mail["to"].casefold(), mail["why"]) for mail in sent).items():
            if why != "invitation" or person not in invited:
                yield f"{person} got a mail: {why}"
            elif count > 1:
                yield f"{person} was invited {count} times"


def _tell(what: str, compared: Compared) -> Iterator[str]:
    for name, is_, should in compared:
        if is_ != should:
            yield f"{what}: {name} is {is_!r}, not {should!r}"


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
