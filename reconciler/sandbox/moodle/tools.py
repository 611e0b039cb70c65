"""External tools (mod_lti): tool types made from cartridges, and what an update does besides."""

from __future__ import annotations

import ipaddress
import re
import urllib.request
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

from reconciler.sandbox.calls import Answer, Call, Json, Refusal
from reconciler.sandbox.moodle.params import Value
from reconciler.sandbox.moodle.store import Site

CREATE = {"cartridgeurl": Value("url", ""), "key": Value("text", ""), "secret": Value("text", "")}
UPDATE = {
    "id": Value("int"),
    "name": Value("raw", None),
    "description": Value("raw", None),
    "state": Value("int", None),
}
ID = {"id": Value("int")}
LIST = {"toolproxyid": Value("int", 0)}
PAGED = {
    "toolproxyid": Value("int", 0),
    "orphanedonly": Value("bool", False),
    "limit": Value("int", 60),
    "offset": Value("int", 0),
}
CARTRIDGE = {"url": Value("url")}
STATES = {1: ("Active", "configured"), 2: ("Pending", "pending"), 3: ("Rejected", "rejected")}
NO_DESCRIPTION = "Click here to give this tool a description"
FETCH_S = 5.0
_BLTI = "{http://www.imsglobal.org/xsd/imsbasiclti_v1p0}"
_TAG = re.compile(r"<[^>]*>?")


def list_types(call: Call) -> Answer:
    """Every type of the site and of courses, whatever its state; by name."""
    site = call.world.moodle
    return Answer(body=[show(site, tool) for tool in _sorted(site)])


def list_types_and_proxies(call: Call) -> Answer:
    """The same in pages; there are no LTI 2.0 proxies here."""
    site, told = call.world.moodle, call.body
    page = _sorted(site)[told["offset"] :][: told["limit"] or None]
    return Answer(
        body={
            "types": [show(site, tool) for tool in page],
            "proxies": [],
            "limit": told["limit"],
            "offset": told["offset"],
        }
    )


def count_types(call: Call) -> Answer:
    """How many there are."""
    return Answer(body={"count": len(call.world.moodle.tool_types)})


def create_type(call: Call) -> Answer:
    """A type from a cartridge; the very same arguments make another one."""
    site, told = call.world.moodle, call.body
    read = fetch(site, told["cartridgeurl"]) if told.get("cartridgeurl") else {}
    if not read.get("launch_url"):
        raise Refusal(200, "unabletocreatetooltype", "Unable to create tool")
    tool = {
        "id": site.mint("tool_types"),
        "name": read.get("title", ""),
        "description": read.get("description", ""),
        "icon": read.get("icon", ""),
        "url": read["launch_url"],
        "key": told.get("key", ""),
        "secret": told.get("secret", ""),
        "state": 1,
        "course": 0,
        "force_ssl": False,
        "categories": [],
    }
    site.tool_types.append(tool)
    return Answer(body=show(site, tool))


def update_type(call: Call) -> Answer:
    """Change what is neither left out nor empty; force SSL and categories go back, whatever was sent."""
    site, told = call.world.moodle, call.body
    tool = find_type(site, told["id"])
    state = told.get("state")
    if state and state not in STATES:
        text = f"Invalid state: {state} - must be 1, 2, or 3"
        raise Refusal(200, text, f"error/{text}")
    tool["name"] = _TAG.sub("", told.get("name") or "") or tool["name"]
    tool["description"] = _TAG.sub("", told.get("description") or "") or tool["description"]
    tool["state"] = state or tool["state"]
    tool["force_ssl"], tool["categories"] = False, []
    return Answer(body=show(site, tool))


def delete_type(call: Call) -> Answer:
    """Take a type away, used or not; an id nobody has is answered the same."""
    site = call.world.moodle
    site.tool_types = [tool for tool in site.tool_types if tool["id"] != call.body["id"]]
    return Answer(body={"id": call.body["id"]})


def is_cartridge(call: Call) -> Answer:
    """Judged by its name, not by what is in it."""
    return Answer(body={"iscartridge": urlsplit(call.body["url"]).path.endswith(".xml")})


def find_type(site: Site, number: int) -> Json:
    """A tool type by id."""
    for tool in site.tool_types:
        if tool["id"] == number:
            return tool
    raise Refusal(200, "unabletofindtooltype", f"Unable to find tool for {number}")


def show(site: Site, tool: Json) -> Json:
    """A type as reads have it: nothing of its key, secret, launch address or restrictions."""
    text, word = STATES[tool["state"]]
    used = sum(activity["typeid"] == tool["id"] for activity in site.activities)
    lti = f"{site.url}/mod/lti"
    edit = (
        f"{lti}/typessettings.php?action=update&amp;id={tool['id']}&amp;sesskey=x&amp;returnto=toolconfigure"
    )
    return {
        "id": tool["id"],
        "name": tool["name"],
        "description": tool["description"] or NO_DESCRIPTION,
        "platformid": site.url,
        "clientid": None,
        "deploymentid": tool["id"],
        "urls": {
            "icon": tool["icon"],
            "edit": edit,
            "publickeyset": f"{lti}/certs.php",
            "accesstoken": f"{lti}/token.php",
            "authrequest": f"{lti}/auth.php",
        },
        "state": {
            "text": text,
            **{name: name == word for name in ("pending", "configured", "rejected", "unknown")},
        },
        "hascapabilitygroups": False,
        "capabilitygroups": [],
        "courseid": tool["course"],
        # Places in a list, not ids: so a site of this version answers.
        "instanceids": list(range(used)),
        "instancecount": used,
    }


def fetch(site: Site, url: str) -> Json:
    """What a cartridge says; Moodle reads title, description, launch_url and icon, and nothing else of it.

    What is neither published in the sandbox nor on loopback cannot be read: the sandbox asks no one else.
    """
    unreadable = Refusal(200, "errorreadingfile", f'Error reading file "{url}"')
    if url in site.cartridges:
        return site.cartridges[url]
    parts = urlsplit(url)
    blocked = site.guards_fetches and (_is_private(parts.hostname) or parts.port not in (None, 80, 443))
    if blocked or parts.scheme != "http" or not _is_private(parts.hostname):
        raise unreadable
    try:
        with urllib.request.urlopen(url, timeout=FETCH_S) as answer:  # noqa: S310 - http on loopback only
            # Whoever asked for this serves it on the same machine: a test or a demo of ours.
            root = ElementTree.fromstring(answer.read())  # noqa: S314
    except (OSError, ElementTree.ParseError):
        raise unreadable from None
    found: Json = {}
    for name in ("title", "description", "launch_url", "icon"):
        element: Any = root.find(f"{_BLTI}{name}")
        if element is not None and element.text:
            found[name] = element.text.strip()
    return found


def _is_private(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _sorted(site: Site) -> list[Json]:
    return sorted(site.tool_types, key=lambda tool: (str(tool["name"]), tool["id"]))
