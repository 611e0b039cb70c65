"""REST mappings against answers made up: pages, ids, waits, versions, tombstones, the only one of a kind."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from reconciler.drivers.http import Client
from reconciler.drivers.rest.api import Dialect, Fixed, Operations
from reconciler.drivers.rest.handler import RestHandler
from reconciler.drivers.rest.mapping import RestMapping, read_mapping
from reconciler.drivers.rest.objects import Objects
from reconciler.drivers.rest.requests import Requests
from reconciler.errors import IncompleteReading, ReconcilerError, Refused, Unauthorized, Uncertain
from reconciler.model import Address, Removal, Scope, Wanted
from reconciler.resources.base import Members
from reconciler.resources.group import Group
from tests.unit.driver_rig import Clock, Notebook, answer_json, change, open_with

BASE: dict[str, Any] = {
    "list": {"request": "GET /teams", "items": "items"},
    "keys": [{"name": "title", "fields": ["title"]}],
    "get": "GET /teams/{id}",
    "create": {"request": "POST /teams", "id": "id"},
    "update": "PATCH /teams/{id}",
    "delete": "DELETE /teams/{id}",
    "fields": {"title": {"read": "title", "send": "title", "or_name": "true"}},
}
TEAMS = "https://api.example.edu/v1/teams"
WANTED = Wanted(Address("main", "group", "law"), "", Group(title="Law"))


class Api:
    """A mapping's handler over answers by request; `asked` are the requests made."""

    def __init__(self, answers: dict[str, Any], kind: dict[str, Any], **mapping: Any) -> None:
        self.asked: list[httpx.Request] = []
        self.answers = answers
        made: RestMapping = read_mapping(
            {"version": "1", "title": "Signs", "auth": {"by": "none"}, "kinds": {"group": BASE | kind}}
            | mapping
        )
        self.clock = Clock()
        operations = Operations(made)
        client = Client(
            open_with(self.clock),
            "https://api.example.edu/v1",
            operations.found.values(),
            Dialect(made),
            Fixed({}, {}, ()),
            transport=httpx.MockTransport(self.answer),
        )
        client.journal = Notebook()
        objects = Objects("group", made.kinds["group"], lambda ref: "secret")
        self.handler = RestHandler(Requests(client, operations), objects, self.clock.sleep)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """The next answer to this request; the last one for ever."""
        self.asked.append(request)
        found = self.answers[f"{request.method} {request.url.path.removeprefix('/v1')}"]
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        return found if isinstance(found, httpx.Response) else answer_json(200, found)

    def titles(self) -> list[str]:
        """What a whole reading shows."""
        return [str(live.resource.title) for live in self.handler.read(Scope(()))]


def rows(*ids: int) -> list[dict[str, Any]]:
    """Teams by number."""
    return [{"id": number, "title": f"T{number}"} for number in ids]


HALF, REST, COUNTED = {"items": rows(1, 2)}, {"items": rows(3)}, {"size": "n", "per": "2"}
LINKED = answer_json(200, HALF, link=f'<{TEAMS}?page=2>; rel="next"')
PAGED: list[tuple[dict[str, str], list[Any]]] = [
    ({"by": "page", "start": "p", "first": "1", "last": "length(items) < `2`", **COUNTED}, [HALF, REST]),
    ({"by": "offset", "start": "o", "total": "total", **COUNTED}, [HALF | {"total": 3}, REST | {"total": 3}]),
    ({"by": "cursor", "start": "c", "next": "next"}, [HALF | {"next": "x"}, REST]),
    ({"by": "next_url", "next": "paging.next"}, [HALF | {"paging": {"next": "/v1/teams?offset=2"}}, REST]),
    ({"by": "link"}, [LINKED, REST]),
]


@pytest.mark.parametrize(("paging", "pages"), PAGED, ids=[p[0]["by"] for p in PAGED])
def test_every_paging_is_read_to_its_end(paging: dict[str, str], pages: list[Any]) -> None:
    api = Api({"GET /teams": list(pages)}, {"list": {**BASE["list"], "paging": paging}})
    assert api.titles() == ["T1", "T2", "T3"]
    assert len(api.asked) == 2
    assert dict(api.asked[0].url.params) != dict(api.asked[1].url.params)


TOTAL, CURSOR = (
    {"by": "offset", "start": "o", "total": "total"},
    {"by": "cursor", "start": "c", "next": "next"},
)
ELSEWHERE = {"items": rows(1), "next": "https://evil.example/v1/teams?a=1"}
SWAYING = [HALF | {"total": 4}, HALF | {"total": 3}]
BROKEN: list[tuple[dict[str, str], list[Any]]] = [
    (TOTAL, [{"items": rows(1), "total": 3}, {"items": [], "total": 3}]),
    (TOTAL, [{"items": rows(1)}]),
    (CURSOR, [{"items": rows(1), "next": "x"}]),
    ({"by": "next_url", "next": "next"}, [ELSEWHERE]),
    (CURSOR, [{"rows": []}]),
    (TOTAL, SWAYING),
    ({"by": "page", "start": "q"}, [HALF]),
]


