"""What only a person can do: hand-offs, and what their attestations are worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconciler.model import (
    Address,
    Adopt,
    Capability,
    Change,
    Create,
    Desired,
    FieldChange,
    Finding,
    HandOff,
    HandOffItem,
    HandOffRef,
    Live,
    Page,
    Reading,
    Reason,
    Record,
    Removal,
    Remove,
    Replace,
    State,
    Status,
    Sync,
    Update,
    Waiting,
)
from reconciler.model.attested import values_digest, weigh_word
from reconciler.model.plan import CHECK, TAKE_OFF
from reconciler.model.references import references
from reconciler.model.rotations import CREDENTIAL, find_rotations, page_of
from reconciler.resources.base import Resource, field_rules, kinds
from reconciler.resources.lti_credential import LtiCredential
from reconciler.resources.lti_tool import FILLED, LtiTool
from reconciler.stages.diff.sheets import identify, spare, write_files
from reconciler.stages.diff.world import World


def page_id(world: World, address: Address, capability: Capability) -> str:
    """`target/page/credential`; a credential is its own page."""
    page = capability.page or Page(capability.kind, capability.kind, ())
    credential = address.name.split(".", 1)[0]
    hand_off = f"{address.target}/{page.id}/{credential}"
    world.titles[hand_off] = (f"{page.title}: {credential}", page.steps)
    world.pages[hand_off] = page
    return hand_off


def by_hand(world: World, item: Desired[Resource], record: Record | None) -> None:
    """An address without any verb: attested, or an open item of its page with a change that says so."""
    address, capability = item.address, world.capability(item.address)
    hand_off = page_id(world, address, capability)
    if record is None:
        _keep_apart(world, address, hand_off)
    word = weigh_word(item, capability, record, world.recorded.attestations, world.seen, world.as_of)
    first = "" if word.holds else _find_first(world, item.resource, hand_off)
    doubt = f"a person has to do {first} first" if first else word.doubt
    state = "attested" if word.holds else "waiting" if first else "open" if record is None else "stale"
    action = "enter" if record is None else "change"
    shown = HandOffItem(address, action, word.values, word.digest, state, doubt)
    world.items.setdefault(hand_off, []).append(shown)
    if word.holds:
        attestation = world.recorded.attestations[address]
        note = f"by {attestation.by} on {attestation.at:%Y-%m-%d}, good until {attestation.expires:%Y-%m-%d}"
        world.statuses.append(Status(address, Sync.ATTESTED, word.probed or note, word.health))
        return
    world.open[address] = hand_off
    kind = Create if record is None else Update
    reason = Reason.NEW if record is None else Reason.EDITED if word.fields else Reason.DOUBTED
    ref = HandOffRef(hand_off, doubt)
    world.plan(kind(address=address, reason=reason, where=item.where, fields=word.fields, hand_off=ref))
    text = f"open hand-off {hand_off}: {doubt}"
    world.statuses.append(Status(address, Sync.WAITING, text, word.health))


def _keep_apart(world: World, address: Address, hand_off: str) -> None:
    """A successor is entered beside what it succeeds: who edits that instead ends every launch."""
    for rotation in find_rotations(world.desired.resources):
        if rotation.new.address == address:
            title, steps = world.titles[hand_off]
            old = rotation.old.address.name
            step = f"This is a new one beside {old}. Leave {old} as it is: tools still launch with it."
            world.titles[hand_off] = (title, (*steps, step))


def _find_first(world: World, resource: Resource, hand_off: str) -> str:
    """The open hand-off of something that a page names and has to choose, "" for none.

    Not a credential's: what belongs to one is entered together with it.
    """
    named = [address for _, address in references(resource) if address.kind != LtiCredential.kind]
    pages = [world.open.get(address, hand_off) for address in named]
    return next((page for page in pages if page != hand_off), "")


def await_page(world: World, resource: Resource) -> tuple[Waiting, ...]:
    """What a new tool waits on beside its credential: that credential's page, each hand-off of it once.

    Its options are gone through before the tool is installed (Zoom support, "Configuring LTI Pro").
    """
    if not isinstance(resource, LtiTool) or not isinstance(resource.credential, str):
        return ()
    found: dict[str, Waiting] = {}
    for entry in page_of(Address.parse(resource.credential), world.desired.resources):
        if wait := world.waits(entry.address):
            found.setdefault(wait.why, wait)
    return tuple(found.values())


def take_off(world: World, record: Record) -> None:
    """An attested address that is no longer declared: a person takes it off, then its record goes.

    What belongs to a credential that is taken off as well goes with it, on that one's page.
    """
    address, rules = record.address, field_rules(kinds()[record.address.kind])
    whole = whole_of(world, address)
    credential = Address(address.target, LtiCredential.kind, address.name.split(".", 1)[0])
    if users := _launched_with(world, credential):
        _stay(world, record, credential, users)
        return
    hand_off = page_id(world, whole, world.capability(whole))
    values = {name: item.value for name, item in record.fields.items() if not rules[name].secret}
    reason = Reason.ROTATED if address in world.desired.rotated else Reason.UNDECLARED
    why = reason.value if whole == address else f"it goes with {whole.name}"
    item = HandOffItem(address, TAKE_OFF, values, values_digest(values), "open", why)
    world.items.setdefault(hand_off, []).append(item)
    world.plan(
        Remove(
            address=address,
            reason=reason,
            how=Removal.DELETE,
            number=record.number,
            hand_off=HandOffRef(hand_off, "no API takes it off"),
        )
    )


def _launched_with(world: World, credential: Address) -> list[Address]:
    """Tools that were last given a credential's key or secret, those whose place another took among them.

    None where it stays and something stays on its page, such as the domain of another platform.
    """
    stays = credential in world.desired.resources and any(page_of(credential, world.desired.resources))
    if stays or credential not in world.records:
        return []
    has = {name: was.value for name, was in world.records[credential].fields.items()}
    names = [name for name in FILLED[CREDENTIAL] if name in has]
    return sorted(
        {
            tool.address
            for tool in world.recorded.records
            if tool.address.kind == LtiTool.kind
            and tool.address.target in world.settings.targets
            and tool.state in (State.CURRENT, State.SUPERSEDED)
            and any(name in tool.fields and tool.fields[name].value == has[name] for name in names)
        }
    )


def _stay(world: World, record: Record, credential: Address, users: Sequence[Address]) -> None:
    """Nobody is asked to take off what tools launch with: each of their launches would fail."""
    waits = tuple(Waiting(str(tool), f"it launches with {credential.name} still") for tool in users)
    world.plan(
        Remove(
            address=record.address,
            reason=Reason.UNDECLARED,
            how=Removal.DELETE,
            number=record.number,
            waiting=waits,
        )
    )
    if record.address == credential:
        named, launch = ", ".join(map(str, users)), "launch" if users[1:] else "launches"
        text = f"no longer declared, but {named} {launch} with it; so it stays for now"
        world.findings.append(Finding("warning", str(credential), text, _PUT_BACK))


_PUT_BACK = (
    "nothing to do where this plan gives them another; to change a credential without a break, keep its "
    "entry and write `successor:` in it"
)


def whole_of(world: World, address: Address) -> Address:
    """What an address belongs to, if that is to be taken off too; else the address itself."""
    kind = kinds()[address.kind]
    if kind.qualifier:
        owner = field_rules(kind)[kind.qualifier].reference
        whole = Address(address.target, owner, address.name.split(".", 1)[0])
        record = world.records.get(whole)
        if record and whole not in world.desired.resources:
            return address if record.protect or record.on_absent == "keep" else whole
    return address


def split_by_hand(
    world: World,
    item: Desired[Resource],
    live: Live[Resource],
    fields: list[FieldChange],
    reading: Reading,
) -> list[FieldChange]:
    """Take out the fields that this account's rules leave to a person, and plan them as hand-offs."""
    rules = {rule.field: rule for rule in reading.by_hand}
    kept = []
    for change in fields:
        rule = rules.get(change.field)
        domain = str(change.after).rpartition("@")[2].casefold()
        if rule is None or domain in rule.domains or live.blocked:
            kept.append(change)
            continue
        ref = _field_by_hand(world, item, change, rule.page, rule.why)
        world.plan(
            Update(
                address=item.address,
                reason=change.reason,
                label=live.label,
                remote_id=live.remote_id,
                where=item.where,
                fields=(change,),
                hand_off=ref,
            )
        )
        world.statuses.append(Status(item.address, Sync.WAITING, f"open hand-off {ref.id}: {rule.why}"))
    return kept


