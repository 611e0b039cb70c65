"""Zoom accounts of the simulated Kaltura account (Kaltura API, vendor plugin; its Zoom setup guide)."""

from __future__ import annotations

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Call, Json
from reconciler.sandbox.kaltura import categories, listing, users
from reconciler.sandbox.kaltura.errors import Silence, refuse
from reconciler.sandbox.kaltura.properties import (
    NULLABLE,
    NUMBER,
    READ_NUMBER,
    READ_TEXT,
    TEXT,
    Property,
    choice,
    take,
)
from reconciler.sandbox.kaltura.store import Kaltura

DISABLED, ACTIVE, DELETED = 1, 2, 3
NOBODY, OPT_IN, OPT_OUT = 0, 1, 2
MOST_DROP_FOLDERS = 6
PEOPLE = choice(0, 1, 2, 3, 4)
SETTING: dict[str, Property] = {
    "id": READ_NUMBER,
    "status": choice(DISABLED, ACTIVE, DELETED, fixed="read"),
    "accountId": READ_TEXT,
    **dict.fromkeys(("partnerId", "createdAt", "updatedAt"), READ_NUMBER),
    **dict.fromkeys(
        ("defaultUserId", "zoomCategory", "zoomWebinarCategory", "zoomUserPostfix", "zoomAccountDescription",
         "optInGroupNames", "optOutGroupNames"), TEXT,
    ),
    **dict.fromkeys(
        ("createUserIfNotExist", "deletionPolicy", "enableMeetingUpload", "enableMeetingChat",
         "enableRecordingUpload", "enableWebinarUploads", "enableZoomTranscription"), NULLABLE,
    ),
    "conversionProfileId": NUMBER,
    **dict.fromkeys(("handleParticipantsMode", "handleCohostsMode", "handleAlternativeHostsMode"), PEOPLE),
    "zoomUserMatchingMode": choice(0, 1, 2, 3),
    "groupParticipationType": choice(NOBODY, OPT_IN, OPT_OUT),
    "userSearchMethod": choice(0, 1),
}  # fmt: skip
DEFAULTS: Json = {
    "createUserIfNotExist": 0,
    "handleParticipantsMode": 0,
    "enableMeetingChat": 1,
    "zoomUserMatchingMode": 0,
    "zoomUserPostfix": "",
    "enableWebinarUploads": 1,
    "groupParticipationType": NOBODY,
    "handleCohostsMode": 2,
    "handleAlternativeHostsMode": 2,
    "userSearchMethod": 0,
}
"""What the vendor's getters return where nothing is set."""
ON_THE_FOLDER = {"enableMeetingUpload": 1, "deletionPolicy": 0, "enableZoomTranscription": 1}
"""What lies on the drop folder: not told while that is disabled, and filled in so when it is enabled."""
LISTS = {"optInGroupNames": OPT_IN, "optOutGroupNames": OPT_OUT}
REGISTERED: Json = {
    "enableWebinarUploads": 1, "enableMeetingUpload": 1, "enableZoomTranscription": 1,
    "zoomUserMatchingMode": 0, "handleParticipantsMode": 2, "createUserIfNotExist": 1, "userSearchMethod": 0,
    "zoomCategory": "@zoomCategory@", "zoomWebinarCategory": "@zoomWebinarCategory@",
    "defaultUserId": "@defaultUserID@",
}  # fmt: skip
"""What the registration page of a new account holds, placeholders among it."""


def list_all(call: Call) -> Json:
    """zoomVendor.list: this account's own, without deleted ones; there is no filter."""
    store = call.world.kaltura
    wanted = [one for one in store.integrations if one["status"] != DELETED]
    found = listing.cut(call, "KalturaZoomIntegrationSetting", wanted, lambda one: show(one, store))
    return {**found, "objectType": "KalturaZoomIntegrationSettingResponse"}


def get_first(call: Call) -> Json:
    """zoomVendor.get: the first one of an account, useless where there are several."""
    store = call.world.kaltura
    wanted = [one for one in store.integrations if one["status"] != DELETED]
    if str(call.body["partnerId"]) != str(store.partner_id) or not wanted:
        raise refuse("INVALID_PARTNER_ID", PID=call.body["partnerId"])
    return show(wanted[0], store)


def submit_registration(call: Call) -> bool:
    """zoomVendor.submitRegistration: replaces categories and the switch, merges everything else.

    Also of a deleted one. Makes the default user and, below a parent that is there, the categories.
    """
    store, account = call.world.kaltura, str(call.body["accountId"])
    one = next((one for one in store.integrations if one["account"] == account), None)
    if one is None:
        raise refuse("NO_INTEGRATION_DATA")
    given = take("KalturaZoomIntegrationSetting", call.body["integrationSetting"], SETTING)
    if (owner := given.get("defaultUserId")) and store.person(owner) is None:
        _make_user(call, owner)
    for name in ("zoomCategory", "zoomWebinarCategory"):
        given.setdefault(name, None)
        for full_name in filter(None, str(given[name] or "").split(",")):
            _make_category(call, full_name)
    _merge(call, one, given)
    return True


