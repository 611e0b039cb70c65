"""Forms as browsers post them, and the pages a person sees; whatever a page shows is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from urllib.parse import parse_qsl

from reconciler.sandbox.calls import Answer, Request

FORM = "application/x-www-form-urlencoded"
HTML = {"Content-Type": "text/html; charset=utf-8"}
PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


def read_form(request: Request) -> list[tuple[str, str]] | None:
    """The fields of a posted form, in order; None where the body is no form."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        return None
    return parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)


def render_page(title: str, *paragraphs: str, status: int = 200) -> Answer:
    """A page of plain paragraphs; empty ones are left out."""
    shown = "".join(f"<p>{escape(text)}</p>" for text in paragraphs if text)
    return _render(title, f"<h1>{escape(title)}</h1>{shown}", status)


def render_form(title: str, action: str, fields: Mapping[str, str]) -> Answer:
    """A page whose one form posts itself: what a browser carries from one site to the other."""
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" id="{escape(name)}" value="{escape(value)}" />\n'
        for name, value in fields.items()
    )
    return _render(
        title,
        f'<form action="{escape(action)}" method="POST" id="tool_form">\n{hidden}'
        "<noscript><button>Continue</button></noscript></form>"
        '<script>document.getElementById("tool_form").submit();</script>',
    )


def _render(title: str, content: str, status: int = 200) -> Answer:
    head = f'<meta charset="utf-8"><title>{escape(title)}</title>'
    page = f"<!DOCTYPE html>\n<html><head>{head}</head><body>{content}</body></html>\n"
    return Answer(status, page.encode(), dict(HTML))
