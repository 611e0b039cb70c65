"""The store of one simulated campus: plain dataclasses, their indexes, and their JSON form."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

from reconciler.sandbox.calls import Json
from reconciler.sandbox.canvas.store import Canvas
from reconciler.sandbox.kaltura.store import Kaltura
from reconciler.sandbox.moodle.store import Site

FORMAT = 1


@dataclass(slots=True)
class User:
    """A person. `status` is active, inactive or pending; `invitation` is "", "sent" or "expired"."""

    id: str
    email: str
    status: str = "active"
    type: int = 1
    role_id: str = "2"
    first_name: str = ""
    last_name: str = ""
    display_name: str = ""
    dept: str = ""
    job_title: str = ""
    company: str = ""
    location: str = ""
    cost_center: str = ""
    manager: str = ""
    language: str = "en-US"
    timezone: str = ""
    phone_numbers: list[Json] = field(default_factory=list)
    pmi: int = 0
    use_pmi: bool = False
    vanity_name: str = ""
    host_key: str = ""
    pronouns: str = ""
    pronouns_option: int = 1
    custom_attributes: list[Json] = field(default_factory=list)
    cms_user_id: str = ""
    division_ids: list[str] = field(default_factory=list)
    about_me: str = ""
    linkedin_url: str = ""
    plan_united_type: str = ""
    zoom_one_type: int = 0
    license_info_list: list[Json] = field(default_factory=list)
    employee_unique_id: str = ""
    login_types: list[int] = field(default_factory=lambda: [100])
    created_at: str = ""
    group_ids: list[str] = field(default_factory=list)
    settings: Json = field(default_factory=dict)
    invitation: str = ""
    was_licensed: bool = False
    email_changes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Group:
    """A group; the order of `member_ids` is the order of joining."""

    id: str
    name: str
    created_at: str = ""
    member_ids: list[str] = field(default_factory=list)
    admin_ids: list[str] = field(default_factory=list)
    settings: Json = field(default_factory=dict)
    lock_settings: Json = field(default_factory=dict)


@dataclass(slots=True)
class Meeting:
    """A meeting; times are UTC text with Z, `start_time` is empty where the type has no fixed time."""

    id: int
    uuid: str
    host_id: str
    topic: str
    type: int = 2
    agenda: str = ""
    start_time: str = ""
    timezone: str = "UTC"
    duration: int = 60
    password: str = ""
    created_at: str = ""
    recurrence: Json | None = None
    occurrences: list[Json] = field(default_factory=list)
    settings: Json = field(default_factory=dict)
    alternative_host_ids: list[str] = field(default_factory=list)
    tracking_fields: list[Json] = field(default_factory=list)
    status: str = "waiting"
    creation_source: str = "open_api"
    pre_schedule: bool = False
    updates: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Account:
    """What the account's contract and console decide; `seats` None means that there is no limit."""

    id: str = "sandbox-account"
    plan: str = "business"
    timezone: str = "America/New_York"
    seats: dict[str, int | None] = field(default_factory=lambda: {"licensed": None, "basic": None})
    managed_domains: list[str] = field(default_factory=lambda: ["example.edu"])
    trusted_domains: list[str] = field(default_factory=list)
    features: list[str] = field(default_factory=list)
    require_password: bool = True
    settings: Json = field(default_factory=dict)
    authentication_options: list[Json] = field(default_factory=list)
    emails_elsewhere: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Quota:
    """What one UTC day has used up."""

    day: str = ""
    meeting_writes: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Lti:
    """LTI Pro's own store: credentials by key, platforms of 1.3, and the associations no call shows."""

    credentials: list[Json] = field(default_factory=list)
    associations: list[Json] = field(default_factory=list)
    platforms: list[Json] = field(default_factory=list)