@pytest.mark.parametrize(
    ("paging", "pages"),
    BROKEN,
    ids=["short", "no total", "circle", "elsewhere", "shape", "swaying", "one page"],
)
def test_a_list_that_is_cut_or_leads_astray_is_not_believed(paging: dict[str, str], pages: list[Any]) -> None:
    api = Api({"GET /teams": list(pages)}, {"list": {**BASE["list"], "paging": paging}})
    with pytest.raises(IncompleteReading):
        api.titles()
    assert {request.url.host for request in api.asked} == {"api.example.edu"}


def test_a_page_that_is_shorter_than_asked_for_is_not_the_last() -> None:
    pages = [HALF, REST, {"items": []}]
    paging = {"by": "page", "start": "p", "per": "100"}
    api = Api({"GET /teams": pages}, {"list": {**BASE["list"], "paging": paging}})
    assert api.titles() == ["T1", "T2", "T3"]


def test_pages_are_asked_for_in_a_body_by_dotted_names() -> None:
    paging = {"by": "cursor", "start": "paging.token", "next": "next", "size": "paging.size", "per": "2"}
    listing = {"request": "POST /teams.list", "items": "items", "paging": paging}
    api = Api({"POST /teams.list": [HALF | {"next": "x"}, REST]}, {"list": listing})
    assert api.titles() == ["T1", "T2", "T3"]
    assert api.asked[1].content == b'{"paging":{"size":2,"token":"x"}}'


def test_json_is_called_what_the_api_calls_it() -> None:
    media = "application/vnd.api+json"
    located = answer_json(201, None, location="https://api.example.edu/v1/teams/a%20b?new=1")
    create = {"request": "POST /teams", "location": "true"}
    api = Api({"POST /teams": located}, {"create": create}, media=media)
    assert api.handler.create(WANTED) == "a b"
    assert api.asked[0].headers["content-type"] == media


POLL = {"request": "GET /jobs/{job}", "until": "done", "failed": "error", "seconds": "1", "tries": "2"}


@pytest.mark.parametrize("named", [{"job": "job"}, {}], ids=["by the answer", "by Location"])
def test_a_job_is_asked_until_it_is_done(named: dict[str, str]) -> None:
    create = {"request": "POST /teams", "id": "made.id", "wait": POLL | named}
    accepted = answer_json(202, {"job": 5}, location="/v1/jobs/5")
    jobs = [{"done": False}, {"done": True, "made": {"id": 7}}]
    api = Api({"POST /teams": accepted, "GET /jobs/5": jobs}, {"create": create})
    assert api.handler.create(WANTED) == "7"
    assert api.clock.slept == [1.0]
    api = Api({"POST /teams": accepted, "GET /jobs/5": {"error": "quota"}}, {"create": create})
    with pytest.raises(Refused, match="came to nothing"):
        api.handler.create(WANTED)
    api = Api({"POST /teams": answer_json(202, {}), "GET /jobs/5": {}}, {"create": create})
    with pytest.raises(Uncertain, match="what to wait for"):
        api.handler.create(WANTED)


def test_what_is_made_later_is_found_by_its_key() -> None:
    wait = {"until": "`true`", "seconds": "1"}
    create = {"request": "POST /teams", "readback": "title", "wait": wait}
    listed = [{"items": []}, {"items": [{"id": 9, "title": "Law"}]}]
    api = Api({"POST /teams": {}, "GET /teams": listed, "GET /teams/9": {"id": 9}}, {"create": create})
    assert api.handler.create(WANTED) == "9"


def test_an_update_without_a_version_to_go_by_is_not_sent() -> None:
    answers = {"GET /teams": {"items": rows(7)}, "GET /teams/7": rows(7)[0], "PATCH /teams/7": {}}
    api = Api(answers, {"update": {"request": "PATCH /teams/{id}", "etag": "true"}})
    (live,) = api.handler.read(Scope(()))
    with pytest.raises(ReconcilerError, match="has no header ETag"):
        api.handler.update(live, WANTED, [change("title")])
    assert {request.method for request in api.asked} == {"GET"}


def test_an_id_that_leads_to_another_path_is_not_followed() -> None:
    api = Api({"GET /teams": {"items": [{"id": "..", "title": "T"}]}}, {})
    (live,) = api.handler.read(Scope(()))
    with pytest.raises(ReconcilerError, match="another path"):
        api.handler.remove(live, Removal.DELETE)
    assert len(api.asked) == 1


def test_collections_are_edited_where_nothing_else_is() -> None:
    edit = {"add": "PUT /teams/{id}/{element}", "remove": "DELETE /teams/{id}/{element}"}
    fields = {"title": {"read": "title", "send": "title", "create_only": "true"}, "members": {"edit": edit}}
    api = Api({}, {"update": None, "fields": fields})
    assert "update" in api.handler.capability.verbs
    assert api.handler.capability.follows(Group(members=Members(("u1",)))) == {"members"}


