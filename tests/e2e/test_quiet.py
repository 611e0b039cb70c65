"""Nobody is mailed for what we do, except by an invitation that Zoom itself insists on."""

from __future__ import annotations

from typing import Any

from tests.rig import Rig, endings

PEOPLE = """
    users:
      ann: {email: ann@example.edu, license: licensed}
      bob: {email: bob@example.edu, license: licensed}
      cy: {email: %s, license: basic}
    groups:
      staff: {members: [ann, bob]}
"""
MEETINGS = """
    course_meetings:
      bio:
        topic: %s
        host: ann
        alternative_hosts: [%s]
        schedule:
          days: [mon, wed]
          start: "10:00"
          minutes: 50
          from: 2026-10-05
          until: 2026-11-27
          skip: [2026-10-12]
          timezone: America/New_York
"""


def mails(rig: Rig) -> list[Any]:
    found: list[Any] = rig.world()["mails"]
    return found


def test_making_changing_and_removing_mails_nobody(campus: Rig) -> None:
    campus.write("zoom-main/people.yaml", PEOPLE % "cy@example.edu")
    campus.write("zoom-main/meetings.yaml", MEETINGS % ("Biology", "bob"))
    assert set(endings(campus.apply()).values()) == {"applied"}
    campus.write("zoom-main/meetings.yaml", MEETINGS % ("Biology 101", "bob"))
    campus.write("zoom-main/people.yaml", PEOPLE % "cyrus@example.edu")
    assert set(endings(campus.apply()).values()) == {"applied"}
    (campus.desired / "zoom-main/meetings.yaml").unlink()
    assert endings(campus.apply()) == {"remove zoom-main/course_meeting/bio/1": "applied"}
    assert mails(campus) == []


def test_the_only_mail_is_the_invitation_zoom_sends(campus: Rig) -> None:
    campus.write("zoom-main/people.yaml", PEOPLE % "cy@elsewhere.example")
    campus.apply()
    campus.apply()
    assert [mail["to"] for mail in mails(campus)] == ["cy@elsewhere.example"]
