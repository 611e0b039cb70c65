"""What a mapping would ask of its API, request by request, for somebody to read before it is tried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.drivers.rest.api import reads_of, writes_of
from reconciler.drivers.rest.mapping import Create, KindMap, Listing, Request, RestMapping, Update
from reconciler.model.abilities import Asked


def foretell(mapping: RestMapping) -> Iterator[Asked]:
    """Every request, reads before writes, with what it carries as names and where each value comes from."""
    if mapping.whoami is not None:
        yield Asked("-", "whose account it is", False, mapping.whoami.request)
    for kind, made in mapping.kinds.items():
        for why, request in reads_of(made):
            yield Asked(kind, why, False, request.request, _carried(made, request))
        for why, request in writes_of(made):
            yield Asked(kind, why, True, request.request, _carried(made, request))


def _carried(made: KindMap, request: Request) -> dict[str, str]:
    """By name on the wire, what stands there: `<field>`, or the expression that makes it."""
    found: dict[str, str] = {}
    if isinstance(request, Create):
        found |= _written(made, "<{}>", made.fields)
        found |= dict.fromkeys(request.random, "<random>")
    elif isinstance(request, Update) and (request is made.update or request.mode == "full"):
        later = [name for name, field in made.fields.items() if not field.create_only]
        found |= _written(made, "<{}>" if request is made.update else "<{} as it is>", later)
    if isinstance(request, Listing) and request.paging is not None:
        paging = request.paging
        found |= {paging.size: str(paging.per)} if paging.size else {}
        found |= {paging.start: f"<{paging.by}>"} if paging.start else {}
    found |= request.send
    if isinstance(request, Update):
        found |= {name: f"live.{text}" for name, text in request.copy_live.items()}
    return found


def _written(made: KindMap, shape: str, names: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        field = made.fields[name]
        wires = (field.send, *field.spread) if field.send else field.spread
        found |= dict.fromkeys(wires, shape.format(name))
    return found
