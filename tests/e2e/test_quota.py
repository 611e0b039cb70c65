"""A host's hundred meeting writes a day: our share is kept to, the rest is deferred, tomorrow goes on."""

from __future__ import annotations

from reconciler import engine
from tests.e2e.scenes import MANAGED
from tests.rig import Rig, endings

CREATE = "POST /users/{userId}/meetings"
DAY = 86400.0


def timetable(campus: Rig, count: int, *, reserve: int) -> None:
    """One host with so many single meetings, all of them leaving so many writes to the host."""
    campus.control("reset", {"now": campus.clock.now.isoformat(), **MANAGED})
    path = campus.desired / "reconciler.yaml"
    text = path.read_text(encoding="utf-8").replace(
        "plan: education", f'plan: education\n    reserve: "{reserve}"'
    )
    path.write_text(text, encoding="utf-8")
    campus.write("zoom-main/people.yaml", "users:\n  s1: {email: ada@example.edu, license: licensed}\n")
    entries = "".join(
        f"  talk{number}: {{topic: Talk {number}, host: s1, schedule: {{dates: ["
        f'"2026-10-{1 + number % 28:02}T{8 + number % 10:02}:00"], minutes: 30, timezone: UTC}}}}\n'
        for number in range(count)
    )
    campus.write("zoom-main/meetings.yaml", f"course_meetings:\n{entries}")


def count(campus: Rig) -> int:
    return len(campus.world()["meetings"])


def test_the_reserve_is_left_and_the_next_day_goes_on(campus: Rig) -> None:
    timetable(campus, 8, reserve=95)
    plan = campus.plan().plan
    assert plan.host_days == {"zoom-main/user/s1": 8}
    report = campus.apply()
    assert list(endings(report).values()).count("deferred") == 3
    assert campus.writes()[CREATE] == 5
    assert engine.exit_status(report) == 0
    deferred = next(outcome for outcome in report.outcomes if outcome.ending == "deferred")
    assert "2026-09-02 00:00 UTC" in deferred.text
    campus.clock.advance(3600)
    assert set(endings(campus.apply()).values()) == {"deferred"}
    assert campus.writes()[CREATE] == 5, "nothing is even tried while the day lasts"
    campus.clock.advance(DAY / 2)
    assert set(endings(campus.apply()).values()) == {"applied"}
    assert campus.writes()[CREATE] == 8
    assert count(campus) == 8
    assert campus.plan().plan.changes == ()


def test_a_headerless_429_ends_the_hosts_day_after_one_refusal(campus: Rig) -> None:
    timetable(campus, 6, reserve=0)
    campus.write("zoom-main/rooms.yaml", "groups:\n  late: {}\n")
    (campus.desired / "zoom-main/meetings.yaml").rename(campus.folder / "meetings.yaml")
    campus.apply()
    (campus.folder / "meetings.yaml").rename(campus.desired / "zoom-main/meetings.yaml")
    (host,) = [user["id"] for user in campus.world()["users"] if user["email"] == "ada@example.edu"]
    campus.console("edit_quota", meeting_writes={host: 98})
    campus.control("counters/reset", {})
    report = campus.apply()
    words = list(endings(report).values())
    assert (words.count("applied"), words.count("deferred")) == (2, 4)
    counters = campus.control("counters")
    assert counters["writes"][CREATE] == 3
    assert counters["refused"][CREATE] == 1
    assert engine.exit_status(report) == 0
    campus.clock.advance(DAY)
    assert set(endings(campus.apply()).values()) == {"applied"}
    assert count(campus) == 6
    assert campus.plan().plan.changes == ()


def test_one_hosts_day_is_not_anothers(campus: Rig) -> None:
    timetable(campus, 3, reserve=98)
    campus.write(
        "zoom-main/more.yaml",
        """
        users:
          s2: {email: ben@example.edu, license: licensed}
        course_meetings:
          late: {topic: Late, host: s2, schedule: {dates: ["2026-12-01T10:00"], minutes: 30, timezone: UTC}}
        """,
    )
    report = campus.apply()
    assert endings(report)["create zoom-main/course_meeting/late/1"] == "applied"
    assert list(endings(report).values()).count("deferred") == 1


def test_a_quota_spent_within_a_change_is_not_a_failure_and_is_finished_tomorrow(campus: Rig) -> None:
    """The PATCH after a create counts too: what is made stays ours, what is left is done the next day."""
    timetable(campus, 1, reserve=99)
    campus.apply()
    text = (campus.desired / "zoom-main/meetings.yaml").read_text(encoding="utf-8")
    (campus.desired / "zoom-main/meetings.yaml").write_text(
        text.replace("Talk 0", "Lecture 0"), encoding="utf-8"
    )
    assert set(endings(campus.apply()).values()) == {"deferred"}
    campus.clock.advance(DAY)
    assert set(endings(campus.apply()).values()) == {"applied"}
    assert [meeting["topic"] for meeting in campus.world()["meetings"]] == ["Lecture 0"]


def test_soon_comes_before_late(campus: Rig) -> None:
    timetable(campus, 4, reserve=98)
    campus.apply()
    dates = sorted(meeting["start_time"] for meeting in campus.world()["meetings"])
    assert dates == ["2026-10-01T08:00:00Z", "2026-10-02T09:00:00Z"]
