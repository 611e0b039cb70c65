"""Small worlds that together hold every kind and verb: what was applied before, and what is declared now.

Their dates lie far ahead of any machine's clock, for some of what runs on them keeps real time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.rig import LTI, TARGETS

Console = tuple[Mapping[str, Any], ...]

STRANGERS: Console = (
    {"do": "add_user", "email": "stranger@example.edu", "first_name": "Sam", "dept": "Elsewhere"},
    {"do": "add_user", "email": "gus@example.edu", "first_name": "Gus", "last_name": "Found"},
    {"do": "add_group", "name": "Strangers", "members": ["stranger@example.edu", "gus@example.edu"]},
)
MINTED: Console = (
    {
        "do": "create_credential",
        "name": "lti-2026",
        "key": "KLAIJC9OTI2Hm",
        "secret": "sandbox-lti-secret",
    },
    {"do": "add_domain", "key": "KLAIJC9OTI2Hm", "domain": "https://canvas.example.edu"},
)
CONFIRMED = ("zoom-lti/credentials/lti-2026", "zoom-lti/approved-domains/lti-2026")


@dataclass(frozen=True)
class World:
    """Files before and after, what strangers and the console do in between, and who must end disabled."""

    name: str
    before: Mapping[str, str]
    after: Mapping[str, str]
    found: Console = ()
    edited: Console = ()
    disabled: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()
    common: Mapping[str, str] = field(default_factory=dict)


def targets(origin: str) -> str:
    """reconciler.yaml for a sandbox."""
    return TARGETS % {"origin": origin}


FIRST = World(
    name="first contact",
    before={},
    after={
        "zoom-main/people.yaml": """
            users:
              s1: {email: ann@example.edu, first_name: Ann, last_name: Adler}
            groups:
              staff: {members: [s1]}
            """
    },
)
PEOPLE = World(
    name="people and groups",
    found=STRANGERS,
    before={
        "zoom-main/people.yaml": """
            users:
              s1: {email: ann@example.edu, first_name: Ann, last_name: Adler, department: Law}
              s2: {email: bob@example.edu, first_name: Bob, last_name: Bauer}
              s3: {email: cat@example.edu, first_name: Cat, last_name: Costa}
              s4: {email: dan@example.edu, first_name: Dan, last_name: Diaz, lifecycle: {on_absent: delete}}
              old5: {email: eve@example.edu, first_name: Eve, last_name: Evans}
              s6: {email: fay@example.edu, first_name: Fay, last_name: Fischer}
            groups:
              staff: {title: Staff, members: [s1, s2, s3]}
              clubs: {title: Clubs, members: [s2]}
            """
    },
    edited=({"do": "delete_user", "user": "fay@example.edu"},),
    after={
        "zoom-main/people.yaml": """
            users:
              s1: {email: ann@example.edu, first_name: Ann, last_name: Adler, department: History,
                   license: licensed}
              s2: {email: bobby@example.edu, first_name: Bob, last_name: Bauer}
              new5: {email: eve@example.edu, first_name: Eve, last_name: Evans, job_title: Dean,
                     lifecycle: {previously: [old5]}}
              s7: {email: gus@example.edu, first_name: Gus, last_name: Found, department: Music}
              s8: {email: hal@example.edu, first_name: Hal, last_name: Haddad, department: Music}
            groups:
              staff: {title: All staff, members: [s1, s7, s8]}
              choir: {title: Choir, members: {exactly: [s1, new5, s8]}}
            """
    },
    disabled=("cat@example.edu",),
)
MEETINGS = World(
    name="meetings and links",
    found=STRANGERS + MINTED,
    confirmed=CONFIRMED,
    common={
        "zoom-main/people.yaml": """
            users:
              h1: {email: ann@example.edu, first_name: Ann, license: licensed}
              h2: {email: bob@example.edu, first_name: Bob, license: licensed}
            """,
    },
    before={
        "zoom-lti/lti.yaml": LTI,
        "courses.yaml": """
            courses:
              c1: {context_id: ctx-1, domain: "https://canvas.example.edu", canvas_course_id: "1"}
              c2: {context_id: ctx-2, domain: "https://canvas.example.edu"}
            """,
        "zoom-main/meetings.yaml": """
            course_meetings:
              m1: {topic: One, host: h1, course: c1, lifecycle: {allow_replace: true},
                   schedule: {days: [mon], start: "10:00", minutes: 50, from: 2093-09-07, until: 2093-09-28,
                              skip: [2093-09-14], timezone: America/New_York}}
              m2: {topic: Two, host: h1, course: c2, lifecycle: {allow_replace: true},
                   schedule: {dates: ["2093-10-01T09:00"], minutes: 50, timezone: America/New_York}}
              m3: {topic: Three, host: h2, course: c1,
                   schedule: {dates: ["2093-10-02T09:00"], minutes: 50, timezone: America/New_York}}
            """,
    },
    after={
        "zoom-lti/lti.yaml": LTI + '      moodle: {domain: "https://moodle.example.edu"}\n',
        "courses.yaml": """
            courses:
              c1: {context_id: ctx-1, domain: "https://canvas.example.edu", canvas_course_id: "1"}
              c2: {context_id: ctx-2b, domain: "https://canvas.example.edu"}
            """,
        "zoom-main/meetings.yaml": """
            course_meetings:
              m1: {topic: One, host: h2, course: c1, lifecycle: {allow_replace: true},
                   schedule: {days: [mon], start: "10:00", minutes: 50, from: 2093-09-07, until: 2093-09-28,
                              skip: [2093-09-14], timezone: America/New_York}}
              m2: {topic: Two, host: h1, agenda: moved, alternative_hosts: [h2], course: c2,
                   lifecycle: {allow_replace: true},
                   schedule: {dates: ["2093-10-01T11:00"], minutes: 50, timezone: America/New_York}}
              m5: {topic: Five, host: h1, course: c2, alternative_hosts: [h2],
                   schedule: {days: [tue], start: "10:00", minutes: 50, from: 2093-09-08, until: 2093-09-29,
                              skip: [2093-09-15], timezone: America/New_York}}
              m6: {topic: Six, host: h2, course: c2,
                   schedule: {dates: ["2093-10-06T09:00"], minutes: 50, timezone: America/New_York}}
            """,
    },
)
WORLDS = {world.name: world for world in (FIRST, PEOPLE, MEETINGS)}
