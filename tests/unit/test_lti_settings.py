"""LTI Pro's page as declared: every option with its constraint, and settings that fight something else."""

from __future__ import annotations

import csv
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reconciler.drivers.zoom_lti_pro.course_link import CAPABILITY as COURSE_LINK
from reconciler.drivers.zoom_lti_pro.lti_settings import CAPABILITY, TELLS
from reconciler.errors import ConfigError
from reconciler.model import HandOffItem
from reconciler.resources.base import field_rules
from reconciler.resources.course_link import CourseLink
from reconciler.resources.lti_settings import GroupRule, LtiSettings
from reconciler.run.proposal import read_campus
from reconciler.run.workspace import Workspace
from reconciler.stages.diff.sheets import spare, write_files
from tests.rig import address
from tests.unit.desired_samples import BASE, write_folder

PAGE = "zoom-lti/page.yaml"
MORE = "zoom-main/more.yaml"


def told(root: Path, text: str, more: str = "") -> list[str]:
    """The problems of BASE, a file for LTI Pro and one for Zoom, each on one line."""
    files = {**BASE, PAGE: text, **({MORE: more} if more else {})}
    try:
        read_campus(Workspace(write_folder(root, files)))
    except ConfigError as error:
        return [str(problem).replace("\n    ", " | ") for problem in error.problems]
    return []


def page(*lines: str) -> str:
    """One entry of settings."""
    return "\n".join(["lti_settings:", "  page:", *(f"    {line}" for line in lines)]) + "\n"


EVERYTHING = page(
    "students_host: true",
    "auto_login: true",
    "idp_login: true",
    "auto_provision: everyone",
    "provision_license: on_prem",
    "auto_upgrade: instructors",
    "auto_alternative_hosts: everyone",
    "attendance_reports: false",
    "cloud_recording_links: off",
    "user_attribute: custom_name@custom_domain",
    "timezone_from: lms",
    "timezone: Europe/Vienna",
    "authentication_exception: true",
    "tracking_fields: {Department: custom_department}",
    "groups: [{attribute: group, value: science, group: Science}]",
    "wrong_account_message: Use your campus account.",
    "sign_in_url: https://example.zoom.us",
    "training_url: https://example.edu/zoom",
    "training_text: ~",
)


def test_every_option_can_be_declared_and_is_told_on_the_page(tmp_path: Path) -> None:
    assert told(tmp_path, EVERYTHING + "allowed_email_domains:\n  campus: {domain: Example.edu}\n") == []
    fields = field_rules(LtiSettings).keys() - {"credential"}
    assert all(f"    {name}:" in EVERYTHING for name in fields)
    assert TELLS.keys() == fields


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("students_host: yes", "`students_host`: expected true or false, got 'yes'"),
        ("auto_provision: students", "`auto_provision` cannot be `students`"),
        ("provision_license: pro", "`provision_license` cannot be `pro`"),
        ("cloud_recording_links: publish", "did you mean `published`?"),
        ("timezone: Vienna", "no such time zone: 'Vienna' | write a name such as America/New_York"),
        ("user_attribute: a@b@c.edu", "write attribute, attribute@attribute or attribute@example.edu"),
        ("user_attribute: ada@example.", "write attribute, attribute@attribute or attribute@example.edu"),
        ("user_attribute: $User.email", "is not the name of an LTI attribute"),
        ("tracking_fields: {Department: my field}", "is not the name of an LTI attribute"),
        ("sign_in_url: example.zoom.us", "write one such as https://example.edu/zoom"),
        ("training_url: javascript:alert(1)", "is not the address of a page"),
        ("groups: [{attribute: group, value: x}]", "`group` is missing | add `group:`"),
        (
            "groups: [{attribute: group, value: x, group: A}, {attribute: custom_group, value: x, group: B}]",
            "`group` and `custom_group` match the same launches, and x leads to `A` and to `B`",
        ),
        ("attendence_reports: true", "did you mean `attendance_reports`?"),
    ],
)
def test_a_setting_that_is_wrong_has_its_place(tmp_path: Path, line: str, problem: str) -> None:
    (found,) = told(tmp_path, page(line))
    assert found.startswith(f"{PAGE}:3:")
    assert problem in found


@pytest.mark.parametrize(
    "attribute", ["lis_person_contact_email_primary", "custom_id@school", "a@x.example.edu"]
)
def test_the_three_forms_of_the_user_attribute(tmp_path: Path, attribute: str) -> None:
    assert told(tmp_path, page(f"user_attribute: {attribute}")) == []


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (("auto_login: false", "idp_login: true"), "is a way of automatic login"),
        (("students_host: false", "auto_alternative_hosts: everyone"), "students host do not exist"),
        (("auto_provision: nobody", "provision_license: basic"), "there is no user type to give"),
    ],
)
def test_settings_that_contradict_each_other(tmp_path: Path, lines: tuple[str, ...], why: str) -> None:
    (found,) = told(tmp_path, page(*lines))
    assert found.startswith(f"{PAGE}:4:5: ")
    assert why in found


def test_a_credential_has_one_page(tmp_path: Path) -> None:
    text = page("students_host: true") + "  other: {auto_login: true}\n"
    (found,) = told(tmp_path, text)
    assert f"{PAGE}:4:3: the settings of lti-2026 are declared already, at {PAGE}:2:3" in found


