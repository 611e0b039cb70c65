"""Roles of launches: every spelling read, what platforms send, samples tried, what cannot arrive refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.drivers.zoom_lti_pro.role_map import CAPABILITY
from reconciler.errors import ConfigError
from reconciler.resources.lti_roles import (
    MISSPELT,
    PLATFORMS,
    SENDS,
    VERSIONS,
    VOCABULARIES,
    Platform,
    Role,
    by_default,
    expand,
    read_role,
    spell,
    spell_uri,
    spell_urn,
)
from reconciler.resources.role_map import RoleMap
from reconciler.run.proposal import read_campus
from reconciler.run.workspace import Workspace
from tests.unit.desired_samples import BASE, write_folder

ROLES = "zoom-lti/roles.yaml"
LIS_2 = "http://purl.imsglobal.org/vocab/lis/v2"


def told(root: Path, *lines: str, **files: str) -> list[str]:
    """The problems of BASE and a file of role maps, each on one line."""
    text = "\n".join(lines) + "\n"
    try:
        read_campus(Workspace(write_folder(root, {**BASE, ROLES: text, **files})))
    except ConfigError as error:
        return [str(problem).replace("\n    ", " | ") for problem in error.problems]
    return []


@pytest.mark.parametrize("version", VERSIONS)
def test_every_role_is_read_in_every_spelling_of_its_vocabulary(version: str) -> None:
    for role in VOCABULARIES["1.3" if version == "1.3" else "1.1"]:
        assert read_role(str(role)) == role
        if version == "1.1":
            assert read_role(spell_urn(role)) == role
        elif role[1:] not in (("TeachingAssistant", ""), ("TeachingAssistant", "TeachingAssistant")):
            assert read_role(spell_uri(role)) == role


@pytest.mark.parametrize(
    ("text", "role"),
    [
        (f"{LIS_2}/membership/Instructor#TeachingAssistant", "TeachingAssistant"),
        (f"{LIS_2}/membership/Instructor#Grader", "TeachingAssistant/Grader"),
        (f"{LIS_2}/membership/instructor#TeachingAssistant", "TeachingAssistant"),
        (f"{LIS_2}/membership#Instructor#TeachingAssistant", "TeachingAssistant"),
        (f"{LIS_2}/person#None", "system/None"),
        ("http://purl.imsglobal.org/vocab/lti/system/person#TestUser", "system/TestUser"),
        ("urn:lti:instrole:ims/lis/Staff", "institution/Staff"),
        ("urn:lti:role:ims/lis/Mentor/Tutor", "Mentor/Tutor"),
        ("custom:Lab Assistant", "custom:Lab Assistant"),
    ],
)
def test_versions_and_known_misspellings_mean_one_role(text: str, role: str) -> None:
    assert str(read_role(text)) == role


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Staff", "write `institution/Staff`, or custom:Staff"),
        ("Administrators", "did you mean `Administrator`?"),
        ("instructor", "did you mean `Instructor`?"),
        ("urn:lti:role:ims/lis/instructor", "did you mean `urn:lti:role:ims/lis/Instructor`?"),
        ("urn:lti:role:ims/lis/Staff", "in no vocabulary"),
        ("Learner#Learner", "in no vocabulary"),
        ("custom:", "in no vocabulary"),
    ],
)
def test_other_texts_are_refused_with_the_way_out(text: str, said: str) -> None:
    with pytest.raises(ValueError, match="role|vocabulary") as caught:
        read_role(text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("role", "platform", "version", "texts"),
    [
        ("Instructor", "moodle", "1.1", ("Instructor",)),
        ("Instructor", "moodle", "1.3", (f"{LIS_2}/membership#Instructor",)),
        ("TeachingAssistant", "moodle", "1.1", ()),
        ("system/Administrator", "moodle", "1.1", ("urn:lti:sysrole:ims/lis/Administrator",)),
        ("TeachingAssistant", "canvas", "1.1", ("urn:lti:role:ims/lis/TeachingAssistant",)),
        (
            "TeachingAssistant",
            "canvas",
            "1.3",
            (
                f"{LIS_2}/membership/Instructor#TeachingAssistant",
                f"{LIS_2}/membership/instructor#TeachingAssistant",
            ),
        ),
        (
            "Learner",
            "d2l",
            "1.1",
            ("urn:lti:role:ims/lis/Learner", "Learner", "urn:lti:instrole:ims/lis/Learner"),
        ),
        ("TeachingAssistant/Grader", "blackboard", "1.1", ("urn:lti:role:ims/lis/TeachingAssistant/Grader",)),
        ("institution/Staff", "blackboard", "1.1", ("urn:lti:instrole:ims/lis/Staff",)),
        (
            "TeachingAssistant",
            "sakai",
            "1.1",
            ("TeachingAssistant", f"{LIS_2}/membership#Instructor#TeachingAssistant"),
        ),
        ("institution/Staff", "sakai", "1.1", ("Staff", f"{LIS_2}/institution/person#Staff")),
        ("institution/Student", "open_edx", "1.1", ("Student",)),
        ("Officer", "d2l", "1.1", ()),
        ("custom:Lab Assistant", "moodle", "1.1", ("Lab Assistant",)),
    ],
)
def test_a_role_is_spelled_as_a_platform_sends_it(
    role: str, platform: Platform, version: str, texts: tuple[str, ...]
) -> None:
    assert spell(read_role(role), platform, "1.3" if version == "1.3" else "1.1") == texts


def test_what_platforms_send_is_in_the_vocabularies() -> None:
    for (platform, version), sends in SENDS.items():
        for name in f"{sends.bare} {sends.urn} {sends.uri}".split():
            role = read_role(name)
            assert isinstance(role, Role)
            assert spell(role, platform, version)
            assert by_default(role, platform, version)
        assert set(sends.odd) <= MISSPELT.keys()
    assert {platform for platform, _ in SENDS} == set(PLATFORMS)


def test_several_platforms_share_a_list_without_doubles() -> None:
    assert expand(["Instructor"], ["moodle", "canvas", "blackboard"], "1.1") == (
        "Instructor",
        "urn:lti:role:ims/lis/Instructor",
    )


def test_the_page_gets_every_spelling() -> None:
    roles = RoleMap(platforms=("canvas", "sakai"), instructors=("TeachingAssistant",))
    assert CAPABILITY.enters is not None
    assert CAPABILITY.enters(roles) == {
        "instructors": (
            "urn:lti:role:ims/lis/TeachingAssistant",
            "TeachingAssistant",
            f"{LIS_2}/membership#Instructor#TeachingAssistant",
        )
    }


MAP = ("role_maps:", "  campus:", "    platforms: [canvas, moodle]")


def test_a_map_that_is_right(tmp_path: Path) -> None:
    samples = (
        '{roles: "Instructor", expect: instructor}',
        '{roles: "urn:lti:sysrole:ims/lis/None, urn:lti:role:ims/lis/TeachingAssistant", expect: instructor}',
        "{roles: [Learner, urn:lti:instrole:ims/lis/Student], expect: student}",
    )
    lines = ("    instructors: [Instructor, TeachingAssistant]", "    alternative_hosts: [Instructor]")
    assert told(tmp_path, *MAP, *lines, f"    samples: [{', '.join(samples)}]") == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            'samples: [{roles: "Learner", expect: instructor}]',
            f"{ROLES}:5:15: this launch makes a student, an instructor is expected: none of its roles is "
            "listed | add Learner to `instructors`",
        ),
        (
            'samples: [{roles: "Lab Assistant", expect: instructor}]',
            f"{ROLES}:5:15: this launch makes a student, an instructor is expected: none of its roles is "
            "listed | add custom:Lab Assistant to `instructors`",
        ),
        (
            'samples: [{roles: "Learner,Instructor", expect: student}]',
            f"{ROLES}:5:15: this launch makes an instructor, a student is expected: `Instructor` is listed | "
            f"take its role out of `instructors` at {ROLES}:4:5",
        ),
        (
            "samples: [{roles: Learner, expect: teacher}]",
            f"{ROLES}:5:32: `expect` cannot be `teacher` | known are instructor, student",
        ),
        ("samples: [{roles: Learner}]", f"{ROLES}:5:15: `expect` is missing | add `expect:`"),
        (
            "alternative_hosts: [Instructor, Mentor]",
            f"{ROLES}:5:37: only instructors become alternative hosts, and `Mentor` is not in "
            "`instructors` | add Mentor to `instructors`, or take it out",
        ),
        (
            "alternative_hosts: [Member]",
            f"{ROLES}:5:25: `Member` can never arrive from canvas or moodle with LTI 1.1 | take it out, or "
            "name the platform that sends it in `platforms`",
        ),
        (
            'version: "1.3"',
            f"{ROLES}:5:5: launches of this credential are LTI 1.1, the roles are spelled for 1.3 | "
            'write `version: "1.1"`',
        ),
    ],
)
def test_a_map_that_is_wrong(tmp_path: Path, line: str, problem: str) -> None:
    found = told(tmp_path, *MAP, "    instructors: [Instructor]", f"    {line}")
    assert problem in found


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        ("[Teacher]", f"{ROLES}:4:19: `instructors`: `Teacher` is in no vocabulary of LTI"),
        (
            "[Staff]",
            f"{ROLES}:4:19: `instructors`: `Staff` is no role in a course | write `institution/Staff`",
        ),
        ("[Instructor, urn:lti:role:ims/lis/Instructor]", "`instructors`: `Instructor` stands twice"),
    ],
)
def test_roles_that_are_wrong_have_their_place(tmp_path: Path, listed: str, said: str) -> None:
    (problem,) = told(tmp_path, *MAP, f"    instructors: {listed}")
    assert said in problem


def test_samples_are_tried_on_all_maps_of_the_credential(tmp_path: Path) -> None:
    lines = (
        "role_maps:",
        "  moodle: {platforms: [moodle], instructors: [Instructor]}",
        "  canvas:",
        "    platforms: [canvas]",
        "    instructors: [TeachingAssistant]",
        "    samples: [{roles: Instructor, expect: student}]",
    )
    (problem,) = told(tmp_path, *lines)
    assert f"take its role out of `instructors` at {ROLES}:2:" in problem


def test_a_map_needs_platforms_it_knows(tmp_path: Path) -> None:
    assert "add `platforms:`" in told(tmp_path, "role_maps:", "  campus: {instructors: [Instructor]}")[0]
    (problem,) = told(tmp_path, "role_maps:", "  campus: {platforms: [moodel], instructors: [Instructor]}")
    assert "did you mean `moodle`?" in problem
