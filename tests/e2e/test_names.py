"""Names: a person is one person whatever becomes of the e-mail; a rename costs no vendor call."""

from __future__ import annotations

from reconciler import engine
from tests.e2e.scenes import (
    MANAGED,
    guards,
    members,
    people,
    rest,
    rewrite,
    roster,
    settle,
    verbs,
    violation,
    waive,
)
from tests.rig import Rig, changes, endings

SET_EMAIL = "PUT /users/{userId}/email"


def test_one_changed_mail_is_one_request_and_nothing_else(campus: Rig) -> None:
    settle(campus)
    before = campus.world()
    rewrite(campus, "zoom-main/people.yaml", ("ada@example.edu", "ada.king@new.example.edu"))
    assert changes(campus.plan()) == {"zoom-main/user/s1": "update"}
    campus.apply()
    assert campus.writes() == {SET_EMAIL: 1}
    after = campus.world()
    assert [m["host_id"] for m in after["meetings"]] == [m["host_id"] for m in before["meetings"]]
    assert [g["member_ids"] for g in after["groups"]] == [g["member_ids"] for g in before["groups"]]
    assert members(campus, "faculty") == {"ada.king@new.example.edu", "cleo@example.edu"}
    assert campus.plan().plan.changes == ()


def enrol(campus: Rig, count: int) -> dict[str, str]:
    """So many people from a CSV, the first hosting a meeting and in a group; returns their mails."""
    campus.control("reset", {"now": campus.clock.now.isoformat(), **MANAGED, "users": count})
    mails = {f"s{number}": mail for number, mail in enumerate(people(campus), 1)}
    roster(campus, mails, named=False)
    campus.write("zoom-main/groups.yaml", "groups:\n  faculty: {members: [s1, s2]}\n")
    campus.write(
        "zoom-main/meetings.yaml",
        """
        course_meetings:
          talk: {topic: Talk, host: s1, schedule: {dates: ["2026-10-01T10:00"], minutes: 30, timezone: UTC}}
        """,
    )
    rest(campus)
    return mails


def test_three_hundred_mails_change_by_csv_without_a_create_or_a_disable(campus: Rig) -> None:
    mails = enrol(campus, 1010)
    before = {user["id"] for user in people(campus).values()}
    moved = {name: mail.replace("@", "@new.") for name, mail in list(mails.items())[:300]}
    roster(campus, mails | moved, named=False)
    plan = campus.plan().plan
    assert verbs(plan) == ["update"] * 300
    assert plan.violations == ()
    assert set(endings(campus.apply()).values()) == {"applied"}
    assert campus.writes() == {SET_EMAIL: 300}
    assert {user["id"] for user in people(campus).values()} == before
    assert sum("@new." in mail for mail in people(campus)) == 300
    assert campus.plan().plan.changes == ()


def test_a_whole_domain_is_refused_by_updates_and_goes_with_the_printed_waiver(campus: Rig) -> None:
    mails = enrol(campus, 60)
    hosts = [meeting["host_id"] for meeting in campus.world()["meetings"]]
    roster(campus, {name: mail.replace("@", "@new.") for name, mail in mails.items()}, named=False)
    plan = campus.plan().plan
    assert verbs(plan) == ["update"] * 60
    assert guards(plan) == ["updates"]
    refusal = violation(plan, "updates")
    assert "60 of 60 zoom-main/user would be updated (100 %), 30 % allowed above 10" in refusal.text
    report = campus.apply()
    assert set(endings(report).values()) == {"refused"}
    assert engine.exit_status(report) == 3
    assert campus.writes() == {}
    waive(campus, refusal.waive)
    assert guards(campus.plan().plan) == []
    assert set(endings(campus.apply()).values()) == {"applied"}
    assert campus.writes() == {SET_EMAIL: 60}
    assert [meeting["host_id"] for meeting in campus.world()["meetings"]] == hosts
    assert len(members(campus, "faculty")) == 2
    assert campus.plan().plan.changes == ()


