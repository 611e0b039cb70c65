"""Progress: how far, what limits it, how long still; and where the time of a plan went."""

from __future__ import annotations

import pytest

from reconciler.commands.progress import describe
from reconciler.model.meter import Meter, Pace, limit_of
from reconciler.report.timing import explain_time
from tests.snapshot import samples

LIGHT = Pace(1, held=0.5, answering=0.1, rate="light", per_second=80)
SLOW = Pace(1, held=0.0, answering=0.4)


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def told(meter: Meter) -> tuple[str, str]:
    """What would be shown now."""
    stretch = meter.stretch()
    assert stretch is not None
    return describe(stretch, meter.paces().get(stretch.target, {}), meter.clock())


@pytest.mark.parametrize(
    ("pace", "limit"),
    [(LIGHT, "the vendor's limit of 80 light requests a second"), (SLOW, "the vendor's answers")],
)
def test_time_left_and_what_limits_it(pace: Pace, limit: str) -> None:
    clock = Watch()
    meter = Meter(clock)
    meter.asked("z", "GET /users", Pace(3, held=100.0, rate="medium"))  # before: does not count
    meter.begin("z", "course_meeting")
    meter.expect("z", 400)
    assert told(meter) == ("z/course_meeting", "0 of 400")
    clock.now = 10.0
    for _ in range(100):
        meter.asked("z", "GET /meetings", pace)
        meter.step("z")
    assert told(meter) == ("z/course_meeting", f"100 of 400, 30 s left, limited by {limit}")


def test_a_stretch_without_a_known_length_counts_requests() -> None:
    meter = Meter(Watch())
    meter.asked("z", "GET /users", SLOW)
    meter.begin("z", "user")
    meter.asked("z", "GET /users", SLOW)
    meter.asked("other", "GET /users", SLOW)
    assert told(meter) == ("z/user", "1 request")


def test_steps_of_other_systems_are_not_counted() -> None:
    meter = Meter(Watch())
    meter.begin("", "changes", 2)
    meter.step("z")
    meter.expect("z", 5)
    meter.step("")
    assert told(meter) == ("changes", "1 of 2")


def test_nothing_limits_what_was_not_asked() -> None:
    assert limit_of({}, {}) == "the vendor's answers"


def test_explain_time_names_operations_and_estimates_the_apply() -> None:
    paces = {"zoom-main": {"GET /meetings/{meetingId}": Pace(200, 90.0, 10.0, "light", 80)}}
    text = explain_time(samples.rich(), paces, 12.34)
    assert text.startswith("Reading took 12.3 s.\nzoom-main: 200 requests, limited by the vendor's limit")
    assert "   200  answered in 50 ms after 450 ms of waiting (80 light a second)" in text
    assert "Applying sends zoom-main at least " in text
