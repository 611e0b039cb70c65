"""Settings of LTI Pro: one page per credential that has no API; what of it contradicts itself is refused."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.drivers.zoom_lti_pro.console import EDIT, STEPS
from reconciler.model.objects import Page
from reconciler.model.ports import Access, Apart, Capability, Lists
from reconciler.resources.base import Plain, declared, field_rules, plain
from reconciler.resources.lti_settings import LtiSettings

TELLS: Mapping[str, str] = {
    "students_host": "students_host: whether students may schedule and host meetings.",
    "auto_login": "auto_login: whether Join signs people in to their Zoom client. Links in the calendars of "
    "Canvas, D2L and Moodle never do.",
    "idp_login": "idp_login: whether that sign-in goes through the platform's identity provider. People have "
    "to sign in to the platform by SSO.",
    "auto_provision": "auto_provision: for whom Zoom accounts are made. People of an Associated Domain of "
    "the account get theirs at once, others answer an activation mail first.",
    "provision_license": "provision_license: the user type those accounts get (Basic, Licensed, On-Prem).",
    "auto_upgrade": "auto_upgrade: who is changed from Basic to Pro when they use LTI Pro.",
    "auto_alternative_hosts": "auto_alternative_hosts: Auto Populate Alternative Host; on the meetings of "
    "instructors only, or (everyone) of instructors and students.",
    "attendance_reports": "attendance_reports: whether previous meetings show them.",
    "cloud_recording_links": "cloud_recording_links: Cloud Recording Link. All shows students a recording "
    "when its meeting is over, Published when an instructor published it.",
    "user_attribute": "user_attribute: the attribute that tells a person's e-mail or unique id. Behind an @ "
    "stands another attribute, or, where launches have none of that name, the domain itself.",
    "timezone_from": "timezone_from: LTI Pro sets the zone, or (lms) the launch does by "
    "custom_person_address_timezone.",
    "timezone": "timezone: the zone set, or the default for launches that bring none.",
    "authentication_exception": "authentication_exception: needs Allow authentication exception in the "
    "account's security settings.",
    "tracking_fields": "tracking_fields: per tracking field the attribute that fills it in.",
    "groups": "groups: instructors join a group by an attribute and its value. Enter the name without "
    "custom_ in front: both match.",
    "wrong_account_message": "wrong_account_message: told to people whose Zoom user is in another account.",
    "sign_in_url": "sign_in_url: the Sign-in URL beside that message, commonly the account's vanity URL.",
    "training_url": "training_url: where the Get Training link leads.",
    "training_text": "training_text: what that link is called.",
}
"""What each setting is on the page (Zoom support, "Configuring LTI Pro")."""


def enter(resource: LtiSettings) -> Mapping[str, Plain]:
    """Every declared setting; groups by the name that matches with and without `custom_`."""
    made = {name: plain(value) for name, value in declared(resource) if name != "credential"}
    if isinstance(resource.groups, tuple):
        made["groups"] = tuple(
            {"attribute": rule.matched[0], "value": rule.value, "group": rule.group}
            for rule in resource.groups
        )
    return made


CAPABILITY = Capability(
    kind="lti_settings",
    verbs=frozenset(),
    fields={
        **dict.fromkeys(field_rules(LtiSettings), Access.HIDDEN),
        "credential": Access.RELATION,
    },
    lists=Lists.KEYED,
    enters=enter,
    apart=(
        Apart(
            {"auto_login": False, "idp_login": True},
            "signing in through the platform's identity provider is a way of automatic login",
        ),
        Apart(
            {"students_host": False, "auto_alternative_hosts": "everyone"},
            "meetings that students host do not exist",
        ),
        *(
            Apart(
                {"auto_provision": "nobody", "provision_license": license},
                "nobody is provisioned, so there is no user type to give",
            )
            for license in ("basic", "licensed", "on_prem")
        ),
    ),
    page=Page(
        id="settings",
        title="Settings of LTI Pro",
        steps=(
            *STEPS,
            EDIT,
            "Set what is named below, leave the rest of the page as it is, and save.",
        ),
        tells=TELLS,
    ),
)