def test_previously_moves_record_and_history_without_a_vendor_call(campus: Rig) -> None:
    settle(campus)
    rewrite(
        campus,
        "zoom-main/people.yaml",
        ("s1: {email: ada@example.edu,", "e77: {lifecycle: {previously: [s1]}, email: ada@example.edu,"),
    )
    assert changes(campus.plan()) == {"zoom-main/user/e77": "rename"}
    assert endings(campus.apply()) == {"rename zoom-main/user/e77": "applied"}
    assert campus.writes() == {}
    proposal = campus.plan()
    assert proposal.plan.changes == ()
    assert {r.address.name for r in proposal.recorded.records if r.address.kind == "user"} == {
        "e77", "s2", "s3"
    }  # fmt: skip
    with campus.ledger() as ledger:
        past = ledger.history(next(r.address for r in proposal.recorded.records if r.address.name == "e77"))
    assert {entry.verb for entry in past} == {"create", "rename"}


def test_a_rename_with_a_new_mail_changes_the_mail_only(campus: Rig) -> None:
    settle(campus)
    rewrite(
        campus,
        "zoom-main/people.yaml",
        ("s1: {email: ada@example.edu,", "e77: {lifecycle: {previously: [s1]}, email: ada.k@example.edu,"),
    )
    campus.apply()
    assert campus.writes() == {SET_EMAIL: 1}
    assert campus.plan().plan.changes == ()


def test_a_disappearance_that_looks_like_an_appearance_blocks_both(campus: Rig) -> None:
    settle(campus)
    rewrite(campus, "zoom-main/groups.yaml", ("[s1, s3]", "[s3]"))
    rewrite(campus, "zoom-main/people.yaml", ("s1: {", "e77: {"))
    rewrite(campus, "zoom-main/meetings.yaml", ("host: s1", "host: s2"), ("alternative_hosts: [s2]", ""))
    plan = campus.plan().plan
    refusal = violation(plan, "look_alike")
    assert {str(address) for address in refusal.addresses} == {"zoom-main/user/s1", "zoom-main/user/e77"}
    assert "previously: [s1]" in refusal.text
    assert "zoom-main/user/e77" not in changes(campus.plan())
    assert "zoom-main/user/s1" not in changes(campus.plan())


def test_one_source_with_the_same_name_and_domain_is_a_look_alike_and_can_be_excused(campus: Rig) -> None:
    mails = {f"s{number}": f"p{number}@example.edu" for number in range(1, 21)}
    campus.control("reset", {"now": campus.clock.now.isoformat(), **MANAGED})
    roster(campus, mails)
    rest(campus)
    new = {("t1" if name == "s1" else name): mail for name, mail in mails.items()} | {
        "t1": "other@example.edu"
    }
    roster(campus, new)
    assert guards(campus.plan().plan) == ["look_alike"]
    report = campus.apply()
    assert report.outcomes == ()
    assert engine.exit_status(report) == 3
    assert campus.writes() == {}
    text = (campus.desired / "zoom-main/people.yaml").read_text(encoding="utf-8")
    (campus.desired / "zoom-main/people.yaml").write_text(
        text + "  entries:\n    t1: {lifecycle: {different_person: true}}\n", encoding="utf-8"
    )
    assert changes(campus.plan()) == {"zoom-main/user/t1": "create", "zoom-main/user/s1": "remove"}


def test_the_same_name_elsewhere_only_warns(campus: Rig) -> None:
    settle(campus)
    rewrite(
        campus,
        "zoom-main/people.yaml",
        ("s3: {email: cleo@example.edu,", "e9: {email: other@new.example.edu,"),
    )
    rewrite(campus, "zoom-main/groups.yaml", ("[s1, s3]", "[s1]"))
    plan = campus.plan().plan
    assert plan.violations == ()
    (warning,) = [finding for finding in plan.findings if finding.severity == "warning"]
    assert warning.subject == "zoom-main/user/e9"
    assert "previously: [s3]" in warning.remedy


def test_a_mail_outside_the_managed_domains_is_a_hand_off_never_a_replace(campus: Rig) -> None:
    settle(campus)
    rewrite(campus, "zoom-main/people.yaml", ("ada@example.edu", "ada@elsewhere.example"))
    plan = campus.plan().plan
    assert verbs(plan) == ["update"]
    (page,) = plan.hand_offs
    assert page.items[0].values == {"email": "ada@elsewhere.example"}
    report = campus.apply()
    assert set(endings(report).values()) == {"handed off"}
    assert engine.exit_status(report) == 0
    assert campus.writes() == {}
    campus.console("edit_user", user="ada@example.edu", email="ada@elsewhere.example")
    assert campus.plan().plan.changes == ()
