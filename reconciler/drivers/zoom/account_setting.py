"""Settings of a Zoom account: which there are, where each stands in Zoom's answers, and what it takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from reconciler.drivers.base import shaped
from reconciler.drivers.http import Client
from reconciler.drivers.zoom.api import GET_SETTINGS, MEETING_AUTHENTICATION, OWN_ACCOUNT, UPDATE_SETTINGS
from reconciler.drivers.zoom.domains import join_domains, read_domains
from reconciler.errors import WriteRefused
from reconciler.model.changes import FieldChange, Removal
from reconciler.model.objects import Live
from reconciler.model.ports import Access, Capability, Lists, NaturalKey, Scope, Wanted
from reconciler.resources.account_setting import AccountSetting
from reconciler.resources.authentication_option import Domains
from reconciler.resources.base import Bool, unchecked

GENERAL, MEETING_SECURITY = "", "meeting_security"
BLOCKED_DOMAINS = 20
"""Zoom API reference, accounts: at most so many in `block_user_domain_list`."""


def check_few(values: tuple[str, ...]) -> tuple[str, ...]:
    """As many domains as Zoom can block."""
    if len(values) > BLOCKED_DOMAINS:
        raise ValueError(f"Zoom blocks at most {BLOCKED_DOMAINS} domains, not {len(values)}; take some out")
    return values


@dataclass(frozen=True, slots=True)
class Place:
    """Where a setting stands: the `option` that shows and takes it, its path there, and what it takes.

    A setting below the second level belongs to an object that is sent whole.
    """

    option: str
    path: tuple[str, ...]
    takes: Any = Bool
    joined: bool = False  # a list that Zoom writes as one text, separated by commas


def _security(*path: str) -> tuple[str, ...]:
    return ("meeting_security", *path)


SETTINGS: Mapping[str, Place] = {
    "allow-authentication-exception": Place(MEETING_AUTHENTICATION, ("allow_authentication_exception",)),
    "meeting-authentication": Place(MEETING_AUTHENTICATION, ("meeting_authentication",)),
    "block-user-domain": Place(MEETING_SECURITY, _security("block_user_domain")),
    "block-user-domain-list": Place(
        MEETING_SECURITY,
        _security("block_user_domain_list"),
        Annotated[Domains, AfterValidator(check_few)],
    ),
    "waiting-room-domains": Place(
        MEETING_SECURITY,
        _security("waiting_room_settings", "whitelisted_domains_for_waiting_room"),
        Domains,
        joined=True,
    ),
    "require-sso-for-domains": Place(GENERAL, ("security", "signin_with_sso", "require_sso_for_domains")),
    "sso-domains": Place(GENERAL, ("security", "signin_with_sso", "domains"), Domains),
    "auto-recording": Place(GENERAL, ("recording", "auto_recording"), Literal["local", "cloud", "none"]),
    **{
        name.replace("_", "-"): Place(GENERAL, ("recording", name))
        for name in (
            "cloud_recording",
            "local_recording",
            "record_audio_file",
            "record_gallery_view",
            "record_speaker_view",
            "recording_audio_transcript",
            "recording_thumbnails",
            "save_chat_text",
            "show_timestamp",
            "display_participant_name",
        )
    },
    **{
        f"record-{name.replace('_', '-')}-separately": Place(
            GENERAL, ("recording", "record_files_separately", name)
        )
        for name in ("active_speaker", "gallery_view", "shared_screen")
    },
}
"""Zoom API reference, accounts: get and update account settings. Names are Zoom's own, with hyphens."""

CAPABILITY = Capability(
    kind="account_setting",
    verbs=frozenset({"update"}),
    fields={"value": Access.FULL},
    required=frozenset({"value"}),
    natural_keys=(NaturalKey("name", lambda name, setting: name),),
    lists=Lists.KEYED,
    visible_after=2.0,
    idempotent=frozenset({"update"}),
    derived_id=True,
    names={name: {"value": place.takes} for name, place in SETTINGS.items()},
)


@dataclass
class AccountSettingHandler:
    """Reads and sets settings; each option is asked for once, and only where a setting of it is wanted."""

    client: Client
    capability: Capability = CAPABILITY

    def read(self, scope: Scope[AccountSetting]) -> Iterable[Live[AccountSetting]]:
        """The settings asked for; all of them where none is named."""
        names = [want.address.name for want in scope.wanted] or list(SETTINGS if scope.whole else ())
        known = [name for name in names if name in SETTINGS]
        options = sorted({SETTINGS[name].option for name in known})
        told = dict(zip(options, self.client.each(self._ask, options), strict=True))
        with shaped(GET_SETTINGS.name):
            return [_live(name, told[SETTINGS[name].option]) for name in known]

    def create(self, desired: Wanted[AccountSetting]) -> str:
        """Raises WriteRefused: a setting is there, or the account's plan lacks it."""
        raise WriteRefused(f"{desired.address}: a setting of a Zoom account can only be set")

    def update(
        self, live: Live[AccountSetting], desired: Wanted[AccountSetting], fields: Sequence[FieldChange]
    ) -> None:
        """One request for one setting."""
        self._set(desired)

    def remove(self, live: Live[AccountSetting], how: Removal) -> None:
        """Raises WriteRefused: a setting stays, whatever it is set to."""
        raise WriteRefused(f"the setting {live.label} of a Zoom account can only be set")

    def _ask(self, option: str) -> Mapping[str, Any]:
        query = {"option": option} if option else {}
        answer: Mapping[str, Any] = self.client.call(GET_SETTINGS, path=OWN_ACCOUNT, query=query)
        return answer

    def _set(self, desired: Wanted[AccountSetting]) -> None:
        place = SETTINGS[desired.address.name]
        body = _wire(place, desired.resource.value)
        if len(place.path) > 2:
            section, unit, leaf = place.path
            told = self._ask(place.option)
            with shaped(GET_SETTINGS.name):
                body = {section: {unit: {**(told[section].get(unit) or {}), leaf: body[section][unit][leaf]}}}
        query = {"option": place.option} if place.option else {}
        self.client.call(UPDATE_SETTINGS, path=OWN_ACCOUNT, query=query, body=body)


def _wire(place: Place, value: Any) -> dict[str, Any]:
    if isinstance(value, tuple):
        value = join_domains(value) if place.joined else list(value)
    for part in reversed(place.path):
        value = {part: value}
    made: dict[str, Any] = value
    return made


def _live(name: str, told: Mapping[str, Any]) -> Live[AccountSetting]:
    """A setting as told. Its section has to be there; a setting that the account's plan lacks is empty."""
    place = SETTINGS[name]
    nested = len(place.path) > 1
    value: Any = told[place.path[0]] if nested else told
    if place.option == MEETING_AUTHENTICATION:
        value[MEETING_AUTHENTICATION]  # tells that this is the page asked for
    for part in place.path[nested:]:
        value = None if value is None else value.get(part)
    if place.joined or isinstance(value, list):
        value = read_domains(value)
    resource = unchecked(AccountSetting, {"value": value})
    return Live(remote_id=name, resource=resource, keys={"name": name}, label=name)
