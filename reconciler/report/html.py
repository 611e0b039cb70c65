"""A document as one HTML file: no script, nothing loaded, readable on screen, on paper and aloud."""

from __future__ import annotations

import base64
import hashlib
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from reconciler.report.document import (
    Block,
    Document,
    Entries,
    Line,
    Listing,
    Paragraph,
    Span,
    Table,
    Tone,
    pieces,
    visible,
)

_ELEMENTS = {
    Tone.STRONG: "strong",
    Tone.CODE: "code",
    Tone.OLD: "code",
    Tone.NEW: "code",
    Tone.CUT: "del",
    Tone.ADDED: "ins",
}


def render_html(document: Document) -> str:
    """A whole page. Its policy allows its own style sheet and nothing else."""
    template, style = _page()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    # Our own file, written by us; it holds nothing of a vendor's.
    return template.render(document=document, style=Markup(style), digest=digest)  # noqa: S704


@cache
def _page() -> tuple[Template, str]:
    environment = Environment(
        loader=PackageLoader("reconciler", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "visible": visible,
        "sort": _sort,
        "element": _element,
        "words": _words,
        "pieces": pieces,
    }
    style, _, _ = (
        environment.loader.get_source(environment, "page.css") if environment.loader else ("", "", "")
    )
    return environment.get_template("page.html.j2"), style


def _sort(block: Block | Line) -> str:
    """The name a template tells blocks apart by."""
    names = {Paragraph: "paragraph", Listing: "listing", Table: "table", Entries: "entries"}
    return names.get(type(block), "line")


def _element(span: Span) -> str:
    return _ELEMENTS.get(span.tone, "span")


def _words(line: Line) -> str:
    return "".join(span.text for span in line)
