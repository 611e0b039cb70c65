"""What LTI Pro's settings cause and a reading of its Zoom account can check: findings, never changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from reconciler.model import Address, Finding, Reading
from reconciler.model.lti_pages import EXCEPTION, LtiPage, lti_pages, title_of
from reconciler.model.rotations import find_rotations
from reconciler.resources.base import OMITTED, Members, Resource
from reconciler.resources.lti_roles import by_default, read_role, spell
from reconciler.resources.role_map import DEFAULT_VERSION
from reconciler.stages.diff.host_rights import note_host_rights
from reconciler.stages.diff.world import World

USER, GROUP, LABEL, SETTING = "user", "group", "tracking_field", "account_setting"
ADDING = ("instructors", "everyone")
FEW = 5


def note_lti(world: World) -> None:
    """Findings of every page that is declared, as far as its Zoom target was read.

    A successor's page holds what the other one's holds, of which everything was said.
    """
    succeeding = {rotation.new.address for rotation in find_rotations(world.desired.resources)}
    for page in lti_pages(world.desired.resources, world.settings, world.capabilities):
        if world.covers(page.credential.target) and page.credential not in succeeding:
            for look in _LOOKS:
                world.findings.extend(look(world, page))


def _subject(page: LtiPage, kind: str) -> str:
    return f"{page.credential.target}/{kind}"


def _account(world: World, page: LtiPage) -> str:
    """The target with the page's people, and the place that declares it."""
    return f"{page.zoom} ({world.settings.targets[page.zoom].where})"


def _items(world: World, page: LtiPage, kind: str) -> tuple[Resource, ...] | None:
    """What the account really holds of a kind; None if it was not read."""
    reading = world.seen.readings.get((page.zoom, kind))
    return tuple(live.resource for live in reading.items) if isinstance(reading, Reading) else None


def _entries(world: World, page: LtiPage, kind: str) -> Iterator[tuple[Address, Resource]]:
    for address, item in world.desired.resources.items():
        if address[:2] == (page.zoom, kind):
            yield address, item.resource


def _list(names: Iterable[str]) -> str:
    names = list(names)
    return ", ".join(names[:FEW]) + (", ..." if len(names) > FEW else "")


def _mail_domain(resource: Resource) -> str:
    email = getattr(resource, "email", OMITTED)
    return email.rpartition("@")[2].casefold() if isinstance(email, str) else ""


def _outside(world: World, page: LtiPage) -> Iterator[Finding]:
    """People for whom LTI Pro would not have made an account."""
    allowed = page.mail_domains
    if not allowed:
        return
    found = _items(world, page, USER)
    what = "of those declared" if found is None else "with an account"
    people = [resource for _, resource in _entries(world, page, USER)] if found is None else list(found)
    outside = Counter(domain for person in people if (domain := _mail_domain(person)) not in allowed)
    if outside:
        few = _list(f"{domain or 'none'} {count:,}" for domain, count in outside.most_common())
        yield Finding(
            "warning",
            _subject(page, "allowed_email_domain"),
            f"{outside.total():,} of {len(people):,} people {what} in {page.zoom} have e-mails outside the "
            f"allowed domains ({few}): LTI Pro makes no accounts for such people, so these came another way",
            "add the domain, or look at who they are in the users of that target",
        )


def _activation(world: World, page: LtiPage) -> Iterator[Finding]:
    """Allowed domains whose people have to answer a mail before they can host."""
    reading = world.seen.readings.get((page.zoom, USER))
    rules = reading.by_hand if isinstance(reading, Reading) else ()
    managed = next((rule.domains for rule in rules if rule.field == "email"), None)
    if managed is None or page.setting("auto_provision") == "nobody":
        return
    mailed = [item for item in page.domains if {item.resource.domain} - managed - {OMITTED}]
    if mailed:
        few = _list(f"{item.resource.domain} ({item.place('domain')})" for item in mailed)
        has = f"which has {_list(sorted(managed))}" if managed else "which has none"
        yield Finding(
            "info",
            _subject(page, "allowed_email_domain"),
            f"{few}: no Associated Domain of {_account(world, page)}, {has}, so people whom LTI Pro "
            "provisions there get an activation mail and have no account until they answer it",
            addresses=tuple(item.address for item in mailed),
        )


def _alternates(world: World, page: LtiPage) -> Iterator[Finding]:
    """Whether linked meetings have the alternative hosts that the setting says they get."""
    setting = page.setting("auto_alternative_hosts")
    if setting is OMITTED or not page.links:
        return
    added, read = [], 0
    for link in page.links:
        address = Address.parse(str(link.resource.meeting))
        live, item = world.live(address), world.desired.resources.get(address)
        if live is None or item is None:
            continue
        read += 1
        if _hosts(world, address.target, live.resource) - _hosts(world, address.target, item.resource):
            added.append(address)
    if added or setting in ADDING:
        text = f"{len(added):,} of {read:,} linked meetings have alternative hosts whom nobody declares"
        by = "which LTI Pro is set to add" if setting in ADDING else "and LTI Pro is set to add none"
        yield Finding(
            "info" if setting in ADDING else "warning",
            _subject(page, "lti_settings"),
            f"{text}, {by}" + (f": {_list(a.name for a in added)}" if added else ""),
            addresses=tuple(added),
        )


