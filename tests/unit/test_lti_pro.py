"""LTI Pro: signatures to the letter, links by bulk calls, credentials proven, domains by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.drivers.operations import Answer
from reconciler.drivers.zoom_lti_pro.api import BULK_IMPORT, LIST_MEETINGS, Envelope, sign
from reconciler.drivers.zoom_lti_pro.course_link import CAPABILITY, CourseLinkHandler, Link
from reconciler.errors import (
    IncompleteReading,
    NeedsPerson,
    NotReady,
    SecretUnavailable,
    Unauthorized,
    Uncertain,
)
from reconciler.model import Account, Address, Driver, Health, Intent, Removal, Scope, Wanted
from reconciler.resources.approved_domain import ApprovedDomain
from reconciler.resources.base import SecretRef, unchecked
from reconciler.resources.course_link import CourseLink
from reconciler.resources.lti_credential import LtiCredential
from tests.unit.driver_rig import Campus, Safe, run_campus

SECRET = "sandbox-lti-secret"
DOMAIN = "https://canvas.example.edu"
CREDENTIAL = Address("main", "lti_credential", "lti-2026")
OTHER = Address("main", "lti_credential", "lti-2027")


@pytest.mark.parametrize(
    ("parameters", "signature"),
    [
        ({"key": "KLAIJC9OTI2Hm-vxn3UVHK", "timestamp": "1634769623355"}, "L9fzC281pq2xXEoLkKW122ltWfY"),
        (
            {"userId": "12dd589465Z=", "timestamp": "1634769623355", "key": "KLAIJC9OTI2Hm-vxn3UVHK"},
            "zGVZR0LJTfIwbJsRMaQSyq7rqug",
        ),
        (
            {
                "userId": "_vIWeZ76TtuFceCKHkVk4Q",
                "pageSize": "20",
                "pageNum": "1",
                "isUpComing": "true",
                "key": "qAnfmSQeSeKWHOE19lwMYg",
                "timestamp": "1661494048201",
            },
            "xfw_z3aSdUgIDTtS1J-r3zVXu4Q",
        ),
    ],
)
def test_signatures_are_to_the_letter(parameters: dict[str, str], signature: str) -> None:
    assert sign(parameters, SECRET) == signature


@pytest.mark.parametrize("status", [200, 400, 401, 500])
def test_a_no_stands_in_the_body_whatever_the_status(status: int) -> None:
    body = {"status": False, "errorCode": "401", "errorMessage": "Verify LTI signature failed(2203)."}
    refusal = Envelope().refusal(LIST_MEETINGS, Answer(status, {}, body))
    assert refusal is not None
    assert (refusal.code, refusal.error, refusal.rowless) == ("2203", Unauthorized, False)
    other = Envelope().refusal(BULK_IMPORT, Answer(status, {}, {"status": False, "errorCode": "77"}))
    assert other is not None
    assert (other.code, other.rowless) == ("77", True)
    assert Envelope().refusal(LIST_MEETINGS, Answer(200, {}, {"status": True, "result": {}})) is None


def test_a_derived_id_holds_any_text() -> None:
    for link in (Link("1", "a b|c", DOMAIN, "h="), Link("1", "", "", ""), Link("1", "%20 ", "é", "x y")):
        assert Link.parse(str(link)) == link


@pytest.fixture
def campus() -> Iterator[Campus]:
    yield from run_campus(users=12, meetings=4)


def open_lti(campus: Campus, **more: Any) -> Driver:
    """LTI Pro with a credential whose domain is approved."""
    made = campus.console("create_credential", name="lti-2026")
    campus.console("add_domain", key=made["key"], domain=DOMAIN)
    owner = next(user for user in campus.state()["users"] if user["role_id"] == "0")
    credential = LtiCredential(key=made["key"], secret=SecretRef("${env:LTI}"), minted_by="tool")
    told: dict[str, Any] = {
        "zoom": "zoom-main",
        "credential": "lti-2026",
        "companions": {"zoom-main": Account("zoom", "o", "acc", "", owner["id"])},
        "resources": {CREDENTIAL: credential},
        "secrets": Safe({"${env:LTI}": made["secret"]}),
    }
    return campus.open("zoom_lti_pro", **{**told, **more})


def links_of(driver: Driver) -> CourseLinkHandler:
    handler = driver.handlers()["course_link"]
    assert isinstance(handler, CourseLinkHandler)
    return handler


def wanted_links(campus: Campus) -> list[Wanted[CourseLink]]:
    return [
        Wanted(
            Address("main", "course_link", f"bio/{n}"),
            "",
            CourseLink(meeting=str(item["id"]), host=item["host_id"], context_id=f"ctx {n}", domain=DOMAIN),
        )
        for n, item in enumerate(campus.state()["meetings"])
    ]


def associated(campus: Campus) -> set[tuple[str, str]]:
    return {(str(item["meeting_id"]), item["context_id"]) for item in campus.state()["lti"]["associations"]}


def intent(campus: Campus, addresses: tuple[Address, ...]) -> Intent:
    operation, parameters, body, elements = campus.journal.sent[-1]
    at = campus.clock()
    return Intent(
        1, "r", "main", addresses, "create", 1, 1, operation, parameters, body, elements, at, 1, "uncertain"
    )


def test_whoami_is_the_zoom_targets_account(campus: Campus) -> None:
    driver = open_lti(campus)
    account = driver.whoami()
    assert (account.driver, account.origin, account.account) == ("zoom_lti_pro", campus.sandbox.origin, "acc")
    with pytest.raises(NotReady) as caught:
        open_lti(campus, companions={}).whoami()
    assert caught.value.on == "zoom-main"


def test_links_are_made_in_one_call_read_by_their_hosts_list_and_ended(campus: Campus) -> None:
    links = links_of(open_lti(campus))
    wanted = wanted_links(campus)
    assert list(links.read(Scope(tuple(wanted), whole=False))) == []
    ids = [str(remote_id) for remote_id in links.create_many(wanted)]
    assert len(campus.journal.sent) == 1
    assert associated(campus) == {(str(w.resource.meeting), str(w.resource.context_id)) for w in wanted}
    recorded = tuple(
        Wanted(w.address, remote_id, w.resource) for w, remote_id in zip(wanted, ids, strict=True)
    )
    found = list(links.read(Scope(recorded, whole=False)))
    assert [live.remote_id for live in found] == ids
    (key,) = CAPABILITY.natural_keys
    assert [live.keys["link"] for live in found] == [key.of("", w.resource) for w in wanted]
    links.remove(found[0], Removal.DELETE)
    assert len(associated(campus)) == len(wanted) - 1
    assert len(list(links.read(Scope(recorded, whole=False)))) == len(wanted) - 1


def test_a_record_is_enough_to_find_and_end_a_link(campus: Campus) -> None:
    links = links_of(open_lti(campus))
    wanted = wanted_links(campus)[0]
    remote_id = links.create(wanted)
    (live,) = links.read(Scope((Wanted(wanted.address, remote_id, CourseLink()),), whole=False))
    assert live.resource.meeting == wanted.resource.meeting
    links.remove(live, Removal.DELETE)
    assert associated(campus) == set()


def test_a_link_without_its_meeting_is_not_asked_for(campus: Campus) -> None:
    links = links_of(open_lti(campus, resources={}))
    waiting = Wanted(
        Address("main", "course_link", "x/1"), "", unchecked(CourseLink, {"meeting": "", "host": "h"})
    )
    assert list(links.read(Scope((waiting,), whole=False))) == []


def test_an_uncertain_batch_is_found_row_by_row(campus: Campus) -> None:
    links = links_of(open_lti(campus))
    wanted = wanted_links(campus)
    campus.control("faults", {"status": [{"operation": "*", "ending": "drop_reply", "act": True}]})
    with pytest.raises(Uncertain):
        links.create_many(wanted)
    found = links.find(intent(campus, tuple(w.address for w in wanted)))
    assert [live.resource.meeting for live in found] == [w.resource.meeting for w in wanted]
    campus.console("remove_association", meeting=wanted[0].resource.meeting)
    assert len(links.find(intent(campus, ()))) == len(wanted) - 1


def test_a_batch_refused_without_rows_is_uncertain_and_one_row_is_refused(campus: Campus) -> None:
    links = links_of(open_lti(campus))
    bad = [
        Wanted(
            w.address,
            "",
            CourseLink(
                meeting=w.resource.meeting,
                host=w.resource.host,
                context_id="c",
                domain="https://evil.example",
            ),
        )
        for w in wanted_links(campus)
    ]
    with pytest.raises(Uncertain, match="nothing tells of its 4 rows"):
        links.create_many(bad)
    assert campus.journal.states == ["uncertain"]
    with pytest.raises(Exception, match="was refused"):
        links.create(bad[0])
    assert campus.journal.states == ["uncertain", "refused"]


def test_a_list_that_contradicts_its_total_is_not_believed(campus: Campus) -> None:
    links = links_of(open_lti(campus))
    wanted = wanted_links(campus)[0]
    links.create(wanted)
    campus.control("faults", {"short_total": {"GET /open/meeting/list": 3}})
    with pytest.raises(IncompleteReading, match="of a total of"):
        links.read(Scope((wanted,), whole=False))


@pytest.mark.parametrize(
    "resources",
    [{}, {CREDENTIAL: LtiCredential(key="k")}, {CREDENTIAL: LtiCredential(secret=SecretRef("${env:LTI}"))}],
)
def test_links_wait_for_their_credential(campus: Campus, resources: Any) -> None:
    links = links_of(open_lti(campus, resources=resources))
    with pytest.raises(NotReady) as caught:
        links.read(Scope(tuple(wanted_links(campus)), whole=False))
    assert caught.value.on == str(CREDENTIAL)


def test_a_secret_that_does_not_resolve_is_waited_for(campus: Campus) -> None:
    class Empty(Safe):
        def reveal(self, ref: SecretRef, origin: str) -> str:
            raise SecretUnavailable(f"{ref.text} is not set")

    driver = open_lti(campus, secrets=Empty())
    with pytest.raises(NotReady, match="LTI"):
        links_of(driver).read(Scope(tuple(wanted_links(campus)), whole=False))
    probe: Any = driver.handlers()["lti_credential"]
    credential = LtiCredential(key="k", secret=SecretRef("${env:LTI}"))
    assert probe.probe(Wanted(CREDENTIAL, "", credential)).health is Health.UNPROBED


def test_a_credential_is_proven_by_a_signed_call(campus: Campus) -> None:
    driver = open_lti(campus)
    probe: Any = driver.handlers()["lti_credential"]
    settings = campus.sandbox.settings()["zoom_lti_pro"]
    good = LtiCredential(key=settings["key"], secret=SecretRef("${env:LTI}"))
    assert probe.probe(Wanted(CREDENTIAL, "", good)).health is Health.WORKING
    wrong = LtiCredential(key=settings["key"], secret=SecretRef("${env:OTHER}"))
    result = probe.probe(Wanted(Address("main", "lti_credential", "lti-2027"), "", wrong))
    assert result.health is Health.BROKEN
    assert settings["secret"] not in result.text
    campus.control("faults", {"status": [{"operation": "*", "status": 500, "times": 9}]})
    assert probe.probe(Wanted(CREDENTIAL, "", good)).health is Health.UNPROBED
    assert campus.journal.sent == []


def open_launching(campus: Campus, *domains: str, **more: Any) -> tuple[Any, Wanted[LtiCredential]]:
    """The prover of a credential on whose page these domains are declared, DOMAIN being there; and it."""
    made = campus.console("create_credential", name="lti-2026")
    campus.console("add_domain", key=made["key"], domain=DOMAIN)
    credential = LtiCredential(key=made["key"], secret=SecretRef("${env:LTI}"), minted_by="tool")
    pages = {
        Address("main", "approved_domain", f"{on.name}.{number}"): ApprovedDomain(
            domain=domain, credential=str(on)
        )
        for on, listed in ((CREDENTIAL, domains), (OTHER, ("https://other.example.edu",)))
        for number, domain in enumerate(listed)
    }
    told: dict[str, Any] = {"probe_email": "owner@example.edu"} | more
    driver = open_lti(
        campus,
        resources={CREDENTIAL: credential, **pages},
        secrets=Safe({"${env:LTI}": made["secret"]}),
        planning=True,
        **told,
    )
    return driver.handlers()["lti_credential"], Wanted(CREDENTIAL, "", credential)


def test_a_credential_is_proven_by_launches_from_each_of_its_domains(campus: Campus) -> None:
    prover, wanted = open_launching(campus, DOMAIN)
    people = campus.state()["users"]
    result = prover.probe(wanted)
    assert (result.health, f"launches from {DOMAIN} were accepted" in result.text) == (Health.WORKING, True)
    assert campus.state()["users"] == people
    assert campus.control("counters")["writes"] == {}


def test_a_launch_that_a_platform_cannot_make_is_named_by_its_domain(campus: Campus) -> None:
    prover, wanted = open_launching(campus, DOMAIN, "https://moodle.example.edu")
    result = prover.probe(wanted)
    assert (result.health, "from https://moodle.example.edu, a launch was refused" in result.text) == (
        Health.BROKEN,
        True,
    )
    assert DOMAIN not in result.text


@pytest.mark.parametrize(
    ("settings", "domains", "words"),
    [
        ({"probe_email": ""}, (DOMAIN,), "a signed call was answered"),
        ({}, (), "a signed call was answered"),
        ({"launch_url": "https://applications.zoom.us/lti/rich"}, (DOMAIN,), "proves nothing"),
        ({"launch_url": "%(origin)s/lti/lti/nowhere"}, (DOMAIN,), "404"),
    ],
)
def test_what_launches_do_not_prove_a_signed_call_does(
    campus: Campus, settings: dict[str, str], domains: tuple[str, ...], words: str
) -> None:
    told = {name: text % {"origin": campus.sandbox.origin} for name, text in settings.items()}
    prover, wanted = open_launching(campus, *domains, **told)
    result = prover.probe(wanted)
    assert (result.health, words in result.text) == (Health.WORKING, True)


def test_domains_and_credentials_are_handed_off(campus: Campus) -> None:
    handlers = open_lti(campus).handlers()
    domain = Wanted(Address("main", "approved_domain", "lti-2026.canvas"), "", ApprovedDomain(domain=DOMAIN))
    for kind in ("approved_domain", "lti_credential"):
        handler = handlers[kind]
        assert not handler.capability.verbs
        assert handler.capability.page is not None
        assert list(handler.read(Scope(()))) == []
        with pytest.raises(NeedsPerson, match="Marketplace") as caught:
            handler.create(domain)
        assert caught.value.page == handler.capability.page.id