class World:
    """One campus. Change people's addresses and meetings through its methods: they keep the indexes."""

    def __init__(self, seed: int = 1) -> None:
        self.seed = seed
        self.serial = 0
        self.account = Account()
        self.quota = Quota()
        self.lti = Lti()
        self.canvas = Canvas()
        self.moodle = Site()
        self.kaltura = Kaltura()
        self.rest: dict[str, dict[str, dict[str, Json]]] = {}  # by vendor, sort of thing and id
        self.users: dict[str, User] = {}
        self.groups: dict[str, Group] = {}
        self.meetings: dict[int, Meeting] = {}
        self.tracking_fields: list[Json] = []
        self.deleted: list[Json] = []
        self.mails: list[Json] = []
        self._by_email: dict[str, str] = {}
        self._by_host: dict[str, dict[int, Meeting]] = {}

    # ids: never used twice, the same for the same seed and history
    def mint(self, what: str, length: int = 22) -> str:
        """A new id of URL-safe characters that does not start with a dash."""
        self.serial += 1
        digest = hashlib.sha256(f"{self.seed}:{what}:{self.serial}".encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().replace("-", "x")[:length]

    def mint_number(self) -> int:
        """A new 11-digit meeting number, past what 32 bits hold."""
        while True:
            self.serial += 1
            digest = hashlib.sha256(f"{self.seed}:meeting:{self.serial}".encode()).digest()
            number = 80_000_000_000 + int.from_bytes(digest[:8]) % 10_000_000_000
            if number not in self.meetings:
                return number

    def mint_uuid(self) -> str:
        """A new meeting uuid: standard Base64 of 16 bytes, slashes and padding included."""
        self.serial += 1
        digest = hashlib.sha256(f"{self.seed}:uuid:{self.serial}".encode()).digest()
        return base64.b64encode(digest[:16]).decode()

    # people
    def add_user(self, user: User) -> User:
        """Keep a person and their address."""
        self.users[user.id] = user
        self._by_email[user.email.casefold()] = user.id
        return user

    def find_user(self, key: str) -> User | None:
        """The person with this id or, without regard to case, this address."""
        return self.users.get(key) or self.users.get(self._by_email.get(key.casefold(), ""))

    def change_email(self, user: User, email: str) -> None:
        """Give a person another address."""
        self._by_email.pop(user.email.casefold(), None)
        user.email = email
        self._by_email[email.casefold()] = user.id

    def remove_user(self, user: User, *, how: str, by: str, at: str) -> None:
        """Take a person away with their memberships and whatever meetings they still host."""
        for meeting in list(self.meetings_of(user.id)):
            self.remove_meeting(meeting, how="host removed", by=by, at=at)
        for group_id in list(user.group_ids):
            self.leave(user, self.groups[group_id])
        for group in self.groups.values():
            if user.id in group.admin_ids:
                group.admin_ids.remove(user.id)
        self._by_email.pop(user.email.casefold(), None)
        del self.users[user.id]
        self.bury("user", user.id, user.email, how=how, by=by, at=at)

    # groups
    def join(self, user: User, group: Group) -> bool:
        """Make a person a member, last in order; False where they already are one."""
        if group.id in user.group_ids:
            return False
        user.group_ids.append(group.id)
        group.member_ids.append(user.id)
        return True

    def leave(self, user: User, group: Group) -> None:
        """End a membership."""
        user.group_ids.remove(group.id)
        group.member_ids.remove(user.id)

    def remove_group(self, group: Group, *, by: str, at: str) -> None:
        """Take a group away; its members stay."""
        for member_id in list(group.member_ids):
            self.leave(self.users[member_id], group)
        del self.groups[group.id]
        self.bury("group", group.id, group.name, how="delete", by=by, at=at)

    # meetings
    def add_meeting(self, meeting: Meeting) -> Meeting:
        """Keep a meeting under its host."""
        self.meetings[meeting.id] = meeting
        self._by_host.setdefault(meeting.host_id, {})[meeting.id] = meeting
        return meeting

    def meetings_of(self, host_id: str) -> Iterable[Meeting]:
        """A host's meetings, oldest first."""
        return self._by_host.get(host_id, {}).values()

    def hand_over(self, meeting: Meeting, host_id: str) -> None:
        """Make a meeting another host's."""
        del self._by_host[meeting.host_id][meeting.id]
        meeting.host_id = host_id
        self._by_host.setdefault(host_id, {})[meeting.id] = meeting

    def remove_meeting(self, meeting: Meeting, *, how: str, by: str, at: str) -> None:
        """Take a meeting away together with its LTI associations."""
        del self.meetings[meeting.id]
        del self._by_host[meeting.host_id][meeting.id]
        self.lti.associations = [link for link in self.lti.associations if link["meeting_id"] != meeting.id]
        self.bury("meeting", str(meeting.id), meeting.topic, how=how, by=by, at=at)

    # traces
    def bury(self, kind: str, id: str, name: str, *, how: str, by: str, at: str) -> None:
        """Note a removal: `by` is api or console."""
        self.deleted.append({"kind": kind, "id": id, "name": name, "how": how, "by": by, "at": at})

    def mail(self, to: str, why: str, at: str) -> None:
        """Count a mail that the vendor would have sent."""
        self.mails.append({"to": to, "why": why, "at": at})

    # JSON
    def to_json(self) -> Json:
        """The store in its documented form (see `control.state`); orjson writes the dataclasses."""
        return {
            "format": FORMAT,
            "seed": self.seed,
            "serial": self.serial,
            "account": self.account,
            "quota": self.quota,
            "users": list(self.users.values()),
            "groups": list(self.groups.values()),
            "meetings": list(self.meetings.values()),
            "tracking_fields": self.tracking_fields,
            "deleted": self.deleted,
            "lti": self.lti,
            "canvas": self.canvas,
            "moodle": self.moodle,
            "kaltura": self.kaltura,
            "rest": self.rest,
            "mails": self.mails,
        }

    def dump(self) -> bytes:
        """The store as JSON text."""
        return orjson.dumps(self.to_json())

    @classmethod
    def load(cls, text: bytes) -> World:
        """The store from JSON text. Raises ValueError where it is no store of this format."""
        data: Any = orjson.loads(text)
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise ValueError(f"not a sandbox world of format {FORMAT}")
        try:
            return cls._from_json(data)
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a sandbox world: {error}") from error

    @classmethod
    def _from_json(cls, data: Json) -> World:
        world = cls(data["seed"])
        world.serial = data["serial"]
        world.account = Account(**data["account"])
        world.quota = Quota(**data["quota"])
        world.lti = Lti(**data["lti"])
        world.canvas = Canvas(**data.get("canvas", {}))
        world.moodle = Site(**data.get("moodle", {}))
        world.kaltura = Kaltura(**data.get("kaltura", {}))
        world.rest = data.get("rest", {})
        world.groups = {item["id"]: Group(**item) for item in data["groups"]}
        for item in data["users"]:
            world.add_user(User(**item))
        for item in data["meetings"]:
            world.add_meeting(Meeting(**item))
        world.tracking_fields = data["tracking_fields"]
        world.deleted = data["deleted"]
        world.mails = data["mails"]
        return world
