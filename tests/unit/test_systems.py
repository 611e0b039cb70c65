"""docs/systems.md says what the drivers declare, and says of every system what its laws have met."""

from __future__ import annotations

from dataclasses import replace

from reconciler.report.systems import by_hand, render_systems
from tests.systems import HEAD, MET, PAGE, find_systems, render


def test_the_page_is_not_stale() -> None:
    written = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    assert written == render(), "docs/systems.md is stale: run `make systems`"


def test_every_system_says_what_its_laws_have_met() -> None:
    assert find_systems().keys() == MET.keys()


def test_every_field_of_every_kind_stands_on_the_page_once() -> None:
    page = render()
    for name, system in find_systems().items():
        for kind, capability in system.capabilities.items():
            told = page.partition(f"\n### {name}: {kind}\n")[2].partition("\n#")[0]
            rows = [row for row in told.splitlines() if row.startswith(ACCESS_ROWS)]
            for field in capability.fields:
                assert sum(f"`{field}`" in row for row in rows) == 1, f"{name}: {kind}.{field}"


ACCESS_ROWS = ("| Read", "| Only read", "| Written", "| Entered", "| Never sent")


def test_probes_are_found_where_there_are_handlers_that_probe() -> None:
    found = {(name, kind) for name, system in find_systems().items() for kind in system.probes}
    assert found == {
        ("canvas", "lti_registration"),
        ("canvas", "lti_tool"),
        ("moodle", "lti_tool"),
        ("zoom_lti_pro", "lti_credential"),
    }


def test_a_verb_that_an_api_loses_is_by_hand_and_the_page_is_stale() -> None:
    systems = dict(find_systems())
    zoom = systems["zoom"]
    less = replace(zoom.capabilities["group"], verbs=frozenset({"create", "update"}))
    systems["zoom"] = replace(zoom, capabilities={**zoom.capabilities, "group": less})
    assert by_hand(less) == ("delete",)
    page = render_systems(systems, HEAD)
    assert "| `zoom` | `group` | API | API | no | by hand |" in page
    assert page != render()


def test_what_nobody_can_call_for_is_not_by_hand() -> None:
    systems = find_systems()
    assert by_hand(systems["zoom"].capabilities["account_setting"]) == ()
    assert by_hand(systems["canvas"].capabilities["lti_deployment"]) == ()
    assert by_hand(systems["rest:sakai"].capabilities["lti_tool"]) == ("create", "update", "delete")
