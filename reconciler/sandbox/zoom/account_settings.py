"""Settings of a whole account, and the ways to sign in that meetings can ask for (Zoom API reference)."""

from __future__ import annotations

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Answer, Call, Json, Operation, Refusal
from reconciler.sandbox.shapes import Check, anything, flag, many, one_of, record, text, validate, whole
from reconciler.sandbox.world import World
from reconciler.sandbox.zoom.settings import DEFAULTS as SWITCHES
from reconciler.sandbox.zoom.settings import QUERY, check_account, check_of, show

BLOCKED_DOMAINS = 20
WITH_DOMAINS = "enforce_login_with_domains"

DEFAULTS: Json = {
    "": SWITCHES
    | {
        "security": {
            "signin_with_sso": {"enable": False, "require_sso_for_domains": False, "domains": []},
            "hide_billing_info": False,
        },
        "recording": SWITCHES["recording"]
        | {
            "record_gallery_view": False,
            "record_speaker_view": True,
            "record_files_separately": {
                "active_speaker": False,
                "gallery_view": False,
                "shared_screen": False,
            },
            "recording_audio_transcript": False,
            "recording_thumbnails": False,
            "show_timestamp": False,
            "display_participant_name": False,
        },
    },
    "meeting_authentication": {"meeting_authentication": False, "allow_authentication_exception": False},
    "recording_authentication": {"recording_authentication": False},
    "meeting_security": {
        "meeting_security": {
            "waiting_room": False,
            "waiting_room_settings": {
                "participants_to_place_in_waiting_room": 0,
                "users_who_can_admit_participants_from_waiting_room": 0,
                "whitelisted_domains_for_waiting_room": "",
            },
            "meeting_password": True,
            "block_user_domain": False,
            "block_user_domain_list": [],
        }
    },
}
"""By `option`, "" for what is shown without one."""

OPTION = record(
    {
        "action": one_of("add", "update", "delete"),
        "id": text(),
        "name": text(),
        "type": one_of("enforce_login", "enforce_login_with_same_account", WITH_DOMAINS),
        "domains": text(),
        "default_option": flag(),
    },
    ("action",),
)
EXACT: dict[str, dict[str, Check]] = {
    "meeting_authentication": {"authentication_option": OPTION},
    "meeting_security": {
        "meeting_security": record(
            {
                "waiting_room": flag(),
                "waiting_room_settings": record(
                    {
                        "participants_to_place_in_waiting_room": whole(0, 2),
                        "users_who_can_admit_participants_from_waiting_room": whole(0, 1),
                        "whitelisted_domains_for_waiting_room": text(),
                    }
                ),
                "meeting_password": flag(),
                "block_user_domain": flag(),
                "block_user_domain_list": many(text(), BLOCKED_DOMAINS),
            }
        )
    },
}
UPDATES: dict[str, Check] = {
    option: record({name: check_of(value) for name, value in page.items()} | EXACT.get(option, {}))
    for option, page in DEFAULTS.items()
}


def get_account_settings(call: Call) -> Answer:
    """The account's settings; `me` and the account's own id both name it."""
    check_account(call)
    account = call.world.account
    shown = show(DEFAULTS, account.settings, call)
    if call.query.get("option") == "meeting_authentication" and "custom_query_fields" not in call.query:
        shown |= {"authentication_options": account.authentication_options}
    return Answer(body=shown)


def update_account_settings(call: Call) -> Answer:
    """Change settings of one option, and at most one way to sign in."""
    check_account(call)
    option = call.query.get("option", "")
    if option not in UPDATES:
        raise Refusal(400, 300, "Invalid field: option.")
    validate(UPDATES[option], call.sent)
    if "authentication_option" in call.sent:
        operate(call.world, call.sent["authentication_option"], call.body.get("authentication_option", {}))
    change_settings(call.world, {k: v for k, v in call.body.items() if k != "authentication_option"})
    call.simulation.emit("account.settings_updated", {"id": call.world.account.id, "settings": call.body})
    return Answer(204)


def change_settings(world: World, new: Json) -> None:
    """Lay new settings over the old, two levels deep: what lies below is replaced."""
    kept = world.account.settings
    for name, value in new.items():
        kept[name] = kept.get(name, {}) | value if isinstance(value, dict) else value


def operate(world: World, sent: Json, kept: Json) -> None:
    """Add, update or delete one way to sign in; `kept` is what of `sent` is not let fall."""
    options = world.account.authentication_options
    values = {name: value for name, value in kept.items() if name not in ("action", "id")}
    if sent["action"] == "add":
        if not (sent.get("name") and sent.get("type")):
            raise Refusal(*unknowns.INCOMPLETE_OPTION)
        _check_domains(sent)
        found = {"id": world.mint("option"), "name": "", "type": "", "domains": "", "default_option": False}
        found |= {"visible": True, **values}
        options.append(found)
    else:
        found = find_option(world, sent.get("id", ""))
        if sent["action"] == "delete":
            options.remove(found)
            return
        _check_domains(found | sent)
        found |= values
    if found["default_option"]:
        for other in options:
            other["default_option"] = other is found


def find_option(world: World, option_id: str) -> Json:
    """The way to sign in with this id. Refuses where there is none."""
    for option in world.account.authentication_options:
        if option["id"] == option_id:
            return option
    raise Refusal(*unknowns.NO_OPTION)


def _check_domains(option: Json) -> None:
    if option["type"] == WITH_DOMAINS and not option.get("domains"):
        raise Refusal(*unknowns.INCOMPLETE_OPTION)


OPERATIONS = (
    Operation(
        "GET /accounts/{accountId}/settings", "read", get_account_settings, "MEDIUM",
        ("account:read:settings:admin", "account:read:admin", "account:write:admin"), QUERY,
    ),
    Operation(
        "PATCH /accounts/{accountId}/settings", "write", update_account_settings, "MEDIUM",
        ("account:update:settings:admin", "account:write:admin"), QUERY, anything(),
    ),
)  # fmt: skip
