"""Checks integrations with a Zoom account, and what is worth knowing of them beyond what is wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from reconciler.errors import Problem
from reconciler.model import Address, Desired, Finding
from reconciler.resources.account_setting import AccountSetting
from reconciler.resources.base import OMITTED, Members, Resource
from reconciler.resources.zoom_integration import ZoomIntegration

Resources = Mapping[Address, Desired[Resource]]
Item = Desired[Resource]

MOST_ACCOUNTS = 3
"""Zoom accounts of one Kaltura account (Kaltura, "Zoom Integration - Setup Guide")."""
WITH_POSTFIX = ("add_postfix", "remove_postfix")
WITH_GROUPS = ("opt_in", "opt_out")
PEOPLE = ("participants", "cohosts", "alternative_hosts")


def check_integrations(resources: Resources) -> Iterator[Problem]:
    """Accounts taken twice or too many, and options that contradict one another."""
    accounts: dict[str, Item] = {}
    counts: dict[str, int] = defaultdict(int)
    for address, item in resources.items():
        made = item.resource
        if not isinstance(made, ZoomIntegration):
            continue
        counts[address.target] += 1
        if counts[address.target] == MOST_ACCOUNTS + 1:
            what = f"{address.target} takes at most {MOST_ACCOUNTS} Zoom accounts, and this is one more"
            yield Problem(item.where, what, "take one of them out")
        first = accounts.setdefault(made.zoom, item) if isinstance(made.zoom, str) else item
        if first is not item:
            what = f"the account of {made.zoom} is that of {first.address} ({first.place('zoom')}) already"
            yield Problem(item.place("zoom"), what, "each Zoom account goes to one integration; keep one")
        yield from _check_owner(item, made)
        yield from _check_upload(item, made)


def _check_owner(item: Item, made: ZoomIntegration) -> Iterator[Problem]:
    """How the owner of a recording is found, and who else gets to see it."""
    given = made.postfix is not OMITTED
    if made.match_users in WITH_POSTFIX and not given:
        what = f"`match_users: {made.match_users}` needs the `postfix`"
        yield Problem(
            item.place("match_users"), what, "add postfix: @example.edu, or write match_users: keep"
        )
    elif given and made.match_users not in WITH_POSTFIX:
        what = "`postfix` counts only where `match_users` adds or removes it"
        yield Problem(
            item.place("postfix"), what, f"write match_users: {' or '.join(WITH_POSTFIX)}, or take it out"
        )
    if made.create_users is False and made.default_user is OMITTED:
        what = "`create_users: false` leaves recordings of people nobody knows to the `default_user`"
        yield Problem(item.place("create_users"), what, "name the default_user")
    for name in PEOPLE:
        value = getattr(made, name)
        if made.match_users == "cms_user" and value is not OMITTED and value != "ignore":
            what = f"`{name}: {value}` counts only where people are matched by their Zoom user"
            yield Problem(item.place(name), what, "write ignore, or another match_users than cms_user")


def _check_upload(item: Item, made: ZoomIntegration) -> Iterator[Problem]:
    """One list of groups, with the one mode that says what it is for."""
    groups = made.groups
    if made.upload in WITH_GROUPS and not (isinstance(groups, Members) and groups.elements):
        what = f"`upload: {made.upload}` needs at least one group"
        yield Problem(item.place("upload"), what, "add groups: [...], or write upload: all")
    elif groups is not OMITTED and made.upload not in WITH_GROUPS:
        what = "`groups` says nothing by itself: `upload` tells whether they are in or out, never both"
        yield Problem(
            item.place("groups"), what, f"write upload: {' or '.join(WITH_GROUPS)}, or take the groups out"
        )


def note_integrations(resources: Resources) -> Iterator[Finding]:
    """What the vendor warns of (Kaltura, "Zoom Integration - Setup Guide"), where it holds."""
    for address, item in resources.items():
        made = item.resource
        if not isinstance(made, ZoomIntegration) or made.active is False:
            continue
        if made.transcription is True:
            text = "REACH makes no captions and no transcripts while those of Zoom are taken over"
            remedy = f"to have REACH captions write transcription: false at {item.place('transcription')}"
            yield Finding("warning", str(address), text, remedy, addresses=(address,))
        yield from _note_account(address, str(made.zoom), resources)


def _note_account(address: Address, zoom: str, resources: Resources) -> Iterator[Finding]:
    """What the Zoom account itself should record, and not."""
    if _setting(resources, zoom, "record-audio-file") is not False:
        text = (
            f"a recording of sound alone becomes the parent of a two-stream video, if {zoom} makes one: "
            "record-audio-file is not declared to be off there"
        )
        remedy = f"declare in {zoom}: account_settings: {{record-audio-file: {{value: false}}}}"
        yield Finding("warning", str(address), text, remedy, addresses=(address,))
    if _setting(resources, zoom, "cloud-recording") is False:
        text = f"only cloud recordings are taken over, and {zoom} declares cloud-recording to be off"
        yield Finding("warning", str(address), text, "switch it on there", addresses=(address,))


def _setting(resources: Resources, zoom: str, name: str) -> object:
    found = resources.get(Address(zoom, AccountSetting.kind, name))
    return found.resource.value if found and isinstance(found.resource, AccountSetting) else None
