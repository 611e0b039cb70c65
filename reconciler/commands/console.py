"""With --sandbox, the person at the vendor's console: does what a hand-off says, exactly as it says it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from reconciler import engine
from reconciler.commands.embedded import Embedded, SandboxSecrets
from reconciler.errors import ReconcilerError, SecretUnavailable
from reconciler.model import Address, HandOff, HandOffItem, Plan
from reconciler.model.plan import CHECK, TAKE_OFF
from reconciler.resources.base import Plain, SecretRef
from reconciler.run.attesting import attest
from reconciler.run.proposal import Proposal


def play(embedded: Embedded, hand_offs: Collection[str], by: str) -> tuple[HandOffItem, ...]:
    """Do these hand-offs at the console, in an order that works, and record that `by` did; what they cover.

    None named are all that can be done now. Nothing is recorded where the next reading shows it anyway.
    Raises PlanRefused for an id nobody knows.
    """
    workspace = embedded.workspace
    with workspace.ledger(create=True) as ledger:
        proposal = engine.plan(workspace, ledger)
        pages = [page for page in _in_order(proposal.plan) if not hand_offs or page.id in hand_offs]
        person = Person(embedded.sandbox.origin, embedded.secrets, proposal)
        for page in pages:
            person.carry_out(page)
        # What was done may have brought a secret, and a person's word is on values as they are now.
        proposal = engine.plan(workspace, ledger) if pages else proposal
        shown = {page.id for page in pages if page.shows}
        said = [page for page in hand_offs or [page.id for page in pages] if page not in shown]
        attest(ledger, proposal, said, by, workspace.clock())
        return tuple(item for page in pages for item in page.open)


def _in_order(plan: Plan) -> list[HandOff]:
    """The pages with something to do, in the order of their changes: a credential before what it signs."""
    pages = {page.id: page for page in plan.hand_offs if page.open and not page.waiting}
    ordered = [change.hand_off.id for change in plan.changes if change.hand_off is not None]
    return [pages[page] for page in dict.fromkeys((*ordered, *pages)) if page in pages]


class Person:
    """Somebody at the console of one sandbox, who also puts secrets where their references point."""

    def __init__(self, origin: str, secrets: SandboxSecrets, proposal: Proposal) -> None:
        self._origin = origin
        self._secrets = secrets
        self._proposal = proposal

    def carry_out(self, hand_off: HandOff) -> None:
        """Every open item of a page; a credential's page goes with it. Raises ReconcilerError if refused."""
        gone = {item.address for item in hand_off.open if item.action == TAKE_OFF}
        for item in hand_off.open:
            owner = Address(item.address.target, "lti_credential", item.address.name.partition(".")[0])
            if owner in gone and owner != item.address:
                continue
            if item.action == CHECK:
                self._look_at(item)
            else:
                self._do_item(item, hand_off)
        for content in hand_off.files.values():
            self.do("import_meetings", key=self._importing(hand_off), content=content)

    def _do_item(self, item: HandOffItem, page: HandOff) -> None:
        match item.address.kind:
            case "lti_credential" if item.action == TAKE_OFF:
                self.do("delete_credential", key=str(item.values["key"]))
            case "lti_credential":
                self._enter_credential(item)
            case "approved_domain":
                self._enter_domain(item, "domain")
            case "allowed_email_domain":
                self._enter_domain(item, "email_domain")
            case "role_map":
                self._enter_roles(item.address, page)
            case "lti_settings":
                self._enter_settings(item)
            case "course_link" if page.files:
                pass  # it stands in one of them
            case _:
                self._do_elsewhere(item)

    def _do_elsewhere(self, item: HandOffItem) -> None:
        """An item of any page that is not LTI Pro's."""
        mapping = self._mapping(item.address.target)
        match item.address.kind:
            case _ if mapping:
                self._enter_row(mapping, item)
            case "user":
                self._edit_user(item)
            case "zoom_integration" if item.action == "enter":
                self.do("kaltura_install_app", code=self.do("kaltura_get_code")["code"])
            case kind:
                raise ReconcilerError(f"{item.address}: the sandbox's console has no page for {kind}")

    def _enter_credential(self, item: HandOffItem) -> None:
        key, name = str(item.values["key"]), item.address.name
        shown = self.do("list_credentials")["credentials"]
        found = next((credential for credential in shown if credential["key"] == key), None)
        found = found or self.do("create_credential", key=key, name=name)
        reference = item.values.get("secret")
        if isinstance(reference, str):
            self._secrets.write(SecretRef(reference), found["secret"])

    def _enter_domain(self, item: HandOffItem, what: str) -> None:
        """The page then holds what is declared: the former value goes, the new one comes."""
        self._require_credential(item.address)
        key, domain = self._key_of(item.address), str(item.values["domain"])
        former = self._recorded(item.address).get("domain")
        if former is not None and (former != domain or item.action == TAKE_OFF):
            self.do(f"remove_{what}", key=key, domain=str(former))
        if item.action != TAKE_OFF:
            self.do(f"add_{what}", key=key, domain=domain)

    def _enter_roles(self, address: Address, page: HandOff) -> None:
        """Each list of the page then holds what all its entries name for it."""
        self._require_credential(address)
        lists: dict[str, dict[Plain, None]] = {"instructors": {}, "alternative_hosts": {}}
        for item in page.items:
            for name, texts in item.values.items() if item.action != TAKE_OFF else ():
                lists[name] |= dict.fromkeys(texts if isinstance(texts, tuple) else ())
        self.do(
            "set_roles", key=self._key_of(address), **{name: list(found) for name, found in lists.items()}
        )

    def _enter_row(self, api: str, item: HandOffItem) -> None:
        """A page that no request reaches: what is entered there stands on a shelf of its own."""
        sort, name = f"{item.address.kind}s by hand", item.address.name
        if item.action == TAKE_OFF:
            self.do("delete_rest", api=api, sort=sort, id=name)
            return
        row = {"id": name, **item.values}
        if isinstance(reference := item.values.get("secret"), str):
            row["secret"] = self._copy_secret(SecretRef(reference), item)
        self.do("put_rest", api=api, sort=sort, row=row)

    def _copy_secret(self, reference: SecretRef, item: HandOffItem) -> str:
        try:
            return self._secrets.reveal(reference, self._origin)
        except SecretUnavailable:
            if credential := item.values.get("credential"):
                self._require_credential(Address.parse(str(credential)))
            raise

    def _mapping(self, target: str) -> str:
        """The mapping of a target that has one."""
        return str(self._proposal.campus.settings.targets[target].values.get("mapping", ""))

    def _enter_settings(self, item: HandOffItem) -> None:
        self._require_credential(item.address)
        values = {name: "" if value is None else value for name, value in item.values.items()}
        self.do("edit_lti_settings", key=self._key_of(item.address), **values)

    def _importing(self, page: HandOff) -> str:
        """The key of the credential that meetings are imported with: that of their links."""
        link = self._proposal.campus.desired.resources[page.items[0].address].resource
        credential = Address.parse(str(getattr(link, "credential", "")))
        self._require_credential(credential)
        return self._key_of(credential)

    def _require_credential(self, domain: Address) -> None:
        shown = {credential["key"] for credential in self.do("list_credentials")["credentials"]}
        if self._key_of(domain) not in shown:
            first = f"{domain.target}/credentials/{domain.name.split('.', 1)[0]}"
            remedy = f"run `reconciler confirm {first} --sandbox`"
            raise ReconcilerError(f"{domain}: the page of its credential comes first; {remedy}")

    def _look_at(self, item: HandOffItem) -> None:
        """Open the course: the meeting has to be in it."""
        link: Any = self._proposal.campus.desired.resources[item.address].resource
        records = self._proposal.recorded.latest(self._proposal.campus.desired.previously)
        meeting = records[Address.parse(link.meeting)].remote_id
        course = {name: str(item.values[name]) for name in ("context_id", "domain")}
        shown = order(self._origin, "state", {}, method="GET")["lti"]["associations"]
        if not any({**link, **course} == link and str(link["meeting_id"]) == meeting for link in shown):
            raise ReconcilerError(f"{item.address}: the course {course['context_id']} shows no such meeting")

    def _edit_user(self, item: HandOffItem) -> None:
        record = self._recorded(item.address)
        changes = {name: str(value) for name, value in item.values.items()}
        self.do("edit_user", user=str(record["email"]), **changes)

    def _key_of(self, domain: Address) -> str:
        """The key of the credential a domain belongs to, as declared, else as recorded."""
        credential = Address(domain.target, "lti_credential", domain.name.split(".", 1)[0])
        declared = self._proposal.campus.desired.resources.get(credential)
        key = getattr(declared.resource, "key", None) if declared else self._recorded(credential).get("key")
        if not isinstance(key, str):
            raise ReconcilerError(f"{domain}: its credential {credential} has no key yet; declare that first")
        return key

    def _recorded(self, address: Address) -> Mapping[str, Plain]:
        records = self._proposal.recorded.latest(self._proposal.campus.desired.previously)
        record = records.get(address)
        return {name: field.value for name, field in record.fields.items()} if record else {}

    def do(self, action: str, **told: Any) -> Any:
        """One action at the console, as the sandbox's control endpoint takes it."""
        return order(self._origin, "console", {"do": action, **told})


def order(origin: str, path: str, body: Mapping[str, Any], method: str = "POST") -> Any:
    """Call a sandbox's control endpoint on loopback. Raises ReconcilerError with what it says."""
    connection = HTTPConnection(urlsplit(origin).netloc, timeout=30)
    try:
        connection.request(method, f"/_control/{path}", json.dumps(body))
        answer = connection.getresponse()
        told = json.loads(answer.read())
    except (OSError, ValueError) as error:
        raise ReconcilerError(f"the sandbox at {origin} does not answer ({error})") from error
    finally:
        connection.close()
    if answer.status != 200:
        raise ReconcilerError(f"the sandbox's console refuses: {told.get('error')}")
    return told