@pytest.mark.parametrize(
    ("domain", "said"),
    [
        ("https://example.edu", "write example.edu"),
        ("ada@example.edu", "write example.edu"),
        ("example.edu/", "write example.edu"),
        ("'*.example.edu'", "without a *"),
        ("example", "such as example.edu"),
    ],
)
def test_an_email_domain_is_what_stands_behind_the_at(tmp_path: Path, domain: str, said: str) -> None:
    (found,) = told(tmp_path, f"allowed_email_domains:\n  campus: {{domain: {domain}}}\n")
    assert said in found


def test_email_domains_are_for_accounts_that_are_made(tmp_path: Path) -> None:
    domains = "allowed_email_domains:\n  a: {domain: example.edu}\n  b: {domain: EXAMPLE.edu}\n"
    (twice,) = told(tmp_path / "1", domains)
    assert twice.startswith(f"{PAGE}:3:7: `example.edu` is allowed already, at {PAGE}:2:7")
    domains = "allowed_email_domains:\n  a: {domain: example.edu}\n"
    (useless,) = told(tmp_path / "2", page("auto_provision: nobody") + domains)
    assert f"nobody does by {PAGE}:3:5" in useless


def test_roles_of_alternative_hosts_need_the_setting(tmp_path: Path) -> None:
    roles = (
        "role_maps:\n  m: {platforms: [moodle], instructors: [Instructor], alternative_hosts: [Instructor]}\n"
    )
    (found,) = told(tmp_path, page("auto_alternative_hosts: nobody") + roles)
    assert f"{PAGE}:5:" in found
    assert f"nobody becomes one by {PAGE}:3:5" in found


def test_what_lti_pro_fills_is_not_declared_exactly(tmp_path: Path) -> None:
    groups = "groups:\n  science: {title: Science, members: {exactly: [s1]}}\n"
    rules = page("groups: [{attribute: group, value: x, group: SCIENCE}]")
    (found,) = told(tmp_path / "1", rules, groups)
    assert (
        f"{PAGE}:3:14: LTI Pro puts people into `SCIENCE`, and its members are exactly those at {MORE}:2:"
        in found
    )
    assert told(tmp_path / "2", rules, groups.replace("{exactly: [s1]}", "[s1]")) == []
    meeting = (
        "course_meetings:\n  bio: {topic: B, host: s1, course: bio101, alternative_hosts: {exactly: [s2]}, "
        'schedule: {dates: ["2026-09-07T10:00"], minutes: 50, timezone: America/New_York}}\n'
    )
    (found,) = told(tmp_path / "3", page("auto_alternative_hosts: instructors"), meeting)
    assert f"{MORE}:2:" in found
    assert f"LTI Pro adds instructors as alternative hosts, by {PAGE}:3:5" in found
    assert told(tmp_path / "4", page("auto_alternative_hosts: nobody"), meeting) == []


def test_authentication_exceptions_need_the_account_to_allow_them(tmp_path: Path) -> None:
    setting = "account_settings:\n  allow-authentication-exception: {value: %s}\n"
    (found,) = told(tmp_path / "1", page("authentication_exception: true"), setting % "false")
    assert f"{PAGE}:3:5: the account allows no authentication exceptions, at {MORE}:2:" in found
    assert told(tmp_path / "2", page("authentication_exception: true"), setting % "true") == []


def test_groups_are_entered_by_the_name_that_always_matches() -> None:
    rules = (GroupRule("custom_group", "x", "A"), GroupRule("group", "y", "B"))
    assert CAPABILITY.enters is not None
    assert CAPABILITY.enters(LtiSettings(groups=rules, credential="c")) == {
        "groups": (
            {"attribute": "group", "value": "x", "group": "A"},
            {"attribute": "group", "value": "y", "group": "B"},
        )
    }


def test_what_another_entry_of_a_list_needs_is_not_taken_off() -> None:
    def item(action: str, *roles: str) -> HandOffItem:
        return HandOffItem(address("t/role_map/c.x"), action, {"instructors": roles}, "", "open")

    gone, kept = spare([item("take off", "Instructor", "Mentor"), item("enter", "Instructor")])
    assert gone.values == {"instructors": ("Mentor",)}
    assert kept.values == {"instructors": ("Instructor",)}


def test_a_file_is_split_at_the_vendors_limit() -> None:
    sheet = COURSE_LINK.page.sheet if COURSE_LINK.page else None
    assert sheet is not None
    meeting, link = address("z/course_meeting/bio/1"), address("l/course_link/bio/1")
    declared = CourseLink(meeting=str(meeting), context_id='a,"b"', domain="https://x.example")
    world: Any = SimpleNamespace(
        desired=SimpleNamespace(resources={link: SimpleNamespace(resource=declared)}),
        who=SimpleNamespace(ids={meeting: "123456789"}),
    )
    item = HandOffItem(link, "enter", {}, "", "open")
    files = write_files(world, sheet, [item] * 1001)
    assert {name: len(list(csv.reader(text.splitlines()))) for name, text in files.items()} == {
        "import-meetings-1.csv": 1001,
        "import-meetings-2.csv": 2,
    }
    row = list(csv.DictReader(files["import-meetings-2.csv"].splitlines()))[0]
    assert row == {
        "Meeting ID": "123456789",
        "Context ID": 'a,"b"',
        "Domain": "https://x.example",
        "custom_canvas_course_id": "",
    }
