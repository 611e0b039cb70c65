"""A host's hundred meeting writes a day: our share is kept to, the rest is deferred, tomorrow goes on."""

from __future__ import annotations

from reconciler import engine
from reconciler.model import HostDays, Report
from reconciler.report import Style, render_plan
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


def days(campus: Rig, host: str = "s1") -> HostDays | None:
    return campus.plan().plan.host_days.get(f"zoom-main/user/{host}")


def told(report: Report) -> dict[str, int]:
    words = list(endings(report).values())
    return {word: words.count(word) for word in sorted(set(words))}


def test_a_timetable_of_170_writes_takes_three_days(campus: Rig) -> None:
    """Each day does its share in the order of the dates, and the next one goes on; nothing is made twice."""
    timetable(campus, 170, reserve=20)
    campus.write(
        "zoom-main/more.yaml",
        """
        users:
          s2: {email: ben@example.edu, license: licensed}
        course_meetings:
          late: {topic: Late, host: s2, schedule: {dates: ["2026-12-01T10:00"], minutes: 30, timezone: UTC}}
        """,
    )
    text = render_plan(campus.plan().plan, Style("markdown"))
    assert "Meetings of `zoom-main/user/s1`: 170 writes, **3 days** (80 a day, 20 left to people)" in text
    assert days(campus) == HostDays(170, 100, 20, used=0, days=3)
    for number, (made, rest) in enumerate(((80, 90), (80, 10), (10, 0)), start=1):
        campus.control("counters/reset", {})
        report = campus.apply()
        assert engine.exit_status(report) == 0
        expected = {"applied": made + (3 if number == 1 else 0), "deferred": rest}
        assert told(report) == {word: number for word, number in expected.items() if number}
        counted = campus.control("counters")
        assert counted["writes"][CREATE] == made + (number == 1), "and the other host's meeting on day one"
        assert sum(counted["refused"].values()) == 0
        topics = [meeting["topic"] for meeting in campus.world()["meetings"] if meeting["topic"] != "Late"]
        assert len(topics) == len(set(topics)) == 170 - rest
        if rest:
            assert days(campus) == HostDays(rest, 100, 20, used=80, days=1 + -(-rest // 80))
        if number == 2:
            assert told(campus.apply()) == {"deferred": rest}, "the same day takes no more"
        campus.clock.advance(DAY)
    assert campus.plan().plan.changes == ()
    assert days(campus) is None
    assert len(campus.world()["meetings"]) == 171


def test_what_the_vendor_says_is_used_up_counts_as_used(campus: Rig) -> None:
    """The host needs all hundred for themselves today: one refusal, and the plan knows it until midnight."""
    timetable(campus, 3, reserve=20)
    (campus.desired / "zoom-main/meetings.yaml").rename(campus.folder / "meetings.yaml")
    campus.apply()
    (campus.folder / "meetings.yaml").rename(campus.desired / "zoom-main/meetings.yaml")
    (host,) = [user["id"] for user in campus.world()["users"] if user["email"] == "ada@example.edu"]
    campus.console("edit_quota", meeting_writes={host: 100})
    campus.control("counters/reset", {})
    report = campus.apply()
    assert told(report) == {"deferred": 3}
    assert campus.control("counters")["refused"] == {CREATE: 1}
    assert days(campus) == HostDays(3, 100, 20, used=100, days=2)
    campus.clock.advance(DAY)
    assert days(campus) == HostDays(3, 100, 20, used=0, days=1)
    assert told(campus.apply()) == {"applied": 3}


def test_dates_that_are_only_taken_out_do_not_count(campus: Rig) -> None:
    """A holiday in mid-term is a deletion of one date; any other change of a series is one write."""
    timetable(campus, 0, reserve=20)
    weekly = """
        course_meetings:
          bio:
            topic: BIO
            host: s1
            schedule: {days: [mon, wed], start: "10:00", minutes: 50, from: 2026-09-07, until: 2026-10-30,
                       timezone: UTC, skip: [%s]}
    """
    campus.write("zoom-main/meetings.yaml", weekly % "2026-09-14")
    assert days(campus) == HostDays(1, 100, 20, used=0, days=1)
    assert told(campus.apply()) == {"applied": 2}
    campus.write("zoom-main/meetings.yaml", weekly % "2026-09-14, 2026-10-12")
    assert len(campus.plan().plan.changes) == 1
    assert days(campus) is None
    campus.apply()
    campus.write("zoom-main/meetings.yaml", (weekly % "2026-09-14, 2026-10-12").replace("10:00", "11:00"))
    assert days(campus) == HostDays(1, 100, 20, used=1, days=1)
    campus.apply()
    assert campus.plan().plan.changes == ()
    (used,) = campus.world()["quota"]["meeting_writes"].values()
    assert used == 2


def test_harm_is_stopped_first_and_looks_come_last(campus: Rig) -> None:
    """With three writes left: the waiting room, then the new meeting, then who is muted; not the agenda."""
    timetable(campus, 4, reserve=93)
    assert told(campus.apply()) == {"applied": 5}
    path = campus.desired / "zoom-main/meetings.yaml"
    text = path.read_text(encoding="utf-8")
    text = text.replace("topic: Talk 0", "agenda: New, topic: Talk 0")
    text = text.replace("topic: Talk 1", "mute_upon_entry: true, topic: Talk 1")
    text = text.replace("topic: Talk 2", "waiting_room: true, topic: Talk 2")
    dates = '{dates: ["2026-09-09T10:00"], minutes: 9, timezone: UTC}'
    text += f"  soon: {{topic: Soon, host: s1, schedule: {dates}}}\n"
    path.write_text(text, encoding="utf-8")
    report = campus.apply()
    assert [change.address.name for change in report.plan.changes] == [
        "talk2/1",
        "soon/1",
        "talk1/1",
        "talk0/1",
    ]
    assert endings(report).pop("update zoom-main/course_meeting/talk0/1") == "deferred"
    assert told(report) == {"applied": 3, "deferred": 1}


def test_what_depends_on_a_deferred_meeting_waits_for_it(campus: Rig) -> None:
    timetable(campus, 2, reserve=99)
    campus.write(
        "courses.yaml", 'courses:\n  bio: {context_id: 4f2a9c, domain: "https://canvas.example.edu"}\n'
    )
    campus.mint()
    path = campus.desired / "zoom-main/meetings.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("host: s1", "host: s1, course: bio"), encoding="utf-8"
    )
    report = campus.apply()
    assert told(report) == {"applied": 3, "deferred": 1, "waiting": 1}
    assert engine.exit_status(report) == 0
    campus.clock.advance(DAY)
    assert told(campus.apply()) == {"applied": 2}
    assert campus.plan().plan.changes == ()


def test_the_reserve_is_left_and_the_next_day_goes_on(campus: Rig) -> None:
    timetable(campus, 8, reserve=95)
    plan = campus.plan().plan
    assert plan.host_days == {"zoom-main/user/s1": HostDays(8, 100, 95, used=0, days=2)}
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