def _field_by_hand(
    world: World, item: Desired[Resource], change: FieldChange, page: Page, why: str
) -> HandOffRef:
    """One field of a live object that its API cannot change here; closed by the next reading, not by word."""
    hand_off = f"{item.address.target}/{page.id}/{item.address.kind}"
    world.titles[hand_off] = (page.title, page.steps)
    values = {change.field: change.after}
    entry = HandOffItem(item.address, "change", values, values_digest(values), "open", why)
    world.items.setdefault(hand_off, []).append(entry)
    return HandOffRef(hand_off, why)


def propose(world: World, change: Change) -> Change:
    """Plan a change; one whose verb the driver does not have is for a person, and the next reading shows it.

    Returns the change as it was planned.
    """
    capability, address = world.capability(change.address), change.address
    verb = _verb(change)
    if verb == "create" and verb not in capability.verbs and change.after:
        change = replace(change, waiting=tuple(Waiting(str(on), _FIRST) for on in change.after))
    if verb and verb not in capability.verbs and not change.waiting:
        page = capability.page or Page(capability.kind, f"{capability.kind.capitalize()}s", ())
        why = f"no API can {verb} a {capability.kind} here"
        hand_off = f"{address.target}/{page.id}/{capability.kind}"
        world.titles[hand_off] = (page.title, (*page.steps, why))
        world.pages[hand_off] = page
        values = {item.field: item.added or identify(world, change, item) for item in change.fields}
        action = {"create": "enter", "update": "change"}.get(verb, TAKE_OFF)
        entry = HandOffItem(address, action, values, values_digest(values), "open", why)
        world.items.setdefault(hand_off, []).append(entry)
        if verb == "create":
            world.open[address] = hand_off
        change = replace(change, hand_off=HandOffRef(hand_off, why))
    world.plan(change)
    return change


_FIRST = "a person needs it to be there first"


def _verb(change: Change) -> str:
    """What a handler would have to do; "" for what needs no call."""
    match change:
        case Create() | Replace():
            return "create"
        case Update():
            return "update"
        case Adopt():
            return "update" if change.fields else ""
        case Remove():
            return change.how.value
        case _:
            return ""


def collect(world: World) -> tuple[HandOff, ...]:
    """All pages with something on them, in order of their ids."""
    return tuple(_assemble(world, hand_off) for hand_off in sorted(world.items))


def _assemble(world: World, hand_off: str) -> HandOff:
    items = tuple(sorted(spare(world.items[hand_off]), key=lambda item: item.address))
    title, steps = world.titles[hand_off]
    page = world.pages.get(hand_off)
    left = [item for item in items if item.state != "attested"]
    if page and page.away and left and all(item.action == TAKE_OFF for item in left):
        steps = page.away
    named = {name for item in left for name in item.values}
    told = tuple(text for name, text in page.tells.items() if name in named) if page else ()
    files = write_files(world, page.sheet, items) if page and page.sheet else {}
    shows = any(world.capability(item.address).verbs and item.action != CHECK for item in items)
    return HandOff(hand_off, title, (*steps, *told), items, files, shows)
