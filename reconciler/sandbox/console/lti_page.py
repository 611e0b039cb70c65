"""The LTI Pro configuration page of one credential: e-mail domains, roles, settings, import of meetings."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

from reconciler.sandbox import unknowns
from reconciler.sandbox.calls import Json
from reconciler.sandbox.console.lti import find_credential
from reconciler.sandbox.lti_pro.operations import add_importer, associate
from reconciler.sandbox.shapes import anything, flag, many, one_of, record, text, validate
from reconciler.sandbox.simulation import Simulation

MOST_ROWS = 1000
WHOM = one_of("nobody", "instructors", "everyone")
RULE = ("attribute", "value", "group")
SETTINGS = record(
    {
        **dict.fromkeys(("students_host", "auto_login", "idp_login", "attendance_reports"), flag()),
        "authentication_exception": flag(),
        **dict.fromkeys(("auto_provision", "auto_upgrade", "auto_alternative_hosts"), WHOM),
        "provision_license": one_of("basic", "licensed", "on_prem"),
        "cloud_recording_links": one_of("off", "all", "published"),
        "timezone_from": one_of("lti_pro", "lms"),
        **dict.fromkeys(("user_attribute", "timezone"), text(least=1)),
        "tracking_fields": anything(),
        "groups": many(record(dict.fromkeys(RULE, text(least=1)), RULE)),
        **dict.fromkeys(
            ("wrong_account_message", "sign_in_url", "training_url", "training_text"), text(most=2000)
        ),
    }
)
LISTS = record(dict.fromkeys(("instructors", "alternative_hosts"), many(text(least=1))))


def add_email_domain(simulation: Simulation, key: str, domain: str) -> Json:
    """{key, domain}: allow accounts for people of a domain."""
    if not domain or "@" in domain or "/" in domain:
        raise ValueError(f"an e-mail domain is what stands behind the @: {domain!r}")
    domains: list[str] = find_credential(simulation, key)["email_domains"]
    if domain not in domains:
        domains.append(domain)
    return {"email_domains": domains}


def remove_email_domain(simulation: Simulation, key: str, domain: str) -> Json:
    """{key, domain}: no more accounts for people of a domain."""
    domains: list[str] = find_credential(simulation, key)["email_domains"]
    if domain not in domains:
        raise ValueError(f"{domain} is not allowed")
    domains.remove(domain)
    return {"email_domains": domains}


def set_roles(simulation: Simulation, key: str, **lists: Any) -> Json:
    """{key, instructors?, alternative_hosts?}: make a list of roles hold exactly these texts."""
    validate(LISTS, lists)
    find_credential(simulation, key)["roles"] |= lists
    return {}


def edit_lti_settings(simulation: Simulation, key: str, **settings: Any) -> Json:
    """{key, SETTING: value, ...}: change what is named of the page."""
    validate(SETTINGS, settings)
    find_credential(simulation, key)["settings"] |= settings
    return {}


def import_meetings(simulation: Simulation, key: str, content: str) -> Json:
    """{key, content}: Import CSV; all rows or none. A mail tells the owner when it is done."""
    world, credential = simulation.world, find_credential(simulation, key)
    rows = list(csv.DictReader(io.StringIO(content)))
    _check_file(content.partition("\n")[0], rows)
    for number, row in enumerate(rows, 2):
        if not row["Meeting ID"].isdecimal() or int(row["Meeting ID"]) not in world.meetings:
            raise ValueError(f"line {number}: there is no meeting {row['Meeting ID']!r}")
        if row["Domain"] not in credential["domains"] or not row["Context ID"]:
            raise ValueError(f"line {number}: it needs a context, and an approved domain: {row['Domain']!r}")
    for row in rows:
        meeting = int(row["Meeting ID"])
        told = {"contextId": row["Context ID"], "domain": row["Domain"]}
        associate(world, key, meeting, {**told, "courseId": row.get("custom_canvas_course_id") or ""})
        add_importer(world, key, meeting)
    owner = next((user.email for user in world.users.values() if user.role_id == "0"), "owner")
    world.mail(owner, "meetings imported", simulation.stamp())
    return {"imported": len(rows)}


def _check_file(head: str, rows: list[dict[str, str]]) -> None:
    if tuple(head.strip().split(",")) != unknowns.LTI_IMPORT_COLUMNS:
        raise ValueError(f"the first line is not that of the template: {head!r}")
    if not 0 < len(rows) <= MOST_ROWS:
        raise ValueError(f"a file holds 1 to {MOST_ROWS} meetings, not {len(rows)}")
    if any(None in row.values() or None in row for row in rows):
        raise ValueError("a line has not as many cells as the first")


LTI_PAGE_ACTIONS: tuple[Callable[..., Json], ...] = (
    add_email_domain, remove_email_domain, set_roles, edit_lti_settings, import_meetings,
)  # fmt: skip
