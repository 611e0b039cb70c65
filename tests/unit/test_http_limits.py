"""429 in every dialect, rate buckets, daily quotas and the part of them that is left to people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from reconciler.drivers.limits import Bucket, next_midnight, read_retry_after, read_throttle
from reconciler.errors import Deferred, Refused
from tests.unit.driver_rig import NOW, PLAIN_WRITE, READ, WRITE, answer_json, answer_with

DONE = answer_json(201, {"id": "1"})
MIDNIGHT = datetime(2026, 9, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        ("0.5", 0.5),
        ("2026-09-01T12:00:09Z", 9),
        ("2026-09-01T14:00:09+02:00", 9),
        ("2026-09-01T12:00:09", 9),
        ("Tue, 01 Sep 2026 12:00:09 GMT", 9),
    ],
)
def test_retry_after_is_read_in_every_dialect(text: str, seconds: float) -> None:
    assert read_retry_after(text, NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "soon", "9" * 400, "9999-12-31T23:59:59-23:59"])
def test_an_unreadable_retry_after_is_none(text: str) -> None:
    assert read_retry_after(text, NOW) is None


def test_throttles_are_told_by_operation_and_headers_never_by_message() -> None:
    assert read_throttle({"x-ratelimit-type": "QPS"}, True, NOW).until is None
    assert read_throttle({}, False, NOW).seconds == 1.0
    assert read_throttle({"retry-after": "3"}, True, NOW).seconds == 3
    host = read_throttle({"x-ratelimit-category": "Light"}, True, NOW)
    assert (host.until, host.owner) == (MIDNIGHT, True)
    daily = read_throttle(
        {"x-ratelimit-type": "Daily-limit", "retry-after": "2026-09-02T00:00:00Z"}, True, NOW
    )
    assert (daily.until, daily.owner) == (MIDNIGHT, False)
    assert read_throttle({"retry-after": "7200"}, False, NOW).until == NOW + timedelta(hours=2)


def test_a_short_429_is_sent_again_after_a_pause() -> None:
    desk = answer_with(httpx.Response(429, headers={"X-RateLimit-Type": "QPS"}), DONE)
    assert desk.client.call(WRITE, body={}, owner="h") == {"id": "1"}
    assert desk.journal.states == ["refused", "answered"]
    assert 0.5 <= sum(desk.clock.slept) <= 1.6
    endless = answer_with(httpx.Response(429, headers={"Retry-After": "2"}))
    with pytest.raises(Refused, match="429") as caught:
        endless.client.call(WRITE, body={}, owner="h")
    assert type(caught.value) is Refused
    assert len(endless.requests) == 6


def test_a_hosts_used_up_day_is_deferred_and_remembered() -> None:
    desk = answer_with(httpx.Response(429), DONE)
    for _ in range(2):
        with pytest.raises(Deferred) as caught:
            desk.client.call(WRITE, body={}, owner="host-1")
        assert caught.value.until == MIDNIGHT
    assert len(desk.requests) == 1
    assert desk.journal.states == ["refused"]
    assert desk.client.call(WRITE, body={}, owner="host-2") == {"id": "1"}
    desk.clock.now = MIDNIGHT
    assert desk.client.call(WRITE, body={}, owner="host-1") == {"id": "1"}


def test_an_accounts_used_up_day_stops_its_whole_rate_class() -> None:
    until = "2026-09-02T00:00:00Z"
    desk = answer_with(
        httpx.Response(429, headers={"X-RateLimit-Type": "Daily-limit", "Retry-After": until}),
        httpx.Response(200, json=[]),
    )
    with pytest.raises(Deferred, match="resumes at 2026-09-02 00:00 UTC"):
        desk.client.call(READ)
    with pytest.raises(Deferred):
        desk.client.call(PLAIN_WRITE, path={"id": "1"})
    assert len(desk.requests) == 1
    assert desk.opening.budget.blocked("main", "light", "") == MIDNIGHT
    desk.clock.now = MIDNIGHT
    assert desk.client.call(READ) == []


def test_planning_never_writes_the_budget() -> None:
    desk = answer_with(httpx.Response(429, headers={"X-RateLimit-Type": "Daily-limit"}), planning=True)
    with pytest.raises(Deferred):
        desk.client.call(READ)
    assert desk.opening.budget.blocked("main", "light", "") is None


def test_our_share_of_a_hosts_day_is_counted_by_host_and_utc_day() -> None:
    desk = answer_with(DONE, shares={"thing writes": 3})
    for _ in range(3):
        desk.client.call(WRITE, body={}, owner="host-1")
    with pytest.raises(Deferred, match="today's thing writes of host-1 are used up") as caught:
        desk.client.call(WRITE, body={}, owner="host-1")
    assert caught.value.until == MIDNIGHT
    desk.client.call(WRITE, body={}, owner="host-2")
    desk.clock.now = next_midnight(desk.clock.now)
    desk.client.call(WRITE, body={}, owner="host-1")


@pytest.mark.parametrize("rate", [2, 4, 30, 80])
def test_no_second_holds_more_requests_than_the_rate(rate: int) -> None:
    bucket, now, sent = Bucket(rate), 1000.0, []
    for _ in range(5 * rate):
        now += bucket.reserve(now)
        sent.append(now)
    assert max(sum(1 for other in sent if at <= other < at + 1) for at in sent) <= rate
    assert sent[-1] - sent[0] <= 5 / 0.9


def test_a_clock_set_back_does_not_stop_the_bucket() -> None:
    bucket = Bucket(1)
    bucket.reserve(10_000.0)
    assert bucket.reserve(0.0) == 0.0
    assert Bucket().reserve(5.0) == 0.0


def test_the_client_paces_by_rate_class() -> None:
    desk = answer_with(httpx.Response(200, json=[]), rates={"light": 2})
    for _ in range(4):
        desk.client.call(READ)
    assert sum(desk.clock.slept) == pytest.approx(3 / 1.8)
