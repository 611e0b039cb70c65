"""What reports promise one by one: sentences, folding, length, differences, width, redaction."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len

from reconciler.model import (
    Create,
    Drift,
    FieldChange,
    Finding,
    HandOff,
    LedgerStamp,
    Outcome,
    Plan,
    Reason,
    Removal,
    Remove,
    Report,
    Update,
    Violation,
)
from reconciler.model.plan import Ending
from reconciler.report import Style, redact, render_plan, render_report
from reconciler.report.ended import NEXT, TONES, WORST_FIRST
from reconciler.report.explain import explain_difference
from reconciler.report.fields import TONES as VERB_TONES
from reconciler.report.markdown import LIMIT
from reconciler.report.summary import SYNC_TONES, VERBS
from reconciler.report.values import show
from reconciler.resources.base import Plain
from tests.snapshot import samples
from tests.snapshot.campus import group, meeting, new_user, user


def first_line(plan: Plan) -> str:
    return render_plan(plan, Style(width=1000)).splitlines()[0]


def with_changes(*changes: Any) -> Plan:
    return replace(samples.empty(), changes=changes)


def test_every_verb_status_and_ending_has_its_words() -> None:
    assert {kind.verb for kind in VERB_TONES} == set(VERBS)
    assert set(SYNC_TONES) == {status.sync for status in samples.statuses()}
    assert set(TONES) == {*WORST_FIRST, Ending.APPLIED} == set(Ending)
    assert set(NEXT) == set(WORST_FIRST)


def test_the_sentence_counts_and_says_that_no_one_loses_a_licence() -> None:
    plan = with_changes(new_user("a", "a@example.edu", "A B", 1), new_user("b", "b@example.edu", "B C", 2))
    assert first_line(plan) == "2 changes in 1 system: 2 create. No one loses a licence."


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            Update(
                address=user("a"),
                reason=Reason.EDITED,
                fields=(FieldChange("license", "licensed", "basic", Reason.EDITED, falls=True),),
            ),
            "1 person loses a licence.",
        ),
        (
            Update(
                address=user("a"),
                reason=Reason.EDITED,
                fields=(FieldChange("active", True, False, Reason.EDITED, falls=True),),
            ),
            "1 person loses their access.",
        ),
        (
            Remove(address=user("a"), reason=Reason.UNDECLARED, how=Removal.DISABLE, number=1),
            "1 person loses their access.",
        ),
        (
            Remove(address=group("a"), reason=Reason.UNDECLARED, how=Removal.DELETE, number=1),
            "No one loses a licence.",
        ),
    ],
)
def test_the_sentence_says_who_loses_what(change: Any, said: str) -> None:
    assert first_line(with_changes(change)).endswith(said)


def test_a_preview_says_so_first_and_claims_nothing_of_removals() -> None:
    text = render_plan(samples.preview())
    assert text.startswith("This is a preview.")
    assert "No one loses" not in render_plan(replace(samples.empty(), changes=(), ledger=None))
    assert "can be applied until" not in text
    assert "\nRemovals\n" not in text


def test_an_empty_plan_is_one_line() -> None:
    assert render_plan(samples.empty()) == "Nothing to do. 1 attested, 12 in sync.\n"


@pytest.mark.parametrize(
    "something",
    [
        {"findings": (Finding("warning", "a/b/c", "look"),)},
        {"drift": (Drift(user("a"), "department", "x", "y"),)},
        {"hand_offs": samples.hand_offs()},
    ],
    ids=["findings", "drift", "hand-offs"],
)
def test_a_plan_without_changes_still_says_what_there_is_to_know(something: dict[str, Any]) -> None:
    plan = replace(samples.empty(), **something)
    assert first_line(plan).startswith("No changes.")
    assert len(render_plan(plan).splitlines()) > 5


def removals(number: int) -> tuple[Remove, ...]:
    return tuple(
        Remove(
            address=group(f"old-{at:05}"),
            reason=Reason.UNDECLARED,
            label=f"Old group {at} of the faculty of arts and letters",
            remote_id=f"id{at}",
            how=Removal.DELETE,
            number=1,
            note="its memberships; the people stay",
        )
        for at in range(number)
    )


@pytest.mark.parametrize("style", [Style(), Style("markdown"), Style("html")], ids=lambda style: style.format)
def test_removals_never_fold(style: Style) -> None:
    text = render_plan(with_changes(*removals(250)), style)
    assert all(f"old-{at:05}" in text for at in range(250))
    assert text.count("its memberships; the people stay") == 250


def test_a_comment_is_shortened_before_removals_are() -> None:
    creates = [new_user(f"s{at}", f"s{at}@example.edu", f"S {at}", at + 1) for at in range(50)]
    updates = [
        replace_fields(user(f"u{at}"), FieldChange("job_title", "a" * 200, "b" * 200, Reason.EDITED))
        for at in range(300)
    ]
    text = render_plan(with_changes(*creates, *updates, *removals(250)), Style("markdown"))
    assert len(text) < LIMIT
    assert "Shortened to fit a comment." in text
    assert text.count("remove (delete)") == 250
    assert "300 update" in text


def replace_fields(address: Any, *fields: FieldChange) -> Update:
    return Update(address=address, reason=Reason.EDITED, fields=fields)


@pytest.mark.parametrize("number", [900, 2000])
def test_a_comment_that_cannot_hold_every_removal_says_not_to_approve_from_it(number: int) -> None:
    text = render_plan(with_changes(*removals(number)), Style("markdown"))
    assert len(text) < LIMIT
    if number == 900:
        assert text.count("remove (delete)") == 900
    else:
        assert "Do not approve from this comment" in text.split("###")[0]


def test_a_long_hand_off_file_does_not_break_the_fence() -> None:
    rows = "\n".join(f"row {at}" for at in range(20_000))
    hand_off = replace(samples.hand_offs()[0], files={"import.csv": rows})
    text = render_plan(replace(samples.rich(), hand_offs=(hand_off,)), Style("markdown", full=True))
    assert len(text) < LIMIT
    assert len(re.findall(r"(?m)^ *```", text)) % 2 == 0


def test_a_refusal_prints_the_line_that_waives_it_unwrapped() -> None:
    line = "- {guard: removals, addresses: " + ", ".join(f"zoom-main/group/{at}" for at in range(30)) + "}"
    violation = Violation("removals", "zoom-main", "30 removals", (group("a"),), "target", line)
    text = render_plan(replace(samples.rich(), violations=(violation,)), Style(width=60))
    assert line in text
    assert text.index("Refused: nothing is applied to zoom-main") < text.index("Systems")


def test_a_refused_plan_does_not_tell_to_apply() -> None:
    violation = Violation("binding", "zoom-main", "another account", (), "target")
    plan = replace(with_changes(new_user("a", "a@b.example", "A B", 1)), violations=(violation,))
    assert "reconciler apply" not in render_plan(plan)
    assert "This cannot be waived" in render_plan(plan)


def test_the_next_command_names_the_environment() -> None:
    assert "reconciler apply --environment 'two words'" in render_plan(
        replace(samples.rich(), environment="two words")
    )


def test_findings_a_guard_refused_are_not_told_twice() -> None:
    finding = Finding("error", "zoom-main", "bound otherwise", guard="binding")
    violation = Violation("binding", "zoom-main", "bound otherwise", (), "target")
    text = render_plan(replace(samples.empty(), findings=(finding,), violations=(violation,)))
    assert text.count("bound otherwise") == 1


def test_every_outcome_that_is_not_applied_is_in_the_report() -> None:
    changes = [new_user(f"s{at}", f"s{at}@example.edu", f"S {at}", at + 1) for at in range(40)]
    outcomes = tuple(Outcome(change, Ending.FAILED, f"because {at}") for at, change in enumerate(changes))
    report = Report(samples.empty(), "run-1", samples.AS_OF, samples.AS_OF, outcomes)
    for style in (Style(), Style("markdown"), Style("html")):
        text = render_report(report, style)
        assert all(f"because {at}" in text for at in range(40))


@pytest.mark.parametrize("width", [40, 72, 100, 200])
def test_lines_fit_the_terminal_where_words_do(width: int) -> None:
    for line in render_plan(samples.rich(), Style(width=width)).splitlines():
        words = line.split()
        assert cell_len(line) <= width or cell_len(max(words, key=cell_len)) + 20 > width or len(words) < 3


def test_wide_characters_count_twice() -> None:
    plan = with_changes(new_user("s1", "a@example.edu", "\u5c71\u7530\u592a\u90ce " * 12, 1))
    assert all(cell_len(line) <= 60 for line in render_plan(plan, Style(width=60)).splitlines())


def test_without_colour_there_is_no_escape_and_with_it_the_words_are_the_same() -> None:
    bare = render_plan(samples.rich())
    coloured = render_plan(samples.rich(), Style(colour=True))
    assert "\x1b" not in bare
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == bare


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "not set"),
        (True, "true"),
        ("true", '"true"'),
        ("0123", '"0123"'),
        (123, "123"),
        ("", '""'),
        (" a", '" a"'),
        ("plain words", "plain words"),
        (("a", 1), "[a, 1]"),
        ({"a": None}, "{a: not set}"),
        (tuple("abcdefgh"), "[a, b, ..., h (8 in all)]"),
        ("x" * 310, "x" * 300 + "... (and 10 more characters)"),
    ],
)
def test_a_value_is_written_so_that_its_type_shows(value: Plain, text: str) -> None:
    assert show(value) == text


def said(before: Plain, after: Plain) -> list[str]:
    return [f"{path}|{''.join(s.text for s in line)}" for path, line in explain_difference(before, after)]


def test_prose_is_compared_by_words() -> None:
    line = explain_difference("we meet in room 12 on Monday", "we meet in room 14 on Monday")[0][1]
    assert [(span.text, span.tone.value) for span in line] == [
        ("we meet in room ", "plain"),
        ("12", "cut"),
        ("14", "added"),
        (" on Monday", "plain"),
    ]


def test_long_prose_keeps_only_the_words_around_a_change() -> None:
    words = " ".join(f"w{at}" for at in range(60))
    assert said(f"{words} old {words}", f"{words} new {words}") == ["|...w57 w58 w59 oldnew w0 w1 w2..."]


def test_nested_values_are_compared_by_parts() -> None:
    before: Plain = {"days": ("mon", "wed"), "zone": "A", "deep": {"x": 1, "y": ("b", "a")}}
    after: Plain = {"days": ("mon", "tue"), "zone": "B", "deep": {"x": 1, "y": ("a", "b"), "z": True}}
    assert said(before, after) == [
        "days|-wed  +tue  ",
        "deep|+z: true  ",
        "deep.y|[b, a] -> [a, b]",
        "zone|A -> B",
    ]


def test_values_of_different_shape_are_shown_whole() -> None:
    assert said(None, ("a",)) == ["|not set -> [a]"]
    assert said(("a", "a"), ("a",)) != []


PERSONAL = re.findall(
    r"\S+",
    "s100021 s100022 s100007 s123456 s100044 s100090 s100031 Noor Haddad noor.haddad Li Wei li.wei Ana Ortiz "
    "ana.ortiz Dana Whitfield dana.w Ivo Brandt ivo.brandt Kx7aQ Zq81m",
)


@pytest.mark.parametrize("style", [Style("json"), Style(full=True), Style("markdown"), Style("html")])
def test_a_redacted_plan_holds_no_name_handle_mail_or_id(style: Style) -> None:
    texts = (
        Finding("warning", str(user("s123456")), "Dana Whitfield (s123456) <dana.w@example.edu> is new"),
    )
    steps = replace(samples.hand_offs()[0], steps=("Ask Noor Haddad, or li.wei@example.edu.",))
    plan = replace(samples.rich(), findings=texts, hand_offs=(steps, HandOff("x", "For Ana", (), ())))
    assert all(word in render_plan(plan, Style("json")) for word in PERSONAL if word not in ("s100031",))
    text = render_plan(redact(plan), style)
    found = [word for word in PERSONAL if re.search(rf"(?<![\w.]){re.escape(word)}(?![\w.])", text)]
    assert not found


def test_pseudonyms_are_the_same_in_every_plan_and_differ_by_key() -> None:
    one, two = redact(samples.rich()), redact(replace(samples.rich(), changes=samples.rich().changes[:2]))
    assert one.changes[:2] == two.changes[:2]
    assert redact(samples.rich(), b"key").changes[0].address != one.changes[0].address


def test_redaction_keeps_what_is_not_of_people() -> None:
    plan = redact(samples.rich())
    kept = [change for change in plan.changes if change.address.kind == "group"]
    assert [change.label for change in kept] == ["", "Faculty", "Chess Club"]
    assert plan.facts == samples.rich().facts
    assert plan.changes[7].fields[0].after == "BIO 101 Lecture"


def test_a_reference_to_somebody_unknown_is_redacted_too() -> None:
    change = replace_fields(
        group("g"),
        FieldChange("members", (), (), Reason.EDITED, added=("who@example.edu",), removed=("aBcD1",)),
    )
    field = redact(with_changes(change)).changes[0].fields[0]
    assert all(re.fullmatch(r"person-[0-9a-f]{8}", name) for name in (*field.added, *field.removed))


def test_a_host_is_redacted_in_a_meeting_and_in_the_quota() -> None:
    plan = redact(replace(samples.rich(), ledger=LedgerStamp("l", {})))
    hosts = {
        str(f.after) for c in plan.changes if isinstance(c, Create) for f in c.fields if f.field == "host"
    }
    assert hosts < set(plan.host_days)
    assert str(meeting("hist110/1")) in {str(change.address) for change in plan.changes}
