"""Settings of a Zoom account and its ways to sign in, against the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.drivers.zoom import account_setting, authentication_option
from reconciler.drivers.zoom.account_setting import SETTINGS, AccountSettingHandler
from reconciler.drivers.zoom.authentication_option import AuthenticationOptionHandler
from reconciler.errors import ConfigError, IncompleteReading, Uncertain, WriteRefused
from reconciler.model import Address, Live, Removal, Scope, Wanted
from reconciler.resources.account_setting import AccountSetting
from reconciler.resources.authentication_option import AuthenticationOption
from reconciler.resources.base import Bool
from reconciler.stages.load import load
from reconciler.stages.resolve import resolve
from tests.unit.desired_samples import BASE, COMPANIONS, DRIVERS, ZOOM_SETTINGS, write_folder
from tests.unit.driver_rig import Campus, change, run_campus, sent_intent

GET, PATCH = "GET /accounts/{accountId}/settings", "PATCH /accounts/{accountId}/settings"
OPTION = Address("main", "authentication_option", "campus")


@pytest.fixture
def campus() -> Iterator[Campus]:
    yield from run_campus()


@pytest.fixture
def settings(campus: Campus) -> AccountSettingHandler:
    handler = campus.open("zoom").handlers()["account_setting"]
    assert isinstance(handler, AccountSettingHandler)
    return handler


@pytest.fixture
def options(campus: Campus) -> AuthenticationOptionHandler:
    handler = campus.open("zoom").handlers()["authentication_option"]
    assert isinstance(handler, AuthenticationOptionHandler)
    return handler


def want(name: str, value: Any) -> Wanted[AccountSetting]:
    return Wanted(Address("main", "account_setting", name), "", AccountSetting(value=value))


def read(settings: AccountSettingHandler, *wanted: Wanted[AccountSetting]) -> dict[str, Any]:
    return {live.label: live.resource.value for live in settings.read(Scope(wanted, whole=False))}


def put(settings: AccountSettingHandler, wanted: Wanted[AccountSetting]) -> None:
    (live,) = settings.read(Scope((wanted,), whole=False))
    settings.update(live, wanted, [change("value")])


def another(name: str, now: object) -> object:
    """A value the setting takes and does not have."""
    if SETTINGS[name].takes is Bool:
        return not now
    return "cloud" if name == "auto-recording" else ("a.example.edu", "example.edu")


def test_every_setting_is_set_and_reads_back_and_leaves_the_others_alone(
    settings: AccountSettingHandler,
) -> None:
    before = {live.label: live.resource.value for live in settings.read(Scope(()))}
    assert before.keys() == SETTINGS.keys()
    for name, now in before.items():
        wanted = want(name, another(name, now))
        put(settings, wanted)
        after = {live.label: live.resource.value for live in settings.read(Scope(()))}
        assert after == {**before, name: wanted.resource.value}, name
        before = after


def test_each_page_is_asked_for_once_and_only_where_it_is_needed(settings: AccountSettingHandler) -> None:
    read(settings, want("meeting-authentication", True), want("allow-authentication-exception", True))
    assert settings.client.requests()[GET] == 1
    read(settings, want("cloud-recording", True), want("block-user-domain", True), want("sso-domains", ()))
    assert settings.client.requests()[GET] == 3


def test_domains_are_a_set_however_zoom_writes_them(campus: Campus, settings: AccountSettingHandler) -> None:
    rooms = {"waiting_room_settings": {"whitelisted_domains_for_waiting_room": "Z.example , a.example,"}}
    campus.console("edit_settings", option="meeting_security", meeting_security=rooms)
    assert read(settings, want("waiting-room-domains", ())) == {
        "waiting-room-domains": ("a.example", "z.example")
    }
    put(settings, want("waiting-room-domains", ()))
    assert read(settings, want("waiting-room-domains", ())) == {"waiting-room-domains": ()}


def test_a_setting_the_plan_lacks_is_empty_and_a_page_without_its_section_is_unread(
    campus: Campus, settings: AccountSettingHandler
) -> None:
    wanted = want("recording-audio-transcript", True)
    for body, told in (({"recording": {}}, None), ({"recordings": {}}, IncompleteReading)):
        campus.control("faults", {"status": [{"operation": GET, "status": 200, "body": body}]})
        if told is None:
            assert read(settings, wanted) == {"recording-audio-transcript": None}
        else:
            with pytest.raises(IncompleteReading, match="another shape"):
                read(settings, wanted)


def test_a_setting_is_neither_made_nor_taken_away(settings: AccountSettingHandler) -> None:
    wanted = want("cloud-recording", True)
    (live,) = settings.read(Scope((wanted,)))
    with pytest.raises(WriteRefused):
        settings.create(wanted)
    with pytest.raises(WriteRefused):
        settings.remove(live, Removal.DELETE)


# ── ways to sign in ──────────────────────────────────────────────────────────────────────────────────────


def option(remote_id: str = "", **values: Any) -> Wanted[AuthenticationOption]:
    return Wanted(OPTION, remote_id, AuthenticationOption(**values))


def only(options: AuthenticationOptionHandler) -> Live[AuthenticationOption]:
    (live,) = options.read(Scope(()))
    return live


@pytest.mark.parametrize("admits", ["signed_in", "same_account", ["*.example.edu", "example.edu"]])
def test_an_option_reads_back_as_it_was_made(options: AuthenticationOptionHandler, admits: Any) -> None:
    wanted = option(title="Campus", admits=admits, default=True)
    remote_id = options.create(wanted)
    live = only(options)
    assert (live.remote_id, live.keys, live.resource) == (remote_id, {"title": "campus"}, wanted.resource)


def test_an_option_is_changed_by_its_id_and_only_where_it_differs(
    campus: Campus, options: AuthenticationOptionHandler
) -> None:
    options.create(option(admits="signed_in"))
    live = only(options)
    assert live.label == "campus"
    options.update(live, option(admits=["example.edu"], default=True), [change("admits")])
    sent = campus.journal.sent[-1][2]
    told = {"action": "update", "id": live.remote_id, "domains": "example.edu"}
    assert sent == {"authentication_option": {**told, "type": "enforce_login_with_domains"}}
    assert only(options).resource.default is False
    options.update(live, option(title="The Campus", default=True), [change("title"), change("default")])
    assert (only(options).label, only(options).resource.default) == ("The Campus", True)


def test_an_option_that_is_gone_needs_no_removal(
    campus: Campus, options: AuthenticationOptionHandler
) -> None:
    options.create(option(admits="signed_in"))
    live = only(options)
    options.remove(live, Removal.DELETE)
    assert list(options.read(Scope(()))) == []
    options.remove(live, Removal.DELETE)
    assert campus.control("counters")["writes"] == {PATCH: 2}


def test_what_a_lost_creation_made_is_found_by_its_name(
    campus: Campus, options: AuthenticationOptionHandler
) -> None:
    campus.control("faults", {"status": [{"operation": PATCH, "ending": "drop_reply", "act": True}]})
    with pytest.raises(Uncertain):
        options.create(option(title="Campus", admits="signed_in"))
    intent = sent_intent(campus, OPTION)
    assert [live.label for live in options.find(intent)] == ["Campus"]
    for body in ({"allow_authentication_exception": True}, {"authentication_option": {"action": "update"}}):
        assert options.find(replace(intent, body=body)) == ()


def test_an_option_that_does_not_show_is_uncertain(
    campus: Campus, options: AuthenticationOptionHandler
) -> None:
    campus.control("faults", {"lag_s": 60})
    with pytest.raises(Uncertain, match="0 new options show"):
        options.create(option(admits="signed_in"))


# ── what may be declared ─────────────────────────────────────────────────────────────────────────────────


def told(root: Path, text: str) -> list[str]:
    """What is wrong with this file beside BASE, where the target offers what Zoom does."""
    capabilities = {
        module.CAPABILITY.kind: module.CAPABILITY for module in (account_setting, authentication_option)
    }
    base = {"reconciler.yaml": "\n".join(BASE["reconciler.yaml"].splitlines()[:3]) + "\n"}
    documents = load(write_folder(root, {**base, "zoom-main/account.yaml": text}), "default")
    try:
        resolve(
            documents,
            {"zoom-main": capabilities},
            {"zoom-main": ZOOM_SETTINGS},
            companions=COMPANIONS,
            drivers=DRIVERS,
        )
    except ConfigError as error:
        return [str(problem).replace("\n    ", " | ") for problem in error.problems]
    return []


def test_settings_as_they_are_written(tmp_path: Path) -> None:
    text = """
        account_settings:
          allow-authentication-exception: {value: true}
          auto-recording: {value: cloud}
          block-user-domain-list: {value: [Spam.example, "*.junk.example"]}
          sso-domains: {value: []}
        authentication_options:
          campus: {admits: [example.edu], default: true}
          all: {admits: signed_in}
        """
    assert told(tmp_path, text) == []


MANY = ", ".join(f"d{number}.example" for number in range(21))
REFUSED = [
    ("alow-authentication-exception: {value: true}", "is none of the account_settings the driver `zoom`"),
    ("alow-authentication-exception: {value: true}", "did you mean `allow-authentication-exception`?"),
    ("meeting-authentication: {value: yes}", "`value`: expected true or false, got 'yes'"),
    ("meeting-authentication: {value: {on: true}}", "`value`: expected true or false"),
    ("meeting-authentication: {value: ~}", "`value`"),
    ("meeting-authentication: {}", "`value` is missing; the driver `zoom` needs it"),
    ("auto-recording: {value: clouds}", "`value` cannot be `clouds` | did you mean `cloud`?"),
    ("sso-domains: {value: example.edu}", "`value` is a list"),
    ("sso-domains: {value: [https://example.edu/]}", "`https://example.edu/` is not a domain"),
    ("sso-domains: {value: [a.example, A.example]}", "`a.example` stands twice"),
    (f"block-user-domain-list: {{value: [{MANY}]}}", "Zoom blocks at most 20 domains, not 21"),
    (
        "cloud-recording: {value: true, lifecycle: {on_absent: delete}}",
        "account_settings are always there, nothing can delete them",
    ),
]


@pytest.mark.parametrize(("line", "what"), REFUSED)
def test_settings_that_are_refused_at_their_place(tmp_path: Path, line: str, what: str) -> None:
    (problem,) = told(tmp_path, f"account_settings: {{{line}}}\n")
    assert problem.startswith("zoom-main/account.yaml:1:")
    assert what in problem


OPTIONS = [
    ("a: {admits: signed-in}", ["`admits`: says who gets in", "did you mean `signed_in`?"]),
    ("a: {admits: []}", ["`admits`: says who gets in"]),
    ("a: {admits: [example.edu/]}", ["`example.edu/` is not a domain"]),
    ("a: {title: Campus, admits: signed_in}, campus: {admits: signed_in}", ["`campus` is what a ("]),
    ("a: {admits: signed_in, default: true}, b: {admits: signed_in, default: true}", ["default already, at"]),
]


@pytest.mark.parametrize(("line", "what"), OPTIONS)
def test_options_that_are_refused(tmp_path: Path, line: str, what: list[str]) -> None:
    (problem,) = told(tmp_path, f"authentication_options: {{{line}}}\n")
    assert all(part in problem for part in what), problem
