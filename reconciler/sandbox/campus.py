"""A deterministic campus of any size: an owner, people, groups and meetings for a seed."""

from __future__ import annotations

import copy
import random
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from reconciler.sandbox.calls import Json
from reconciler.sandbox.clock import zulu
from reconciler.sandbox.world import Account, Meeting, User, World
from reconciler.sandbox.zoom.groups import new_group
from reconciler.sandbox.zoom.meeting_shape import DEFAULTS
from reconciler.sandbox.zoom.tracking_fields import new_field
from reconciler.sandbox.zoom.user_writes import new_user

OWNER_EMAIL = "owner@example.edu"
FIRST = (
    "Ada", "Amir", "Ana", "Ben", "Chen", "Dina", "Elif", "Emil", "Fay", "Gita", "Hugo", "Ines", "Ivan",
    "Jo", "Kai", "Lena", "Luis", "Maya", "Mina", "Noor", "Omar", "Pia", "Quinn", "Rosa", "Sam", "Tariq",
    "Uma", "Vera", "Wen", "Yara", "Zoe",
)  # fmt: skip
LAST = (
    "Adler", "Bauer", "Costa", "Diaz", "Evans", "Fischer", "Garcia", "Haddad", "Ito", "Jensen", "Khan",
    "Lopez", "Mori", "Nowak", "Okafor", "Patel", "Quist", "Rossi", "Silva", "Tanaka", "Ueda", "Varga",
    "Wong", "Xu", "Yilmaz", "Zhang",
)  # fmt: skip
DEPARTMENTS = ("Biology", "Chemistry", "History", "Law", "Mathematics", "Music", "Physics", "Sociology")
OPTIONS = (
    "users", "groups", "meetings", "seed", "seats", "tracking_fields",
    *(item.name for item in fields(Account)),
)  # fmt: skip
LICENSED_EVERY = 5
MEETINGS_PER_HOST = 20
MEMBERS_PER_GROUP = 20


def build_campus(options: Mapping[str, Any], now: datetime) -> World:
    """A campus as asked for.

    `users`, `groups`, `meetings` are numbers of each besides the owner; `seed` fixes ids and names;
    `tracking_fields` are labels; further options are fields of the account. Every fifth person is
    licensed; those host the meetings. Raises ValueError for an option it does not know.
    """
    unknown = sorted(set(options) - set(OPTIONS))
    if unknown:
        raise ValueError(f"unknown: {', '.join(unknown)}; known: {', '.join(OPTIONS)}")
    world = World(int(options.get("seed", 1)))
    for item in fields(Account):
        if item.name in options and item.name != "seats":
            setattr(world.account, item.name, copy.deepcopy(options[item.name]))
    world.account.seats |= options.get("seats", {})
    _add_owner(world, now)
    luck = random.Random(world.seed)
    for number in range(1, int(options.get("users", 0)) + 1):
        _add_person(world, luck, number, now)
    for number in range(1, int(options.get("groups", 0)) + 1):
        _add_group(world, luck, number, now)
    for label in options.get("tracking_fields", ()):
        new_field(world, {"field": label})
    _add_meetings(world, int(options.get("meetings", 0)), now)
    return world


def _add_owner(world: World, now: datetime) -> None:
    info: Json = {"first_name": "Olive", "last_name": "Owner", "type": 2}
    new_user(world, OWNER_EMAIL, info, zulu(now)).role_id = "0"


def _add_person(world: World, luck: random.Random, number: int, now: datetime) -> None:
    first, last = luck.choice(FIRST), luck.choice(LAST)
    info: Json = {
        "first_name": first,
        "last_name": last,
        "type": 2 if number % LICENSED_EVERY == 1 else 1,
        "dept": luck.choice(DEPARTMENTS),
    }
    new_user(world, f"{first}.{last}.{number}@example.edu".lower(), info, zulu(now))


def _add_group(world: World, luck: random.Random, number: int, now: datetime) -> None:
    group = new_group(world, f"{DEPARTMENTS[number % len(DEPARTMENTS)]} group {number}", zulu(now))
    people = list(world.users.values())
    for user in luck.sample(people, min(MEMBERS_PER_GROUP, len(people))):
        world.join(user, group)


def _add_meetings(world: World, count: int, now: datetime) -> None:
    hosts = [user for user in world.users.values() if user.type == 2]
    hosts = hosts[-(-count // MEETINGS_PER_HOST) * -1 :] if count else []
    zone = ZoneInfo(world.account.timezone)
    for number in range(1, count + 1):
        host = hosts[number % len(hosts)]
        day = now.astimezone(zone).date() + timedelta(days=7 + number % 90)
        start = datetime.combine(day, time(8 + number % 10), zone).astimezone(UTC)
        world.add_meeting(_meeting(world, host, number, start, now))


def _meeting(world: World, host: User, number: int, start: datetime, now: datetime) -> Meeting:
    return Meeting(
        id=world.mint_number(),
        uuid=world.mint_uuid(),
        host_id=host.id,
        topic=f"{DEPARTMENTS[number % len(DEPARTMENTS)]} {100 + number} Lecture",
        start_time=zulu(start),
        timezone=world.account.timezone,
        duration=50,
        password=world.mint("password", 8),
        created_at=zulu(now),
        settings=copy.deepcopy(DEFAULTS),
    )
