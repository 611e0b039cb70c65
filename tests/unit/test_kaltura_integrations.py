"""Zoom integrations: what may be declared together, what is warned of, and what an update has to carry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.drivers.base import drivers
from reconciler.drivers.kaltura.zoom_integration import ZoomIntegrationHandler
from reconciler.errors import ConfigError, IncompleteReading, NeedsPerson
from reconciler.model import Account, Address, Declared, Live, Removal, Scope, Wanted
from reconciler.resources.base import Members
from reconciler.resources.zoom_integration import ZoomIntegration
from reconciler.stages.load import load
from reconciler.stages.resolve import resolve
from tests.unit.desired_samples import write_folder
from tests.unit.driver_rig import Campus, change, run_campus

TARGETS = """\
version: 1
targets:
  zoom-main: {driver: zoom, account_id: a, client_id: b, client_secret: "${env:ZOOM_SECRET}"}
  zoom-2: {driver: zoom, account_id: c, client_id: d, client_secret: "${env:ZOOM_SECRET}"}
  zoom-3: {driver: zoom, account_id: e, client_id: f, client_secret: "${env:ZOOM_SECRET}"}
  zoom-4: {driver: zoom, account_id: g, client_id: h, client_secret: "${env:ZOOM_SECRET}"}
  kaltura: {driver: kaltura, partner_id: "1", app_token_id: "2", app_token: "${env:KALTURA_TOKEN}"}
  other: {driver: kaltura, partner_id: "3", app_token_id: "4", app_token: "${env:KALTURA_TOKEN}"}
"""
PEOPLE = """\
users:
  ops: {email: ops@example.edu}
groups:
  faculty: {}
categories:
  zoom: {}