def test_the_only_one_of_a_kind_is_read_by_its_get() -> None:
    single = {"single": "true", "list": None, "get": "GET /settings", "create": None, "delete": None}
    api = Api({"GET /settings": {"title": "Campus"}}, single | {"update": "PUT /settings"})
    (live,) = api.handler.read(Scope((WANTED,)))
    assert live.resource.title == "Campus"


def test_the_new_id_comes_from_the_answer_the_header_or_a_reading() -> None:
    assert Api({"POST /teams": {"id": 7}}, {}).handler.create(WANTED) == "7"
    located = answer_json(201, None, location="https://api.example.edu/v1/teams/8")
    api = Api({"POST /teams": located}, {"create": {"request": "POST /teams", "location": "true"}})
    assert api.handler.create(WANTED) == "8"
    listed = {"items": [{"id": 9, "title": "Law"}]}
    api = Api(
        {"POST /teams": {}, "GET /teams": listed}, {"create": {"request": "POST /teams", "readback": "title"}}
    )
    assert api.handler.create(WANTED) == "9"


def test_an_id_that_nothing_tells_is_uncertain() -> None:
    with pytest.raises(Uncertain, match="neither its answer nor a reading"):
        Api({"POST /teams": {}}, {}).handler.create(WANTED)


def test_what_is_made_later_is_waited_for() -> None:
    create = {"request": "POST /teams", "id": "id", "wait": {"until": "state == 'ready'", "tries": "3"}}
    states = [{"id": 7, "state": "new"}, {"id": 7, "state": "ready"}]
    api = Api({"POST /teams": {"id": 7}, "GET /teams/7": list(states)}, {"create": create})
    assert api.handler.create(WANTED) == "7"
    assert api.clock.slept == [2.0]
    api = Api({"POST /teams": {"id": 7}, "GET /teams/7": states[:1]}, {"create": create})
    with pytest.raises(Uncertain, match="not done after 6 s"):
        api.handler.create(WANTED)


def test_an_update_carries_the_version_it_was_made_for() -> None:
    answers = {
        "GET /teams": {"items": rows(7)},
        "GET /teams/7": answer_json(200, rows(7)[0] | {"rev": 3}, etag='"v3"'),
        "PATCH /teams/7": {},
    }
    update = {"request": "PATCH /teams/{id}", "etag": "true", "copy": {"revision": "rev"}}
    api = Api(answers, {"update": update})
    (live,) = api.handler.read(Scope(()))
    api.handler.update(live, WANTED, [change("title")])
    assert api.asked[-1].headers["if-match"] == '"v3"'
    assert api.asked[-1].content == b'{"title":"Law","revision":3}'


def test_a_tombstone_is_not_there() -> None:
    api = Api(
        {"GET /teams": {"items": [*rows(1), {"id": 2, "title": "T2", "state": "deleted"}]}},
        {"gone": "state == 'deleted'"},
    )
    assert api.titles() == ["T1"]


def test_deleting_may_be_an_update_and_what_is_gone_is_fine() -> None:
    removal = {"request": "PATCH /teams/{id}", "send": {"state": "'deleted'"}}
    answers = {"GET /teams": {"items": rows(1)}, "PATCH /teams/1": [{}, answer_json(404, {})]}
    api = Api(answers, {"delete": removal})
    (live,) = api.handler.read(Scope(()))
    for _ in range(2):
        api.handler.remove(live, Removal.DELETE)
    assert api.asked[-1].content == b'{"state":"deleted"}'


def test_the_only_one_of_a_kind_is_always_matched() -> None:
    single = {
        "single": "true",
        "list": {"request": "GET /settings", "items": "[@]"},
        "get": None,
        "create": None,
    }
    api = Api(
        {"GET /settings": {"title": "Campus"}, "PUT /settings": {}},
        single | {"update": "PUT /settings", "delete": None},
    )
    (live,) = api.handler.read(Scope(()))
    (key,) = api.handler.capability.natural_keys
    assert live.keys[key.name] == key.of("whatever", Group(title="x"))
    api.handler.update(live, WANTED, [change("title")])
    assert api.asked[-1].method == "PUT"


ENVELOPE = {
    "status": "not_null(Status, status)",
    "ok": ["0"],
    "absent": ["20"],
    "unauthorized": ["30"],
    "said": "Error",
}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"Status": 10, "Error": "no"}, Refused),
        ({"status": 30}, Unauthorized),
        ({}, Uncertain),
        (answer_json(200, []), Uncertain),
    ],
)
def test_a_status_within_the_body_is_judged(body: Any, error: type[Exception]) -> None:
    api = Api({"GET /teams": body}, {}, envelope=ENVELOPE)
    with pytest.raises(error):
        api.titles()


def test_not_there_is_only_what_the_mapping_calls_so() -> None:
    wanted = Wanted(WANTED.address, "7", WANTED.resource)
    gone = Api({"GET /teams/7": {"Status": 20}}, {"list": None}, envelope=ENVELOPE)
    assert list(gone.handler.read(Scope((wanted,)))) == []
    broken = Api({"GET /teams/7": answer_json(500, {})}, {"list": None})
    with pytest.raises(Uncertain):
        list(broken.handler.read(Scope((wanted,))))