def _make_user(call: Call, key: str) -> None:
    sent, call.body = call.body, {"user": {"id": key}}
    users.add(call)
    call.body = sent


def _make_category(call: Call, full_name: str) -> None:
    """Only the last title is made; without its parent the vendor gives up, with an empty answer."""
    store = call.world.kaltura
    if store.named(full_name):
        return
    above, _, name = full_name.rpartition(">")
    parent = store.named(above) if above else None
    if above and parent is None:
        raise Silence
    sent, call.body = call.body, {"category": {"name": name, "parentId": parent["id"] if parent else 0}}
    categories.add(call)
    call.body = sent


def _find(call: Call, key: object) -> Json:
    one = call.world.kaltura.integration(int(str(key)) if str(key).isdecimal() else 0)
    if one is None:
        raise refuse("INVALID_OBJECT_ID", ID=key)
    return one


def get(call: Call) -> Json:
    """vendorIntegration.get"""
    return show(_find(call, call.body["integrationId"]), call.world.kaltura)


def update(call: Call) -> Json:
    """vendorIntegration.update: merges; but without the switch, the integration is switched off."""
    store = call.world.kaltura
    one = _find(call, call.body["id"])
    _merge(
        call,
        one,
        take("KalturaZoomIntegrationSetting", call.body["integrationSetting"], SETTING, show(one, store)),
    )
    return show(one, store)


def delete(call: Call) -> None:
    """vendorIntegration.delete"""
    _find(call, call.body["integrationId"])["status"] = DELETED


def _merge(call: Call, one: Json, given: Json) -> None:
    """The type of participation first: another one clears both lists, and only its own list is kept."""
    fields = one["fields"]
    switch = given.pop("enableRecordingUpload", None)
    if "enableRecordingUpload" in call.sent["integrationSetting"] and switch is None:
        switch = one["status"] == ACTIVE  # it was sent, and the fault plan let it fall
    kind = given.pop("groupParticipationType", None)
    if kind is not None and kind != fields.get("groupParticipationType", NOBODY):
        fields["groupParticipationType"] = kind
        fields.pop("optInGroupNames", None)
        fields.pop("optOutGroupNames", None)
    kept = fields.get("groupParticipationType", NOBODY)
    given = {name: value for name, value in given.items() if LISTS.get(name, kept) == kept}
    was, one["status"] = one["status"], ACTIVE if switch else DISABLED
    if one["status"] == DISABLED and not unknowns.KALTURA_FOLDER_KEEPS_WHILE_DISABLED:
        given = {name: value for name, value in given.items() if name not in ON_THE_FOLDER}
    fields |= given
    if was != one["status"]:
        for name, value in ON_THE_FOLDER.items():
            if fields.get(name) is None:
                fields[name] = value
        _make_folder(call.world.kaltura, one)
    one["updated"] = int(call.now.timestamp())


def _make_folder(store: Kaltura, one: Json) -> None:
    """An account's drop folder is made when it is first switched on; the eighth is refused."""
    if one["status"] == ACTIVE and not one["folder"]:
        if sum(bool(other["folder"]) for other in store.integrations) > MOST_DROP_FOLDERS:
            raise refuse("EXCEEDED_MAX_ZOOM_DROP_FOLDERS")
        one["folder"] = f"zoom_{store.partner_id}_{one['account']}"


def install(store: Kaltura, account: str, code: str, at: int) -> Json:
    """What a person does: the app is authorised in Zoom, and told an integration code nobody used yet.

    Raises ValueError for a code that was used, and for an account that is installed already.
    """
    if code not in store.codes:
        raise ValueError("this integration code was used already, or was never given")
    one = next((one for one in store.integrations if one["account"] == account), None)
    if one is not None and one["status"] != DELETED:
        raise ValueError(
            f"{account} is integrated already: uninstall the app in Zoom first, then install it again"
        )
    store.codes.remove(code)
    if one is None:
        one = {"id": store.mint(), "account": account, "folder": "", "created": at}
        store.integrations.append(one)
    one |= {"status": DISABLED, "fields": dict(REGISTERED), "updated": at}
    return one


def show(one: Json, store: Kaltura) -> Json:
    """KalturaZoomIntegrationSetting, with each flag in one of the spellings there are."""
    fields = {**DEFAULTS, **{name: value for name, value in one["fields"].items() if value is not None}}
    if one["status"] != ACTIVE:
        fields = {name: value for name, value in fields.items() if name not in ON_THE_FOLDER}
    for name, spell in unknowns.KALTURA_SPELLINGS.items():
        if name in fields:
            fields[name] = spell[bool(fields[name])]
    return {
        "objectType": "KalturaZoomIntegrationSetting",
        "id": one["id"],
        "status": one["status"],
        "accountId": one["account"],
        "partnerId": store.partner_id,
        "createdAt": one["created"],
        "updatedAt": one["updated"],
        "enableRecordingUpload": int(one["status"] == ACTIVE),
        **fields,
    }
