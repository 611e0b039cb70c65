"""Settings of groups and of people, as sections of named switches (Zoom API reference)."""

from __future__ import annotations

from typing import Any

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Answer, Call, Json, Operation, Refusal
from reconciler.sandbox.shapes import Check, flag, many, record, text, whole
from reconciler.sandbox.zoom.groups import find_group
from reconciler.sandbox.zoom.users import find_settled

QUERY = frozenset({"option", "custom_query_fields", "login_type"})
PENDING = (400, 1000, "You can not access settings of users that are still in pending state.")

DEFAULTS: Json = {
    "schedule_meeting": {
        "host_video": False,
        "participants_video": False,
        "audio_type": "both",
        "join_before_host": False,
        "jbh_time": 0,
        "force_pmi_jbh_password": False,
        "use_pmi_for_scheduled_meetings": False,
        "use_pmi_for_instant_meetings": False,
        "require_password_for_scheduling_new_meetings": True,
        "mute_upon_entry": False,
        "meeting_reminder": False,
    },
    "in_meeting": {
        "chat": True,
        "private_chat": True,
        "auto_saving_chat": False,
        "polling": True,
        "screen_sharing": True,
        "breakout_room": True,
        "waiting_room": False,
        "closed_caption": True,
        "co_host": True,
        "allow_live_streaming": False,
    },
    "email_notification": {
        "jbh_reminder": True,
        "cancel_meeting_reminder": True,
        "alternative_host_reminder": True,
        "schedule_for_reminder": True,
    },
    "recording": {
        "local_recording": True,
        "cloud_recording": True,
        "auto_recording": "none",
        "record_audio_file": True,
        "save_chat_text": True,
    },
}
PAGES: Json = {
    "": DEFAULTS,
    "meeting_authentication": {
        "meeting_authentication": False,
        "allow_authentication_exception": False,
        "authentication_options": [],
    },
    "recording_authentication": {"recording_authentication": False, "authentication_options": []},
    "meeting_security": {
        "meeting_security": {
            "waiting_room": False,
            "meeting_password": True,
            "block_user_domain": False,
            "block_user_domain_list": [],
        }
    },
}


def check_of(value: Any) -> Check:
    """What may be written where this value stands."""
    if isinstance(value, dict):
        return record({name: check_of(inner) for name, inner in value.items()})
    if isinstance(value, list):
        return many(text())
    if isinstance(value, bool):
        return flag()
    return whole() if isinstance(value, int) else text()


UPDATE = record(
    {name: check_of(section) for name, section in DEFAULTS.items()}
    | {
        "meeting_authentication": flag(),
        "recording_authentication": flag(),
        "meeting_security": record(
            {
                "waiting_room": flag(),
                "meeting_password": flag(),
                "block_user_domain": flag(),
                "block_user_domain_list": many(text(), 20),
            }
        ),
    }
)
LOCKS = record({name: record({key: flag() for key in section}) for name, section in DEFAULTS.items()})


def show(pages: Json, kept: Json, call: Call) -> Json:
    """The page that `option` picks ("" for none), with what was set laid over it."""
    option = call.query.get("option", "")
    if option not in pages:
        raise Refusal(400, 300, "Invalid field: option.")
    shown = lay_over(pages[option], kept)
    wanted = [name for name in call.query.get("custom_query_fields", "").split(",") if name]
    return {name: value for name, value in shown.items() if not wanted or name in wanted}


def lay_over(base: Json, kept: Json) -> Json:
    """`base` with those values that `kept` has under the same names."""
    return {
        name: lay_over(value, kept.get(name, {})) if isinstance(value, dict) else kept.get(name, value)
        for name, value in base.items()
    }


def merge(kept: Json, new: Json) -> None:
    """Write `new` into `kept`, section by section."""
    for name, value in new.items():
        if isinstance(value, dict) and isinstance(kept.get(name), dict):
            merge(kept[name], value)
        else:
            kept[name] = value


def get_user_settings(call: Call) -> Answer:
    """A person's settings."""
    return Answer(body=show(PAGES, find_settled(call.world, call.path["userId"], PENDING).settings, call))


def update_user_settings(call: Call) -> Answer:
    """Change a person's settings."""
    user = find_settled(call.world, call.path["userId"], PENDING)
    for group_id in user.group_ids:
        _check_locks(call.world.groups[group_id].lock_settings, call.sent)
    merge(user.settings, call.body)
    call.simulation.emit("user.settings_updated", {"id": user.id, "settings": call.body})
    return Answer(204)


def _check_locks(locks: Json, settings: Json) -> None:
    """Refuse what a person's group pins."""
    for name, section in settings.items():
        if isinstance(section, dict) and any(locks.get(name, {}).get(key) for key in section):
            raise Refusal(*unknowns.LOCKED_SETTING)


def get_group_settings(call: Call) -> Answer:
    """A group's settings."""
    return Answer(body=show(PAGES, find_group(call.world, call.path["groupId"]).settings, call))


def update_group_settings(call: Call) -> Answer:
    """Change a group's settings."""
    group = find_group(call.world, call.path["groupId"])
    merge(group.settings, call.body)
    call.simulation.emit("group.settings_updated", {"id": group.id, "settings": call.body})
    return Answer(204)


def get_group_locks(call: Call) -> Answer:
    """Which settings a group pins for its members."""
    kept = find_group(call.world, call.path["groupId"]).lock_settings
    base = {name: dict.fromkeys(section, False) for name, section in DEFAULTS.items()}
    return Answer(body=lay_over(base, kept))


def update_group_locks(call: Call) -> Answer:
    """Change which settings a group pins."""
    group = find_group(call.world, call.path["groupId"])
    merge(group.lock_settings, call.body)
    call.simulation.emit("group.lock_settings_updated", {"id": group.id, "settings": call.body})
    return Answer(204)


def check_account(call: Call) -> None:
    """Refuse any account but one's own (2001)."""
    if call.path["accountId"] not in ("me", call.world.account.id):
        raise Refusal(404, 2001, f"Account does not exist: {call.path['accountId']}.")


USER_READ = ("user:read:settings:admin", "user:read:admin", "user:write:admin")
GROUP_READ = ("group:read:settings:admin", "group:read:admin", "group:write:admin")
GROUP_UPDATE = ("group:update:settings:admin", "group:write:admin")

OPERATIONS = (
    Operation("GET /users/{userId}/settings", "read", get_user_settings, "MEDIUM", USER_READ, QUERY),
    Operation(
        "PATCH /users/{userId}/settings", "write", update_user_settings, "MEDIUM",
        ("user:update:settings:admin", "user:write:admin"), QUERY, UPDATE,
    ),
    Operation("GET /groups/{groupId}/settings", "read", get_group_settings, "MEDIUM", GROUP_READ, QUERY),
    Operation(
        "PATCH /groups/{groupId}/settings", "write", update_group_settings, "LIGHT", GROUP_UPDATE, QUERY,
        UPDATE,
    ),
    Operation(
        "GET /groups/{groupId}/lock_settings", "read", get_group_locks, "MEDIUM",
        ("group:read:lock_settings:admin", "group:read:admin", "group:write:admin"), QUERY,
    ),
    Operation(
        "PATCH /groups/{groupId}/lock_settings", "write", update_group_locks, "LIGHT",
        ("group:update:lock_settings:admin", "group:write:admin"), QUERY, LOCKS,
    ),
)  # fmt: skip