def _hosts(world: World, target: str, meeting: Resource) -> frozenset[str]:
    """The ids of alternative hosts, however they are named."""
    found = getattr(meeting, "alternative_hosts", OMITTED)
    names = found.elements if isinstance(found, Members) else ()
    known = ((name, Address.parse(name)) if name.count("/") >= 2 else (name, None) for name in names)
    return frozenset(
        world.who.ids.get(address, name) if address else world.who.identity(target, USER, name)
        for name, address in known
    )


def _missing(world: World, page: LtiPage) -> Iterator[Finding]:
    """Groups and tracking fields that the settings name and the account does not have."""
    rules, labels = page.setting("groups"), page.setting("tracking_fields")
    asked = (
        (GROUP, "groups", [rule.group for rule in rules] if isinstance(rules, tuple) else []),
        (LABEL, "tracking_fields", list(labels) if isinstance(labels, dict) else []),
    )
    for kind, name, wanted in asked:
        if not wanted:
            continue
        live = _items(world, page, kind)
        known = {
            title_of(item)
            for address, item in world.desired.resources.items()
            if address[:2] == (page.zoom, kind)
        }
        known |= {str(getattr(item, "title", getattr(item, "label", ""))).casefold() for item in live or ()}
        if lacking := [text for text in dict.fromkeys(wanted) if text.casefold() not in known]:
            why = "is not there" if live is not None else "is not declared, and what is there was not read"
            yield Finding(
                "warning",
                _subject(page, "lti_settings"),
                f"`{name}` ({page.settings[0].place(name)}) names what {why} in {_account(world, page)}: "
                f"{_list(lacking)}",
                f"declare it among the {name} of {page.zoom}, or correct the spelling",
            )


def _exception(world: World, page: LtiPage) -> Iterator[Finding]:
    """Authentication exceptions that the account may not allow."""
    address = Address(page.zoom, SETTING, EXCEPTION)
    if page.setting("authentication_exception") is True and address not in world.desired.resources:
        yield Finding(
            "warning",
            _subject(page, "lti_settings"),
            "`authentication_exception` works only while the account allows such exceptions, and nobody "
            "declares that it does",
            f"declare in {page.zoom}: account_settings: {{{EXCEPTION}: {{value: true}}}}",
        )


def _upgrades(world: World, page: LtiPage) -> Iterator[Finding]:
    """People declared as Basic whom LTI Pro would license, and the next run would take it back."""
    if page.setting("auto_upgrade") not in ADDING:
        return
    basic = [a for a, person in _entries(world, page, USER) if getattr(person, "license", "") == "basic"]
    if basic:
        yield Finding(
            "warning",
            _subject(page, "lti_settings"),
            f"`auto_upgrade` licenses people when they use LTI Pro, and {len(basic):,} people of {page.zoom} "
            f"are declared `license: basic`: each would be put back ({_list(a.name for a in basic)})",
            "leave their `license` out, or let `auto_upgrade` be nobody",
        )


def _imports(world: World, page: LtiPage) -> Iterator[Finding]:
    """Who imports meetings becomes their alternative host while LTI Pro adds any."""
    if page.setting("auto_alternative_hosts") in ADDING and page.links:
        yield Finding(
            "warning",
            _subject(page, "course_link"),
            f"{len(page.links):,} meetings are imported with {page.credential.name}, and its page has Auto "
            "Populate Alternative Host on: the admin who imports becomes an alternative host of each",
            f"let the target {page.credential.target} sign with a credential of its own for imports, without "
            "lti_settings, or set auto_alternative_hosts: nobody",
        )


def _absent_roles(world: World, page: LtiPage) -> Iterator[Finding]:
    """Roles that some of a map's platforms never send, and those that also stand for everything else."""
    for item in page.role_maps:
        roles, platforms = item.resource, item.resource.platforms
        listed = roles.instructors if isinstance(roles.instructors, tuple) else ()
        version = DEFAULT_VERSION if roles.version is OMITTED else roles.version
        for platform in platforms if isinstance(platforms, tuple) else ():
            never, mapped = [], []
            for name in listed:
                role = read_role(name)
                if not spell(role, platform, version):
                    never.append(name)
                elif role.scope != "custom" and not by_default(role, platform, version) and platform != "d2l":
                    mapped.append(name)
            if never:
                text = f"never arrives from {platform} with LTI {version}: {_list(never)}"
                yield Finding("info", str(item.address), text)
            if mapped:
                text = f"arrives from {platform} only if its admin maps a role to it: {_list(mapped)}"
                yield Finding("info", str(item.address), text)
            if platform == "blackboard" and "Instructor" in listed:
                text = "blackboard sends Instructor for every course role it has no other word for"
                yield Finding("info", str(item.address), text)


_LOOKS = (
    note_host_rights,
    _absent_roles,
    _outside,
    _activation,
    _alternates,
    _imports,
    _missing,
    _exception,
    _upgrades,
)
