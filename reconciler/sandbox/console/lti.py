"""LTI Pro's list of credentials, which has no API: each with its approved domains."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from reconciler.sandbox.calls import Json
from reconciler.sandbox.simulation import Simulation
from reconciler.sandbox.zoom.meetings import find_meeting


def create_credential(simulation: Simulation, name: str = "", key: str = "", secret: str = "") -> Json:
    """{name?, key?, secret?}: a credential; key and secret are minted unless told."""
    world = simulation.world
    credential: Json = {
        "key": key or world.mint("lti key"),
        "secret": secret or world.mint("lti secret", 43),
        "name": name,
        "domains": [],
        "email_domains": [],
        "roles": {"instructors": [], "alternative_hosts": []},
        "settings": {},
    }
    if any(item["key"] == credential["key"] for item in world.lti.credentials):
        raise ValueError(f"there is a credential with the key {credential['key']} already")
    world.lti.credentials.append(credential)
    return {"key": credential["key"], "secret": credential["secret"]}


def find_credential(simulation: Simulation, key: str) -> Json:
    """The credential with this key. Raises ValueError."""
    for item in simulation.world.lti.credentials:
        if item["key"] == key:
            return item
    raise ValueError(f"no LTI credential has the key {key!r}")


def delete_credential(simulation: Simulation, key: str) -> Json:
    """{key}: remove a credential with its domains and associations."""
    lti = simulation.world.lti
    lti.credentials.remove(find_credential(simulation, key))
    lti.associations = [link for link in lti.associations if link["key"] != key]
    return {}


def add_domain(simulation: Simulation, key: str, domain: str) -> Json:
    """{key, domain}: approve a domain, with scheme and without a trailing slash."""
    parts = urlsplit(domain)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"a domain starts with https:// and names a host: {domain!r}")
    if domain.endswith("/"):
        raise ValueError(f"a domain must not end with a slash: {domain!r}")
    domains: list[str] = find_credential(simulation, key)["domains"]
    if domain not in domains:
        domains.append(domain)
    return {"domains": domains}


def remove_domain(simulation: Simulation, key: str, domain: str) -> Json:
    """{key, domain}: a domain is no longer approved; what was associated stays."""
    domains: list[str] = find_credential(simulation, key)["domains"]
    if domain not in domains:
        raise ValueError(f"{domain} is not approved")
    domains.remove(domain)
    return {"domains": domains}


def list_credentials(simulation: Simulation) -> Json:
    """{}: every credential with its domains."""
    return {"credentials": simulation.world.lti.credentials}


def remove_association(simulation: Simulation, meeting: int | str) -> Json:
    """{meeting}: take a meeting off every course, as an instructor can in the course itself."""
    found, lti = find_meeting(simulation.world, str(meeting)), simulation.world.lti
    lti.associations = [link for link in lti.associations if link["meeting_id"] != found.id]
    return {}


def register_lti13_platform(
    simulation: Simulation,
    issuer: str,
    client_id: str,
    deployment_id: str,
    authorization_url: str,
    jwks_url: str,
) -> Json:
    """{issuer, client_id, deployment_id, authorization_url, jwks_url}: a platform of 1.3."""
    for url in (authorization_url, jwks_url):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"an address starts with https:// and names a host: {url!r}")
    told = {"issuer": issuer, "client_id": str(client_id), "deployment_id": deployment_id}
    if not all(told.values()):
        raise ValueError("issuer, client_id and deployment_id must not be empty")
    lti = simulation.world.lti
    lti.platforms = [one for one in lti.platforms if told.items() - one.items()]
    lti.platforms.append({**told, "authorization_url": authorization_url, "jwks_url": jwks_url})
    return {}


LTI_ACTIONS: tuple[Callable[..., Json], ...] = (
    create_credential, delete_credential, add_domain, remove_domain, list_credentials, remove_association,
    register_lti13_platform,
)  # fmt: skip