"""
ZOOM = Account("zoom", "https://api.zoom.us", "zoom-1")
WHERE = Address("main", "zoom_integration", "campus")


def declare(root: Path, entries: str, **files: str) -> Declared:
    """Load and resolve integrations of the target kaltura; raises ConfigError."""
    known = drivers()
    written = {"reconciler.yaml": TARGETS, "kaltura/people.yaml": PEOPLE, **files}
    written["kaltura/zoom.yaml"] = f"zoom_integrations:\n{entries}"
    documents = load(write_folder(root, written), "default")
    targets = documents.settings.targets.values()
    return resolve(
        documents,
        {target.name: known[target.driver].capabilities for target in targets},
        {target.name: known[target.driver].settings for target in targets},
        companions={target.name: "" for target in targets},
        drivers=tuple(known),
    )


def told(root: Path, entries: str, **files: str) -> list[str]:
    """What is wrong; [] if nothing is."""
    try:
        declare(root, entries, **files)
    except ConfigError as error:
        return [problem.what for problem in error.problems]
    return []


def one(fields: str) -> str:
    return f"  campus: {{zoom: zoom-main, {fields}}}\n"


WRONG = [
    ("upload: opt_in", "`upload: opt_in` needs at least one group"),
    ("upload: opt_out, groups: []", "`upload: opt_out` needs at least one group"),
    ("groups: [faculty]", "`groups` says nothing by itself"),
    ("upload: all, groups: [faculty]", "`groups` says nothing by itself"),
    ("match_users: add_postfix", "`match_users: add_postfix` needs the `postfix`"),
    ("match_users: keep, postfix: '@x.edu'", "`postfix` counts only where `match_users` adds or removes it"),
    ("postfix: '@x.edu'", "`postfix` counts only where"),
    ("create_users: false", "`create_users: false` leaves recordings of people nobody knows"),
    (
        "match_users: cms_user, cohosts: co_viewer",
        "`cohosts: co_viewer` counts only where people are matched",
    ),
    ("participants: co_editor", "participants"),
    ("groups: [nobody], upload: opt_in", "`groups`: there is no group `nobody` in kaltura"),
]


@pytest.mark.parametrize(("fields", "what"), WRONG)
def test_options_that_contradict_each_other_are_refused(tmp_path: Path, fields: str, what: str) -> None:
    found = told(tmp_path, one(fields))
    assert len(found) == 1, found
    assert what in found[0]


RIGHT = [
    "upload: opt_out, groups: [faculty]",
    "match_users: remove_postfix, postfix: '@x.edu'",
    "create_users: false, default_user: ops",
    "match_users: cms_user, cohosts: ignore",
    "meeting_category: zoom, webinar_category: zoom, conversion_profile: 7",
]


@pytest.mark.parametrize("fields", RIGHT)
def test_options_that_go_together_are_taken(tmp_path: Path, fields: str) -> None:
    assert told(tmp_path, one(fields)) == []


def test_the_zoom_account_is_a_target_and_goes_to_one_integration(tmp_path: Path) -> None:
    (what,) = told(tmp_path, "  a: {zoom: zoom-9}\n")
    assert what == "`zoom`: no target of reconciler.yaml is named `zoom-9`"
    (what,) = told(tmp_path, "  a: {zoom: other}\n")
    assert what == "`zoom` names other (reconciler.yaml:8:3), a target of the driver kaltura"
    assert "`zoom` is missing" in told(tmp_path, "  a: {active: true}\n")[0]
    elsewhere = "zoom_integrations:\n  b: {zoom: zoom-main}\n"
    (what,) = told(tmp_path, "  a: {zoom: zoom-main}\n", **{"other/zoom.yaml": elsewhere})
    assert what.startswith("the account of zoom-main is that of kaltura/zoom_integration/a")


def test_three_accounts_are_the_most(tmp_path: Path) -> None:
    entries = "".join(f"  a{number}: {{zoom: zoom-{number}}}\n" for number in (2, 3, 4))
    assert told(tmp_path, entries) == []
    (what,) = told(tmp_path, entries + "  a1: {zoom: zoom-main}\n")
    assert what == "kaltura takes at most 3 Zoom accounts, and this is one more"


def test_what_the_vendor_warns_of_is_a_finding(tmp_path: Path) -> None:
    sound = "a recording of sound alone becomes the parent"
    found = declare(tmp_path, one("transcription: true")).findings
    assert [(finding.severity, finding.subject) for finding in found] == [
        ("warning", "kaltura/zoom_integration/campus")
    ] * 2
    assert found[0].text.startswith("REACH makes no captions")
    assert found[0].remedy.endswith("kaltura/zoom.yaml:2:29")
    assert found[1].text.startswith(sound)
    quiet = {"zoom-main/account.yaml": "account_settings:\n  record-audio-file: {value: false}\n"}
    assert declare(tmp_path, one("transcription: false"), **quiet).findings == ()
    assert declare(tmp_path, one("active: false, transcription: true")).findings == ()
    off = {"zoom-main/account.yaml": "account_settings:\n  cloud-recording: {value: false}\n"}
    texts = [finding.text for finding in declare(tmp_path, one("transcription: false"), **off).findings]
    assert "only cloud recordings are taken over" in texts[1]


# ── what the handler does ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def campus() -> Iterator[Campus]:
    yield from run_campus()


@pytest.fixture
def handler(campus: Campus) -> ZoomIntegrationHandler:
    campus.console("kaltura_get_code", code="c")
    campus.console("kaltura_install_app", code="c", account="zoom-1")
    return open_on(campus)


def open_on(campus: Campus, **companions: Account) -> ZoomIntegrationHandler:
    resources = {WHERE: ZoomIntegration(zoom="main")}
    found = campus.open("kaltura", companions=companions or {"main": ZOOM}, resources=resources)
    handler = found.handlers()["zoom_integration"]
    assert isinstance(handler, ZoomIntegrationHandler)
    return handler


def want(**fields: Any) -> Wanted[ZoomIntegration]:
    return Wanted(WHERE, "", ZoomIntegration(zoom="main", **fields))


def read(handler: ZoomIntegrationHandler, **fields: Any) -> Live[ZoomIntegration]:
    (live,) = handler.read(Scope((want(**fields),)))
    return live


def stored(campus: Campus) -> Any:
    return campus.state()["kaltura"]["integrations"][0]


def edit(handler: ZoomIntegrationHandler, *names: str, **fields: Any) -> None:
    """Update so that these fields, and by default all of them, are as told."""
    live = read(handler, **fields)
    handler.update(live, want(**fields), [change(name) for name in names or fields])


def test_a_new_one_is_off_and_holds_placeholders(handler: ZoomIntegrationHandler) -> None:
    live = read(handler)
    assert (live.resource.zoom, live.resource.active, live.keys) == ("main", False, {"zoom": "main"})
    assert live.unknown == {"upload_meetings", "transcription", "delete_from_zoom"}
    texts = sorted(condition.text for condition in live.conditions)
    assert texts[0] == "default_user still holds the placeholder @defaultUserID@; declare it"
    assert len(texts) == 3


def test_every_update_carries_the_switch(campus: Campus, handler: ZoomIntegrationHandler) -> None:
    edit(handler, active=True)
    assert stored(campus)["status"] == 2
    edit(handler, "description", description="The campus")
    assert stored(campus)["status"] == 2, "a partial update must not switch off"
    edit(handler, "active", active=False)
    edit(handler, "postfix", postfix="@example.edu")
    assert stored(campus)["status"] == 1, "nor on"


def test_what_is_filled_in_when_it_goes_on_travels_with_the_switch(
    campus: Campus, handler: ZoomIntegrationHandler
) -> None:
    declared = {"active": True, "transcription": False, "delete_from_zoom": True}
    edit(handler, "active", **declared)
    live = read(handler, **declared)
    assert (live.unknown, live.resource.transcription, live.resource.delete_from_zoom) == (
        frozenset(),
        False,
        True,
    )
    assert live.resource.upload_meetings is True


def test_mode_and_list_go_together_and_a_new_mode_starts_from_what_is_declared(
    campus: Campus, handler: ZoomIntegrationHandler
) -> None:
    edit(handler, "active", "upload", active=True, upload="opt_in", groups=Members(("faculty", "staff")))
    fields = stored(campus)["fields"]
    assert (fields["groupParticipationType"], fields["optInGroupNames"]) == (1, "faculty\r\nstaff")
    campus.console(
        "kaltura_edit_integration", account="zoom-1", optInGroupNames="faculty\nstaff\r\nadded by hand"
    )
    declared: dict[str, Any] = {"upload": "opt_in", "groups": Members(("faculty", "guests"))}
    live = read(handler, **declared)
    assert live.resource.groups == Members(("faculty", "staff", "added by hand"))
    handler.update(live, want(**declared), [change("groups", added=("guests",), removed=("staff",))])
    assert stored(campus)["fields"]["optInGroupNames"] == "faculty\r\nadded by hand\r\nguests"
    declared["upload"] = "opt_out"
    edit(handler, "upload", **declared)
    fields = stored(campus)["fields"]
    assert (fields["optOutGroupNames"], "optInGroupNames" in fields) == ("faculty\r\nguests", False)
    edit(handler, "upload", upload="all")
    live = read(handler)
    assert (live.resource.upload, live.resource.groups) == ("all", Members())


def test_categories_are_sent_by_their_whole_names_and_read_as_ids(
    campus: Campus, handler: ZoomIntegrationHandler
) -> None:
    top = campus.console("kaltura_add_category", name="Zoom")["id"]
    low = str(campus.console("kaltura_add_category", name="Webinars", parent=top)["id"])
    edit(handler, active=True, webinar_category=low)
    assert stored(campus)["fields"]["zoomWebinarCategory"] == "Zoom>Webinars"
    live = read(handler, webinar_category=low)
    assert (live.resource.webinar_category, live.resource.meeting_category) == (low, "@zoomCategory@")


def test_it_is_switched_off_or_deleted_and_gone_is_fine(
    campus: Campus, handler: ZoomIntegrationHandler
) -> None:
    edit(handler, active=True, description="The campus")
    live = read(handler)
    handler.remove(live, Removal.DISABLE)
    assert (stored(campus)["status"], stored(campus)["fields"]["zoomAccountDescription"]) == (1, "The campus")
    handler.remove(live, Removal.DELETE)
    handler.remove(live, Removal.DELETE)
    assert list(handler.read(Scope(()))) == []
    with pytest.raises(NeedsPerson):
        handler.create(want())


def test_a_zoom_target_that_did_not_answer_leaves_the_kind_unread(campus: Campus) -> None:
    handler = open_on(campus, elsewhere=ZOOM)
    with pytest.raises(IncompleteReading, match="which Zoom account main is cannot be told"):
        list(handler.read(Scope((want(),))))
    recorded = Wanted(Address("main", "zoom_integration", "old"), "7", ZoomIntegration(zoom="main"))
    assert list(handler.read(Scope((recorded,)))) == []


def test_a_fourth_account_is_not_asked_for(campus: Campus, handler: ZoomIntegrationHandler) -> None:
    for number in (2, 3):
        campus.console("kaltura_get_code", code="c")
        campus.console("kaltura_install_app", code="c", account=f"zoom-{number}")
    list(handler.read(Scope(())))
    (absence,) = handler.explain([want()]).values()
    assert absence.held
    assert absence.text == "the account has 3 Zoom accounts, and takes at most 3"
