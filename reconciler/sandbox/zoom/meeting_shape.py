"""What a Zoom meeting body may hold, and what a meeting has by default (Zoom API reference, Meetings)."""

from __future__ import annotations

from reconciler.sandbox import recurrence
from reconciler.sandbox.calls import Json
from reconciler.sandbox.shapes import Check, anything, flag, many, one_of, record, text, whole

TYPES = (1, 2, 3, 8, 10)
TIME = text(pattern=r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ?")

FLAGS = (
    "allow_host_control_participant_mute_state", "allow_multiple_devices",
    "alternative_host_manage_cloud_recording", "alternative_host_manage_meeting_summary",
    "alternative_host_update_polls", "alternative_hosts_email_notification",
    "auto_add_recording_to_video_management", "auto_start_ai_companion_questions",
    "auto_start_meeting_summary", "close_registration", "cn_meeting", "device_testing",
    "disable_participant_video", "email_in_attendee_report", "email_notification", "focus_mode",
    "host_save_video_order", "host_video", "in_meeting", "internal_meeting", "join_before_host",
    "meeting_authentication", "mute_upon_entry", "participant_focused_meeting", "participant_video",
    "private_meeting", "push_change_to_calendar", "registrants_confirmation_email",
    "registrants_email_notification", "request_permission_to_unmute_participants", "show_share_button",
    "use_pmi", "waiting_room", "watermark",
)  # fmt: skip
PERSON = record({"email": text(), "name": text()}, ("email",))
SETTINGS: dict[str, Check] = {name: flag() for name in FLAGS} | {
    "alternative_hosts": text(),
    "approval_type": one_of(0, 1, 2),
    "approved_or_denied_countries_or_regions": anything(),
    "audio": one_of("both", "telephony", "voip", "thirdParty"),
    "audio_conference_info": text(2048),
    "authentication_domains": text(),
    "authentication_exception": many(PERSON),
    "authentication_option": text(),
    "auto_recording": one_of("local", "cloud", "none"),
    "breakout_room": record(
        {"enable": flag(), "rooms": many(record({"name": text(32), "participants": many(text())}))}
    ),
    "calendar_type": one_of(1, 2),
    "contact_email": text(),
    "contact_name": text(),
    "continuous_meeting_chat": anything(),
    "encryption_type": one_of("enhanced_encryption", "e2ee"),
    "global_dial_in_countries": many(text()),
    "jbh_time": one_of(0, 5, 10, 15),
    "language_interpretation": anything(),
    "meeting_invitees": many(record({"email": text()}, ("email",))),
    "question_and_answer": anything(),
    "registration_type": one_of(1, 2, 3),
    "resources": anything(),
    "sign_language_interpretation": anything(),
    "waiting_room_options": anything(),
}
CREATE_ONLY_SETTINGS: dict[str, Check] = {
    "additional_data_center_regions": many(text()),
    "show_join_info": flag(),
}
UPDATE_ONLY_SETTINGS: dict[str, Check] = {
    "custom_keys": many(record({"key": text(64), "value": text(256)}), 10),
    "enforce_login": flag(),
    "enforce_login_domains": text(),
}
BODY: dict[str, Check] = {
    "topic": text(200),
    "agenda": text(2000),
    "type": one_of(*TYPES),
    "start_time": TIME,
    "timezone": text(64),
    "duration": whole(1, 1440),
    "password": text(10),
    "pre_schedule": flag(),
    "schedule_for": text(),
    "template_id": text(),
    "recurrence": recurrence.SHAPE,
    "tracking_fields": many(record({"field": text(), "value": text()}, ("field",))),
}
CREATE_FIELDS = BODY | {"default_password": flag(), "settings": record(SETTINGS | CREATE_ONLY_SETTINGS)}
CREATE = record(CREATE_FIELDS)
UPDATE = record(BODY | {"settings": record(SETTINGS | UPDATE_ONLY_SETTINGS)})

# Accepted, never shown again.
WRITE_ONLY_SETTINGS = frozenset({"additional_data_center_regions"})
# What one occurrence of a series may have of its own.
OCCURRENCE_FIELDS = frozenset({"agenda", "start_time", "duration", "settings"})
OCCURRENCE_SETTINGS = frozenset(
    {
        "host_video", "participant_video", "join_before_host", "mute_upon_entry", "waiting_room",
        "watermark", "auto_recording",
    }
)  # fmt: skip

DEFAULTS: Json = {
    "allow_host_control_participant_mute_state": False,
    "allow_multiple_devices": True,
    "alternative_host_manage_cloud_recording": False,
    "alternative_host_manage_meeting_summary": False,
    "alternative_host_update_polls": False,
    "alternative_hosts": "",
    "alternative_hosts_email_notification": True,
    "approval_type": 2,
    "approved_or_denied_countries_or_regions": {"enable": False},
    "audio": "both",
    "auto_recording": "none",
    "auto_start_ai_companion_questions": False,
    "auto_start_meeting_summary": False,
    "breakout_room": {"enable": False},
    "close_registration": False,
    "cn_meeting": False,
    "device_testing": False,
    "disable_participant_video": False,
    "email_in_attendee_report": False,
    "email_notification": True,
    "encryption_type": "enhanced_encryption",
    "enforce_login": False,
    "enforce_login_domains": "",
    "focus_mode": False,
    "global_dial_in_countries": ["US"],
    "host_save_video_order": False,
    "host_video": False,
    "in_meeting": False,
    "internal_meeting": False,
    "jbh_time": 0,
    "join_before_host": False,
    "meeting_authentication": False,
    "meeting_invitees": [],
    "mute_upon_entry": False,
    "participant_focused_meeting": False,
    "participant_video": False,
    "private_meeting": False,
    "push_change_to_calendar": False,
    "registrants_confirmation_email": True,
    "registrants_email_notification": True,
    "registration_type": 1,
    "request_permission_to_unmute_participants": False,
    "show_share_button": False,
    "use_pmi": False,
    "waiting_room": False,
    "watermark": False,
}
